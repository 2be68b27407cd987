"""Stand-in for the port of this name."""

import hashlib
from dataclasses import dataclass, field, replace

from nerveapp.domain.model import ModelCard, WeightFile
from nerveapp.ports import TrainedWeights


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
