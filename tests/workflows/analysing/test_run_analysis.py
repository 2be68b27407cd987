import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np
import pytest

from nerveapp.analysis.preview import early_picture
from nerveapp.domain.analysis_job import AnalysisJob, AnalysisRequest
from nerveapp.domain.clip import Clip, ClipInfo, Frame
from nerveapp.domain.job import JobState
from nerveapp.domain.view import View
from nerveapp.errors import CancelledError, ClipError, ModelError, WriteError
from nerveapp.ports import Segmenter
from nerveapp.workflows.analysing.run_analysis import AnalysisProgress, run_analysis
from tests.fakes import CARD, FakeClip, FakePreviews, FakeSegmenter
from tests.fakes.previews import FakePreview

REQUEST = AnalysisRequest("f" * 64, "fake", CARD.sha256, False, "1")
JOB = AnalysisJob(REQUEST, JobState.RUNNING, "", 0, 12, "", datetime(2026, 6, 1, tzinfo=UTC), 1)


def fake(model: str, flip: bool) -> Segmenter:
    return FakeSegmenter()


@dataclass
class LargeClip:
    """Two frames that are too large for a preview."""

    truncation: str | None = None

    @property
    def info(self) -> ClipInfo:
        return ClipInfo("large", REQUEST.clip_sha256, "fake", 1920, 1080, 2)

    def frames(self) -> Iterator[Frame]:
        for index in range(2):
            yield Frame(index, index / 20, np.zeros((1080, 1920, 3), np.uint8))


def test_a_stored_clip_is_outlined_in_pixels_and_previewed_frame_by_frame() -> None:
    previews, told = FakePreviews(), list[AnalysisProgress]()
    seconds = iter(index * 0.1 for index in range(100))
    found = run_analysis(
        JOB,
        open_clip=lambda _: FakeClip(12),
        segmenter=fake,
        previews=previews,
        on_progress=told.append,
        clock=lambda: next(seconds),
    )
    assert (found.calibration, found.view, len(found.frames)) == (None, View(), 12)
    assert [one.frames_done for one in told] == list(range(1, 13))
    assert [one.picture is not None for one in told] == [True, False, False] * 4, "at most every quarter of a second"
    assert previews.kept[found.clip.sha256].frames == [((40, 60), index / 25) for index in range(12)]


def test_a_preview_that_is_kept_is_not_written_again_and_a_large_clip_gets_a_smaller_one() -> None:
    previews = FakePreviews()
    run_analysis(JOB, open_clip=lambda _: LargeClip(), segmenter=fake, previews=previews)
    first = previews.kept[REQUEST.clip_sha256]
    assert [shape for shape, _ in first.frames] == [(540, 960, 3)] * 2
    run_analysis(JOB, open_clip=lambda _: LargeClip(), segmenter=fake, previews=previews)
    assert previews.kept[REQUEST.clip_sha256] is first


@pytest.mark.parametrize("video_first", [False, True])
def test_stopping_leaves_nothing(video_first: bool) -> None:
    previews = FakePreviews()
    with pytest.raises(CancelledError):
        run_analysis(
            JOB,
            open_clip=lambda _: FakeClip(50_000),
            segmenter=fake,
            previews=previews,
            cancelled=lambda: True,
            video_first=video_first,
        )
    assert previews.kept == {}


def test_a_video_made_first_can_be_played_while_outlines_are_made_and_no_pictures_are_drawn_any_more() -> None:
    previews, told = FakePreviews(), list[AnalysisProgress]()

    def tell(progress: AnalysisProgress) -> None:
        told.append(progress)
        deadline = time.monotonic() + 10
        while not previews.kept and time.monotonic() < deadline:
            time.sleep(0.001)

    run_analysis(
        JOB,
        open_clip=lambda _: FakeClip(12),
        segmenter=fake,
        previews=previews,
        on_progress=tell,
        picture_every_s=lambda: 0.0,
        video_first=True,
    )
    assert previews.kept[REQUEST.clip_sha256].frames == [((40, 60), index / 25) for index in range(12)]
    assert [one.picture for one in told[2:]] == [None] * 10
    assert [one.outline.time_s for one in told] == [index / 20 for index in range(12)]
    assert told[0].outline.parts == (), "the stand-in outlines nothing in the first frame"
    assert all(one.outline.area_px and one.outline.parts for one in told[1:])


def test_a_video_that_cannot_be_written_fails_the_analysis_as_it_does_later() -> None:
    class Full(FakePreviews):
        @contextmanager
        def writing(self, clip: ClipInfo) -> Iterator[FakePreview]:
            raise WriteError("The disk is full.", "Free some space.")
            yield FakePreview()

    with pytest.raises(WriteError, match="full"):
        run_analysis(JOB, open_clip=lambda _: FakeClip(3), segmenter=fake, previews=Full(), video_first=True)


def test_a_model_or_a_clip_that_is_another_by_now_is_refused() -> None:
    other = replace(JOB, request=replace(REQUEST, model_sha256="1" * 64))
    with pytest.raises(ModelError, match="replaced"):
        run_analysis(other, open_clip=lambda _: FakeClip(3), segmenter=fake, previews=FakePreviews())
    another = replace(JOB, request=replace(REQUEST, clip_sha256="1" * 64))

    def opened(sha256: str) -> Clip:
        return FakeClip(3)

    with pytest.raises(ClipError, match="not those"):
        run_analysis(another, open_clip=opened, segmenter=fake, previews=FakePreviews())


def test_an_early_picture_is_a_jpeg() -> None:
    found = run_analysis(JOB, open_clip=lambda _: FakeClip(8), segmenter=fake, previews=FakePreviews())
    assert early_picture(np.zeros((40, 60), np.uint8), found.masks[7]).startswith(b"\xff\xd8")
