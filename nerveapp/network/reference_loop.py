"""Yardsticks for `bench`: the plain loop anyone would write first, and the machine's own peak."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import torch

from nerveapp.analysis.transforms import FloatMap, Grey, Letterbox, Window, normalise, to_grey
from nerveapp.domain.clip import Clip
from nerveapp.domain.model import ModelCard
from nerveapp.domain.segmentation import Mask
from nerveapp.network.torch_engine import load_network


def eager_frame_by_frame(
    card: ModelCard, safetensors: bytes, refinement: tuple[ModelCard, bytes] | None = None
) -> Callable[[Clip], int]:
    """Give a function that decodes a clip and runs the U-Net on one frame after another, in eager float32 on the CPU.

    It thresholds at the source's size, looks closely where the model does, and counts pixels; the same weights and
    input sizes as the model's. It looks once, at all that was found, and never at a mirrored frame: less work than a
    model does that is asked frame by frame.
    """
    network = _eager(card, safetensors)
    close = None if refinement is None else (refinement[0], _eager(*refinement))

    def run(clip: Clip) -> int:
        pixels = 0
        with torch.inference_mode():
            for frame in clip.frames():
                grey = to_grey(frame.image)
                height, width = grey.shape
                box = Letterbox(height, width, card.input_height, card.input_width)
                mask = box.restore(network(box.place(grey))) >= card.threshold
                if close is not None and mask.any():
                    mask = _closely(grey, mask, *close)
                pixels += int(np.count_nonzero(mask))
        return pixels

    return run


def _closely(grey: Grey, mask: Mask, card: ModelCard, network: Callable[[Grey], FloatMap]) -> Mask:
    reach = card.crop_size_factor or card.crop_size_factors[0]
    window = Window.around(mask, reach=reach, height=card.input_height, width=card.input_width)
    return np.asarray(window.restore(network(window.place(grey)), *mask.shape) >= card.threshold)


def _eager(card: ModelCard, safetensors: bytes) -> Callable[[Grey], FloatMap]:
    network = load_network(card, safetensors)

    def probabilities(placed: Grey) -> FloatMap:
        batch = torch.from_numpy(normalise(placed, card.mean, card.std))[None, None]
        found: FloatMap = torch.sigmoid(network(batch))[0, 0].numpy()
        return found

    return probabilities


def matrix_multiply_gflops(size: int = 1024, repeats: int = 5) -> float:
    """Best rate of a float32 matrix product of this size, in GFLOP/s."""
    first, second = torch.rand(size, size), torch.rand(size, size)
    best = float("inf")
    for _ in range(repeats):
        started = time.perf_counter()
        torch.mm(first, second)
        best = min(best, time.perf_counter() - started)
    return 2 * size**3 / best / 1e9
