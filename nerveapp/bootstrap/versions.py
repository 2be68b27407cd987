"""Versions of what decides a result."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

from nerveapp import __version__


def software_versions() -> tuple[tuple[str, str], ...]:
    """Versions of what decides a result, for cards and provenance."""
    packages = ("torch", "segmentation-models-pytorch", "openvino", "opencv-python", "numpy", "av", "pydicom")
    found = [("nerveapp", __version__), ("python", platform.python_version())]
    for package in packages:
        try:
            found.append((package, version(package)))
        except PackageNotFoundError:
            found.append((package, "not installed"))
    return tuple(found)
