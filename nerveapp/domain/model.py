"""What a model is and what is known of it: the card beside every set of weights."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from nerveapp.domain.labelled import LabelledImage


@dataclass(frozen=True, slots=True)
class TrainingData:
    """Images a model learnt from.

    Parameters
    ----------
    name, source, licence : str
        The set, where it is published, and its terms.
    images, groups : int
        How many images of how many people (or sets of duplicate exports) were learnt from.
    members : tuple of str
        Names of those groups; empty where they mean nothing (phantoms).
    clips : tuple of str
        Hashes of the clips the images are frames of: they tell a person whose code was given or changed later.
    """

    name: str
    source: str
    licence: str
    images: int
    groups: int
    members: tuple[str, ...] = ()
    clips: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Score:
    """How a model did on images it was never trained on.

    Parameters
    ----------
    dataset, split : str
        The set, and in words how the scored images were kept apart.
    engine : str
        What computed the masks.
    n, groups : int
        Images scored, and people (or duplicate sets) they come from.
    dice_mean, dice_sd, iou_mean, iou_sd : float
        Overlap per image on the source grid, 0 to 1.
    hd95_px_median : float or None
        95th-percentile Hausdorff distance, median over images with an outline, in px.
    area_error_rel_mean : float or None
        Mean of |predicted - traced area| / traced area.
    missed : int
        Images with a Dice below 0.5.
    dice_ci95 : tuple of float
        95 % interval of the mean Dice, resampled by group.
    """

    dataset: str
    split: str
    engine: str
    n: int
    groups: int
    dice_mean: float
    dice_sd: float
    iou_mean: float
    iou_sd: float
    hd95_px_median: float | None
    area_error_rel_mean: float | None
    missed: int
    dice_ci95: tuple[float, float]


@dataclass(frozen=True, slots=True)
class WeightFile:
    """One file of weights.

    Parameters
    ----------
    file : str
        Name beside the card.
    sha256 : str
        Hash of its bytes; a file with another hash is not loaded.
    """

    file: str
    sha256: str


@dataclass(frozen=True, slots=True)
class CloseUp:
    """The second network of a model, stored beside it as a model of its own.

    Parameters
    ----------
    name : str
        Its name in the same store.
    sha256 : str
        Hash of its reference weights.
    """

    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class ModelCard:
    """Everything needed to rebuild a model, run it and judge it.

    Parameters
    ----------
    name, title : str
        File name without suffix, and what people read.
    architecture, encoder : str
        What the network room can build.
    input_height, input_width : int
        The network grid in pixels.
    mean, std : float
        Normalisation of grey values in [0, 1].
    classes : tuple of str
        What the output channels mean.
    members : int
        Networks whose probabilities are averaged.
    reaches : tuple of float
        For a close-up: widths of the windows it is shown, in square roots of the area found; none for whole frames.
    close_up : CloseUp or None
        The model that looks closely at what this one finds and draws the outline.
    threshold : float
        Probability from which a pixel belongs to the nerve, 0 to 1.
    mirrored : bool
        It is always asked twice, the second time with the frame mirrored, and its probabilities are averaged.
    max_pieces : int
        Connected parts kept per frame.
    max_gap : float or None
        How far apart they may lie, in diameters of the largest; None for any distance.
    licence : str
        Terms the weights are offered under.
    weights : WeightFile
        The reference weights (safetensors).
    cpu_weights : tuple of WeightFile
        The same network for CPUs (OpenVINO: .xml and .bin); empty where there is none.
    cpu_precision : str
        "int8" (8-bit integers, fastest) or "float16" (numbers kept in half, computed in single precision).
    trained_on : tuple of TrainingData
        Every set learnt from.
    held_out : tuple of str
        Groups of the set that were kept from it; empty for a model that learnt from all of them.
    scores : tuple of Score
        Figures on groups never trained on: its own held-out ones, or those of the recipe's cross-validation.
    recipe : str
        The settings that made it, as JSON.
    versions : tuple of (str, str)
        Versions of the software that made it.
    remark : str
        What a user should know before trusting it.
    losses : tuple of float
        Mean training loss of each epoch.
    confidence_knots : tuple of (float, float)
        The network's certainty and the Dice it earned out of fold; confidences are read off the line between them.
        Without knots the certainty is given as it is.
    doubt_below : float
        An outline of a lower confidence is flagged; none is where nobody found out what the model's certainty means.
    """

    name: str
    title: str
    architecture: str
    encoder: str
    input_height: int
    input_width: int
    mean: float
    std: float
    classes: tuple[str, ...]
    threshold: float
    max_pieces: int
    licence: str
    weights: WeightFile
    cpu_weights: tuple[WeightFile, ...]
    cpu_precision: str
    trained_on: tuple[TrainingData, ...]
    held_out: tuple[str, ...]
    scores: tuple[Score, ...]
    recipe: str
    versions: tuple[tuple[str, str], ...]
    remark: str = ""
    max_gap: float | None = None
    reaches: tuple[float, ...] = ()
    close_up: CloseUp | None = None
    losses: tuple[float, ...] = ()
    members: int = 1
    confidence_knots: tuple[tuple[float, float], ...] = ()
    doubt_below: float = 0.0
    mirrored: bool = False

    @property
    def people(self) -> frozenset[str]:
        """The groups learnt from, by name, of every set that names them."""
        return frozenset(member for data in self.trained_on for member in data.members)

    def knows(self, image: LabelledImage) -> bool:
        """Whether it has learnt from an image's person or clip."""
        return image.group in self.people or any(image.clip in data.clips for data in self.trained_on if image.clip)

    @property
    def networks(self) -> tuple[CloseUp, ...]:
        """Name and hash of the reference weights of each network, in the order in which they look: one or two."""
        first = CloseUp(self.name, self.weights.sha256)
        return (first,) if self.close_up is None else (first, self.close_up)

    @property
    def sha256(self) -> str:
        """The model's one identity, wherever it is shown, stored or compared.

        Of one network it is the hash of its file of reference weights; of two the SHA-256 of both files' hashes,
        written one after the other in hexadecimal, so that a model with another close-up is another model.
        """
        if self.close_up is None:
            return self.weights.sha256
        return hashlib.sha256((self.weights.sha256 + self.close_up.sha256).encode()).hexdigest()
