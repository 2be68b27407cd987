"""Doing what a queued analysis asks for: the clip from the library, the outlines, and the video for the player."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass

from nerveapp.analysis.preview import PREVIEW_FRAME_RATE, live_picture, preview_frame, preview_size
from nerveapp.domain.analysis import Analysis
from nerveapp.domain.analysis_job import AnalysisJob
from nerveapp.domain.clip import Clip
from nerveapp.domain.view import View
from nerveapp.errors import ClipError, ModelError
from nerveapp.ports import Previews, Segmenter
from nerveapp.workflows.analyse import BYTES_IN_FLIGHT, AnalysedFrame, analyse

LIVE_EVERY_S = 0.25
"""So often at most somebody who watches gets another frame."""


@dataclass(frozen=True, slots=True)
class AnalysisProgress:
    """How far an analysis is.

    Parameters
    ----------
    frames_done : int
    picture : bytes or None
        The frame outlined last, as JPEG; None where the one before is not old enough yet.
    """

    frames_done: int
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
    picture_every_s: Callable[[], float] = lambda: LIVE_EVERY_S,
    bytes_in_flight: int = BYTES_IN_FLIGHT,
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
    width, height = preview_size(clip.info)
    shown_at: float | None = None
    with ExitStack() as open_until_done:
        kept = previews.has(clip.info.sha256)
        video = None if kept else open_until_done.enter_context(previews.writing(clip.info))

        def on_frame(done: AnalysedFrame) -> None:
            nonlocal shown_at
            index, image = done.frame.index, done.frame.image
            now, picture = clock(), None
            if shown_at is None or now - shown_at >= picture_every_s():
                shown_at, picture = now, live_picture(image, done.mask)
            on_progress(AnalysisProgress(index + 1, picture))
            if video is not None:
                video.add(preview_frame(image, width, height), index / PREVIEW_FRAME_RATE)

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
