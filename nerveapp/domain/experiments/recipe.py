"""How a model is made: everything that decides its weights, in one frozen value."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields, replace

from nerveapp.domain.experiments.split import SplitKind

REFINEMENT_SUFFIX = "-close-up"
"""How the names of refinement stages' networks end, in files too."""

RANDOM_SUFFIX = "-random"
"""How the name of a recipe ends that is trained on frames at random for comparison."""

ARCHITECTURES = ("unet", "unetplusplus")
ENCODERS = ("tu-tf_efficientnet_lite0", "mobilenet_v2", "resnet18")
"""What can be built; the first encoder alone can start from ImageNet without a download."""

IMAGENET, SCRATCH = "imagenet", "scratch"
"""Starts of a training besides the name of a model."""

DECIDES_NO_WEIGHTS = frozenset(
    {
        # What people read.
        *("name", "title", "remark", "licence", "data_licence", "data_source"),
        # How outlines are drawn from the probabilities.
        *("threshold", "test_time_flip", "max_components", "crop_scales"),
        # In which numbers CPUs compute with them.
        "cpu_precision",
        # A network of its own, with settings of its own.
        "refinement",
    }
)
"""Fields of a recipe that may change without another training."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """Settings of one training.

    Parameters
    ----------
    name, title : str
        The model's file name and what people read.
    dataset : str
        Name of the folder of images, masks and groups below the data directory.
    images_sha256 : str
        Of a custom training: beginning of the hash of its images and outlines; "" for a published set.
    cpu_precision : str
        "int8", or "float16" where rounding to 8 bits would change the outlines: the CPU files' numbers.
    architecture, encoder : str
        The U-Net's kind and its encoder, such as the network room can build.
    decoder_channels : int
        Of the deepest of the decoder's five blocks; each further one has half as many as the one before it.
    start : str
        What the weights begin as: `IMAGENET` (the encoder alone), `SCRATCH`, or "NAME sha256" of a model.
    input_height, input_width : int
        The network grid, multiples of 32.
    classes : tuple of str
        Structures outlined, the nerve first; another one ("vessel") is trained where it was traced, because it helps to
        distinguish the nerve.
    members : int
        Networks trained from seeds in a row, whose probabilities are averaged.
    mean, std : float
        Normalisation of grey values in [0, 1], the encoder's own.
    epochs, batch_size, seed : int
        Passes over the training images, frames per step, seed of every random number.
    images_per_epoch : int or None
        So many of the images, drawn at random each time, make an epoch; None for all of them.
    learning_rate, encoder_rate_factor : float
        Peak of the one-cycle schedule; the pretrained encoder learns at this fraction of it.
    phantom_stills : int
        Synthetic stills made beforehand, of random subjects.
    phantom_nerves : tuple of str
        The nerves in them.
    phantom_share : float
        How many of them are used per real image and epoch.
    augmentation : float
        How strongly views are varied: 0 not at all, 1 as the shipped models were, 2 twice as far.
    speckle, speckle_share : float
        Largest standard deviation of the noise that multiplies the greys of a view, and the share of views with it.
    threshold : float
        Probability from which a pixel belongs to the nerve.
    test_time_flip : bool
        Test-time flip: the probabilities of the frame and of its mirror image are averaged.
    max_components : int
        Connected parts kept per frame (a bifid nerve has two; elbows show several nerves).
    max_gap : float or None
        How far apart the parts may lie, in diameters of the largest; None for any distance.
    split : SplitKind
        What is kept together when images are dealt into parts.
    folds : int
        Into so many parts.
    held_out_fold : int or None
        The part that is kept back and only ever scored; None to train on all.
    crop_size_factor : float or None
        Of a refinement stage: width of its crop in square roots of the nerve's area; None for whole frames.
    crop_scales : tuple of float
        For a refinement stage: it outlines two crops per entry, one of them mirrored, so many times as wide as in
        training, and what most agree on is taken.
    elsewhere : float
        Share of a refinement stage's training crops that lie anywhere in the frame instead of about a nerve, so that it
        learns to recognise what is none.
    painted_vessels : float
        Share of the refinement stage's training views in which a synthetic vessel is painted beside the nerve.
    refinement : Recipe or None
        How a second network is trained, on the same images, to outline crops about what this one finds.
    remark : str
        What a user should know before trusting the model.
    data_licence, data_source, licence : str
        Terms and origin of the images, and the terms the weights are offered under.
    """

    name: str
    title: str
    dataset: str
    input_height: int
    input_width: int
    epochs: int
    max_components: int
    data_licence: str
    data_source: str
    licence: str
    cpu_precision: str = "int8"
    architecture: str = "unet"
    encoder: str = "tu-tf_efficientnet_lite0"
    decoder_channels: int = 256
    start: str = IMAGENET
    classes: tuple[str, ...] = ("nerve",)
    members: int = 1
    mean: float = 0.5
    std: float = 0.5
    batch_size: int = 8
    seed: int = 7
    images_per_epoch: int | None = None
    learning_rate: float = 1e-3
    encoder_rate_factor: float = 1 / 3
    augmentation: float = 1.0
    speckle: float = 0.3
    speckle_share: float = 0.3
    phantom_stills: int = 240
    phantom_nerves: tuple[str, ...] = ("median",)
    phantom_share: float = 0.2
    threshold: float = 0.5
    test_time_flip: bool = False
    max_gap: float | None = None
    crop_size_factor: float | None = None
    crop_scales: tuple[float, ...] = (1.0,)
    elsewhere: float = 0.0
    painted_vessels: float = 0.0
    refinement: Recipe | None = None
    remark: str = ""
    split: SplitKind = SplitKind.FOLDS
    folds: int = 5
    held_out_fold: int | None = None
    images_sha256: str = ""

    @property
    def parts_held_out(self) -> range:
        """The parts that are held out, one after another, for the score."""
        return range(self.folds if self.split.crosses else 1)

    @property
    def passes(self) -> int:
        """Epochs of all members together."""
        return self.epochs * self.members

    def for_fold(self, number: int) -> Recipe:
        """Give the same recipe with a fold (from 0) held out, under a name of its own."""
        return replace(self, name=f"{self.name}-fold-{number + 1}", held_out_fold=number)

    def of_refinement(self) -> Recipe | None:
        """Give the recipe of the second network, under its own name and with the same people held out."""
        if self.refinement is None:
            return None
        return replace(
            self.refinement,
            name=self.name + REFINEMENT_SUFFIX,
            split=self.split,
            folds=self.folds,
            seed=self.seed,
            held_out_fold=self.held_out_fold,
        )

    def settings(self) -> str:
        """Everything that decides this network's weights, as JSON: the identity of a training, whatever it is called.

        The refinement stage has settings of its own. Two are compared by `same_training`, which knows those of earlier
        versions too.
        """
        deciding = [one.name for one in fields(self) if one.name not in DECIDES_NO_WEIGHTS]
        return json.dumps({name: getattr(self, name) for name in deciding})
