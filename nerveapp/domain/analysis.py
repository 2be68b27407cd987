"""A clip analysed: everything a page shows or an export writes."""

from __future__ import annotations

from dataclasses import dataclass

from nerveapp.domain.annotation import Annotation
from nerveapp.domain.calibration import Calibration
from nerveapp.domain.clip import ClipInfo
from nerveapp.domain.measurement import FrameMeasurement, Summary
from nerveapp.domain.model import ModelCard
from nerveapp.domain.segmentation import PackedMask
from nerveapp.domain.tracking import Point
from nerveapp.domain.view import View


@dataclass(frozen=True, slots=True)
class NerveSeries:
    """One nerve of a clip in every frame.

    Parameters
    ----------
    nerve : int
        Its number in the clip, from 0.
    frames : tuple of FrameMeasurement
        One per decoded frame.
    masks : tuple of PackedMask
        One per decoded frame, on the clip's grid.
    """

    nerve: int
    frames: tuple[FrameMeasurement, ...]
    masks: tuple[PackedMask, ...]


@dataclass(frozen=True, slots=True)
class Analysis:
    """The result of one analysis.

    Parameters
    ----------
    clip : ClipInfo
        The clip; its width and height are the grid of every mask.
    view : View
        Nerve, site and side as the user named them.
    calibration : Calibration or None
        The pixel spacing used; None measures in pixels only.
    model : ModelCard
        The model that outlined.
    engine : str
        What computed it.
    frames : tuple of FrameMeasurement
        One per decoded frame, frame k in place k; millimetres only with a calibration.
    masks : tuple of PackedMask
        The outlines' insides, one per decoded frame, on the clip's grid.
    summary : Summary
        The clip in a few numbers, of these frames and in this calibration.
    truncation : str or None
        Why decoding ended before the clip's announced end, in words.
    seconds : float
        Wall time from the first frame asked for to the last one measured.
    corrections : tuple of Annotation
        Whose outlines stand in place of the model's.
    nerve : int
        Number of the nerve that is measured.
    others : tuple of NerveSeries
        The other nerves that were followed, by number; one of them can be measured instead.
    points : tuple of Point
        Where somebody pointed at the nerve; none where it was found.
    unlike_training : str
        In words, in what the images are unlike those the model was trained on; "" where they are not, or its card does
        not describe those.

    Raises
    ------
    ValueError
        If the parts do not belong together.
    """

    clip: ClipInfo
    view: View
    calibration: Calibration | None
    model: ModelCard
    engine: str
    frames: tuple[FrameMeasurement, ...]
    masks: tuple[PackedMask, ...]
    summary: Summary
    truncation: str | None
    seconds: float
    corrections: tuple[Annotation, ...] = ()
    nerve: int = 0
    others: tuple[NerveSeries, ...] = ()
    points: tuple[Point, ...] = ()
    unlike_training: str = ""

    def __post_init__(self) -> None:
        if len(self.frames) != len(self.masks):
            raise ValueError(f"expected a mask per frame, got {len(self.masks)} for {len(self.frames)}")
        for number, (frame, mask) in enumerate(zip(self.frames, self.masks, strict=True)):
            if frame.frame != number:
                raise ValueError(f"expected frame {number} at this position, got frame {frame.frame}")
            if mask.size != (self.clip.height, self.clip.width):
                raise ValueError(
                    f"expected masks on the clip's grid of {self.clip.width} x {self.clip.height} px, got "
                    f"{mask.width} x {mask.height} px for frame {number}"
                )
            if self.calibration is None and frame.mm is not None:
                raise ValueError(f"expected millimetres only with a calibration, got some for frame {number}")
        if any(len(one.frames) != len(self.frames) or len(one.masks) != len(self.frames) for one in self.others):
            raise ValueError("expected every nerve in every frame")
        if self.summary.calibration != self.calibration:
            raise ValueError(f"expected a summary in calibration {self.calibration}, got {self.summary.calibration}")
        if self.summary.frames != len(self.frames):
            raise ValueError(f"expected a summary of {len(self.frames)} frames, got {self.summary.frames}")
