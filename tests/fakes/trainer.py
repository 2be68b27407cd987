"""Stand-in for the port of this name."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from nerveapp.domain.experiments.epochs import EpochReport
from nerveapp.domain.experiments.recipe import Recipe
from nerveapp.domain.labelled import LabelledImage
from nerveapp.ports import Checkpoints, TrainedWeights, TrainingResult


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
