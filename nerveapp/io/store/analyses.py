"""Analyses in the database: what was asked for, how each stands, what came out. Masks lie in the object store."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    RowMapping,
    Select,
    and_,
    delete,
    false,
    or_,
    select,
    true,
    update,
)

from nerveapp.clock import now
from nerveapp.domain.analysis import Analysis
from nerveapp.domain.analysis_job import AnalysisJob, AnalysisRequest
from nerveapp.domain.job import JobState
from nerveapp.errors import AnalysisError, CancelledError
from nerveapp.io.store.analysis_results import analysis_of, list_values, masks_bytes, masks_key, result_values
from nerveapp.io.store.analysis_tables import ANALYSES, ANALYSIS_RESULTS
from nerveapp.io.store.connection import insert_into, reading, with_zone, writing
from nerveapp.ports import ObjectStore

DEAD_AFTER_S = 10
"""A worker that has not said for so long that it lives is dead; it says so twice a second."""

MOST_TRIES = 10
"""An analysis that was begun so often and never came to an end is given up: it may be what ends its worker."""

_REQUESTS = TypeAdapter(AnalysisRequest)
_STOPPED = "It was stopped. Press Analyse again to start it anew."
_AGAIN = "Its worker was lost; it is begun again."
_GIVEN_UP = f"Its worker was lost {MOST_TRIES} times. Check the server's memory and at its log, then try again."
_CANDIDATES = 20

Values = dict[str, Any]


class SqlAnalysisStore:
    """Analyses (the `AnalysisStore` port).

    Parameters
    ----------
    engine : Engine
        From `open_database`.
    objects : ObjectStore
        Where masks are kept.
    clock : callable
        Decides which workers have fallen silent.
    """

    def __init__(self, engine: Engine, objects: ObjectStore, *, clock: Callable[[], datetime] = now) -> None:
        self._engine = engine
        self._objects = objects
        self._clock = clock

    def add(self, request: AnalysisRequest, *, frame_count: int | None, actor: str, now: datetime) -> AnalysisJob:
        """Queue an analysis; see the port."""
        again: Values = {
            "state": JobState.WAITING.value,
            "said": "",
            "frames_done": 0,
            "made_at": now.astimezone(UTC),
            "heartbeat_at": now.astimezone(UTC),
            "tries": 0,
            "stop_asked": False,
        }
        new = again | {
            "id": request.id,
            "clip_sha256": request.clip_sha256,
            "request": _REQUESTS.dump_json(request).decode(),
            "frame_count": frame_count,
            "by": actor,
            "attempt": 0,
            "worker": "",
        }
        lost = not self._has_masks(request.id)
        with writing(self._engine) as connection:
            connection.execute(insert_into(connection, ANALYSES).values(new).on_conflict_do_nothing())
            ended = or_(
                ANALYSES.c.state.in_([JobState.STOPPED.value, JobState.FAILED.value]),
                ANALYSES.c.stop_asked,
                and_(ANALYSES.c.state == JobState.DONE.value, true() if lost else false()),
            )
            connection.execute(update(ANALYSES).where(ANALYSES.c.id == request.id, ended).values(again))
            return _job(_row(connection, request.id), now)

    def job(self, analysis_id: str) -> AnalysisJob | None:
        """Say how one stands; see the port."""
        found = self._jobs(select(ANALYSES).where(ANALYSES.c.id == analysis_id))
        return found[0] if found else None

    def active(self) -> tuple[AnalysisJob, ...]:
        """Give all that wait or run, oldest first."""
        states = [state.value for state in JobState if state.active]
        found = self._jobs(
            select(ANALYSES).where(ANALYSES.c.state.in_(states)).order_by(ANALYSES.c.made_at, ANALYSES.c.id)
        )
        return tuple(job for job in found if job.state.active)

    def of_clip(self, clip_sha256: str) -> tuple[AnalysisJob, ...]:
        """Give the finished analyses of a clip, newest first."""
        of_it = and_(ANALYSES.c.clip_sha256 == clip_sha256, ANALYSES.c.state == JobState.DONE.value)
        return self._jobs(select(ANALYSES).where(of_it).order_by(ANALYSES.c.made_at.desc(), ANALYSES.c.id))

    def recent(self, limit: int) -> tuple[AnalysisJob, ...]:
        """Give the analyses asked for last, newest first."""
        return self._jobs(select(ANALYSES).order_by(ANALYSES.c.made_at.desc(), ANALYSES.c.id).limit(limit))

    def take(self, *, worker: str, now: datetime) -> AnalysisJob | None:
        """Begin one that waits; see the port."""
        now = now.astimezone(UTC)
        silent = ANALYSES.c.heartbeat_at < now - timedelta(seconds=DEAD_AFTER_S)
        free = or_(ANALYSES.c.state == JobState.WAITING.value, and_(ANALYSES.c.state == JobState.RUNNING.value, silent))
        ordered = select(ANALYSES).where(free).order_by(ANALYSES.c.made_at, ANALYSES.c.id).limit(_CANDIDATES)
        with reading(self._engine) as connection:  # who looks for work often holds nobody up
            rows = [*connection.execute(ordered).mappings()]
        for row in rows:
            values = _taken(row, worker, now)
            mine = and_(ANALYSES.c.id == row["id"], ANALYSES.c.attempt == row["attempt"], free)
            with writing(self._engine) as connection:
                taken = connection.execute(update(ANALYSES).where(mine).values(values)).rowcount
                if taken and values["state"] == JobState.RUNNING.value:
                    return _job(_row(connection, row["id"]), now)
        return None

    def release(self, worker: str) -> None:
        """Let what a worker was at wait again; see the port."""
        with writing(self._engine) as connection:
            its = and_(ANALYSES.c.worker == worker, ANALYSES.c.state == JobState.RUNNING.value)
            stopped = {"state": JobState.STOPPED.value, "said": _STOPPED}
            connection.execute(update(ANALYSES).where(its, ANALYSES.c.stop_asked).values(stopped))
            waits = {"state": JobState.WAITING.value, "said": _AGAIN, "frames_done": 0}
            connection.execute(update(ANALYSES).where(its).values(waits))

    def beat(self, job: AnalysisJob, frames_done: int, *, now: datetime) -> bool:
        """Say that this attempt lives; see the port."""
        values = {"heartbeat_at": now.astimezone(UTC), "frames_done": frames_done}
        with writing(self._engine) as connection:
            lives = connection.execute(update(ANALYSES).where(_mine(job)).values(values)).rowcount
            return bool(lives) and not _row(connection, job.id)["stop_asked"]

    def stop(self, analysis_id: str) -> None:
        """Ask one to stop; see the port."""
        its = ANALYSES.c.id == analysis_id
        silent = ANALYSES.c.heartbeat_at < self._clock().astimezone(UTC) - timedelta(seconds=DEAD_AFTER_S)
        running = ANALYSES.c.state == JobState.RUNNING.value
        with writing(self._engine) as connection:
            at_once = or_(ANALYSES.c.state == JobState.WAITING.value, and_(running, silent))
            values = {"state": JobState.STOPPED.value, "said": _STOPPED}
            connection.execute(update(ANALYSES).where(its, at_once).values(values))
            connection.execute(update(ANALYSES).where(its, running).values(stop_asked=True))

    def end(self, job: AnalysisJob, state: JobState, said: str, *, now: datetime) -> None:
        """Say how this attempt ended; see the port."""
        values = {"state": state.value, "said": said, "heartbeat_at": now.astimezone(UTC)}
        with writing(self._engine) as connection:
            connection.execute(update(ANALYSES).where(_mine(job)).values(values))

    def save(self, job: AnalysisJob, analysis: Analysis, *, now: datetime) -> None:
        """Keep a result: its masks first, then everything else at once; see the port."""
        masks = masks_bytes(analysis)
        done = list_values(analysis) | {
            "state": JobState.DONE.value,
            "said": "",
            "frame_count": len(analysis.frames),
            "heartbeat_at": now.astimezone(UTC),
            "stop_asked": False,  # it came too late
        }
        self._objects.put_bytes(masks_key(job.id, masks), masks)
        with writing(self._engine) as connection:
            if not connection.execute(update(ANALYSES).where(_mine(job)).values(done)).rowcount:
                raise CancelledError("Another worker has this analysis.", "Nothing is to be done.")
            connection.execute(delete(ANALYSIS_RESULTS).where(ANALYSIS_RESULTS.c.analysis_id == job.id))
            connection.execute(ANALYSIS_RESULTS.insert().values(result_values(job.id, analysis, masks)))

    def choose_nerve(self, analysis_id: str, nerve: int) -> None:
        """Note which nerve is measured; see the port."""
        with writing(self._engine) as connection:
            connection.execute(update(ANALYSES).where(ANALYSES.c.id == analysis_id).values(nerve=nerve))

    def chosen_nerves(self) -> dict[str, int]:
        """Give the nerves that were chosen; see the port."""
        chosen = select(ANALYSES.c.id, ANALYSES.c.nerve).where(ANALYSES.c.nerve.is_not(None))
        with reading(self._engine) as connection:
            return {row["id"]: row["nerve"] for row in connection.execute(chosen).mappings()}

    def result(self, analysis_id: str) -> Analysis:
        """Give a finished analysis; see the port."""
        joined = select(ANALYSES, ANALYSIS_RESULTS, ANALYSIS_RESULTS.c.nerve.label("result_nerve")).join(
            ANALYSIS_RESULTS
        )
        done = and_(ANALYSES.c.id == analysis_id, ANALYSES.c.state == JobState.DONE.value)
        with reading(self._engine) as connection:
            row = connection.execute(joined.where(done)).mappings().one_or_none()
        if row is None:
            raise AnalysisError("There is no such finished analysis.", "Open the clip and analyse it.")
        if not self._objects.has(row["masks"]):
            raise AnalysisError("The outlines of this analysis are lost.", "Analyse the clip again.")
        try:
            return analysis_of(row, self._objects.read(row["masks"]))
        except AnalysisError:
            self._objects.remove(row["masks"])  # so that asking again makes them anew
            raise

    def _has_masks(self, analysis_id: str) -> bool:
        its = select(ANALYSIS_RESULTS.c.masks).where(ANALYSIS_RESULTS.c.analysis_id == analysis_id)
        with reading(self._engine) as connection:
            key = connection.execute(its).scalar_one_or_none()
        return key is not None and self._objects.has(key)

    def _jobs(self, rows: Select[Any]) -> tuple[AnalysisJob, ...]:
        now = self._clock()
        with reading(self._engine) as connection:
            return tuple(_job(row, now) for row in connection.execute(rows).mappings())


def _mine(job: AnalysisJob) -> ColumnElement[bool]:
    return and_(ANALYSES.c.id == job.id, ANALYSES.c.attempt == job.attempt, ANALYSES.c.state == JobState.RUNNING.value)


def _taken(row: RowMapping, worker: str, now: datetime) -> Values:
    """Say how an analysis stands once it is taken: at work, unless it was to stop or was lost too often."""
    if row["stop_asked"]:
        return {"state": JobState.STOPPED.value, "said": _STOPPED}
    if row["tries"] >= MOST_TRIES:
        return {"state": JobState.FAILED.value, "said": _GIVEN_UP}
    return {
        "state": JobState.RUNNING.value,
        "said": "",
        "frames_done": 0,
        "attempt": row["attempt"] + 1,
        "tries": row["tries"] + 1,
        "worker": worker,
        "started_at": now,
        "heartbeat_at": now,
    }


def _row(connection: Connection, analysis_id: str) -> RowMapping:
    return connection.execute(select(ANALYSES).where(ANALYSES.c.id == analysis_id)).mappings().one()


def _job(row: RowMapping, now: datetime) -> AnalysisJob:
    state, said = JobState(row["state"]), str(row["said"])
    if state is JobState.RUNNING and now - with_zone(row["heartbeat_at"]) > timedelta(seconds=DEAD_AFTER_S):
        state, said = (JobState.STOPPED, _STOPPED) if row["stop_asked"] else (JobState.WAITING, _AGAIN)
    return AnalysisJob(
        _REQUESTS.validate_json(row["request"]),
        state,
        said,
        row["frames_done"],
        row["frame_count"],
        row["by"],
        with_zone(row["made_at"]),
        row["attempt"],
        row["nerve"],
    )
