"""Trainings in the database: what was asked for, how each stands, what it reported. The files lie in its folder."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Connection, Engine, RowMapping, and_, delete, select, update

from nerveapp.domain.experiments.epochs import EpochReport, ValidationPreview
from nerveapp.domain.job import Epoch, JobState, TrainingJob, TrainingRequest
from nerveapp.errors import TrainingError
from nerveapp.io.older_names import with_todays_names
from nerveapp.io.store.connection import reading, with_zone, writing
from nerveapp.io.store.tables import TRAINING_EPOCHS, TRAINING_JOBS, TRAINING_LOG

_REQUESTS, _REPORTS = TypeAdapter(TrainingRequest), TypeAdapter(EpochReport)
_PREVIEWS = TypeAdapter(tuple[ValidationPreview, ...])
DEAD_AFTER_S = 20
"""A process without a sign of life for so long is dead; it gives one every second."""

_LOST = (
    "Its process was lost: it was killed, ran out of memory, or the machine was switched off. Resume it; if it is lost "
    "again, train with a smaller batch."
)


class SqlJobStore:
    """Trainings, their epochs and their logs.

    Parameters
    ----------
    engine : Engine
        From `open_database`.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, job_id: str, request: TrainingRequest, *, now: datetime) -> int:
        """Note a new job; returns the attempt that may work on it."""
        values = {
            "id": job_id,
            "request": _REQUESTS.dump_json(request).decode(),
            "state": JobState.WAITING.value,
            "said": "Starting.",
            "attempt": 1,
            "stop_asked": False,
            "made_at": request.made_at.astimezone(UTC),
            "heartbeat_at": now.astimezone(UTC),
        }
        with writing(self._engine) as connection:
            connection.execute(TRAINING_JOBS.insert().values(values))
        return 1

    def take_up(self, job_id: str, *, now: datetime) -> int | None:
        """Let another process resume a job; returns its attempt, or None while the job lives or is done."""
        with writing(self._engine) as connection:
            row = _row(connection, job_id)
            state = _state(row, now)
            if state.active or state is JobState.DONE:
                return None
            attempt = int(row["attempt"]) + 1
            taken = connection.execute(
                update(TRAINING_JOBS)
                .where(_mine(job_id, attempt - 1))  # of two at a time one comes too late
                .values(
                    attempt=attempt,
                    state=JobState.WAITING.value,
                    said="Starting.",
                    stop_asked=False,
                    heartbeat_at=now.astimezone(UTC),
                )
            )
            return attempt if taken.rowcount else None

    def ask_to_stop(self, job_id: str) -> None:
        """Ask a job to stop after the epoch in hand."""
        with writing(self._engine) as connection:
            _row(connection, job_id)
            connection.execute(update(TRAINING_JOBS).where(TRAINING_JOBS.c.id == job_id).values(stop_asked=True))

    def beat(self, job_id: str, attempt: int, *, now: datetime) -> bool:
        """Give a sign of life of the attempt; returns whether it is to go on."""
        with writing(self._engine) as connection:
            sign = {"heartbeat_at": now.astimezone(UTC)}
            connection.execute(update(TRAINING_JOBS).where(_mine(job_id, attempt)).values(sign))
            row = _row(connection, job_id)
            return bool(row["attempt"] == attempt and not row["stop_asked"])

    def set_state(self, job_id: str, attempt: int, state: JobState, message: str) -> None:
        """Note how the attempt stands; what a later attempt noted is not overwritten."""
        with writing(self._engine) as connection:
            values = {"state": state.value, "said": message}
            connection.execute(update(TRAINING_JOBS).where(_mine(job_id, attempt)).values(values))

    def end(self, job_id: str, attempt: int, message: str) -> None:
        """Note that the attempt failed, where it has not noted itself how it ended."""
        active = TRAINING_JOBS.c.state.in_([state.value for state in JobState if state.active])
        with writing(self._engine) as connection:
            values = {"state": JobState.FAILED.value, "said": message}
            connection.execute(update(TRAINING_JOBS).where(_mine(job_id, attempt), active).values(values))

    def report(self, job_id: str, report: EpochReport, *, now: datetime) -> None:
        """Add an epoch; one reported before under the same number is replaced."""
        epoch = {"job_id": job_id, "network": report.network, "number": report.number}
        same = and_(*(TRAINING_EPOCHS.c[name] == value for name, value in epoch.items()))
        with writing(self._engine) as connection:
            connection.execute(delete(TRAINING_EPOCHS).where(same))
            seen = report.validation.previews if report.validation else ()
            bare = replace(report, validation=replace(report.validation, previews=())) if report.validation else report
            values = {
                **epoch,
                "at": now.astimezone(UTC),
                "report": _REPORTS.dump_json(bare).decode(),
                "sightings": _PREVIEWS.dump_json(seen).decode(),
            }
            connection.execute(TRAINING_EPOCHS.insert().values(values))

    def log(self, job_id: str, line: str, *, now: datetime) -> None:
        """Add a line to a job's log."""
        with writing(self._engine) as connection:
            connection.execute(TRAINING_LOG.insert().values(job_id=job_id, at=now.astimezone(UTC), line=line))

    def jobs(self, *, now: datetime) -> tuple[TrainingJob, ...]:
        """All jobs, newest first."""
        with reading(self._engine) as connection:
            rows = connection.execute(select(TRAINING_JOBS).order_by(TRAINING_JOBS.c.made_at.desc())).mappings()
            return tuple(_job(row, now) for row in rows)

    def job(self, job_id: str, *, now: datetime) -> TrainingJob:
        """One job; raises TrainingError if there is none."""
        with reading(self._engine) as connection:
            return _job(_row(connection, job_id), now)

    def epochs(self, job_id: str) -> tuple[Epoch, ...]:
        """Give the epochs a job reported, oldest first, without their previews."""
        rows = (
            select(TRAINING_EPOCHS.c.report, TRAINING_EPOCHS.c.at)
            .where(TRAINING_EPOCHS.c.job_id == job_id)
            .order_by(TRAINING_EPOCHS.c.at, TRAINING_EPOCHS.c.number)
        )
        with reading(self._engine) as connection:
            return tuple(
                Epoch(_REPORTS.validate_json(with_todays_names(row["report"])), with_zone(row["at"]))
                for row in connection.execute(rows).mappings()
            )

    def previews(self, job_id: str, network: str, number: int) -> tuple[ValidationPreview, ...]:
        """Give the validation previews of a network after an epoch; none where it made none."""
        epoch = and_(
            TRAINING_EPOCHS.c.job_id == job_id,
            TRAINING_EPOCHS.c.network == network,
            TRAINING_EPOCHS.c.number == number,
        )
        with reading(self._engine) as connection:
            text = connection.execute(select(TRAINING_EPOCHS.c.sightings).where(epoch)).scalar_one_or_none()
        return _PREVIEWS.validate_json(text) if text else ()

    def log_of(self, job_id: str) -> tuple[tuple[datetime, str], ...]:
        """Give a job's log, oldest first."""
        rows = select(TRAINING_LOG).where(TRAINING_LOG.c.job_id == job_id).order_by(TRAINING_LOG.c.sequence)
        with reading(self._engine) as connection:
            return tuple((with_zone(row["at"]), row["line"]) for row in connection.execute(rows).mappings())


def _mine(job_id: str, attempt: int) -> ColumnElement[bool]:
    return and_(TRAINING_JOBS.c.id == job_id, TRAINING_JOBS.c.attempt == attempt)


def _row(connection: Connection, job_id: str) -> RowMapping:
    row = connection.execute(select(TRAINING_JOBS).where(TRAINING_JOBS.c.id == job_id)).mappings().one_or_none()
    if row is None:
        raise TrainingError("There is no such job.", "Reload the page.")
    return row


def _state(row: RowMapping, now: datetime) -> JobState:
    state = JobState(row["state"])
    silent = now - with_zone(row["heartbeat_at"]) > timedelta(seconds=DEAD_AFTER_S)
    return JobState.STOPPED if state.active and silent else state


def _job(row: RowMapping, now: datetime) -> TrainingJob:
    state = _state(row, now)
    message = _LOST if state is not JobState(row["state"]) else str(row["said"])
    request = _REQUESTS.validate_json(with_todays_names(row["request"]))
    return TrainingJob(row["id"], request, state, message, with_zone(row["heartbeat_at"]), bool(row["stop_asked"]))
