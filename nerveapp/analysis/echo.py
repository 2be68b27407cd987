"""What is grey inside an outline: echo intensity and hypoechoic fraction."""

from __future__ import annotations

from dataclasses import dataclass

from nerveapp.analysis.thresholds import Method, hypoechoic_fraction
from nerveapp.analysis.transforms import Box, to_grey
from nerveapp.domain.clip import Image
from nerveapp.domain.segmentation import Mask


@dataclass(frozen=True, slots=True)
class Echo:
    """Grey levels inside an outline. Neither can be compared between machines.

    Parameters
    ----------
    intensity : float or None
        Mean grey level, 0 to 255; None without an outline.
    hypoechoic_fraction : float or None
        Share of dark pixels by the MaxEntropy threshold, 0 to 1; None where there is but one grey level.
    """

    intensity: float | None
    hypoechoic_fraction: float | None


def echo(image: Image, mask: Mask) -> Echo:
    """Measure the grey levels inside an outline.

    Parameters
    ----------
    image : ndarray of uint8, (H, W) or (H, W, 3) RGB
    mask : ndarray of bool, (H, W)
    """
    box = Box.around(mask)
    if box is None:
        return Echo(None, None)
    grey, inside = to_grey(box.of(image)), box.of(mask)
    return Echo(float(grey[inside].mean()), hypoechoic_fraction(grey, inside, Method.MAX_ENTROPY))
