"""The main job: every frame of a clip outlined and measured, decoding, network and measuring side by side."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice

from nerveapp.analysis.morphometry import measure, measure_mm
from nerveapp.analysis.quality import frame_flags
from nerveapp.analysis.series import complete_series, summarise
from nerveapp.analysis.transforms import to_grey
from nerveapp.domain.analysis import Analysis
from nerveapp.domain.calibration import Calibration
from nerveapp.domain.clip import Clip, Frame
from nerveapp.domain.measurement import FrameMeasurement
from nerveapp.domain.segmentation import PackedMask, PredictedMask
from nerveapp.domain.view import View
from nerveapp.errors import CancelledError
from nerveapp.ports import Segmenter

BYTES_IN_FLIGHT = 1 << 29
"""Decoded frames that wait for the network or are in it, together: of large ones there are few."""


@dataclass(frozen=True, slots=True)
class AnalysedFrame:
    """One frame as soon as it is done, before the neighbours are known."""

    frame: Frame
    mask: PackedMask
    measurement: FrameMeasurement


def analyse(
    clip: Clip,
    segmenter: Segmenter,
    *,
    view: View,
    calibration: Calibration | None,
    on_frame: Callable[[AnalysedFrame], None] = lambda _: None,
    cancelled: Callable[[], bool] = lambda: False,
    bytes_in_flight: int = BYTES_IN_FLIGHT,
) -> Analysis:
    """Outline and measure every frame of a clip.

    At any time only a few frames are held, whatever the clip's length.

    Parameters
    ----------
    clip : Clip
    segmenter : Segmenter
    view : View
        What the user says was scanned.
    calibration : Calibration or None
        None measures in pixels only.
    on_frame : callable
        Called in order, on the caller's thread, with each frame as it is done.
    cancelled : callable
        Asked after each frame.
    bytes_in_flight : int
        Decoded frames that wait for the network or are in it, together; one at least may always.

    Returns
    -------
    Analysis

    Raises
    ------
    ClipError
        If no frame can be decoded.
    CancelledError
        If `cancelled` said so.
    """
    started = time.perf_counter()
    frames: list[FrameMeasurement] = []
    masks: list[PackedMask] = []
    for done in analysed_frames(clip, segmenter, calibration, bytes_in_flight=bytes_in_flight):
        frames.append(done.measurement)
        masks.append(done.mask)
        on_frame(done)
        if cancelled():
            raise CancelledError("The analysis was stopped.", "Press Analyse to start it again.")
    series = complete_series(frames, timed=clip.info.timed)
    return Analysis(
        clip=clip.info,
        view=view,
        calibration=calibration,
        model=segmenter.card,
        engine=segmenter.engine,
        frames=series,
        masks=tuple(masks),
        summary=summarise(series, calibration),
        truncation=clip.truncation,
        seconds=time.perf_counter() - started,
    )


def analysed_frames(
    clip: Clip, segmenter: Segmenter, calibration: Calibration | None, *, bytes_in_flight: int = BYTES_IN_FLIGHT
) -> Iterator[AnalysedFrame]:
    """Yield the frames in order while workers outline and measure the next ones.

    Decoding happens on the caller's thread between two results; a queue bounded in frames and in bytes keeps it from
    running ahead.
    """
    room = max(1, bytes_in_flight // max(1, clip.info.width * clip.info.height * 3))
    batch_size = min(segmenter.batch_size, room)
    most_pending = min(2 * segmenter.workers, room // batch_size)

    def work(batch: list[Frame]) -> list[AnalysedFrame]:
        predictions = segmenter.segment([frame.image for frame in batch])
        return [
            AnalysedFrame(
                frame,
                PackedMask.pack(predicted.mask),
                measure_frame(frame, predicted, calibration, flag_below=segmenter.card.flag_below),
            )
            for frame, predicted in zip(batch, predictions, strict=True)
        ]

    with ThreadPoolExecutor(segmenter.workers, thread_name_prefix="outline") as pool:
        pending: deque[Future[list[AnalysedFrame]]] = deque()
        try:
            for batch in _batches(clip.frames(), batch_size):
                pending.append(pool.submit(work, batch))
                if len(pending) > most_pending:
                    yield from pending.popleft().result()
            while pending:
                yield from pending.popleft().result()
        finally:
            for future in pending:
                future.cancel()


def measure_frame(
    frame: Frame, predicted: PredictedMask, calibration: Calibration | None, *, flag_below: float
) -> FrameMeasurement:
    """Measure one outline; displacement and area jumps need the neighbours and are added by `complete_series`."""
    found = predicted.components > 0
    return FrameMeasurement(
        frame=frame.index,
        time_s=frame.time_s,
        px=measure(predicted.mask),
        mm=measure_mm(predicted.mask, calibration) if calibration is not None else None,
        displacement_px=None,
        displacement_mm=None,
        echo_intensity=float(to_grey(frame.image)[predicted.mask].mean()) if found else None,
        confidence=predicted.confidence,
        flags=frame_flags(
            predicted.mask, confidence=predicted.confidence, flag_below=flag_below, components=predicted.components
        ),
    )


def _batches(frames: Iterable[Frame], size: int) -> Iterator[list[Frame]]:
    iterator = iter(frames)
    while batch := list(islice(iterator, size)):
        yield batch
