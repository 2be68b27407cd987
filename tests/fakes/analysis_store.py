"""Stand-in for the port of this name."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from nerveapp.domain.analysis import Analysis
from nerveapp.domain.analysis_job import AnalysisJob, AnalysisRequest
from nerveapp.domain.job import JobState
from nerveapp.errors import AnalysisError, CancelledError

STOPPED = "It was stopped."


@dataclass
class FakeAnalysisStore:
    """Analyses in memory; whoever is at one is known only by its attempt, and nobody falls silent."""

    jobs: dict[str, AnalysisJob] = field(default_factory=dict)
    results: dict[str, Analysis] = field(default_factory=dict)
    stopping: set[str] = field(default_factory=set)
    workers: dict[str, str] = field(default_factory=dict)

    def add(self, request: AnalysisRequest, *, frame_count: int | None, actor: str, now: datetime) -> AnalysisJob:
        known = self.jobs.get(request.id)
        if known is None:
            self.jobs[request.id] = AnalysisJob(request, JobState.WAITING, "", 0, frame_count, actor, now, 0)
        elif known.state in (JobState.STOPPED, JobState.FAILED) or request.id in self.stopping:
            self.jobs[request.id] = replace(known, state=JobState.WAITING, said="", frames_done=0, made_at=now)
            self.stopping.discard(request.id)
        return self.jobs[request.id]

    def job(self, analysis_id: str) -> AnalysisJob | None:
        return self.jobs.get(analysis_id)

    def active(self) -> tuple[AnalysisJob, ...]:
        return tuple(job for job in self._oldest_first() if job.state.active)

    def of_clip(self, clip_sha256: str) -> tuple[AnalysisJob, ...]:
        done = (job for job in self.recent(len(self.jobs)) if job.state is JobState.DONE)
        return tuple(job for job in done if job.request.clip_sha256 == clip_sha256)

    def recent(self, limit: int) -> tuple[AnalysisJob, ...]:
        return tuple(sorted(self._oldest_first(), key=lambda job: job.made_at, reverse=True)[:limit])

    def take(self, *, worker: str, now: datetime) -> AnalysisJob | None:
        waiting = next((job for job in self.active() if job.state is JobState.WAITING), None)
        if waiting is None:
            return None
        self.workers[waiting.id] = worker
        self.jobs[waiting.id] = replace(
            waiting, state=JobState.RUNNING, said="", frames_done=0, attempt=waiting.attempt + 1
        )
        return self.jobs[waiting.id]

    def release(self, worker: str) -> None:
        for job in self.active():
            if self.workers.get(job.id) == worker and job.state is JobState.RUNNING:
                state = JobState.STOPPED if job.id in self.stopping else JobState.WAITING
                self.jobs[job.id] = replace(job, state=state, said="released")

    def beat(self, job: AnalysisJob, frames_done: int, *, now: datetime) -> bool:
        if not self._mine(job):
            return False
        self.jobs[job.id] = replace(self.jobs[job.id], frames_done=frames_done)
        return job.id not in self.stopping

    def stop(self, analysis_id: str) -> None:
        job = self.jobs.get(analysis_id)
        if job is not None and job.state is JobState.WAITING:
            self.jobs[analysis_id] = replace(job, state=JobState.STOPPED, said=STOPPED)
        elif job is not None and job.state is JobState.RUNNING:
            self.stopping.add(analysis_id)

    def end(self, job: AnalysisJob, state: JobState, said: str, *, now: datetime) -> None:
        if self._mine(job):
            self.jobs[job.id] = replace(self.jobs[job.id], state=state, said=said)

    def save(self, job: AnalysisJob, analysis: Analysis, *, now: datetime) -> None:
        if not self._mine(job):
            raise CancelledError("Another worker has this analysis.")
        self.results[job.id] = analysis
        self.stopping.discard(job.id)
        count = len(analysis.frames)
        self.jobs[job.id] = replace(
            self.jobs[job.id], state=JobState.DONE, said="", frames_done=count, frame_count=count
        )

    def choose_nerve(self, analysis_id: str, nerve: int) -> None:
        self.jobs[analysis_id] = replace(self.jobs[analysis_id], nerve=nerve)

    def chosen_nerves(self) -> dict[str, int]:
        return {job.id: job.nerve for job in self.jobs.values() if job.nerve is not None}

    def result(self, analysis_id: str) -> Analysis:
        if analysis_id not in self.results:
            raise AnalysisError("There is no such finished analysis.")
        return self.results[analysis_id]

    def _oldest_first(self) -> list[AnalysisJob]:
        return sorted(self.jobs.values(), key=lambda job: (job.made_at, job.id))

    def _mine(self, job: AnalysisJob) -> bool:
        now = self.jobs.get(job.id)
        return now is not None and (now.state, now.attempt) == (JobState.RUNNING, job.attempt)
