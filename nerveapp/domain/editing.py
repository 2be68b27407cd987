"""What passes between an editor of outlines and an annotation session: the frame to correct, strokes, commands."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

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


class Order(StrEnum):
    """What an editor's keys and a page's buttons ask for."""

    SAVE = "save"
    PREVIOUS = "previous"
    NEXT = "next"
    PROPAGATE = "propagate"
    DISAGREEMENT = "disagreement"
    ACCEPT = "accept"
    PROPOSE = "propose"
    SMALLER = "smaller"
    LARGER = "larger"
    WITHDRAW = "withdraw"
    TAKE_BACK = "take back"
    GO = "go"

    @property
    def is_about_a_point(self) -> bool:
        """Whether it asks for an outline where somebody pointed."""
        return self in (Order.PROPOSE, Order.SMALLER, Order.LARGER)

    @property
    def has_a_key(self) -> bool:
        """Whether an editor's key may ask for it; the others are buttons of the page."""
        return self not in (Order.WITHDRAW, Order.TAKE_BACK, Order.GO)


@dataclass(frozen=True, slots=True)
class Command:
    """What a key asked for.

    Parameters
    ----------
    order : Order
    id : str
        Its own; a command is carried out once.
    seconds : float
        Time spent on the frame.
    point : tuple of float
        (x, y) in px of the frame, for an order about a point: what to outline.
    """

    order: Order
    id: str
    seconds: float
    point: tuple[float, float] = (0.0, 0.0)
