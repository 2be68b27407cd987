"""What every store of analyses does: the stand-in, SQLite and PostgreSQL."""

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from nerveapp.domain.analysis import Analysis
from nerveapp.domain.analysis_job import AnalysisRequest
from nerveapp.domain.annotation import ClipRecord
from nerveapp.domain.job import JobState
from nerveapp.domain.view import Nerve, View
from nerveapp.errors import AnalysisError, CancelledError
from nerveapp.io.folder_objects import FolderObjects
from nerveapp.io.store.analyses import MOST_TRIES, SqlAnalysisStore
from nerveapp.io.store.annotations import SqlAnnotationStore
from nerveapp.io.store.connection import open_database
from nerveapp.ports import AnalysisStore
from nerveapp.workflows.analysing.analyse import analyse
from tests.fakes import FakeAnalysisStore, FakeClip, FakeSegmenter
from tests.io.store.analyses import HEIGHT, SHA256, WIDTH, analyses
from tests.stores import empty_database, empty_store

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
FAKE = FakeClip(3)
CLIP = FAKE.info.sha256


def request_of(version: str = "1", clip: str = CLIP) -> AnalysisRequest:
    return AnalysisRequest(clip, "fake", "0" * 64, False, version)


def sql_store(url: str, folder: Path) -> SqlAnalysisStore:
    engine = open_database(url)
    annotations = SqlAnnotationStore(engine)
    annotations.register(ClipRecord(CLIP, 60, 40, 3))
    annotations.register(ClipRecord(SHA256, WIDTH, HEIGHT, 3))
    return SqlAnalysisStore(engine, FolderObjects(folder / "data"), clock=lambda: NOW)


@pytest.fixture(params=["sqlite", "postgresql"])
def sql(request: pytest.FixtureRequest, tmp_path: Path) -> SqlAnalysisStore:
    if request.param == "sqlite":
        return sql_store(empty_store(tmp_path / "store.db"), tmp_path)
    return sql_store(empty_database(request.getfixturevalue("postgres")), tmp_path)


@pytest.fixture(params=["fake", "sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> AnalysisStore:
    if request.param == "fake":
        return FakeAnalysisStore()
    if request.param == "sqlite":
        return sql_store(empty_store(tmp_path / "store.db"), tmp_path)
    return sql_store(empty_database(request.getfixturevalue("postgres")), tmp_path)


@pytest.fixture(scope="module")
def found() -> Analysis:
    return analyse(FAKE, FakeSegmenter(), view=View(), calibration=None)


def add(store: AnalysisStore, version: str = "1", *, after_s: float = 0) -> str:
    now = NOW + timedelta(seconds=after_s)
    return store.add(request_of(version), frame_count=3, actor="R1", now=now).id


def taken(store: AnalysisStore, *, after_s: float = 0, worker: str = "w") -> Any:
    job = store.take(worker=worker, now=NOW + timedelta(seconds=after_s))
    assert job is not None
    return job


def test_an_analysis_is_queued_taken_told_of_and_kept(store: AnalysisStore, found: Analysis) -> None:
    first = store.add(request_of(), frame_count=3, actor="R1", now=NOW)
    assert (first.state, first.by, first.frame_count, first.attempt) == (JobState.WAITING, "R1", 3, 0)
    assert store.active() == (first,)
    job = taken(store)
    assert (job.id, job.state, job.attempt) == (first.id, JobState.RUNNING, 1)
    assert store.take(worker="w", now=NOW) is None
    assert store.beat(job, 2, now=NOW)
    assert [one.frames_done for one in store.active()] == [2]
    with pytest.raises(AnalysisError):
        store.result(job.id)
    store.save(job, found, now=NOW)
    assert store.result(job.id) == found
    done = store.job(job.id)
    assert done is not None
    assert (done.state, done.frames_done) == (JobState.DONE, 3)
    assert store.active() == ()
    assert store.of_clip(CLIP) == store.recent(5) == (done,)


def test_asking_twice_is_asking_once(store: AnalysisStore, found: Analysis) -> None:
    add(store)
    again = store.add(request_of(), frame_count=3, actor="R2", now=NOW + timedelta(seconds=5))
    assert (again.by, again.made_at) == ("R1", NOW)
    job = taken(store)
    assert store.add(request_of(), frame_count=3, actor="R2", now=NOW) == job
    store.save(job, found, now=NOW)
    assert store.add(request_of(), frame_count=3, actor="R2", now=NOW).state is JobState.DONE
    assert store.take(worker="w", now=NOW) is None, "nothing is done twice"


def test_the_one_that_waits_longest_comes_first(store: AnalysisStore) -> None:
    ids = [add(store, "b", after_s=2), add(store, "a", after_s=1), add(store, "c", after_s=3)]
    assert [job.id for job in store.active()] == [ids[1], ids[0], ids[2]]
    assert [taken(store, after_s=4).id for _ in ids] == [ids[1], ids[0], ids[2]]
    assert [job.id for job in store.recent(2)] == [ids[2], ids[0]]


def test_one_that_waits_is_stopped_at_once_and_one_that_runs_is_asked_to(store: AnalysisStore) -> None:
    waiting = add(store, "a")
    store.stop(waiting)
    assert store.active() == ()
    add(store, "b", after_s=1)
    job = taken(store, after_s=1)
    store.stop(job.id)
    assert not store.beat(job, 1, now=NOW + timedelta(seconds=1))
    store.end(job, JobState.STOPPED, "It was stopped.", now=NOW + timedelta(seconds=1))
    stopped = store.job(job.id)
    assert stopped is not None
    assert (stopped.state, stopped.said) == (JobState.STOPPED, "It was stopped.")
    assert add(store, "b", after_s=2) == job.id
    assert taken(store, after_s=2).attempt == 2, "it waits again when it is asked for again"


def test_one_that_is_asked_for_again_while_it_stops_is_begun_again(store: AnalysisStore, found: Analysis) -> None:
    add(store)
    old = taken(store)
    store.stop(old.id)
    add(store, after_s=1)
    store.end(old, JobState.STOPPED, "It was stopped.", now=NOW)
    new = taken(store, after_s=1)
    assert (new.id, new.attempt) == (old.id, 2)
    assert not store.beat(old, 3, now=NOW)
    with pytest.raises(CancelledError):
        store.save(old, found, now=NOW)
    assert store.beat(new, 0, now=NOW)


def test_what_a_lost_worker_was_at_waits_again(store: AnalysisStore) -> None:
    add(store, "a")
    add(store, "b", after_s=1)
    mine, others = taken(store, worker="lost"), taken(store, worker="other")
    store.release("lost")
    again = taken(store, worker="other")
    assert (again.id, again.attempt) == (mine.id, 2)
    assert store.beat(others, 0, now=NOW)
    assert not store.beat(mine, 0, now=NOW)


def test_a_silent_worker_is_given_up_after_ten_seconds(sql: SqlAnalysisStore) -> None:
    add(sql)
    old = taken(sql, after_s=-30)
    assert [job.state for job in sql.active()] == [JobState.WAITING], "it is told as what it is"
    sql.beat(old, 1, now=NOW - timedelta(seconds=5))
    assert sql.take(worker="w", now=NOW) is None
    assert taken(sql, after_s=6).attempt == 2


def test_what_never_comes_to_an_end_is_given_up(sql: SqlAnalysisStore) -> None:
    job_id = add(sql)
    for _ in range(MOST_TRIES):
        taken(sql)
        sql.release("w")
    assert sql.take(worker="w", now=NOW) is None
    job = sql.job(job_id)
    assert job is not None
    assert job.state is JobState.FAILED
    assert "memory" in job.said
    add(sql)
    taken(sql)


def test_lost_or_damaged_outlines_are_told_and_made_anew(
    sql: SqlAnalysisStore, found: Analysis, tmp_path: Path
) -> None:
    add(sql)
    job = taken(sql)
    sql.save(job, found, now=NOW)
    (masks,) = (path for path in (tmp_path / "data").rglob("*") if path.is_file())
    masks.write_bytes(masks.read_bytes()[:-1] + b"x")
    with pytest.raises(AnalysisError, match="damaged"):
        sql.result(job.id)
    with pytest.raises(AnalysisError, match="lost"):
        sql.result(job.id)
    assert sql.add(request_of(), frame_count=3, actor="", now=NOW).state is JobState.WAITING
    sql.save(taken(sql), found, now=NOW)
    assert sql.result(job.id) == found


def test_the_warning_about_a_clips_images_is_kept_with_its_result(store: AnalysisStore, found: Analysis) -> None:
    add(store)
    job = taken(store)
    store.save(job, replace(found, unlike_training="These images are unlike others."), now=NOW)
    assert store.result(job.id).unlike_training == "These images are unlike others."


def test_only_what_the_model_gave_is_kept(sql: SqlAnalysisStore, found: Analysis) -> None:
    add(sql)
    job = taken(sql)
    with pytest.raises(ValueError, match="without calibration"):
        sql.save(job, replace(found, view=View(nerve=Nerve.ULNAR)), now=NOW)


def test_workers_that_ask_at_once_get_different_ones(sql: SqlAnalysisStore) -> None:
    for number in range(12):
        add(sql, f"{number}", after_s=number)
    got: list[tuple[str, int]] = []

    def work(name: str) -> None:
        while (job := sql.take(worker=name, now=NOW + timedelta(seconds=12))) is not None:
            got.append((job.id, job.attempt))

    threads = [threading.Thread(target=work, args=(f"w{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    while (job := sql.take(worker="last", now=NOW + timedelta(seconds=12))) is not None:
        got.append((job.id, job.attempt))
    assert len(got) == len({job_id for job_id, _ in got}) == 12
    assert {attempt for _, attempt in got} == {1}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> SqlAnalysisStore:
    folder = tmp_path_factory.mktemp("analyses")
    return sql_store(f"sqlite:///{folder / 'store.db'}", folder)


@given(made=analyses())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_results_are_read_back_as_they_were(shared: SqlAnalysisStore, made: Analysis) -> None:
    request = AnalysisRequest(SHA256, "fake", "0" * 64, False, f"{np.random.default_rng().integers(1 << 60)}")
    shared.add(request, frame_count=None, actor="", now=NOW)
    shared.save(taken(shared), made, now=NOW)
    assert shared.result(request.id) == made


def test_the_nerve_chosen_is_kept(store: AnalysisStore) -> None:
    job = store.add(request_of(), frame_count=3, actor="", now=NOW)
    assert job.nerve is None
    store.choose_nerve(job.id, 1)
    store.choose_nerve(job.id, 2)
    assert store.chosen_nerves() == {job.id: 2}
    known = store.job(job.id)
    assert known is not None
    assert known.nerve == 2
