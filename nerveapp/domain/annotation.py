"""Outlines that people drew: append-only records beside the prediction they correct."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from nerveapp.domain.calibration import Calibration
from nerveapp.domain.clip import Affine
from nerveapp.domain.segmentation import PackedMask
from nerveapp.domain.view import View
from nerveapp.errors import AnnotationError

_ROUNDING = 1e-3
"""A mean of many numbers may lie this little beyond what they may."""

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}")


FrameKey: TypeAlias = tuple[str, int]
"""A frame of a clip: the clip's hash and the index of the decoded frame."""


class State(StrEnum):
    """How far an annotation has come."""

    DRAFT = "draft"
    FINAL = "final"
    ADJUDICATED = "adjudicated"


OWN = frozenset({State.DRAFT, State.FINAL})
"""The states of a rater's own work; what somebody adjudicated stands beside it, under their code too."""

COUNTING = frozenset({State.FINAL, State.ADJUDICATED})
"""The states of outlines that somebody finished: they count in every metric."""


class Source(StrEnum):
    """Where an annotation's outline comes from."""

    CORRECTED = "corrected"
    PROPAGATED = "carried, not reviewed"
    """The stored value is older than the word used for it now; see `in_words`."""
    ACCEPTED = "propagated, accepted together"
    """Seen, and accepted with its neighbours in one go: no time was spent on the frame alone."""
    IMPORTED = "imported"
    TRACED = "traced"
    CONFIRMED = "confirmed unchanged"
    """Looked at, and found right as the model drew it."""
    CHOSEN = "chosen in adjudication"
    """Somebody else's outline, or a model's, that was found right."""
    WITHDRAWN = "withdrawn"
    """A draft again: no final outline that its rater made of the frame before counts any more."""

    @property
    def in_words(self) -> str:
        """How pages name it."""
        return "propagated, not reviewed" if self is Source.PROPAGATED else self.value


def code(text: str, *, what: str) -> str:
    """Check a pseudonym: what is stored of a subject or a rater.

    Parameters
    ----------
    text : str
        Letters, digits, dot, dash and underscore, at most 32, no spaces: names of people do not fit by accident.
    what : str
        "patient" or "rater", for the message.

    Raises
    ------
    AnnotationError
        If it is not such a code.
    """
    if not _CODE.fullmatch(text):
        raise AnnotationError(
            f"{text!r} is not a {what} code.",
            "Use a study code of letters, digits, dots, dashes and underscores, such as S012. No names of people.",
        )
    return text


@dataclass(frozen=True, slots=True)
class ClipRecord:
    """What the store knows of a clip. Names of files and people are not stored.

    Parameters
    ----------
    sha256 : str
        Hash of the file's bytes.
    width, height : int
        Source grid in pixels.
    frame_count : int
        Decoded frames.
    subject : str
        Study code of the person; "" where none was given.
    view : View
        Nerve, site and side.
    calibration : Calibration or None
        Pixel spacing, where it is known.
    affine : tuple of tuple of float, or None
        Maps (column, row, frame, 1) of the frames as shown to mm in the world of NIfTI, as `ClipInfo.affine` does.
    names : tuple of str
        Of stills, the name of each frame's own file, by which outlines find their frames. They may name people: they
        are known while the clip is open and are never stored.
    exam : str
        Id of the exam that it is filed under, whose patient is then its subject; "" where it is filed under none.
    """

    sha256: str
    width: int
    height: int
    frame_count: int
    subject: str = ""
    view: View = field(default_factory=View)
    calibration: Calibration | None = None
    affine: Affine | None = None
    names: tuple[str, ...] = ()
    exam: str = ""

    def __post_init__(self) -> None:
        if min(self.width, self.height, self.frame_count) < 1:
            raise ValueError(f"expected a clip of one pixel and frame or more, got {self}")
        if self.subject:
            code(self.subject, what="patient")

    @property
    def person(self) -> str:
        """Who it is of: the subject's code, or the clip itself where none was given."""
        return self.subject or self.sha256


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a model outlined in one frame.

    Parameters
    ----------
    model, model_sha256 : str
        Name of the model and its identity, `ModelCard.sha256`.
    mask : PackedMask
        Its outline's inside; empty where it found no nerve.
    confidence : float
        The Dice it expected, 0 to 1.
    """

    model: str
    model_sha256: str
    mask: PackedMask
    confidence: float

    def __post_init__(self) -> None:
        if not -_ROUNDING <= self.confidence <= 1 + _ROUNDING:
            raise ValueError(f"expected an expected Dice from 0 to 1, got {self.confidence}")


@dataclass(frozen=True, slots=True)
class Annotation:
    """One outline of one frame by one rater. It is never changed: a newer one supersedes it.

    Parameters
    ----------
    id : str
        Unique, 32 hexadecimal digits.
    clip_sha256 : str
    frame : int
        Index of the decoded frame.
    rater : str
        Code of who drew it.
    state : State
    source : Source
    mask : PackedMask
        Inside of the outline; an empty one says that the frame shows no nerve.
    prediction : Prediction or None
        What was corrected; None where the outline was drawn or imported without one.
    made_at : datetime
        With a time zone.
    seconds : float
        Time spent on the frame.
    supersedes : str or None
        The annotation this one was made from.
    study : str or None
        Id of the reader study it was traced for, without a view of anybody's outline.
    study_round : int
        Which of the study's rounds; 0 outside of studies.
    """

    id: str
    clip_sha256: str
    frame: int
    rater: str
    state: State
    source: Source
    mask: PackedMask
    prediction: Prediction | None
    made_at: datetime
    seconds: float
    supersedes: str | None = None
    study: str | None = None
    study_round: int = 0

    def __post_init__(self) -> None:
        code(self.rater, what="rater")
        if self.frame < 0 or self.seconds < 0:
            raise ValueError(f"expected a frame and a time from 0 up, got {self.frame} and {self.seconds}")
        if self.made_at.tzinfo is None:
            raise ValueError("expected a time with its zone")
        if self.prediction is not None and self.prediction.mask.size != self.mask.size:
            raise ValueError("expected prediction and annotation on one grid")

    @property
    def no_nerve(self) -> bool:
        """Whether it says that the frame shows no nerve."""
        return not self.mask.unpack().any()

    @property
    def unreviewed(self) -> bool:
        """Whether it was propagated from a neighbour and not reviewed since.

        One that supersedes a final outline takes it back: that one was accepted too early, and counts no more.
        """
        return self.source is Source.PROPAGATED and self.state is State.DRAFT


def check_fits(clip: ClipRecord, annotation: Annotation, picture: tuple[int, ...] | None = None) -> None:
    """Refuse an outline, or a picture of its frame, that cannot be of a clip.

    Parameters
    ----------
    clip : ClipRecord
    annotation : Annotation
    picture : (int, int), optional
        Height and width of the frame's picture.

    Raises
    ------
    AnnotationError
        If the clip has no such frame, or mask or picture are of another size.
    """
    if annotation.clip_sha256 != clip.sha256:
        raise ValueError("expected an outline of this clip")
    if annotation.frame >= clip.frame_count:
        raise AnnotationError(
            f"The clip has frames 0 to {clip.frame_count - 1}; the outline is of frame {annotation.frame}.",
            "Give the clip that the outline was drawn on.",
        )
    size = (clip.height, clip.width)
    for what, found in (("outline", annotation.mask.size), ("picture", picture or size)):
        if found != size:
            raise AnnotationError(
                f"The {what} of frame {annotation.frame} is of {found[1]} x {found[0]} px; "
                f"the clip is of {clip.width} x {clip.height} px.",
                "Give the clip that the outline was drawn on, on its own grid.",
            )


@dataclass(frozen=True, slots=True)
class Entry:
    """An annotation in a list: all there is to know of it but its outline.

    Parameters
    ----------
    id, clip_sha256 : str
    frame : int
        Index of the decoded frame.
    rater : str
    state : State
    source : Source
    made_at : datetime
        With a time zone.
    model_sha256 : str
        Identity of the model whose outline it corrects or confirms; "" where there was none.
    """

    id: str
    clip_sha256: str
    frame: int
    rater: str
    state: State
    source: Source
    made_at: datetime
    model_sha256: str = ""
