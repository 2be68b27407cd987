"""What computes, and where."""

from __future__ import annotations

from enum import StrEnum


class EngineName(StrEnum):
    """What may be asked to compute; auto takes what suits the machine."""

    AUTO = "auto"
    OPENVINO = "openvino"
    TORCH = "torch"


class DeviceName(StrEnum):
    """Where may be asked to compute; auto takes CUDA or MPS where present."""

    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"
    MPS = "mps"
