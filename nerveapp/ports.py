"""What the workflows need from outside, as small protocols; `bootstrap` chooses who fulfils them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar, runtime_checkable

from nerveapp.domain.annotation import Annotation, ClipRecord, Entry, State
from nerveapp.domain.clip import Image
from nerveapp.domain.clip_description import ClipDescription
from nerveapp.domain.job import Epoch, TrainingJob, TrainingRequest
from nerveapp.domain.labelled import LabelledImage
from nerveapp.domain.learning import EpochReport, Sighting
from nerveapp.domain.model import ModelCard
from nerveapp.domain.promotion import Promotion, Role
from nerveapp.domain.reader_study import ReaderStudy
from nerveapp.domain.recipe import Recipe
from nerveapp.domain.segmentation import PredictedMask

Item = TypeVar("Item")
Result = TypeVar("Result")


class Segmenter(Protocol):
    """Finds the nerve in frames. Safe to call from as many threads at once as `workers` says."""

    @property
    def card(self) -> ModelCard:
        """The model behind it."""
        ...

    @property
    def engine(self) -> str:
        """What computes, such as "OpenVINO int8 on CPU"; written into provenance."""
        ...

    @property
    def batch_size(self) -> int:
        """Frames per call that suit the device."""
        ...

    @property
    def workers(self) -> int:
        """Calls at a time that suit the device."""
        ...

    def segment(self, images: Sequence[Image]) -> list[PredictedMask]:
        """Outline the nerve in each (H, W) or (H, W, 3) frame, on the frame's own grid."""
        ...


@runtime_checkable
class Proposer(Protocol):
    """Outlines the nerve that somebody points at."""

    def propose(self, image: Image, x: float, y: float) -> PredictedMask | None:
        """Outline what lies around a point.

        Parameters
        ----------
        image : ndarray of uint8, (H, W) or (H, W, 3)
        x, y : float
            The point, px from the top left corner.

        Returns
        -------
        PredictedMask or None
            A part that holds the point; None where nothing like a nerve does.
        """
        ...


@dataclass(frozen=True, slots=True)
class TrainedWeights:
    """A trained network as files.

    Parameters
    ----------
    safetensors : bytes
        The reference weights.
    cpu_xml, cpu_bin : bytes
        The same network for CPUs (OpenVINO), in the recipe's precision; empty where it was not made.
    """

    safetensors: bytes
    cpu_xml: bytes = b""
    cpu_bin: bytes = b""


class Checkpoints(Protocol):
    """Keeps how far each network has come, so that a training that ended early can go on."""

    def load(self, network: str) -> bytes | None:
        """Give what was kept last of a network; None where nothing was."""
        ...

    def save(self, network: str, checkpoint: bytes) -> None:
        """Keep a checkpoint in place of the one before, whole or not at all."""
        ...


@dataclass(frozen=True, slots=True)
class LearntWeights:
    """What a training gave.

    Parameters
    ----------
    safetensors : bytes
        The weights.
    losses : tuple of float
        Mean training loss of every epoch, member after member, those before an interruption included.
    """

    safetensors: bytes
    losses: tuple[float, ...]


class Trainer(Protocol):
    """Learns weights from traced images."""

    def train(
        self,
        real: Sequence[LabelledImage],
        synthetic: Sequence[LabelledImage],
        recipe: Recipe,
        *,
        on_epoch: Callable[[EpochReport], None],
        cancelled: Callable[[], bool],
        held_out: Sequence[LabelledImage] = (),
        start: bytes | None = None,
        checkpoints: Checkpoints | None = None,
    ) -> LearntWeights:
        """Train from the recipe's start, or the last checkpoint, to the last epoch.

        Parameters
        ----------
        real, synthetic : sequence of LabelledImage
            Learnt from.
        recipe : Recipe
        on_epoch, cancelled : callable
            Told and asked after every epoch.
        held_out : sequence of LabelledImage
            Outlined after every epoch, to be looked at; they decide nothing.
        start : bytes, optional
            Weights of the model that the recipe starts from, where it names one.
        checkpoints : Checkpoints, optional
            A training that goes on from one reaches the same weights as one that was never interrupted.

        Raises
        ------
        TrainingError
            If training cannot go on.
        CancelledError
            If `cancelled` said so; the checkpoint is kept.
        """
        ...

    def for_cpus(self, safetensors: bytes, shown: Sequence[LabelledImage], recipe: Recipe) -> TrainedWeights:
        """Add the files that CPUs run.

        Parameters
        ----------
        safetensors : bytes
            Trained weights.
        shown : sequence of LabelledImage
            Images learnt from, whose activations set the ranges of 8-bit numbers.
        recipe : Recipe

        Raises
        ------
        TrainingError
            If what it takes is not installed.
        """
        ...


class AnnotationStore(Protocol):
    """Where what people drew is kept. Nothing in it is ever changed or removed."""

    def register(self, clip: ClipRecord, *, rater: str = "", now: datetime | None = None) -> None:
        """Note a clip, or what is newly known of it (subject, exam, calibration, affine) as its newest description.

        What is not said this time is not forgotten; see `with_knowledge`.

        Parameters
        ----------
        clip : ClipRecord
            The names of its stills are not kept.
        rater : str
            Code of who says so; "" where that is not known.
        now : datetime, optional
            With a time zone; the store's own clock by default.

        Raises
        ------
        AnnotationError
            If the clip was stored in another size.
        StoreError
            As every method: if the store cannot be read or written now.
        """
        ...

    def describe(self, description: ClipDescription) -> None:
        """Add a description that stands in place of all that was known, such as one that mends a mistake."""
        ...

    def clips(self) -> tuple[ClipRecord, ...]:
        """All clips as they were described last, by subject."""
        ...

    def clip(self, sha256: str) -> ClipRecord | None:
        """Give a clip as it was described last; None where it is not in the store."""
        ...

    def descriptions(self, sha256: str) -> tuple[ClipDescription, ...]:
        """Give every description of a clip, oldest first."""
        ...

    def save(self, annotation: Annotation, image: Image | None = None) -> None:
        """Add a record, whole or not at all; saving the same one twice is saving it once.

        Parameters
        ----------
        annotation : Annotation
            Of a registered clip.
        image : ndarray of uint8, (H, W) or (H, W, 3), optional
            The frame's pixels; needed the first time a frame is annotated.

        Raises
        ------
        AnnotationError
            If the clip has no such frame, or mask or pixels are of another size than it.
        StoreError
            If another outline is stored under its id, or the clip is not registered.
        """
        ...

    def save_all(
        self, records: Iterable[tuple[Annotation, Image | None]], *, clip: ClipRecord | None = None, rater: str = ""
    ) -> None:
        """Add records with their frames' pixels, all of them or none.

        With `clip`, what is newly known of it is noted along as `register` does, or not at all either.
        """
        ...

    def latest(
        self,
        *,
        clip_sha256: str | None = None,
        frame: int | None = None,
        rater: str | None = None,
        states: Collection[State] = ...,
        studies: bool = False,
    ) -> tuple[Annotation, ...]:
        """Give the newest record of each rater and frame among those of the states, oldest first.

        With `studies`, instead, the newest of each rater, frame, study and round: those traced blindly.
        """
        ...

    def entries(self, *, states: Collection[State] = ...) -> tuple[Entry, ...]:
        """List the newest record of each rater and frame among those of the states, without outlines, oldest first."""
        ...

    def annotation(self, annotation_id: str) -> Annotation:
        """Give one record by its id."""
        ...

    def history(self, clip_sha256: str, frame: int) -> tuple[Annotation, ...]:
        """Give every record of a frame, oldest first."""
        ...

    def image(self, clip_sha256: str, frame: int) -> Image:
        """Give the pixels of an annotated frame."""
        ...

    def add_study(self, study: ReaderStudy) -> None:
        """Add a reader study of frames that are in the store; a name is given once."""
        ...

    def studies(self) -> tuple[ReaderStudy, ...]:
        """Give all reader studies, oldest first."""
        ...


class JobRunner(Protocol):
    """Runs trainings outside of the page: they go on when it is closed."""

    def start(self, request: TrainingRequest, training_set: bytes) -> str:
        """Begin a training, or queue it behind the one that runs.

        Parameters
        ----------
        request : TrainingRequest
        training_set : bytes
            ZIP of images, masks and groups.

        Returns
        -------
        str
            The job's id.

        Raises
        ------
        TrainingError
            If too many wait already.
        """
        ...

    def stop(self, job_id: str) -> None:
        """Ask a job to stop after the epoch in hand; what was learnt is kept."""
        ...

    def resume(self, job_id: str) -> None:
        """Go on with a job that was stopped, failed or ended without a word, after its last finished epoch."""
        ...

    def jobs(self) -> tuple[TrainingJob, ...]:
        """All jobs, newest first."""
        ...

    def epochs(self, job_id: str) -> tuple[Epoch, ...]:
        """Give what a job told, oldest first, without its sightings."""
        ...

    def sightings(self, job_id: str, network: str, number: int) -> tuple[Sighting, ...]:
        """Give the validation frames as a network outlined them after an epoch; none where it did not."""
        ...

    def log(self, job_id: str) -> tuple[tuple[datetime, str], ...]:
        """Give a job's log: when and what."""
        ...

    def image(self, job_id: str, name: str) -> bytes:
        """Give an image of a job's training set, as PNG.

        Raises
        ------
        TrainingError
            If it is gone.
        """
        ...


class Workers(Protocol):
    """Does independent pieces of work, one after another here or many at a time elsewhere."""

    def map(self, work: Callable[[Item], Result], items: Sequence[Item]) -> Iterator[tuple[int, Result]]:
        """Do a piece of work for each item.

        Parameters
        ----------
        work : callable
            Defined in a module, so that another process can find it; done again where its worker was lost, so it must
            leave nothing half done behind.
        items : sequence

        Yields
        ------
        (int, Result)
            The number of an item and its result, each once, in the order in which they are done.

        Raises
        ------
        ClusterError
            If a piece lost its worker again and again.
        """
        ...


class ModelRegistry(Protocol):
    """Knows which frames are locked for judging models, and which model is in use. Rows are added, never changed."""

    def lock(self, annotation_ids: Collection[str], *, now: datetime) -> None:
        """Lock outlines: their people are never trained on again. Locking one twice is locking it once."""
        ...

    def locked(self) -> tuple[str, ...]:
        """Give the ids of all locked outlines, oldest first."""
        ...

    def locked_people(self) -> tuple[str, ...]:
        """Give whom they were of when they were locked, sorted: a code given to a clip later takes no lock off."""
        ...

    def promote(self, promotion: Promotion) -> None:
        """Put a model to use in a role."""
        ...

    def promotions(self, role: Role) -> tuple[Promotion, ...]:
        """Give what was ever put to use in a role, oldest first: the last one is in use."""
        ...


class ModelStore(Protocol):
    """Where models are kept."""

    def names(self) -> tuple[str, ...]:
        """Names of all models, sorted; close-ups are parts of theirs and not among them."""
        ...

    def stored(self) -> tuple[str, ...]:
        """Names of all networks, those of close-ups too, sorted."""
        ...

    def card(self, name: str) -> ModelCard:
        """Read one model's card.

        Raises
        ------
        ModelError
            If there is no such model or its card is not valid.
        """
        ...

    def weights(self, name: str) -> TrainedWeights:
        """Read one model's files.

        Raises
        ------
        ModelError
            If a file is missing or its hash is not the card's.
        """
        ...

    def save(self, card: ModelCard, weights: TrainedWeights) -> ModelCard:
        """Write files and card, each under a temporary name first; returns the card with file names and hashes."""
        ...
