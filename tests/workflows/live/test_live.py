"""Following in running pictures while finding goes on beside it, on stand-ins."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nerveapp.domain.actor import Actor
from nerveapp.domain.calibration import Calibration, CalibrationOrigin, Region
from nerveapp.domain.clip import Image
from nerveapp.domain.clip_source import Origin
from nerveapp.domain.live import LiveMeasurement
from nerveapp.domain.segmentation import Mask, PredictedMask
from nerveapp.domain.tracking import How
from nerveapp.domain.view import Nerve, Site, View
from nerveapp.errors import ClipError, ModelError
from nerveapp.ports import Segmenter, Tracker
from nerveapp.workflows.live.keep_live import frames_of, keep_in_library
from nerveapp.workflows.live.live_outlining import LiveOutlining
from nerveapp.workflows.live.live_session import LiveSession
from nerveapp.workflows.live.recent_frames import RecentFrames
from tests.fakes.clip_reader import FakeReader
from tests.fakes.clock import START
from tests.fakes.library import FakeLibrary
from tests.fakes.live_files import FakeLiveFiles
from tests.fakes.live_source import FakeClock, FakeLiveSource, disc
from tests.fakes.object_store import FakeObjects
from tests.fakes.segmenter import CARD
from tests.fakes.tracker import FakeTracker

TYPED = Calibration(0.1, 0.2, CalibrationOrigin.TYPED)
FLAGGING = replace(CARD, flag_below=0.95)
"""The stand-in for a tracker is sure by 0.9 of all it sees."""


@dataclass
class BrightSegmenter:
    """Finds what is bright; remembers the pictures it was asked about. It takes time on the clock where it has one."""

    tracker: Tracker | None = field(default_factory=FakeTracker)
    card: Any = CARD
    clock: FakeClock | None = None
    takes_s: float = 0.0
    fails: bool = False
    threshold: int = 128
    sure: float = 0.9
    asked: list[Image] = field(default_factory=list)
    batch_size: int = 1
    workers: int = 1
    engine: str = "fake on cpu"

    def segment(self, images: Sequence[Image]) -> list[PredictedMask]:
        if self.fails:
            raise ModelError("The model broke.", "Mend it.")
        self.asked += images
        if self.clock is not None:
            self.clock.now_s += self.takes_s
        masks = [image >= self.threshold for image in images]
        return [PredictedMask(mask, self.sure if mask.any() else 0.0, int(mask.any())) for mask in masks]


class Held(Executor):
    """Does what it is asked for when it is told to."""

    def __init__(self) -> None:
        self.waiting: list[Callable[[], None]] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self.waiting.append(lambda: future.set_result(fn(*args, **kwargs)))
        return future

    def do(self) -> None:
        work, self.waiting = self.waiting, []
        for one in work:
            one()


class Course:
    """Pictures outlined one after another, with finding under the test's control."""

    def __init__(self, images: Sequence[Image], segmenter: Segmenter, calibration: Calibration | None = None) -> None:
        self.clock = FakeClock()
        self.source = FakeLiveSource(images, self.clock)
        self.finding = Held()
        self.outlining = LiveOutlining(segmenter, self.finding, calibration=calibration, clock=self.clock)

    def next(self) -> LiveMeasurement:
        live = self.source.newest(wait_s=0)
        assert live is not None
        return self.outlining.outline(live)


def x_of(outline: LiveMeasurement) -> float:
    return float(np.nonzero(outline.mask.unpack())[1].mean())


def test_the_picture_runs_on_while_the_nerve_is_searched_and_it_is_followed_from_then_on() -> None:
    segmenter = BrightSegmenter()
    course = Course([disc(20 + index) for index in range(6)], segmenter)
    assert [course.next().how for _ in range(3)] == [How.LOST, How.LOST, How.LOST]
    assert len(course.finding.waiting) == 1, "one search at a time"
    course.finding.do()
    found = course.next()
    assert found.how is How.FOUND
    assert x_of(found) == pytest.approx(23), "found in the first picture, and followed to this one"
    assert course.next().how is How.FOLLOWED
    assert len(segmenter.asked) == 1


def test_a_nerve_that_is_followed_is_found_again_every_second_and_stays_where_both_agree() -> None:
    segmenter = BrightSegmenter()
    course = Course([disc(40) for _ in range(80)], segmenter)
    hows = []
    for _ in range(80):
        hows.append(course.next().how)
        course.finding.do()
    assert hows == [How.LOST, How.FOUND, *[How.FOLLOWED] * 78]
    assert 3 <= len(segmenter.asked) <= 5, "3.2 s"


def test_an_unsure_nerve_is_found_again_sooner() -> None:
    segmenter = BrightSegmenter(card=FLAGGING)
    course = Course([disc(40) for _ in range(50)], segmenter)
    outlines = []
    for _ in range(50):
        outlines.append(course.next())
        course.finding.do()
    assert outlines[-1].unsure
    assert 6 <= len(segmenter.asked) <= 9, "2 s"


def test_what_was_found_doubtfully_is_doubtful_however_surely_it_is_followed_until_it_is_found_surely() -> None:
    segmenter = BrightSegmenter(card=replace(CARD, flag_below=0.5), sure=0.2)
    course = Course([disc(40) for _ in range(50)], segmenter)
    outlines = []
    for index in range(50):
        segmenter.sure = 0.2 if index < 25 else 0.8
        outlines.append(course.next())
        course.finding.do()
    assert {(one.unsure, one.confidence) for one in outlines[1:25]} == {(True, 0.2)}
    assert {(one.unsure, one.confidence) for one in outlines[40:]} == {(False, 0.9)}, "the tracker's own"


def test_what_was_found_doubtfully_and_is_not_found_again_is_not_followed_on() -> None:
    segmenter = BrightSegmenter(card=replace(CARD, flag_below=0.5), sure=0.2)
    course = Course([disc(40) for _ in range(30)], segmenter)
    for _ in range(5):
        outlined = course.next()
        course.finding.do()
    segmenter.threshold = 256
    assert outlined.area_px
    for _ in range(25):
        outlined = course.next()
        course.finding.do()
    assert outlined.how is How.LOST


def test_slow_finding_leaves_most_of_the_time_to_following() -> None:
    segmenter = BrightSegmenter()
    course = Course([disc(40) for _ in range(160)], segmenter)
    for index in range(160):
        course.next()
        if index % 25 == 24:  # each search takes a second
            course.finding.do()
    assert len(segmenter.asked) <= 3, "6.4 s"


def test_a_lost_nerve_is_searched_at_once_and_found_where_it_is() -> None:
    gone = [disc(30), disc(30), disc(-50), disc(-50), disc(90), disc(90)]
    course = Course(gone, BrightSegmenter())
    seen = []
    for _ in gone:
        seen.append(course.next())
        course.finding.do()
    assert [one.how for one in seen] == [How.LOST, How.FOUND, How.LOST, How.LOST, How.LOST, How.FOUND]
    assert [one.area_px > 0 for one in seen] == [False, True, False, False, False, True]
    assert x_of(seen[-1]) == pytest.approx(90)


@dataclass(frozen=True)
class Doubting(FakeTracker):
    """As sure as it is told of what lies on the left."""

    on_the_left: float = 0.5

    def _seen(self, image: Image, near: Mask) -> PredictedMask | None:
        seen = super()._seen(image, near)
        return replace(seen, confidence=self.on_the_left) if seen is not None and seen.mask[:, :60].any() else seen


@pytest.mark.parametrize(("sure_of_it", "ends_at"), [(0.5, 90), (0.95, 30)])
def test_what_is_found_elsewhere_takes_the_place_of_what_is_followed_where_it_is_surer(
    sure_of_it: float, ends_at: int
) -> None:
    faint = np.maximum(disc(30, level=150), disc(90))
    segmenter = BrightSegmenter(Doubting(on_the_left=sure_of_it), threshold=180)
    course = Course([disc(30), disc(30), *[faint] * 60], segmenter)
    seen = []
    for _ in range(62):
        seen.append(course.next())
        course.finding.do()
    assert x_of(seen[10]) == pytest.approx(30)
    assert x_of(seen[-1]) == pytest.approx(ends_at)


def test_of_several_nerves_that_one_is_compared_that_is_followed() -> None:
    two = np.maximum(disc(30), disc(90, radius=12))
    course = Course([disc(30), disc(30), *[two] * 60], BrightSegmenter(Doubting(), card=replace(CARD, max_gap=None)))
    for _ in range(62):
        last = course.next()
        course.finding.do()
    assert x_of(last) == pytest.approx(30)


def test_areas_are_in_millimetres_only_with_a_calibration_and_only_where_it_holds() -> None:
    def areas(calibration: Calibration | None) -> tuple[str, float | None]:
        course = Course([disc(40), disc(40)], BrightSegmenter(), calibration)
        course.next()
        course.finding.do()
        outline = course.next()
        return outline.area_words, outline.area_mm2

    pixels = int((disc(40) >= 128).sum())
    assert areas(None) == (f"{pixels} px²", None)
    assert areas(TYPED)[1] == pytest.approx(pixels * 0.02)
    assert areas(TYPED)[0] == f"{pixels * 0.02:.2f} mm²"
    assert areas(replace(TYPED, box=Region(0, 0, 20, 20))) == (f"{pixels} px²", None)


def test_a_model_that_cannot_follow_is_asked_for_every_picture() -> None:
    segmenter = BrightSegmenter(tracker=None)
    course = Course([disc(20), disc(60), disc(-50)], segmenter)
    assert [course.next().how for _ in range(3)] == [How.FOUND, How.FOUND, How.LOST]


def session_of(
    images: Sequence[Image], *, takes_s: float = 0.0, breaks_off_at: int | None = None, unwatched_s: float | None = None
) -> tuple[LiveSession, FakeLiveSource]:
    clock = FakeClock()
    source = FakeLiveSource(images, clock, breaks_off_at=breaks_off_at)
    segmenter = BrightSegmenter(None, clock=clock, takes_s=takes_s)
    session = LiveSession(
        source, segmenter, calibration=None, recent=RecentFrames(), clock=clock, unwatched_s=unwatched_s
    )
    return session, source


def run_to_its_end(session: LiveSession) -> None:
    session.start()
    for _ in range(1000):
        if session.over:
            return
        time.sleep(0.01)
    pytest.fail("it did not end")


def test_a_session_says_how_well_the_computer_keeps_up() -> None:
    session, source = session_of([disc(40) for _ in range(101)], takes_s=0.1)
    session.run()
    figures = session.figures()
    assert source.closed
    assert session.over
    assert figures.latency_median_ms == pytest.approx(100, abs=41)
    assert figures.latency_p95_ms >= figures.latency_median_ms
    assert figures.dropped == 101 - figures.frames > 50
    assert figures.frames_per_second == pytest.approx(10, rel=0.1)
    assert session.figures(last_s=1.0).frames <= 11
    assert "latency median" in figures.words


def test_what_comes_while_it_is_frozen_is_neither_shown_nor_kept() -> None:
    session, _ = session_of([disc(20 + index) for index in range(30)])

    def on_outline(done: LiveMeasurement) -> None:
        if done.live.frame.index == 9:
            session.freeze()

    session.run(on_outline)
    shown = session.watched()
    assert shown is not None
    assert shown.live.frame.index == 9
    assert len(session.recent.all()) == 10
    session.go_on()
    assert session.recent.all() == (), "a clip does not reach back over a pause"


def test_another_calibration_measures_the_frozen_picture_anew() -> None:
    session, _ = session_of([disc(40) for _ in range(5)])
    session.run()
    before = session.watched()
    session.calibrate(TYPED)
    after = session.watched()
    assert before is not None
    assert after is not None
    assert before.area_mm2 is None
    assert after.area_mm2 == pytest.approx(after.area_px * 0.02)


def test_a_source_that_breaks_off_ends_the_session_with_its_reason() -> None:
    session, source = session_of([disc(40) for _ in range(30)], breaks_off_at=5)
    with pytest.raises(ClipError, match="broke off"):
        session.run()
    assert source.closed
    session, _ = session_of([disc(40) for _ in range(30)], breaks_off_at=5)
    run_to_its_end(session)
    assert isinstance(session.failure, ClipError), "it is known as soon as the session is over"


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_picture_that_nobody_foresaw_ends_the_session_with_a_reason_too() -> None:
    session, source = session_of([disc(40), None, disc(40)])  # type: ignore[list-item]
    run_to_its_end(session)
    assert source.closed
    assert "broke off" in str(session.failure)


def test_a_failure_of_the_finder_reaches_who_runs_the_session() -> None:
    clock = FakeClock()
    source = FakeLiveSource([disc(40) for _ in range(2000)], clock)
    session = LiveSession(source, BrightSegmenter(fails=True), calibration=None, recent=RecentFrames(), clock=clock)
    with pytest.raises(ModelError):
        session.run()


def test_nobody_watching_ends_it() -> None:
    session, _ = session_of([disc(40) for _ in range(1000)], unwatched_s=2.0)
    session.run()
    assert 2 / 0.04 <= session.figures().frames <= 2 / 0.04 + 2


def outlined(index: int, image: Image, *, step_s: float = 0.04) -> LiveMeasurement:
    source = FakeLiveSource([image] * (index + 1), FakeClock(100 + index * step_s), step_s)
    source._start_s = 100.0
    live = source.newest(wait_s=0)
    assert live is not None
    return LiveOutlining(BrightSegmenter(None), Held(), clock=FakeClock()).outline(live)


def test_recent_frames_are_bounded_in_time_and_in_bytes() -> None:
    image = disc(40)
    recent = RecentFrames(seconds=1.0)
    for index in range(60):
        recent.add(outlined(index, image))
    held = recent.all()
    assert [one.live.frame.index for one in held] == list(range(34, 60))
    recent = RecentFrames(seconds=60, most_bytes=5 * image.nbytes)
    for index in range(60):
        recent.add(outlined(index, image))
    assert [one.live.frame.index for one in recent.all()] == list(range(55, 60))
    recent.add(outlined(60, np.zeros((10, 10), np.uint8)))
    assert len(recent.all()) == 1, "a clip has one size"


def test_the_last_seconds_become_a_clip_of_the_library_with_their_calibration(tmp_path: Path) -> None:
    library, files = FakeLibrary(), FakeLiveFiles()
    outlines = [outlined(index, disc(40)) for index in range(10, 70)]
    with pytest.raises(ClipError, match="no picture"):
        frames_of([])
    frames = frames_of(outlines, seconds=1.0)
    assert [frame.index for frame in frames] == list(range(26))
    assert frames[0].time_s == 0
    assert frames[-1].time_s == pytest.approx(1.0)
    clip = keep_in_library(
        frames, folder=tmp_path, files=files, reader=FakeReader(), library=library, objects=FakeObjects(tmp_path / "o"),
        view=View(Nerve.ULNAR, Site.ELBOW), calibration=TYPED, actor=Actor("R1"), now=START,
    )  # fmt: skip
    listed, source = library.clip(clip.info.sha256), library.source(clip.info.sha256)
    assert listed is not None
    assert source is not None
    assert listed.record.calibration == TYPED
    assert listed.record.view.nerve is Nerve.ULNAR
    assert source.origin is Origin.LIVE
    assert source.name == "Live, 2026-01-01 12:00 UTC"
