"""The reference engine: torch, on CUDA, MPS or CPU."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from safetensors import SafetensorError
from safetensors.torch import load

from nerveapp.domain.model import ModelCard
from nerveapp.errors import ModelError
from nerveapp.network.unet import build_network

GPU_BATCH = 16


def best_device(wanted: str = "auto") -> torch.device:
    """Choose where to compute.

    Parameters
    ----------
    wanted : str
        "auto" (CUDA, else MPS, else CPU), "cpu", "cuda" or "mps".

    Raises
    ------
    ModelError
        If the device is not there.
    """
    present = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if wanted == "auto":
        return torch.device(next(name for name in ("cuda", "mps", "cpu") if present[name]))
    if not present.get(wanted, False):
        there = ", ".join(name for name, found in present.items() if found)
        raise ModelError(f"There is no device {wanted} here.", f"Choose auto or one of: {there}.")
    return torch.device(wanted)


def load_network(card: ModelCard, safetensors: bytes) -> torch.nn.Module:
    """Rebuild a network from its card and the bytes of its weights, ready to evaluate.

    Raises
    ------
    ModelError
        If the bytes are not safetensors (a pickle, for instance) or do not fit the architecture.
    """
    network = build_network(card)
    try:
        network.load_state_dict(load(safetensors))
    except SafetensorError as error:
        raise ModelError(
            f"{card.weights.file} is not a safetensors file.", "Only safetensors are loaded, never pickled weights."
        ) from error
    except RuntimeError as error:
        raise ModelError(
            f"{card.weights.file} does not fit a {card.architecture} with {card.encoder}.",
            "The card and the weights are not of one model; fetch both again.",
        ) from error
    return network.eval()


@dataclass(frozen=True, slots=True)
class TorchEngine:
    """Runs a network with torch; half precision and channels-last on GPUs.

    Parameters
    ----------
    network : torch.nn.Module
        In evaluation mode, already on `device`.
    device : torch.device
        Where to compute.
    """

    network: torch.nn.Module
    device: torch.device

    @classmethod
    def on(cls, network: torch.nn.Module, device: torch.device) -> TorchEngine:
        """Move a network to a device and wrap it."""
        moved = network.eval().to(device)
        if device.type != "cpu":
            torch.nn.utils.convert_conv2d_weight_memory_format(moved, torch.channels_last)
        return cls(moved, device)

    @property
    def name(self) -> str:
        """For provenance."""
        return f"torch {torch.__version__} on {self.device.type}"

    @property
    def batch_size(self) -> int:
        """Frames per call: one on a CPU, where larger batches measured slower."""
        return 1 if self.device.type == "cpu" else GPU_BATCH

    @property
    def workers(self) -> int:
        """Two, so that one call's masks are finished while the next is computed."""
        return 2

    def logits(self, batch: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Run (N, 1, H, W) normalised frames; returns (N, 1, H, W) logits. Halves the batch when memory runs out.

        Raises
        ------
        ModelError
            If not even one frame fits into the device's memory.
        """
        try:
            return self._run(batch)
        except torch.OutOfMemoryError as error:
            if len(batch) == 1:
                raise ModelError(
                    "The device's memory is too small for one frame.", "Choose the device cpu, or close other programs."
                ) from error
        # Outside the handler, so that the failed attempt's tensors are freed before the halves run.
        half = len(batch) // 2
        return np.concatenate([self.logits(batch[:half]), self.logits(batch[half:])])

    def _run(self, batch: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        with torch.inference_mode(), self._precision():
            tensor = torch.from_numpy(batch).to(self.device)
            output: npt.NDArray[np.float32] = self.network(tensor).float().cpu().numpy()
            return output

    def _precision(self) -> contextlib.AbstractContextManager[object]:
        if self.device.type == "cpu":
            return contextlib.nullcontext()
        brain = self.device.type == "cuda" and torch.cuda.is_bf16_supported()
        return torch.autocast(self.device.type, dtype=torch.bfloat16 if brain else torch.float16)
