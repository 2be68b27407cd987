"""One network of a model: grey images of its grid in, probabilities of the nerve out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from nerveapp.analysis.outline import outline_from_probabilities
from nerveapp.analysis.transforms import FloatMap, Grey, normalise
from nerveapp.domain.model import ModelCard
from nerveapp.domain.segmentation import PredictedMask


class Engine(Protocol):
    """Computes a network."""

    @property
    def name(self) -> str:
        """For provenance."""
        ...

    @property
    def batch_size(self) -> int:
        """Frames per call that suit the device."""
        ...

    @property
    def workers(self) -> int:
        """Calls at a time that suit the device."""
        ...

    def logits(self, batch: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Run (N, channels, H, W) frames; returns (N, classes, H, W) logits, the nerve's first."""
        ...


@dataclass(frozen=True, slots=True)
class Stage:
    """A model's card and what computes its network."""

    card: ModelCard
    engine: Engine

    def probabilities(self, placed: Sequence[Grey], *, flip: bool) -> FloatMap:
        """Run (height, width) grey images of the network's grid; returns the nerve's (N, height, width).

        `flip` averages with the mirrored images even where the card does not ask for it.
        """
        batch = normalise(np.stack(placed), self.card.mean, self.card.std)[:, None]
        straight = _sigmoid(self.engine.logits(batch)[:, 0])
        if not (flip or self.card.test_time_flip):
            return straight
        mirrored = self.engine.logits(np.ascontiguousarray(batch[..., ::-1]))[:, 0, :, ::-1]
        return np.asarray((straight + _sigmoid(mirrored)) / 2, np.float32)

    def outline(self, probabilities: FloatMap) -> PredictedMask:
        """Draw the outline on the grid of the probabilities."""
        card = self.card
        return outline_from_probabilities(
            probabilities, threshold=card.threshold, max_components=card.max_components, max_gap=card.max_gap
        )


def _sigmoid(values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    return np.asarray(0.5 * (1 + np.tanh(0.5 * values)), np.float32)
