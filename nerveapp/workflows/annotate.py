"""Correcting an outline: what a correction changes, saving it, carrying it to the neighbours."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from nerveapp.analysis.agreement import dice, iou, rim_distances
from nerveapp.analysis.carrying import Carried, carry
from nerveapp.analysis.transforms import to_grey
from nerveapp.domain.analysis import Analysis
from nerveapp.domain.annotation import Annotation, ClipRecord, Prediction, Source, State
from nerveapp.domain.calibration import Calibration
from nerveapp.domain.clip import Clip, Image
from nerveapp.domain.exam import Exam
from nerveapp.domain.norms import Reading, reading
from nerveapp.domain.segmentation import Mask, PackedMask
from nerveapp.errors import CancelledError
from nerveapp.ports import AnnotationStore

CARRY_FRAMES = 20
"""How far an outline is carried to each side at most."""


@dataclass(frozen=True, slots=True)
class Consequence:
    """What a correction changes.

    Parameters
    ----------
    dice, iou : float
        Overlap of correction and prediction, 0 to 1.
    hd95_px, assd_px : float or None
        95th percentile and mean of the distances between their rims; None where either is empty.
    hd95_mm, assd_mm : float or None
        The same in mm; None without a calibration.
    area_before, area_after : float
        In `unit`.
    unit : str
        "mm²" or "px²".
    reading_before, reading_after : Reading or None
        Against the upper limit of the site; None without a calibration or a limit.
    """

    dice: float
    iou: float
    hd95_px: float | None
    assd_px: float | None
    hd95_mm: float | None
    assd_mm: float | None
    area_before: float
    area_after: float
    unit: str
    reading_before: Reading | None
    reading_after: Reading | None


def consequence(predicted: Mask, corrected: Mask, *, calibration: Calibration | None, exam: Exam) -> Consequence:
    """Compare a corrected outline with the predicted one.

    Parameters
    ----------
    predicted, corrected : ndarray of bool, (H, W)
    calibration : Calibration or None
    exam : Exam
        Decides the limit an area is held against.
    """
    hd95_px, assd_px = rim_distances(predicted, corrected)
    hd95_mm = assd_mm = None
    pixel, unit = 1.0, "px²"
    if calibration is not None:
        spacing = (calibration.row_spacing_mm, calibration.column_spacing_mm)
        hd95_mm, assd_mm = rim_distances(predicted, corrected, spacing)
        pixel, unit = calibration.pixel_area_mm2, "mm²"
    before, after = float(predicted.sum()) * pixel, float(corrected.sum()) * pixel
    read = calibration is not None
    return Consequence(
        dice=dice(predicted, corrected),
        iou=iou(predicted, corrected),
        hd95_px=hd95_px,
        assd_px=assd_px,
        hd95_mm=hd95_mm,
        assd_mm=assd_mm,
        area_before=before,
        area_after=after,
        unit=unit,
        reading_before=reading(before, exam) if read and before else None,
        reading_after=reading(after, exam) if read and after else None,
    )


def clip_record(analysis: Analysis, *, subject: str) -> ClipRecord:
    """Describe an analysed clip for the store; its name is left out."""
    info = analysis.clip
    return ClipRecord(
        info.sha256, info.width, info.height, len(analysis.frames), subject, analysis.exam, analysis.calibration
    )


def prediction_of(analysis: Analysis, frame: int) -> Prediction:
    """Give the model's outline of one frame of an analysis."""
    return Prediction(
        analysis.model.name,
        analysis.model.weights.sha256,
        analysis.masks[frame],
        analysis.frames[frame].confidence,
    )


def new_annotation(
    analysis: Analysis,
    frame: int,
    mask: Mask,
    *,
    rater: str,
    state: State,
    now: datetime,
    seconds: float,
    supersedes: str | None,
    source: Source = Source.CORRECTED,
    identity: str | None = None,
) -> Annotation:
    """Make a record of an outline of a frame of an analysed clip.

    Parameters
    ----------
    analysis : Analysis
        Holds the prediction that is corrected.
    frame : int
    mask : ndarray of bool, (H, W)
    rater : str
        Code of who drew it.
    state : State
    now : datetime
        With a time zone.
    seconds : float
        Time spent on the frame.
    supersedes : str or None
        The record it was made from.
    source : Source
    identity : str, optional
        Its id, where it was given one before; a new one otherwise.

    Raises
    ------
    AnnotationError
        If the rater is not a code.
    """
    return Annotation(
        id=identity or uuid.uuid4().hex,
        clip_sha256=analysis.clip.sha256,
        frame=frame,
        rater=rater,
        state=state,
        source=source,
        mask=PackedMask.pack(mask),
        prediction=prediction_of(analysis, frame),
        made_at=now,
        seconds=seconds,
        supersedes=supersedes,
    )


@dataclass(frozen=True, slots=True)
class CarriedReport:
    """How far an outline was carried.

    Parameters
    ----------
    first, last : int
        The outermost frames reached; the corrected frame itself if none was.
    parted_before, parted_after : bool
        Whether carrying stopped there because the outlines parted, not at the limit or an annotated frame.
    """

    first: int
    last: int
    parted_before: bool
    parted_after: bool


def carry_through(
    clip: Clip,
    analysis: Analysis,
    corrected: Annotation,
    store: AnnotationStore,
    *,
    now: datetime,
    frames: int = CARRY_FRAMES,
    on_progress: Callable[[int, int], None] = lambda *_: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> CarriedReport:
    """Carry a corrected outline forward and back, and save each carried frame as a draft not yet reviewed.

    Frames that this rater has drawn or reviewed are not touched: carrying ends before them.

    Parameters
    ----------
    clip : Clip
    analysis : Analysis
        Of the clip.
    corrected : Annotation
        Where to start.
    store : AnnotationStore
    now : datetime
    frames : int
        How far at most, on each side.
    on_progress : callable
        Called with frames done and frames in all.
    cancelled : callable
        Asked after each frame.

    Raises
    ------
    CancelledError
        If `cancelled` said so; what was carried before is kept.
    """
    start = corrected.frame
    known = store.latest(clip_sha256=corrected.clip_sha256, rater=corrected.rater)
    drawn = {one.frame for one in known if one.source is not Source.CARRIED or one.state is not State.DRAFT} - {start}
    carried_before = {one.frame: one.id for one in known}
    images = dict(_frames_between(clip, start - frames, start + frames))
    done = 0

    def follow(direction: int) -> tuple[int, bool]:
        nonlocal done
        numbers = _free_frames(start, direction, frames, drawn, len(analysis.frames))
        reached = start
        for one in _carried(corrected, images, analysis, numbers):
            store.save(_as_draft(analysis, one, corrected, carried_before.get(one.frame), now), images[one.frame])
            reached = one.frame
            done += 1
            on_progress(done, 2 * frames)
            if cancelled():
                raise CancelledError("Carrying was stopped.", "The frames carried before are kept as drafts.")
        return reached, bool(numbers) and reached != numbers[-1]

    last, parted_after = follow(1)
    first, parted_before = follow(-1)
    return CarriedReport(first, last, parted_before, parted_after)


def _frames_between(clip: Clip, first: int, last: int) -> Iterator[tuple[int, Image]]:
    for frame in clip.frames():
        if frame.index > last:
            return
        if frame.index >= first:
            yield frame.index, frame.image


def _free_frames(start: int, direction: int, frames: int, drawn: set[int], count: int) -> list[int]:
    numbers = []
    for number in range(start + direction, start + direction * (frames + 1), direction):
        if number in drawn or not 0 <= number < count:
            break
        numbers.append(number)
    return numbers


def _carried(
    corrected: Annotation, images: dict[int, Image], analysis: Analysis, numbers: Sequence[int]
) -> Iterable[Carried]:
    here = corrected.frame
    following = ((number, to_grey(images[number]), analysis.masks[number].unpack()) for number in numbers)
    return carry(corrected.mask.unpack(), (to_grey(images[here]), analysis.masks[here].unpack()), following)


def _as_draft(
    analysis: Analysis, one: Carried, corrected: Annotation, supersedes: str | None, now: datetime
) -> Annotation:
    return new_annotation(
        analysis,
        one.frame,
        one.mask,
        rater=corrected.rater,
        state=State.DRAFT,
        now=now,
        seconds=0.0,
        supersedes=supersedes,
        source=Source.CARRIED,
    )
