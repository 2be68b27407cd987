from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import cast

import pytest

from nerveapp.domain.actor import Actor, Right
from nerveapp.domain.annotation import ClipRecord
from nerveapp.domain.calibration import Calibration, CalibrationOrigin
from nerveapp.domain.job import JobState
from nerveapp.domain.library import ListedClip
from nerveapp.domain.tracking import Point
from nerveapp.domain.view import Nerve, Side, Site, View
from nerveapp.errors import AnalysisError, LibraryError, RightsError
from nerveapp.ports import AnnotationStore, Library, TrainedWeights
from nerveapp.workflows.analysing.analyse import analyse
from nerveapp.workflows.analysing.request_analysis import analysis_in_force, request_analysis, stop_analysis
from tests.fakes import CARD, FakeAnalysisRunner, FakeAnalysisStore, FakeClip, FakeModelStore, FakeSegmenter

NOW = datetime(2026, 6, 1, tzinfo=UTC)
FAKE = FakeClip(20)
SHA256 = FAKE.info.sha256
RECORD = ClipRecord(SHA256, 60, 40, 20)


@dataclass
class OneClip:
    """A library, and what is known of the clip in it."""

    record: ClipRecord = RECORD

    def clip(self, sha256: str) -> ListedClip | None:
        return ListedClip(self.record, "clip", None, NOW, True) if sha256 == SHA256 else None


@dataclass
class Described:
    record: ClipRecord | None = None

    def clip(self, sha256: str) -> ClipRecord | None:
        return self.record


@dataclass
class House:
    """All that asking needs."""

    analyses: FakeAnalysisStore = field(default_factory=FakeAnalysisStore)
    runner: FakeAnalysisRunner = field(default_factory=FakeAnalysisRunner)
    models: FakeModelStore = field(default_factory=FakeModelStore)

    def __post_init__(self) -> None:
        self.models.save(CARD, TrainedWeights(b"1", b"", b""))

    def ask(
        self,
        clip: str = SHA256,
        actor: Actor = Actor("R1"),  # noqa: B008
        flip: bool = False,
        points: Sequence[Point] = (),
    ) -> str:
        job = request_analysis(
            clip,
            "fake",
            test_time_flip=flip,
            points=points,
            models=self.models,
            analyses=self.analyses,
            runner=self.runner,
            library=cast(Library, OneClip()),
            actor=actor,
            now=NOW,
        )
        return job.id


@pytest.fixture
def house() -> House:
    return House()


def finished(house: House) -> str:
    analysis_id = house.ask()
    job = house.analyses.take(worker="w", now=NOW)
    assert job is not None
    house.analyses.save(job, analyse(FAKE, FakeSegmenter(), view=View(), calibration=None), now=NOW)
    return analysis_id


def test_asking_queues_it_and_wakes_the_worker(house: House) -> None:
    job = house.analyses.job(house.ask())
    assert job is not None
    assert (job.state, job.by, job.frame_count) == (JobState.WAITING, "R1", 20)
    assert job.request.model_sha256 == house.models.card("fake").sha256
    assert house.runner.woken == 1
    assert house.ask() == job.id
    assert house.ask(flip=True) != job.id


def test_a_finished_one_costs_nothing(house: House) -> None:
    analysis_id = finished(house)
    woken = house.runner.woken
    assert house.ask() == analysis_id
    assert house.runner.woken == woken
    assert house.analyses.active() == ()


def test_points_make_another_analysis_whose_order_does_not_matter(house: House) -> None:
    first, second = Point(3, 20.5, 10.25), Point(9, 22, 11)
    pointed = house.ask(points=[first])
    assert pointed != house.ask()
    job = house.analyses.job(house.ask(points=[second, first]))
    assert job is not None
    assert job.request.points == (first, second)
    assert house.ask(points=[first, second]) == job.id
    assert house.ask(points=[Point(3, 1, 1), second, first]) == job.id, "of two in one frame the later counts"
    boxed = house.ask(points=[Point.in_box(3, 10, 5, 60, 40), second])
    assert boxed not in (pointed, job.id)
    nowhere = (Point(3, 60, 10), Point(3, 10, -1), Point(3, float("nan"), 1), Point(-1, 10, 10))
    for outside in (*nowhere, Point.in_box(3, -2, 5, 20, 9), Point.in_box(3, 10, 5, 20, 41)):
        with pytest.raises(AnalysisError):
            house.ask(points=[outside])


def test_only_who_may_analyse_can_ask_and_stop_and_only_for_clips_of_the_library(house: House) -> None:
    nobody = Actor("R1", frozenset({Right.ANNOTATE}))
    with pytest.raises(RightsError):
        house.ask(actor=nobody)
    with pytest.raises(LibraryError):
        house.ask(clip="0" * 64)
    analysis_id = house.ask()
    with pytest.raises(RightsError):
        stop_analysis(analysis_id, analyses=house.analyses, actor=nobody)
    stop_analysis(analysis_id, analyses=house.analyses, actor=Actor())
    assert house.analyses.active() == ()


def test_view_and_calibration_in_force_are_the_clips_of_today(house: House) -> None:
    analysis_id = finished(house)
    view = View(Nerve.ULNAR, Site.ELBOW, Side.LEFT)
    calibration = Calibration(0.1, 0.1, CalibrationOrigin.TYPED)
    known = Described()

    def in_force() -> object:
        return analysis_in_force(analysis_id, analyses=house.analyses, annotations=cast(AnnotationStore, known))

    raw = house.analyses.result(analysis_id)
    assert in_force() == raw
    known.record = replace(RECORD, view=view, calibration=calibration)
    measured = analysis_in_force(analysis_id, analyses=house.analyses, annotations=cast(AnnotationStore, known))
    assert (measured.view, measured.calibration, measured.masks) == (view, calibration, raw.masks)
    assert raw.summary.area_max is not None
    assert measured.summary.area_max == pytest.approx(raw.summary.area_max * 0.01)
    known.record = replace(RECORD, view=view)
    assert in_force() == replace(raw, view=view), "a calibration that was taken back is gone"
    with pytest.raises(AnalysisError):
        analysis_in_force("0" * 32, analyses=house.analyses, annotations=cast(AnnotationStore, known))
