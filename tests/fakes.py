"""Stand-ins for the ports."""

import hashlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from nerveapp.domain.clip import ClipInfo, Frame, Image
from nerveapp.domain.labelled import LabelledImage
from nerveapp.domain.learning import EpochReport
from nerveapp.domain.model import ModelCard, WeightFile
from nerveapp.domain.recipe import Recipe
from nerveapp.domain.segmentation import PredictedMask
from nerveapp.errors import ModelError
from nerveapp.ports import Checkpoints, TrainedWeights, TrainingResult

CARD = ModelCard(
    name="fake", title="Fake", architecture="unet", encoder="none", input_height=32, input_width=32, mean=0.5, std=0.5,
    classes=("nerve",), threshold=0.5, max_components=2, licence="MIT",
    weights=WeightFile("", "0" * 64), cpu_weights=(),
    cpu_precision="int8",
    trained_on=(), held_out=(), scores=(), recipe="{}", versions=(),
)  # fmt: skip


@dataclass
class FakeClip:
    """Frames whose grey level is their index; counts how many exist at a time."""

    count: int
    truncation: str | None = None
    decoded: int = 0
    timed: bool = True

    @property
    def info(self) -> ClipInfo:
        return ClipInfo("fake", "f" * 64, "fake", 60, 40, self.count, timed=self.timed)

    def frames(self) -> Iterator[Frame]:
        for index in range(self.count):
            self.decoded = index + 1
            yield Frame(index, index / 20, np.full((40, 60), index % 250, np.uint8))


@dataclass
class FakeSegmenter:
    """Outlines a box as high as the grey level says; slower for even frames, so that order is at stake."""

    batch_size: int = 1
    workers: int = 3
    fails_at: int | None = None
    card: ModelCard = CARD
    engine: str = "fake on cpu"
    threads: set[str] = field(default_factory=set)

    def segment(self, images: Sequence[Image]) -> list[PredictedMask]:
        self.threads.add(threading.current_thread().name)
        return [self._one(image) for image in images]

    def _one(self, image: Image) -> PredictedMask:
        level = int(image.flat[0])
        if level == self.fails_at:
            raise ModelError("broken", "mend it")
        time.sleep(0.002 if level % 2 == 0 else 0)
        mask = np.zeros(image.shape[:2], bool)
        mask[5 : 5 + level % 30, 10:30] = True
        found = mask.any()
        return PredictedMask(mask, 0.95 if found else 0.0, int(found))


@dataclass
class FakeModelStore:
    """Models in memory, hashed as in a folder."""

    kept: dict[str, tuple[ModelCard, TrainedWeights]] = field(default_factory=dict)

    def names(self) -> tuple[str, ...]:
        return tuple(name for name in self.stored() if not name.endswith("-close-up"))

    def stored(self) -> tuple[str, ...]:
        return tuple(sorted(self.kept))

    def card(self, name: str) -> ModelCard:
        return self.kept[name][0]

    def weights(self, name: str) -> TrainedWeights:
        return self.kept[name][1]

    def save(self, card: ModelCard, weights: TrainedWeights) -> ModelCard:
        reference = WeightFile(f"{card.name}.safetensors", hashlib.sha256(weights.safetensors).hexdigest())
        complete = replace(card, weights=reference)
        self.kept[card.name] = complete, weights
        return complete


@dataclass
class FakeTrainer:
    """Learns images by heart: its weights are their names."""

    trained: list[Recipe] = field(default_factory=list)
    starts: list[bytes | None] = field(default_factory=list)

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
    ) -> TrainingResult:
        self.trained.append(recipe)
        self.starts.append(start)
        on_epoch(EpochReport(1, 1, 0.5, 1e-3, recipe.name))
        return TrainingResult(" ".join([recipe.name, *sorted(image.name for image in real)]).encode(), (0.5,))

    def for_cpus(self, safetensors: bytes, shown: Sequence[LabelledImage], recipe: Recipe) -> TrainedWeights:
        return TrainedWeights(safetensors, b"<xml/>", b"numbers")
