"""A clip analysed: everything a page shows or an export writes."""

from __future__ import annotations

from dataclasses import dataclass

from nerveapp.domain.annotation import Annotation
from nerveapp.domain.calibration import Calibration
from nerveapp.domain.clip import ClipInfo
from nerveapp.domain.exam import Exam
from nerveapp.domain.measurement import FrameMeasurement, Summary
from nerveapp.domain.model import ModelCard
from nerveapp.domain.segmentation import PackedMask


@dataclass(frozen=True, slots=True)
class Analysis:
    """The result of one analysis.

    Parameters
    ----------
    clip : ClipInfo
        The clip.
    exam : Exam
        Nerve, site and side as the user named them.
    calibration : Calibration or None
        The pixel spacing used; None measures in pixels only.
    model : ModelCard
        The model that outlined.
    engine : str
        What computed it.
    frames : tuple of FrameMeasurement
        One per decoded frame, in order.
    masks : tuple of PackedMask
        The outlines' insides, one per decoded frame.
    summary : Summary
        The clip in a few numbers.
    truncation : str or None
        Why decoding ended before the clip's announced end, in words.
    seconds : float
        Wall time from the first frame asked for to the last one measured.
    corrections : tuple of Annotation
        Whose outlines stand in place of the model's.
    """

    clip: ClipInfo
    exam: Exam
    calibration: Calibration | None
    model: ModelCard
    engine: str
    frames: tuple[FrameMeasurement, ...]
    masks: tuple[PackedMask, ...]
    summary: Summary
    truncation: str | None
    seconds: float
    corrections: tuple[Annotation, ...] = ()

    def __post_init__(self) -> None:
        if len(self.frames) != len(self.masks):
            raise ValueError(f"expected a mask per frame, got {len(self.masks)} for {len(self.frames)}")
