"""Stand-in for the port of this name."""

import hashlib
from dataclasses import dataclass, field, replace
from pathlib import Path

from nerveapp.domain.experiments.report import TrainingReport
from nerveapp.domain.model import ModelCard, WeightFile
from nerveapp.ports import TrainedWeights


@dataclass
class FakeModelStore:
    """Models in memory, hashed as in a folder."""

    kept: dict[str, tuple[ModelCard, TrainedWeights]] = field(default_factory=dict)
    reports: dict[str, TrainingReport] = field(default_factory=dict)

    def names(self) -> tuple[str, ...]:
        return tuple(name for name in self.stored() if not name.endswith("-close-up"))

    def stored(self) -> tuple[str, ...]:
        return tuple(sorted(self.kept))

    def card(self, name: str) -> ModelCard:
        return self.kept[name][0]

    def refinement_card(self, card: ModelCard) -> ModelCard:
        if card.refinement is None:
            raise ValueError(f"expected a model with a refinement stage, got {card.name}")
        return self.card(card.refinement.name)

    def weights(self, name: str) -> TrainedWeights:
        return self.kept[name][1]

    def cpu_weights(self, name: str) -> TrainedWeights | None:
        weights = self.weights(name)
        return replace(weights, safetensors=b"") if weights.cpu_xml else None

    def save(self, card: ModelCard, weights: TrainedWeights) -> ModelCard:
        reference = WeightFile(f"{card.name}.safetensors", hashlib.sha256(weights.safetensors).hexdigest())
        complete = replace(card, weights=reference)
        self.kept[card.name] = complete, weights
        return complete

    def remove(self, name: str) -> None:
        del self.kept[name]
        self.reports.pop(name, None)
        self.kept.pop(f"{name}-close-up", None)

    def report(self, name: str) -> TrainingReport | None:
        found = self.reports.get(name)
        return found if found is not None and found.sha256 == self.card(name).sha256 else None

    def save_report(self, report: TrainingReport) -> None:
        self.reports[report.model] = report


@dataclass
class FakeModelFolders:
    """Models of folders, in memory."""

    stores: dict[Path, FakeModelStore] = field(default_factory=dict)

    def at(self, folder: Path) -> FakeModelStore:
        return self.stores.setdefault(folder, FakeModelStore())
