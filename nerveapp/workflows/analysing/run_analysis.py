"""Doing what a queued analysis asks for: the clip from the library, the outlines, and the video for the player."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from threading import Event

from nerveapp.analysis.preview import PREVIEW_FRAME_RATE, early_outline, early_picture, preview_frame, preview_size
from nerveapp.domain.analysis import Analysis
from nerveapp.domain.analysis_job import AnalysisJob
from nerveapp.domain.clip import Clip, ClipInfo, Frame
from nerveapp.domain.early_outline import EarlyOutline
from nerveapp.domain.view import View
from nerveapp.errors import CancelledError, ClipError, ModelError
from nerveapp.ports import Previews, PreviewVideo, Segmenter
from nerveapp.workflows.analysing.analyse import BYTES_IN_FLIGHT, AnalysedFrame, analyse

SHOW_EVERY_S = 0.25
"""So often at most somebody who watches gets another frame."""


@dataclass(frozen=True, slots=True)
class AnalysisProgress:
    """How far an analysis is.

    Parameters
    ----------
    frames_done : int
    outline : EarlyOutline
        Of the frame outlined last.
    picture : bytes or None
        That frame as JPEG; None where the one before is not old enough yet, or the clip can be played already.
    """

    frames_done: int
    outline: EarlyOutline
    picture: bytes | None


def run_analysis(
    job: AnalysisJob,
    *,
    open_clip: Callable[[str], Clip],
    segmenter: Callable[[str, bool], Segmenter],
    previews: Previews,
    on_progress: Callable[[AnalysisProgress], None] = lambda _: None,
    cancelled: Callable[[], bool] = lambda: False,
    clock: Callable[[], float] = time.monotonic,
    picture_every_s: Callable[[], float] = lambda: SHOW_EVERY_S,
    bytes_in_flight: int = BYTES_IN_FLIGHT,
    video_first: bool = False,
) -> Analysis:
    """Analyse a stored clip in pixels alone, and write its preview where none is kept yet.

    Nerve, site, side and calibration are the clip's and may change: `analysis_in_force` applies them when it is asked.

    Parameters
    ----------
    job : AnalysisJob
    open_clip : callable
        Opens a stored clip by its hash.
    segmenter : callable
        Gives the segmenter of a model's name, with or without test-time flip.
    previews : Previews
    on_progress : callable
        Called after each frame.
    cancelled : callable
        Asked after each frame.
    clock : callable
        Seconds.
    picture_every_s : callable
        How much time is to pass between two pictures of the progress, at least.
    bytes_in_flight : int
        See `analyse`.
    video_first : bool
        Write the preview in a pass of its own, ahead of the outlines, so that the clip plays while they are made. Takes
        another decoder; without it, the preview is there at the end.

    Returns
    -------
    Analysis
        Without calibration, its view the default one.

    Raises
    ------
    NerveAppError
        If the clip is gone or no clip, or the model is not the one that was asked for any more.
    CancelledError
        If `cancelled` said so.
    """
    request = job.request
    network = segmenter(request.model, request.test_time_flip)
    if network.card.sha256 != request.model_sha256:
        raise ModelError(f"The model {request.model} was replaced since this was asked for.", "Press Analyse again.")
    clip = open_clip(request.clip_sha256)
    if clip.info.sha256 != request.clip_sha256:
        raise ClipError("The stored files are not those of this clip.", "Open the clip again from its file.")
    shown_at: float | None = None
    outlined = Event()
    surest = _SurestSoFar()
    with ExitStack() as open_until_done:
        kept = previews.has(clip.info.sha256)
        playable: Callable[[], bool] = (lambda: True) if kept else (lambda: False)
        inline: _Preview | None = None
        if not kept and video_first:
            playable = open_until_done.enter_context(_written_ahead(clip, previews, after=outlined))
        elif not kept:
            inline = _Preview(clip.info, open_until_done.enter_context(previews.writing(clip.info)))

        def on_frame(done: AnalysedFrame) -> None:
            nonlocal shown_at
            outlined.set()
            now, picture = clock(), None
            if not playable() and (shown_at is None or now - shown_at >= picture_every_s()):
                shown_at, picture = now, early_picture(done.frame.image, done.mask)
            outline = early_outline(done.frame.time_s, surest.area_px(done), done.mask)
            on_progress(AnalysisProgress(done.frame.index + 1, outline, picture))
            if inline is not None:
                inline.add(done.frame)

        return analyse(
            clip,
            network,
            view=View(),
            calibration=None,
            points=request.points,
            on_frame=on_frame,
            cancelled=cancelled,
            bytes_in_flight=bytes_in_flight,
        )


class _SurestSoFar:
    """Of several nerves, which one the result would be of, as `analyse` chooses it, by the frames so far."""

    def __init__(self) -> None:
        self._confidence: dict[int, float] = defaultdict(float)

    def area_px(self, done: AnalysedFrame) -> float | None:
        """Take in a frame, and give the area in px² of the nerve outlined most surely of those in it."""
        areas = {one.nerve: one.measurement.px.area for one in done.nerves if one.measurement.px is not None}
        for one in done.nerves:
            self._confidence[one.nerve] += one.measurement.confidence
        return areas[max(areas, key=self._confidence.__getitem__)] if areas else None


class _Preview:
    """A preview that takes a clip's own frames."""

    def __init__(self, info: ClipInfo, video: PreviewVideo) -> None:
        self._size = preview_size(info)
        self._video = video

    def add(self, frame: Frame) -> None:
        self._video.add(preview_frame(frame.image, *self._size), frame.index / PREVIEW_FRAME_RATE)


@contextmanager
def _written_ahead(clip: Clip, previews: Previews, *, after: Event) -> Iterator[Callable[[], bool]]:
    """Write a clip's preview on a thread until the block ends; gives whether it is kept by now.

    It begins after the first outline: before, both cores are wanted for that.

    A block that fails takes the preview with it; one that ends well waits for it, and fails where it has failed.
    """
    given_up = Event()

    def write() -> None:
        after.wait()
        with previews.writing(clip.info) as video:
            preview = _Preview(clip.info, video)
            for frame in clip.frames():
                if given_up.is_set():
                    raise CancelledError("The analysis was stopped.", "Press Analyse again to start it anew.")
                preview.add(frame)

    with ThreadPoolExecutor(1, thread_name_prefix="preview") as pool:
        written = pool.submit(write)
        try:
            yield lambda: written.done() and written.exception() is None
        except BaseException:
            given_up.set()
            after.set()
            raise
        written.result()
