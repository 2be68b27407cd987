"""What a training reports after each epoch."""

from __future__ import annotations

from dataclasses import dataclass

from nerveapp.domain.segmentation import Polygon


@dataclass(frozen=True, slots=True)
class ValidationPreview:
    """How a held-out image is outlined at present.

    Parameters
    ----------
    image : str
        Its name.
    dice : float
        With the tracing, on the network grid, 0 to 1.
    outline : tuple of polygons
        Points (x, y) on the source grid of each part.
    """

    image: str
    dice: float
    outline: tuple[Polygon, ...]


@dataclass(frozen=True, slots=True)
class Validation:
    """Images held out, outlined after an epoch by the averaged weights; nothing is chosen on it.

    Parameters
    ----------
    images : int
        How many; a refinement stage is given the crop about what was traced.
    loss, dice, iou : float
        Means per image on the network grid.
    previews : tuple of ValidationPreview
        The same few images after every epoch.
    """

    images: int
    loss: float
    dice: float
    iou: float
    previews: tuple[ValidationPreview, ...] = ()


@dataclass(frozen=True, slots=True)
class EpochReport:
    """What one pass over the training images gave.

    Parameters
    ----------
    number, epochs : int
        This pass, from 1, and how many there will be.
    loss : float
        Mean training loss on augmented views.
    learning_rate : float
        Rate of the decoder at the end of the pass.
    network : str
        Name of the network's recipe.
    dice, iou : float
        Means per augmented training view, by the weights as they stood at each step.
    validation : Validation or None
        None where nothing is held out.
    """

    number: int
    epochs: int
    loss: float
    learning_rate: float
    network: str = ""
    dice: float = 0.0
    iou: float = 0.0
    validation: Validation | None = None
