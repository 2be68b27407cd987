"""Area, perimeter, diameters and place of an outline, with anisotropic pixels where they are."""

from __future__ import annotations

import math

import cv2
import numpy as np
import numpy.typing as npt
from contourpy import contour_generator

from nerveapp.analysis.transforms import Box
from nerveapp.domain.calibration import Calibration
from nerveapp.domain.measurement import Morphometry
from nerveapp.domain.segmentation import Mask

PERIMETER_SMOOTHING_PX = 1.5
"""Width of the Gaussian that takes the staircase off a mask's border before its length is measured."""


def measure(mask: Mask, spacing: tuple[float, float] = (1.0, 1.0)) -> Morphometry | None:
    """Measure one outline.

    Parameters
    ----------
    mask : ndarray of bool, (H, W)
        On the source grid.
    spacing : tuple of float
        Row and column spacing; (1, 1) measures in pixels.

    Returns
    -------
    Morphometry or None
        None for an empty mask.

    Notes
    -----
    Diameters are the axes of the ellipse with the same second moments (4 √λ, λ the eigenvalues of the covariance,
    with 1/12 of a pixel's square added for the extent of the pixels), exact for an ellipse.
    """
    box = Box.around(mask)
    if box is None:
        return None
    part = box.of(mask)
    rows, columns = np.nonzero(part)
    y, x = (rows + box.top) * spacing[0], (columns + box.left) * spacing[1]
    covariance = np.cov(np.stack([x, y]), bias=True) if len(rows) > 1 else np.zeros((2, 2))
    covariance[0, 0] += spacing[1] ** 2 / 12
    covariance[1, 1] += spacing[0] ** 2 / 12
    minor, major = 4 * np.sqrt(np.maximum(np.linalg.eigvalsh(covariance), 0))
    return Morphometry(
        area=len(rows) * spacing[0] * spacing[1],
        perimeter=perimeter(part, spacing),
        major_diameter=float(major),
        minor_diameter=float(minor),
        centroid_x=float(x.mean() + 0.5 * spacing[1]),
        centroid_y=float(y.mean() + 0.5 * spacing[0]),
    )


def measure_mm(mask: Mask, calibration: Calibration, *, px: Morphometry | None = None) -> Morphometry | None:
    """Measure one outline in millimetres; None for an empty mask and for one not wholly where the calibration holds.

    Parameters
    ----------
    mask : ndarray of bool, (H, W)
    calibration : Calibration
    px : Morphometry, optional
        What `measure` gives of the mask, where that is known: square pixels are not measured twice.
    """
    if not calibration.holds_for(mask):
        return None
    spacing = calibration.square_mm
    if spacing is None:
        return measure(mask, calibration.spacing_mm)
    found = px or measure(mask)
    return None if found is None else scaled(found, spacing)


def scaled(shape: Morphometry, spacing: float) -> Morphometry:
    """Give a shape measured in square pixels in the unit of their spacing; the area grows with its square."""
    return Morphometry(
        area=shape.area * spacing**2,
        perimeter=shape.perimeter * spacing,
        major_diameter=shape.major_diameter * spacing,
        minor_diameter=shape.minor_diameter * spacing,
        centroid_x=shape.centroid_x * spacing,
        centroid_y=shape.centroid_y * spacing,
    )


def perimeter(mask: Mask, spacing: tuple[float, float] = (1.0, 1.0)) -> float:
    """Length of the half-level contour of the slightly smoothed mask, all parts together, in the unit of `spacing`.

    Smoothing wears away parts of a few pixels; the result is never less than the circumference of the circle of the
    mask's area, which no outline can fall short of.
    """
    box = Box.around(mask)
    if box is None:
        return 0.0
    margin = 6
    window = np.pad(box.of(mask).astype(np.float32), margin)
    smooth = cv2.GaussianBlur(window, (0, 0), PERIMETER_SMOOTHING_PX)
    lines = contour_generator(z=smooth).lines(0.5)
    scale = np.array([spacing[1], spacing[0]])
    traced = sum(_length(np.asarray(line, np.float64) * scale) for line in lines)
    area = np.count_nonzero(mask) * spacing[0] * spacing[1]
    return max(traced, 2 * math.sqrt(math.pi * area))


def _length(points: npt.NDArray[np.float64]) -> float:
    return float(np.hypot(*np.diff(points, axis=0).T).sum())
