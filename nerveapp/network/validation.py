"""Held-out images outlined during a training, for the validation metrics and previews."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from nerveapp.analysis.agreement import dice, iou
from nerveapp.analysis.outline import nerves_in, polygons
from nerveapp.analysis.transforms import FloatMap, Letterbox, Window, normalise
from nerveapp.domain.experiments.epochs import Validation, ValidationPreview
from nerveapp.domain.experiments.recipe import Recipe
from nerveapp.domain.labelled import LabelledImage
from nerveapp.domain.segmentation import Mask, Polygon
from nerveapp.network.loss import dice_and_cross_entropy

VALIDATED = 24
"""So many held-out images, spread evenly, are outlined after each epoch: a compromise between time and precision."""

PREVIEWS = 6
"""So many of them are kept as previews."""


def refinement_nerves(image: LabelledImage, recipe: Recipe) -> list[Mask]:
    """Give the nerves of an image that a refinement stage is trained on one by one; none for whole frames."""
    return [] if recipe.crop_size_factor is None else nerves_in(image.nerve, apart=recipe.max_gap is None)


def placed(image: LabelledImage, recipe: Recipe) -> Letterbox | Window:
    """Say how an image lies on the network grid: whole, or about the largest nerve traced in it."""
    height, width = recipe.input_height, recipe.input_width
    nerves = refinement_nerves(image, recipe)
    if recipe.crop_size_factor is None or not nerves:
        return Letterbox(image.height, image.width, height, width)
    return Window.around(max(nerves, key=np.count_nonzero), reach=recipe.crop_size_factor, height=height, width=width)


def network_input(image: LabelledImage, recipe: Recipe) -> npt.NDArray[np.float32]:
    """Give an image as the network sees it: (1, 1, height, width), normalised and not varied."""
    return normalise(placed(image, recipe).place(image.grey), recipe.mean, recipe.std)[None, None]


@dataclass(frozen=True, slots=True)
class Validated:
    """Some of the images held out.

    Parameters
    ----------
    images : tuple of LabelledImage
    recipe : Recipe
    """

    images: tuple[LabelledImage, ...]
    recipe: Recipe

    @classmethod
    def choose(cls, held_out: Sequence[LabelledImage], recipe: Recipe) -> Validated | None:
        """Spread the choice evenly over the images; None where there are none."""
        if not held_out:
            return None
        count = min(VALIDATED, len(held_out))
        return cls(tuple(held_out[round(i)] for i in np.linspace(0, len(held_out) - 1, count)), recipe)

    def measure(self, network: torch.nn.Module, device: torch.device) -> Validation:
        """Outline them with the weights as they are; the network must be in evaluation mode."""
        losses, dices, ious = [], [], []
        previews: list[ValidationPreview] = []
        for image in self.images:
            grid = placed(image, self.recipe)
            traced = grid.place(image.nerve.astype(np.uint8) * 255) >= 128
            with torch.inference_mode():
                batch = torch.from_numpy(network_input(image, self.recipe)).to(device)
                logits = network(batch)[:, :1].float().cpu()
            target = torch.from_numpy(traced.astype(np.float32))[None, None]
            losses.append(float(dice_and_cross_entropy(logits, target)))
            nerve_logits = np.asarray(logits[0, 0].numpy(), np.float32)
            dices.append(dice(nerve_logits > 0, traced))
            ious.append(iou(nerve_logits > 0, traced))
            if len(previews) < PREVIEWS:
                previews.append(ValidationPreview(image.name, dices[-1], _outline(nerve_logits, grid, image)))
        return Validation(
            len(self.images), float(np.mean(losses)), float(np.mean(dices)), float(np.mean(ious)), tuple(previews)
        )


def _outline(logits: FloatMap, grid: Letterbox | Window, image: LabelledImage) -> tuple[Polygon, ...]:
    likely = (logits > 0).astype(np.float32)
    restored = grid.restore(likely) if isinstance(grid, Letterbox) else grid.restore(likely, image.height, image.width)
    return polygons(restored >= 0.5)
