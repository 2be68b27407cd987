"""The images of one training: what is learnt from, and what is only looked at."""

from __future__ import annotations

from dataclasses import dataclass

from nerveapp.domain.labelled import LabelledImage


@dataclass(frozen=True, slots=True)
class TrainingSet:
    """Images of one training, in the roles they have in it.

    Parameters
    ----------
    real : tuple of LabelledImage
        Learnt from, all of them in each epoch unless the recipe says otherwise.
    synthetic : tuple of LabelledImage
        A share of them is learnt from in each epoch.
    held_out : tuple of LabelledImage
        Outlined after each epoch for the validation metrics; nothing is learnt from them or chosen on them.
    """

    real: tuple[LabelledImage, ...]
    synthetic: tuple[LabelledImage, ...] = ()
    held_out: tuple[LabelledImage, ...] = ()

    @property
    def calibration_images(self) -> tuple[LabelledImage, ...]:
        """Images whose activations may set the ranges of 8-bit numbers: those learnt from, and no held-out one."""
        return self.real + self.synthetic
