"""The `Trainer` port with torch: a U-Net from its pretrained encoder to files, those for CPUs included."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import openvino
import torch
from safetensors.torch import load, save

from nerveapp.analysis.transforms import Letterbox, Window, normalise
from nerveapp.domain.labelled import LabelledImage
from nerveapp.domain.recipe import Recipe
from nerveapp.errors import TrainingError
from nerveapp.network.training import train
from nerveapp.network.unet import (
    ARCHITECTURE,
    Ensemble,
    build_network,
    build_unet,
    imagenet_encoder_file,
    start_from_imagenet,
)
from nerveapp.ports import EpochReport, TrainedWeights

CALIBRATION_FRAMES = 128
"""Training frames whose activations set the 8-bit ranges."""


class UNetTrainer:
    """Trains on one device.

    Parameters
    ----------
    device : torch.device
        Where to compute.
    threads : int
        Threads of torch on a CPU; a second one measured three times slower on a busy two-core machine.
    encoder_weights : Path or None
        ImageNet weights to start from; by default those of the package in requirements.txt.
    """

    def __init__(self, device: torch.device, *, threads: int = 1, encoder_weights: Path | None = None) -> None:
        self._device = device
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
    ) -> bytes:
        """Train and pack the averaged weights, as half-precision numbers; see the port."""
        torch.set_num_threads(self._threads)
        start = self._encoder_weights or imagenet_encoder_file()
        if start is None:
            raise TrainingError(
                "The pretrained encoder is not installed.", "Install requirements.txt or give --encoder-weights."
            )
        network = build_network(ARCHITECTURE, recipe.encoder, classes=len(recipe.classes), members=recipe.members)
        parts = network.members if isinstance(network, Ensemble) else [network]
        for number, part in enumerate(parts):
            weights = self._train_one(
                replace(recipe, seed=recipe.seed + number),
                real,
                synthetic,
                start=start,
                on_epoch=_among(on_epoch, number, recipe),
                cancelled=cancelled,
            )
            part.load_state_dict(weights)
        halves = {
            name: value.half() if value.is_floating_point() else value for name, value in network.state_dict().items()
        }
        return save(halves)

    def _train_one(
        self,
        recipe: Recipe,
        real: Sequence[LabelledImage],
        synthetic: Sequence[LabelledImage],
        *,
        start: Path,
        on_epoch: Callable[[EpochReport], None],
        cancelled: Callable[[], bool],
    ) -> dict[str, torch.Tensor]:
        torch.manual_seed(recipe.seed)
        network = build_unet(ARCHITECTURE, recipe.encoder, classes=len(recipe.classes))
        start_from_imagenet(network, start)
        average = train(network, real, synthetic, recipe, device=self._device, on_epoch=on_epoch, cancelled=cancelled)
        return dict(average.to("cpu").state_dict())

    def for_cpus(self, safetensors: bytes, shown: Sequence[LabelledImage], recipe: Recipe) -> TrainedWeights:
        """Convert to OpenVINO, rounded to 8 bits where the recipe says so; see the port."""
        network = build_network(ARCHITECTURE, recipe.encoder, classes=len(recipe.classes), members=recipe.members)
        network.load_state_dict(load(safetensors))
        shape = (1, 1, recipe.input_height, recipe.input_width)
        model = openvino.convert_model(network.eval(), example_input=torch.zeros(shape), input=[shape])
        if recipe.cpu_precision == "int8":
            rng = np.random.default_rng(recipe.seed)
            chosen = [shown[i] for i in rng.permutation(len(shown))[:CALIBRATION_FRAMES]]
            model = rounded_to_8_bits(model, chosen, recipe)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "network.xml"
            openvino.save_model(model, path, compress_to_fp16=True)
            return TrainedWeights(safetensors, path.read_bytes(), path.with_suffix(".bin").read_bytes())


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
    inputs = [_network_input(image, recipe) for image in images]
    return nncf.quantize(
        model,
        nncf.Dataset(inputs),
        subset_size=len(inputs),
        preset=nncf.QuantizationPreset.MIXED,
        fast_bias_correction=False,  # slower to make; masks closer to the reference's
    )


def _network_input(image: LabelledImage, recipe: Recipe) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    height, width = recipe.input_height, recipe.input_width
    if recipe.reach is None or not image.nerve.any():
        placed = Letterbox(image.height, image.width, height, width).place(image.grey)
    else:
        placed = Window.around(image.nerve, reach=recipe.reach, height=height, width=width).place(image.grey)
    return normalise(placed, recipe.mean, recipe.std)[None, None]
