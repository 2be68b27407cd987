"""What another machine, preset, hand or codec does to a frame, in graded steps, to measure what it costs a model.

The training's own random changes live in the network room; these are fixed, so that a table can be made again.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from types import MappingProxyType

import cv2
import numpy as np

from nerveapp.analysis.transforms import Grey, as_grey
from nerveapp.domain.clip import Image
from nerveapp.domain.labelled import LabelledImage
from nerveapp.domain.segmentation import Mask

SEVERITIES = ("mild", "moderate", "severe")


def changed(image: LabelledImage, change: str, severity: str) -> tuple[Image, Mask]:
    """Give an image and its mask as another machine would show them.

    Parameters
    ----------
    image : LabelledImage
    change : str
        One of `CHANGES`.
    severity : str
        One of `SEVERITIES`.

    Returns
    -------
    image : ndarray of uint8, (H, W) or (H, W, 3)
        Changed; its random numbers follow from the image's name alone.
    nerve : ndarray of bool, (H, W)
        The tracing; only a change of depth moves it.
    """
    rng = np.random.default_rng(zlib.crc32(image.name.encode()))
    level = SEVERITIES.index(severity)
    if change in _DEPTHS:
        return _zoomed(image, _DEPTHS[change][level])
    return _GREY_CHANGES[change](image.grey, level, rng), image.nerve


def _zoomed(image: LabelledImage, factor: float) -> tuple[Image, Mask]:
    """Set another depth: the same frame size shows less or more, about the skin above the nerve."""
    height, width = image.grey.shape
    centre = float(np.nonzero(image.nerve.any(axis=0))[0].mean()) if image.nerve.any() else width / 2
    shift = np.clip(centre - factor * centre, min(0.0, width - factor * width), max(0.0, width - factor * width))
    matrix = np.array([[factor, 0, shift], [0, factor, 0]])
    grey = cv2.warpAffine(image.grey, matrix, (width, height), flags=cv2.INTER_LINEAR)
    nerve = cv2.warpAffine(image.nerve.astype(np.float32), matrix, (width, height), flags=cv2.INTER_LINEAR)
    return np.asarray(grey, np.uint8), np.asarray(nerve > 0.5)


def _darker(grey: Grey, level: int, _rng: np.random.Generator) -> Image:
    return as_grey(grey * (0.8, 0.6, 0.4)[level])


def _brighter(grey: Grey, level: int, _rng: np.random.Generator) -> Image:
    return as_grey(grey * (1.2, 1.5, 2.0)[level])


def _low_gamma(grey: Grey, level: int, _rng: np.random.Generator) -> Image:
    return as_grey(255 * (grey / 255) ** (0.8, 0.65, 0.5)[level])


def _high_gamma(grey: Grey, level: int, _rng: np.random.Generator) -> Image:
    return as_grey(255 * (grey / 255) ** (1.25, 1.5, 2.0)[level])


def _depth_gain(grey: Grey, level: int, _rng: np.random.Generator) -> Image:
    """Turn the gain down near the skin and up below, as wrong TGC sliders do."""
    slope = (0.2, 0.4, 0.7)[level]
    return as_grey(grey * np.linspace(1 - slope, 1 + slope, len(grey))[:, None])


def _blur(grey: Grey, level: int, _rng: np.random.Generator) -> Image:
    return np.asarray(cv2.GaussianBlur(grey, (0, 0), sigmaX=(1.0, 2.0, 3.5)[level]), np.uint8)


def _speckle(grey: Grey, level: int, rng: np.random.Generator) -> Image:
    grains = cv2.GaussianBlur(rng.standard_normal(grey.shape), (0, 0), sigmaX=1.5, sigmaY=0.8)
    return as_grey(grey * (1 + grains / grains.std() * (0.15, 0.3, 0.5)[level]))


def _jpeg(grey: Grey, level: int, _rng: np.random.Generator) -> Image:
    _, coded = cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, (50, 25, 10)[level]])
    return np.asarray(cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE), np.uint8)


def _tint(grey: Grey, level: int, _rng: np.random.Generator) -> Image:
    """Colour the greys sepia, as many machines' maps do."""
    strength = (0.15, 0.3, 0.6)[level]
    return as_grey(grey[..., None] * (1 - strength * np.array([0.0, 0.35, 0.9])))


def _marks(grey: Grey, level: int, rng: np.random.Generator) -> Image:
    """Burn in texts, a ruler and callipers, some of them over the tissue."""
    marked = grey.copy()
    height, width = grey.shape
    for y in range(0, height, 20):
        cv2.line(marked, (width - 8, y), (width - 1, y), 220, 1)
    for number in range((3, 8, 20)[level]):
        x, y = int(rng.uniform(0, 0.9) * width), int(rng.uniform(0.05, 1) * height)
        if number % 2:
            cv2.putText(marked, f"{rng.integers(10, 99)} mm", (x, y), cv2.FONT_HERSHEY_SIMPLEX, 0.5, 255, 1)
        else:
            cv2.drawMarker(marked, (x, y), 255, cv2.MARKER_CROSS, 14, 1)
    return marked


_GREY_CHANGES: Mapping[str, Callable[[Grey, int, np.random.Generator], Image]] = MappingProxyType(
    {
        "darker": _darker,
        "brighter": _brighter,
        "low gamma": _low_gamma,
        "high gamma": _high_gamma,
        "gain by depth": _depth_gain,
        "blur": _blur,
        "speckle": _speckle,
        "JPEG": _jpeg,
        "tint": _tint,
        "burned-in marks": _marks,
    }
)

_DEPTHS: Mapping[str, tuple[float, float, float]] = MappingProxyType(
    {"shallower": (1.1, 1.25, 1.5), "deeper": (0.9, 0.8, 0.65)}
)

CHANGES = (*_GREY_CHANGES, *_DEPTHS)
"""Names of all changes."""
