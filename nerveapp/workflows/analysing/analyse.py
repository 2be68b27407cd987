"""The main job: the nerve outlined and measured in every frame of a clip; decoding, network and measuring overlap."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from nerveapp.analysis.echo import echo
from nerveapp.analysis.morphometry import measure, measure_mm
from nerveapp.analysis.quality import frame_flags
from nerveapp.analysis.series import complete_series, summarise
from nerveapp.domain.analysis import Analysis, NerveSeries
from nerveapp.domain.calibration import Calibration
from nerveapp.domain.clip import Clip, ClipInfo, Frame, Image
from nerveapp.domain.measurement import FrameMeasurement
from nerveapp.domain.segmentation import PackedMask, PredictedMask
from nerveapp.domain.tracking import How, NerveOutline, OutlinedFrame, Point
from nerveapp.domain.view import View
from nerveapp.errors import CancelledError
from nerveapp.ports import Segmenter
from nerveapp.workflows.analysing.familiarity import LOOKED_AT, warning_of
from nerveapp.workflows.following.follow import KEY_EVERY, Following
from nerveapp.workflows.following.point import pointed_frames
from nerveapp.workflows.following.steadying import MOST_FRAMES, steadied_frames

BYTES_IN_FLIGHT = 1 << 29
"""Decoded frames that wait for the network or are in it, together: of large ones there are few."""

LEAST_EVERY = 4
"""Where fewer frames from one key frame to the next can be held, nothing is gained by following."""

LEAST_KEPT = 0.05
"""A nerve that is outlined in a smaller share of the frames is left out, where there are others."""


@dataclass(frozen=True, slots=True)
class AnalysedNerve:
    """One nerve in one frame, before the neighbours are known."""

    nerve: int
    mask: PackedMask
    measurement: FrameMeasurement


@dataclass(frozen=True, slots=True)
class AnalysedFrame:
    """One frame as soon as it is done.

    Parameters
    ----------
    frame : Frame
    nerves : tuple of AnalysedNerve
        By number; none where none was found.
    """

    frame: Frame
    nerves: tuple[AnalysedNerve, ...]

    @property
    def mask(self) -> PackedMask:
        """The inside of all outlines together."""
        if len(self.nerves) == 1:
            return self.nerves[0].mask
        inside = np.zeros(self.frame.image.shape[:2], np.bool_)
        for one in self.nerves:
            inside |= one.mask.unpack()
        return PackedMask.pack(inside)


def analyse(
    clip: Clip,
    segmenter: Segmenter,
    *,
    view: View,
    calibration: Calibration | None,
    points: Sequence[Point] = (),
    on_frame: Callable[[AnalysedFrame], None] = lambda _: None,
    cancelled: Callable[[], bool] = lambda: False,
    bytes_in_flight: int = BYTES_IN_FLIGHT,
) -> Analysis:
    """Outline and measure the nerve in every frame of a clip.

    At any time only a few frames are held, whatever the clip's length.

    Parameters
    ----------
    clip : Clip
    segmenter : Segmenter
    view : View
        What the user says was scanned.
    calibration : Calibration or None
        None measures in pixels only.
    points : sequence of Point
        Where somebody pointed at the nerve, which is followed from there; without any it is found.
    on_frame : callable
        Called in order, on the caller's thread, with each frame as it is done.
    cancelled : callable
        Asked after each frame.
    bytes_in_flight : int
        Decoded frames that wait for the network or are in it, together; one at least may always.

    Returns
    -------
    Analysis
        Of the nerve that was pointed at, or of that outlined most surely over the clip; the others beside it.

    Raises
    ------
    ClipError
        If no frame can be decoded.
    AnalysisError
        If nothing like a nerve is seen at any of the points.
    CancelledError
        If `cancelled` said so.
    """
    started = time.perf_counter()
    nerves: dict[int, dict[int, AnalysedNerve]] = {}
    frames: list[AnalysedNerve] = []
    looked_at: list[Image] = []
    with ThreadPoolExecutor(max(2, segmenter.workers), thread_name_prefix="outline") as executor:
        for done in analysed_frames(
            clip, segmenter, calibration, executor=executor, points=points, bytes_in_flight=bytes_in_flight
        ):
            index = done.frame.index
            for one in done.nerves:
                nerves.setdefault(one.nerve, {})[index] = one
            frames.append(_without_nerve(done.frame, calibration, frames[-1] if frames else None))
            if index in LOOKED_AT:
                looked_at.append(done.frame.image)
            on_frame(done)
            if cancelled():
                raise CancelledError("The analysis was stopped.", "Press Analyse again to start it anew.")
    series = [_series(nerve, found, frames, clip.info) for nerve, found in sorted(nerves.items())]
    if not series:
        series = [_series(0, {}, frames, clip.info)]
    main = max(series, key=_outlined_surely)
    return Analysis(
        clip=clip.info,
        view=view,
        calibration=calibration,
        model=segmenter.card,
        engine=segmenter.engine,
        frames=main.frames,
        masks=main.masks,
        summary=summarise(main.frames, calibration, clip.info),
        truncation=clip.truncation,
        seconds=time.perf_counter() - started,
        nerve=main.nerve,
        others=tuple(one for one in series if one is not main and _outlined(one) >= LEAST_KEPT * len(frames)),
        points=tuple(points),
        unlike_training=warning_of(segmenter.card, looked_at) or "",
    )


def analysed_frames(
    clip: Clip,
    segmenter: Segmenter,
    calibration: Calibration | None,
    *,
    executor: Executor,
    points: Sequence[Point] = (),
    bytes_in_flight: int = BYTES_IN_FLIGHT,
) -> Iterator[AnalysedFrame]:
    """Yield the frames in order while the executor's threads outline the next ones.

    Decoding and measuring happen on the caller's thread between two results; a queue bounded in frames and in bytes
    keeps it from running ahead.
    """
    room = max(1, bytes_in_flight // max(1, clip.info.width * clip.info.height * 3))
    flag_below = segmenter.card.flag_below
    for outlined in outlined_frames(clip, segmenter, executor, points=points, room=room):
        nerves = [
            AnalysedNerve(
                one.nerve,
                PackedMask.pack(one.predicted.mask),
                measure_frame(outlined.frame, one, calibration, flag_below=flag_below),
            )
            for one in outlined.nerves
        ]
        yield AnalysedFrame(outlined.frame, tuple(nerves))


def outlined_frames(
    clip: Clip, segmenter: Segmenter, executor: Executor, *, points: Sequence[Point], room: int
) -> Iterator[OutlinedFrame]:
    """Yield every frame of a clip with its outlines, in order, without measuring them.

    Stills without times do not follow from each other, and of very large frames too few can be held: each is outlined
    by itself.

    Parameters
    ----------
    clip : Clip
    segmenter : Segmenter
    executor : Executor
    points : sequence of Point
    room : int
        So many frames may be held.
    """
    tracker = segmenter.tracker
    every = min(KEY_EVERY, room // 3)
    steady = min(MOST_FRAMES, room // 6) if clip.info.timed else 0
    if tracker is not None and points:
        yield from steadied_frames(pointed_frames(clip, segmenter, tracker, points, room=room), most=steady)
    elif tracker is not None and clip.info.timed and every >= LEAST_EVERY:
        followed = Following(segmenter, tracker, executor, every=every).frames(clip.frames())
        yield from steadied_frames(followed, most=steady)
    else:
        yield from _each_by_itself(clip.frames(), segmenter, executor, room)


def _each_by_itself(
    frames: Iterable[Frame], segmenter: Segmenter, executor: Executor, room: int
) -> Iterator[OutlinedFrame]:
    batch_size = min(segmenter.batch_size, room)
    most_pending = min(2 * segmenter.workers, room // batch_size)
    pending: deque[tuple[list[Frame], Future[list[PredictedMask]]]] = deque()

    def done() -> Iterator[OutlinedFrame]:
        batch, found = pending.popleft()
        for frame, predicted in zip(batch, found.result(), strict=True):
            yield OutlinedFrame(frame, (NerveOutline(0, predicted, How.FOUND),))

    try:
        for batch in _batches(frames, batch_size):
            pending.append((batch, executor.submit(segmenter.segment, [frame.image for frame in batch])))
            if len(pending) > most_pending:
                yield from done()
        while pending:
            yield from done()
    finally:
        for _, found in pending:
            found.cancel()


def measure_frame(
    frame: Frame, outline: NerveOutline, calibration: Calibration | None, *, flag_below: float
) -> FrameMeasurement:
    """Measure one outline; displacement and area jumps need the neighbours and are added by `complete_series`."""
    predicted, confidence = outline.predicted, outline.confidence(flag_below=flag_below)
    px, grey = measure(predicted.mask), echo(frame.image, predicted.mask)
    return FrameMeasurement(
        frame=frame.index,
        time_s=frame.time_s,
        px=px,
        mm=None if calibration is None else measure_mm(predicted.mask, calibration, px=px),
        displacement_px=None,
        displacement_mm=None,
        echo_intensity=grey.intensity,
        confidence=confidence,
        flags=frame_flags(
            predicted.mask, confidence=confidence, flag_below=flag_below, components=predicted.components
        ),
        how=outline.how,
        followed_from=outline.source,
        hypoechoic_fraction=grey.hypoechoic_fraction,
    )


def _without_nerve(frame: Frame, calibration: Calibration | None, last: AnalysedNerve | None) -> AnalysedNerve:
    """Say that there is none in a frame; as in the last one, which costs less, but for number and time."""
    if last is not None:
        return replace(last, measurement=replace(last.measurement, frame=frame.index, time_s=frame.time_s))
    nothing = np.zeros(frame.image.shape[:2], np.bool_)
    outline = NerveOutline(0, PredictedMask(nothing, 0.0, 0), How.LOST)
    return AnalysedNerve(0, PackedMask.pack(nothing), measure_frame(frame, outline, calibration, flag_below=0.0))


def _series(
    nerve: int, found: dict[int, AnalysedNerve], frames: Sequence[AnalysedNerve], clip: ClipInfo
) -> NerveSeries:
    each = [found.get(index, nothing) for index, nothing in enumerate(frames)]
    measured = complete_series([one.measurement for one in each], clip)
    return NerveSeries(nerve, measured, tuple(one.mask for one in each))


def _outlined(series: NerveSeries) -> int:
    return sum(frame.px is not None for frame in series.frames)


def _outlined_surely(series: NerveSeries) -> float:
    return sum(frame.confidence for frame in series.frames if frame.px is not None)


def _batches(frames: Iterable[Frame], size: int) -> Iterator[list[Frame]]:
    iterator = iter(frames)
    while batch := list(islice(iterator, size)):
        yield batch
