"""Files of outlines: the kinds they leave in, and what a file that comes in holds for a clip."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from nerveapp.domain.segmentation import PackedMask


class Format(StrEnum):
    """Kinds of file that outlines leave in."""

    PNG = "png"
    COCO = "coco"
    NIFTI = "nifti"
    DICOM_SEG = "dicom-seg"
    IMAGEJ = "imagej"
    TRAINING = "training"


@dataclass(frozen=True, slots=True)
class Outline:
    """One imported frame.

    Parameters
    ----------
    frame : int
        Index of the decoded frame.
    mask : PackedMask
        Inside of the outline on the source grid; empty where the file says that the frame shows no nerve.
    """

    frame: int
    mask: PackedMask


class Question(StrEnum):
    """What a file leaves open and a person can answer, in a field of `Known`."""

    FIRST_FRAME = "first frame"
    LARGE = "large"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class Known:
    """What is known beside a clip's record while a file is read for it: of its own file, and what a person answered.

    Parameters
    ----------
    clip_name : str
        The clip's own name, by which a file of several videos is asked for its part.
    sop_instance_uid : str or None
        Of a DICOM clip; None where the clip is no DICOM file.
    first_frame : int or None
        0 or 1, what the file calls the clip's first frame where names do not tell; None where nobody was asked.
    accept_large : bool
        Whether masks that cover most of the frame are meant.
    accept_empty : bool
        Whether masks without an outline are of frames without a nerve.
    """

    clip_name: str = ""
    sop_instance_uid: str | None = None
    first_frame: int | None = None
    accept_large: bool = False
    accept_empty: bool = False

    def __post_init__(self) -> None:
        if self.first_frame not in (None, 0, 1):
            raise ValueError(f"expected a first frame of 0 or 1, got {self.first_frame}")


@dataclass(frozen=True, slots=True)
class Preview:
    """What a file holds for a clip.

    Parameters
    ----------
    outlines : tuple of Outline
        In the order of their frames; a frame occurs once.
    problems : tuple of str
        What is wrong, one by one, in plain words. Nothing may be committed while there are any.
    remarks : tuple of str
        How the file was read, where that is not plain.
    asks : frozenset of Question
        What an answer in `Known` would settle: a problem, or how the file was read where that is only taken so.
    to_answer : tuple of (Question, str)
        Those of the problems that such an answer would solve, each with what it asks.
    """

    outlines: tuple[Outline, ...]
    problems: tuple[str, ...]
    remarks: tuple[str, ...] = ()
    asks: frozenset[Question] = frozenset()
    to_answer: tuple[tuple[Question, str], ...] = ()
