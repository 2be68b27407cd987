"""Stand-in for the port of this name."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from nerveapp.domain.experiments.epochs import ValidationPreview
from nerveapp.domain.job import Epoch, JobState, TrainingJob, TrainingRequest
from nerveapp.errors import TrainingError
from tests.fakes.clock import START


@dataclass
class FakeJobRunner:
    """Jobs that wait for ever, by submission; what was asked of each is kept."""

    folder: Path = Path("jobs")
    started: dict[str, TrainingRequest] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)

    def start(self, request: TrainingRequest, write_set: Callable[[Path], None], *, submission: str) -> str:
        if submission not in self.started:
            write_set(self.folder / submission)
            self.started[submission] = request
        return submission

    def stop(self, job_id: str) -> None:
        self.asked.append(("stop", job_id))

    def resume(self, job_id: str) -> None:
        self.asked.append(("resume", job_id))

    def jobs(self) -> tuple[TrainingJob, ...]:
        return tuple(TrainingJob(key, one, JobState.WAITING, "", START) for key, one in reversed(self.started.items()))

    def epochs(self, job_id: str) -> tuple[Epoch, ...]:
        return ()

    def previews(self, job_id: str, network: str, number: int) -> tuple[ValidationPreview, ...]:
        return ()

    def log(self, job_id: str) -> tuple[tuple[datetime, str], ...]:
        return ()

    def image(self, job_id: str, name: str) -> bytes:
        raise TrainingError("It is gone.")
