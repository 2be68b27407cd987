"""Yardsticks for `bench`: the plain loop anyone would write first, and the machine's own peak."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import torch

from nerveapp.analysis.transforms import Letterbox, normalise, to_grey
from nerveapp.domain.clip import Clip
from nerveapp.domain.model import ModelCard
from nerveapp.network.torch_engine import load_network


def eager_frame_by_frame(card: ModelCard, safetensors: bytes) -> Callable[[Clip], int]:
    """Give a function that decodes a clip and runs the U-Net on one frame after another, in eager float32 on the CPU.

    It thresholds at the source's size and counts pixels; the same weights and input size as the model's.
    """
    network = load_network(card, safetensors)

    def run(clip: Clip) -> int:
        pixels = 0
        with torch.inference_mode():
            for frame in clip.frames():
                grey = to_grey(frame.image)
                height, width = grey.shape
                box = Letterbox(height, width, card.input_height, card.input_width)
                batch = torch.from_numpy(normalise(box.place(grey), card.mean, card.std))[None, None]
                probabilities = torch.sigmoid(network(batch))[0, 0].numpy()
                pixels += int(np.count_nonzero(box.restore(probabilities) >= card.threshold))
        return pixels

    return run


def matrix_multiply_gflops(size: int = 1024, repeats: int = 5) -> float:
    """Best rate of a float32 matrix product of this size, in GFLOP/s."""
    first, second = torch.rand(size, size), torch.rand(size, size)
    best = float("inf")
    for _ in range(repeats):
        started = time.perf_counter()
        torch.mm(first, second)
        best = min(best, time.perf_counter() - started)
    return 2 * size**3 / best / 1e9
