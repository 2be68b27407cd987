"""What is minimised, and the metrics beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional


def dice_and_cross_entropy(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Soft Dice loss over the batch (Milletari 2016) plus binary cross-entropy, averaged over the classes present.

    Parameters
    ----------
    logits, targets : Tensor, (N, classes, H, W)
        Network output, and 0 or 1, or NaN where a structure was not traced: nothing is learnt from those.
    """
    losses = []
    for channel in range(targets.shape[1]):
        traced = ~torch.isnan(targets[:, channel, 0, 0])
        if not traced.any():
            continue
        logit, target = logits[traced, channel], targets[traced, channel]
        probabilities = torch.sigmoid(logit)
        overlap = (probabilities * target).sum()
        dice = (2 * overlap + 1) / (probabilities.sum() + target.sum() + 1)
        losses.append(1 - dice + functional.binary_cross_entropy_with_logits(logit, target))
    return torch.stack(losses).mean()


@dataclass(frozen=True, slots=True)
class TrainingMetrics:
    """Loss, and how well the outlines agree with the traced ones.

    Parameters
    ----------
    loss : float
    dice, iou : float
        Means per image of the nerve's masks at a probability of one half, 0 to 1; two empty masks agree fully.
    """

    loss: float
    dice: float
    iou: float

    @classmethod
    def of(cls, loss: torch.Tensor, logits: torch.Tensor, targets: torch.Tensor) -> TrainingMetrics:
        """Measure one batch; (N, classes, H, W), the nerve first."""
        outlined, traced = logits.detach()[:, 0] > 0, targets[:, 0] > 0.5
        both = (outlined & traced).sum(dim=(1, 2)).cpu().double()  # MPS has no double
        either = (outlined | traced).sum(dim=(1, 2)).cpu().double()
        empty = (either == 0).double()
        dice = (2 * both + empty) / (both + either + empty)
        iou = (both + empty) / (either + empty)
        return cls(float(loss.detach()), float(dice.mean()), float(iou.mean()))

    @classmethod
    def mean(cls, metrics: Sequence[TrainingMetrics]) -> TrainingMetrics:
        """Average batches."""
        loss, dice, iou = np.mean([(one.loss, one.dice, one.iou) for one in metrics], axis=0)
        return cls(float(loss), float(dice), float(iou))
