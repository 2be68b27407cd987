"""How large a pixel is, and how that is known. Without a calibration there are no millimetres anywhere."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from nerveapp.errors import CalibrationError

SMALLEST_SPACING_MM = 0.001
LARGEST_SPACING_MM = 5.0
SHORTEST_RULER_PX = 5.0


class CalibrationOrigin(StrEnum):
    """Where a pixel spacing came from; written beside every number in millimetres."""

    DICOM_REGION = "dicom-ultrasound-region"
    DICOM_PIXEL_SPACING = "dicom-pixel-spacing"
    FILE_METADATA = "file-metadata"
    TWO_POINTS = "two-points"
    TYPED = "typed-in"
    PHANTOM = "phantom"


@dataclass(frozen=True, slots=True)
class Calibration:
    """Size of one pixel of the source grid.

    Parameters
    ----------
    row_spacing_mm : float
        Distance between the centres of two neighbouring rows (along y), in mm; 0.001 to 5.
    column_spacing_mm : float
        Distance between the centres of two neighbouring columns (along x), in mm; 0.001 to 5.
    origin : CalibrationOrigin
        How the spacing is known.
    detail : str
        The evidence in words, such as the two points and the distance between them.

    Raises
    ------
    CalibrationError
        If a spacing is not a number within the limits.
    """

    row_spacing_mm: float
    column_spacing_mm: float
    origin: CalibrationOrigin
    detail: str = ""

    def __post_init__(self) -> None:
        for axis, value in (("row", self.row_spacing_mm), ("column", self.column_spacing_mm)):
            if not (math.isfinite(value) and SMALLEST_SPACING_MM <= value <= LARGEST_SPACING_MM):
                raise CalibrationError(
                    f"The {axis} spacing is {value:g} mm per pixel.",
                    f"Give a value from {SMALLEST_SPACING_MM:g} to {LARGEST_SPACING_MM:g} mm per pixel; "
                    "nerve ultrasound is usually between 0.03 and 0.2.",
                )

    @property
    def pixel_area_mm2(self) -> float:
        """Area of one pixel in mm²."""
        return self.row_spacing_mm * self.column_spacing_mm

    @classmethod
    def from_two_points(
        cls, first: tuple[float, float], second: tuple[float, float], distance_mm: float
    ) -> Calibration:
        """Derive square pixels from two marked points a known distance apart.

        Parameters
        ----------
        first, second : tuple of float
            The points as (x, y) in pixels of the source grid.
        distance_mm : float
            The true distance between them in mm, more than 0.

        Raises
        ------
        CalibrationError
            If the points coincide (less than 5 px apart) or the distance is not positive.
        """
        length_px = math.dist(first, second)
        if length_px < SHORTEST_RULER_PX:
            raise CalibrationError(
                f"The two points are {length_px:.1f} px apart.",
                "Mark two points far apart, for example the ends of the depth ruler.",
            )
        if not (math.isfinite(distance_mm) and distance_mm > 0):
            raise CalibrationError(f"The distance is {distance_mm:g} mm.", "Give the true distance in mm, more than 0.")
        spacing = distance_mm / length_px
        detail = (
            f"{distance_mm:g} mm between ({first[0]:.1f}, {first[1]:.1f}) and "
            f"({second[0]:.1f}, {second[1]:.1f}), {length_px:.1f} px"
        )
        return cls(spacing, spacing, CalibrationOrigin.TWO_POINTS, detail)
