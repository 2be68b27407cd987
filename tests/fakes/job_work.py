"""Stand-in for the port of this name."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from nerveapp.domain.experiments.epochs import EpochReport
from nerveapp.domain.job import JobState, TrainingRequest
from nerveapp.domain.labelled import LabelledImage
from nerveapp.errors import CancelledError, NerveAppError
from nerveapp.ports import Checkpoints
from tests.fakes.model_store import FakeModelStore


@dataclass
class FakeCheckpoints:
    """Checkpoints in memory."""

    kept: dict[str, bytes] = field(default_factory=dict)

    def load(self, network: str) -> bytes | None:
        return self.kept.get(network)

    def save(self, network: str, checkpoint: bytes) -> None:
        self.kept[network] = checkpoint


@dataclass
class FakeRunningJob:
    """A job in memory; it is asked to stop after as many epochs as `stops_after` says."""

    request: TrainingRequest
    training_set: Sequence[LabelledImage]
    stops_after: int | None = None
    runs: FakeModelStore = field(default_factory=FakeModelStore)
    checkpoints: Checkpoints = field(default_factory=FakeCheckpoints)
    epochs: list[EpochReport] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    def images(self) -> list[LabelledImage]:
        return [*self.training_set]

    def report(self, epoch: EpochReport) -> None:
        self.epochs.append(epoch)

    def log(self, line: str) -> None:
        self.lines.append(line)

    def cancelled(self) -> bool:
        return self.stops_after is not None and len(self.epochs) >= self.stops_after


@dataclass
class FakeJobWork:
    """Gives one job, and notes how it ended and whether its runs were discarded."""

    job: FakeRunningJob
    state: JobState = JobState.WAITING
    discarded: list[str] = field(default_factory=list)

    @contextmanager
    def begin(self, job_id: str, attempt: int) -> Iterator[FakeRunningJob]:
        self.state = JobState.RUNNING
        try:
            yield self.job
        except CancelledError:
            self.state = JobState.STOPPED
            raise
        except NerveAppError:
            self.state = JobState.FAILED
            raise
        self.state = JobState.DONE

    def discard_runs(self, job_id: str) -> None:
        self.discarded.append(job_id)
