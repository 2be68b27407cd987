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

    def check_fits(self, clip: ClipInfo, *, frame_count: int) -> None:
        """Refuse a nerve that is not in every frame of a clip, in their order and on its grid; raises ValueError."""
        if len(self.frames) != frame_count or len(self.masks) != frame_count:
            raise ValueError(
                f"expected every nerve in {frame_count} frames, got {len(self.frames)} with {len(self.masks)} masks"
            )
        for number, (frame, mask) in enumerate(zip(self.frames, self.masks, strict=True)):
            if frame.frame != number:
                raise ValueError(f"expected frame {number} at this position, got frame {frame.frame}")
            if mask.size != (clip.height, clip.width):
                raise ValueError(
                    f"expected masks on the clip's grid of {clip.width} x {clip.height} px, got "
                    f"{mask.width} x {mask.height} px for frame {number}"
                )


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
        nerves = (NerveSeries(self.nerve, self.frames, self.masks), *self.others)
        for one in nerves:
            one.check_fits(self.clip, frame_count=len(self.frames))
        if len({one.nerve for one in nerves}) < len(nerves):
            raise ValueError("expected a number of its own for every nerve")
        if self.calibration is None and any(frame.mm is not None for one in nerves for frame in one.frames):
            raise ValueError("expected millimetres only with a calibration")
        if self.summary.calibration != self.calibration:
            raise ValueError(f"expected a summary in calibration {self.calibration}, got {self.summary.calibration}")
        if self.summary.frames != len(self.frames):
            raise ValueError(f"expected a summary of {len(self.frames)} frames, got {self.summary.frames}")
