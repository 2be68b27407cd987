"""Where analyses are kept, those that wait and run too."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from nerveapp.domain.analysis import Analysis
from nerveapp.domain.analysis_job import AnalysisJob, AnalysisRequest
from nerveapp.domain.job import JobState


class AnalysisStore(Protocol):
    """Analyses of clips in the library. One is known by its request: asking twice is asking once.

    Raises
    ------
    StoreError
        By every method: if the store cannot be read or written now.
    """

    def add(self, request: AnalysisRequest, *, frame_count: int | None, actor: str, now: datetime) -> AnalysisJob:
        """Queue an analysis; one that waits, runs or is done stays as it is, one that ended otherwise waits again.

        One that was asked to stop and has not yet waits again too; one whose masks are lost is done anew.
        """
        ...

    def job(self, analysis_id: str) -> AnalysisJob | None:
        """Say how one stands."""
        ...

    def active(self) -> tuple[AnalysisJob, ...]:
        """Give all that wait or run, oldest first."""
        ...

    def of_clip(self, clip_sha256: str) -> tuple[AnalysisJob, ...]:
        """Give the finished analyses of a clip, newest first."""
        ...

    def recent(self, limit: int) -> tuple[AnalysisJob, ...]:
        """Give the analyses asked for last, newest first."""
        ...

    def take(self, *, worker: str, now: datetime) -> AnalysisJob | None:
        """Begin the one that waits longest, or one whose worker fell silent; None where there is none.

        Of several workers that ask at once each gets another one.

        Parameters
        ----------
        worker : str
            Name of who takes it, at most 64 characters; see `release`.
        now : datetime
        """
        ...

    def release(self, worker: str) -> None:
        """Let what a worker was at wait again: it is known to have ended."""
        ...

    def beat(self, job: AnalysisJob, frames_done: int, *, now: datetime) -> bool:
        """Say that this attempt lives and how far it is; returns whether it is to go on."""
        ...

    def stop(self, analysis_id: str) -> None:
        """Ask one to stop: at once where it waits, after the frame in hand where it runs."""
        ...

    def end(self, job: AnalysisJob, state: JobState, said: str, *, now: datetime) -> None:
        """Say how this attempt ended; a later attempt's word is not overwritten."""
        ...

    def save(self, job: AnalysisJob, analysis: Analysis, *, now: datetime) -> None:
        """Keep a result whole or not at all, and say that it is done.

        Parameters
        ----------
        job : AnalysisJob
        analysis : Analysis
            As the model gave it: without a calibration and corrections.
        now : datetime

        Raises
        ------
        CancelledError
            If another attempt has the job, or it is gone: nothing is kept.
        """
        ...

    def choose_nerve(self, analysis_id: str, nerve: int) -> None:
        """Note which of the nerves of a finished analysis is to be measured, by its number: see `AnalysisJob.nerve`."""
        ...

    def chosen_nerves(self) -> dict[str, int]:
        """Give the nerves that somebody chose to measure, by the ids of the analyses."""
        ...

    def result(self, analysis_id: str) -> Analysis:
        """Give a finished analysis as it was saved.

        Raises
        ------
        AnalysisError
            If there is none, or its masks are lost.
        """
        ...
