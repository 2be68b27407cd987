"""What a model is and what is known of it: the card beside every set of weights."""

from __future__ import annotations

import hashlib
import math
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from nerveapp.domain.appearance import Appearance
from nerveapp.domain.score import Score
from nerveapp.errors import ModelError

SMALLEST_INPUT, LARGEST_INPUT, INPUT_STEP = 32, 1024, 32
"""Sides of a network's grid, in px: it is halved five times."""

DECODER_CHANNELS = (64, 128, 256, 512)
"""Of the deepest of the decoder's five blocks, each further one of which has half as many."""

SYNTHETIC = "phantom"
"""Name of the set of synthetic images: it holds nobody, and a score on it says nothing about people."""

_MOST_CLASSES = _MOST_MEMBERS = 16
_MOST_COMPONENTS = 64
_MOST_CROPS, _WIDEST_CROP = 8, 100.0
_MOST_KNOTS = 1000


@dataclass(frozen=True, slots=True)
class TrainingData:
    """Images a model was trained on.

    Parameters
    ----------
    name, source, licence : str
        The set, where it is published, and its terms.
    images, groups : int
        How many images of how many people (or sets of duplicate exports) were learnt from.
    members : tuple of str
        Names of those groups; empty where they mean nothing (phantoms).
    clips : tuple of str
        Hashes of the clips the images are frames of: a person whose code was given or changed later is known by them.
    """

    name: str
    source: str
    licence: str
    images: int
    groups: int
    members: tuple[str, ...] = ()
    clips: tuple[str, ...] = ()


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
class RefinementStage:
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

    A card may come from anybody: what would take the memory of a machine, or no network can mean, is refused.

    Parameters
    ----------
    name, title : str
        File name without suffix, and what people read.
    architecture, encoder : str
        What the network room can build.
    decoder_channels : int
        Of the deepest of the decoder's five blocks; each further one has half as many as the one before it.
    input_height, input_width : int
        The network grid in pixels.
    mean, std : float
        Normalisation of grey values in [0, 1].
    classes : tuple of str
        What the output channels mean.
    members : int
        Networks whose probabilities are averaged.
    crop_size_factor : float or None
        Of a refinement stage: the width of windows it was trained with, in square roots of the nerve's area; None for
        whole frames.
    crop_size_factors : tuple of float
        Widths of the windows in which it outlines what was found anew, in square roots of the area found.
    refinement : RefinementStage or None
        The refinement stage, which draws the outline around what this one finds.
    threshold : float
        Probability from which a pixel belongs to the nerve, 0 to 1.
    test_time_flip : bool
        Test-time flip: always run twice, the second time on the flipped frame, with the probabilities averaged.
    max_components : int
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
        Scores on groups never trained on: its own held-out ones, or those of the recipe's cross-validation.
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
    followed_knots : tuple of (float, float)
        The same for outlines that were followed from frame to frame, fitted on phantoms of subjects never trained on:
        there are no real clips with the nerve traced in every frame.
    flag_below : float
        An outline of a lower confidence is flagged; none is where nobody found out what the model's certainty means.
    appearance : Appearance or None
        How the images learnt from look, which tells unlike ones; None on cards of earlier versions.

    Raises
    ------
    ModelError
        If a size, a count, a threshold or a text is not one that a model can have.
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
    max_components: int
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
    crop_size_factors: tuple[float, ...] = ()
    crop_size_factor: float | None = None
    refinement: RefinementStage | None = None
    losses: tuple[float, ...] = ()
    members: int = 1
    confidence_knots: tuple[tuple[float, float], ...] = ()
    followed_knots: tuple[tuple[float, float], ...] = ()
    flag_below: float = 0.0
    test_time_flip: bool = False
    appearance: Appearance | None = None
    decoder_channels: int = 256

    def __post_init__(self) -> None:
        for wrong in _wrong_in(self):
            raise ModelError(f"The card of {self.name[:60]!r} says {wrong}.", "Fetch the model again, or take another.")

    @property
    def people(self) -> frozenset[str]:
        """The groups learnt from, by name, of every set that names them."""
        return frozenset(member for data in self.trained_on for member in data.members)

    @property
    def unnamed_sets(self) -> tuple[str, ...]:
        """The sets of real images that it has learnt from and whose people it does not name."""
        return tuple(data.name for data in self.trained_on if not data.members and data.name != SYNTHETIC)

    def knows(self, person: str, clip: str = "") -> bool:
        """Whether it has learnt from a person, by the group of their images, or from a clip, by its hash."""
        return person in self.people or any(clip in data.clips for data in self.trained_on if clip)

    @property
    def networks(self) -> tuple[RefinementStage, ...]:
        """Name and hash of the reference weights of each network, in the order in which they are run: one or two."""
        first = RefinementStage(self.name, self.weights.sha256)
        return (first,) if self.refinement is None else (first, self.refinement)

    @property
    def sha256(self) -> str:
        """The model's one identity, wherever it is shown, stored or compared.

        Of one network it is the hash of its file of reference weights; of two the SHA-256 of both files' hashes,
        written one after the other in hexadecimal, so that a model with another refinement stage is another model.
        """
        if self.refinement is None:
            return self.weights.sha256
        return hashlib.sha256((self.weights.sha256 + self.refinement.sha256).encode()).hexdigest()


def _wrong_in(card: ModelCard) -> Iterator[str]:
    for side, size in (("high", card.input_height), ("wide", card.input_width)):
        if not SMALLEST_INPUT <= size <= LARGEST_INPUT or size % INPUT_STEP:
            limits = f"{SMALLEST_INPUT} to {LARGEST_INPUT} in steps of {INPUT_STEP} can be run"
            yield f"that its frames are {size} pixels {side}; {limits}"
    for what, count, most in (
        ("classes", len(card.classes), _MOST_CLASSES),
        ("members", card.members, _MOST_MEMBERS),
        ("components", card.max_components, _MOST_COMPONENTS),
    ):
        if not 1 <= count <= most:
            yield f"that it has {count} {what}; 1 to {most} are possible"
    if card.decoder_channels not in DECODER_CHANNELS:
        possible = ", ".join(map(str, DECODER_CHANNELS))
        yield f"that its decoder has {card.decoder_channels} channels; {possible} are possible"
    widths = (*card.crop_size_factors, *(() if card.crop_size_factor is None else (card.crop_size_factor,)))
    if len(card.crop_size_factors) > _MOST_CROPS or not all(0 < width <= _WIDEST_CROP for width in widths):
        limits = f"up to {_MOST_CROPS} of at most {_WIDEST_CROP:g} are possible"
        yield f"crop size factors of {widths[:3]}; {limits}"
    if not 0 < card.threshold < 1:
        yield f"a threshold of {card.threshold}; it lies between 0 and 1"
    if not (math.isfinite(card.mean) and math.isfinite(card.std) and card.std > 0):
        yield f"a mean of {card.mean} and a standard deviation of {card.std}; they are finite, the latter above 0"
    if card.max_gap is not None and not 0 <= card.max_gap < math.inf:
        yield f"a gap of {card.max_gap}; it is finite and not below 0"
    yield from _wrong_in_confidence(card)
    texts = (card.name, card.title, card.licence, *card.classes)
    if any(unicodedata.category(sign) in ("Cc", "Cs") for text in texts for sign in text):
        yield "a name, title, licence or class with control characters"


def _wrong_in_confidence(card: ModelCard) -> Iterator[str]:
    for knots in (card.confidence_knots, card.followed_knots):
        yield from _wrong_in_knots(knots)
    if not 0 <= card.flag_below <= 1:
        yield f"that outlines are flagged below {card.flag_below}; it lies within 0 to 1"


def _wrong_in_knots(knots: tuple[tuple[float, float], ...]) -> Iterator[str]:
    certainties = [certainty for certainty, _ in knots]
    if len(knots) > _MOST_KNOTS or not all(0 <= value <= 1 for knot in knots for value in knot):
        yield f"confidences by {len(knots)} knots; up to {_MOST_KNOTS} within 0 to 1 are possible"
    elif certainties != sorted(certainties):
        yield "confidences whose knots are not in order"
