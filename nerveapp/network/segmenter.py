"""Frames in, outlines out: the network between its two resizings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import numpy.typing as npt

from nerveapp.analysis.outline import outline_from_probabilities
from nerveapp.analysis.reliability import expected_dice
from nerveapp.analysis.transforms import Letterbox, normalise, to_grey
from nerveapp.domain.clip import Image
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
        """Run (N, 1, H, W) normalised frames; returns (N, classes, H, W) logits, the nerve's first."""
        ...


@dataclass(frozen=True, slots=True)
class UNetSegmenter:
    """Outlines nerves with a model's network (the `Segmenter` port).

    Parameters
    ----------
    card : ModelCard
        The model.
    network : Engine
        What computes it.
    flip : bool
        Average with the mirrored frame: twice the time, steadier rims.
    """

    card: ModelCard
    network: Engine
    flip: bool = False

    @property
    def engine(self) -> str:
        """What computes, for provenance."""
        return self.network.name + (", mirrored average" if self.flip else "")

    @property
    def batch_size(self) -> int:
        """Frames per call that suit the device."""
        return self.network.batch_size

    @property
    def workers(self) -> int:
        """Calls at a time that suit the device."""
        return self.network.workers

    def segment(self, images: Sequence[Image]) -> list[PredictedMask]:
        """Outline the nerve in each (H, W) or (H, W, 3) frame, on the frame's own grid."""
        boxes = [self._letterbox(image) for image in images]
        placed = np.stack([box.place(to_grey(image)) for box, image in zip(boxes, images, strict=True)])
        batch = normalise(placed, self.card.mean, self.card.std)[:, None]
        probabilities = _sigmoid(self.network.logits(batch)[:, 0])
        if self.flip:
            mirrored = self.network.logits(np.ascontiguousarray(batch[..., ::-1]))[:, 0, :, ::-1]
            probabilities = np.asarray((probabilities + _sigmoid(mirrored)) / 2, np.float32)
        return [self._outline(box.restore(values)) for box, values in zip(boxes, probabilities, strict=True)]

    def _outline(self, probabilities: npt.NDArray[np.float32]) -> PredictedMask:
        card = self.card
        found = outline_from_probabilities(
            probabilities, threshold=card.threshold, max_pieces=card.max_pieces, max_gap=card.max_gap
        )
        return replace(found, confidence=expected_dice(found.confidence, card.confidence_knots))

    def _letterbox(self, image: Image) -> Letterbox:
        height, width = image.shape[:2]
        return Letterbox(height, width, self.card.input_height, self.card.input_width)


def _sigmoid(values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    return np.asarray(0.5 * (1 + np.tanh(0.5 * values)), np.float32)
