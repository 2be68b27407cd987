"""The engine for CPUs: OpenVINO, one frame per core at a time. Needs no torch, so the app starts fast."""

from __future__ import annotations

import os
import threading
from typing import Any

import numpy as np
import numpy.typing as npt

from nerveapp.errors import ModelError
from nerveapp.network.quiet_openvino import openvino

_FIRST = threading.Lock()
"""Held during an engine's first inference."""


def available_cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)


class OpenVinoEngine:
    """Runs an OpenVINO network on the CPU, one stream per core.

    Parameters
    ----------
    model : openvino.Model
        Takes (1, 1, H, W), gives (1, 1, H, W) logits.
    precision : str
        "int8" or "float16", for provenance.
    """

    def __init__(self, model: Any, *, precision: str) -> None:
        self._cores = available_cores()
        options = {
            "PERFORMANCE_HINT": "THROUGHPUT",
            "NUM_STREAMS": str(self._cores),
            "INFERENCE_NUM_THREADS": str(self._cores),
            # Left alone, OpenVINO takes bfloat16 where the processor has it, and outlines depend on the machine.
            "INFERENCE_PRECISION_HINT": "f32",
        }
        self._compiled = openvino.Core().compile_model(model, "CPU", options)
        self._local = threading.local()
        # The first inference of a process sets up OpenVINO's bridge to numpy behind a C++ guard. Two threads that do so
        # at once can wait for each other for ever, one with the guard, one with Python's lock: so it is done here, by
        # one at a time.
        with _FIRST:
            self.logits(np.zeros((1, *model.input(0).shape[1:]), np.float32))
        self.name = f"OpenVINO {openvino.__version__.split('-')[0]} {precision} on cpu"

    @classmethod
    def from_files(cls, xml: bytes, weights: bytes, *, precision: str) -> OpenVinoEngine:
        """Load the files' bytes, whose hashes the store has checked.

        Raises
        ------
        ModelError
            If OpenVINO cannot read them.
        """
        try:
            return cls(openvino.Core().read_model(xml, weights), precision=precision)
        except RuntimeError as error:
            raise ModelError("The model's CPU files cannot be read.", "Choose the engine torch.") from error

    @property
    def batch_size(self) -> int:
        """One frame per call: a core works on its own frame."""
        return 1

    @property
    def workers(self) -> int:
        """As many calls at a time as cores."""
        return self._cores

    def logits(self, batch: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Run (N, 1, H, W) normalised frames one by one, or many of them on all cores; returns (N, 1, H, W) logits.

        The thread that asks for more frames than there are cores has them spread; whoever has many frames to go through
        asks for a few at a time from as many threads.
        """
        requests = self._requests(self._cores if len(batch) > self._cores else 1)
        answers: list[npt.NDArray[np.float32]] = []
        for start in range(0, len(batch), len(requests)):
            asked = list(zip(requests, batch[start : start + len(requests)], strict=False))
            for request, frame in asked:
                request.start_async([frame[None]])
            for request, _ in asked:
                request.wait()
                answers.append(np.array(request.get_output_tensor(0).data, np.float32))
        return np.concatenate(answers)

    def _requests(self, count: int) -> list[Any]:
        """Give so many inference requests that are this thread's own."""
        own = self._local.__dict__.setdefault("requests", [])
        own += [self._compiled.create_infer_request() for _ in range(count - len(own))]
        return list(own[:count])
