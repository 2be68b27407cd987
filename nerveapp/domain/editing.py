"""What passes between an editor of outlines and an annotation session: the frame to correct, strokes, commands."""

from __future__ import annotations

from dataclasses import dataclass

from nerveapp.domain.segmentation import Mask


@dataclass(frozen=True, slots=True)
class FrameToCorrect:
    """A frame to correct.

    Parameters
    ----------
    clip : str
        Identifies the clip; within one the editor keeps its zoom.
    frame : int
        Index of the decoded frame.
    rater : str
        Who draws.
    mask : ndarray of bool, (H, W)
        The outline to start from.
    predicted : ndarray of bool, (H, W)
        The model's outline.
    known : tuple of str
        Records of this frame that are stored: a stroke the browser kept that is not among them comes back.
    seconds : float
        Time spent on the frame before.
    blind : bool
        Whether nothing of the model is to be had.
    """

    clip: str
    frame: int
    rater: str
    mask: Mask
    predicted: Mask
    known: tuple[str, ...] = ()
    seconds: float = 0.0
    blind: bool = False


@dataclass(frozen=True, slots=True)
class Edit:
    """The outline after a stroke.

    Parameters
    ----------
    id : str
        What its record is to be called, 32 hexadecimal digits.
    mask : ndarray of bool, (H, W)
    seconds : float
        Time spent on the frame.
    """

    id: str
    mask: Mask
    seconds: float


@dataclass(frozen=True, slots=True)
class Command:
    """What a key asked for.

    Parameters
    ----------
    name : str
        Such as "save".
    id : str
        Its own; a command is carried out once.
    seconds : float
        Time spent on the frame.
    point : tuple of float
        (x, y) in px of the frame, for "propose": what to outline.
    """

    name: str
    id: str
    seconds: float
    point: tuple[float, float] = (0.0, 0.0)
