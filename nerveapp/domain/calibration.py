"""How large a pixel is, and how that is known. Without a calibration there are no millimetres anywhere."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

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

    @property
    def in_words(self) -> str:
        """How pages and reports name it; files for programs have the value."""
        return _ORIGINS.get(self, self.value)


_ORIGINS = {
    CalibrationOrigin.DICOM_REGION: "ultrasound region of the DICOM file",
    CalibrationOrigin.DICOM_PIXEL_SPACING: "pixel spacing of the DICOM file",
    CalibrationOrigin.FILE_METADATA: "the file",
    CalibrationOrigin.TWO_POINTS: "two points on a frame",
    CalibrationOrigin.TYPED: "typed in",
}


@dataclass(frozen=True, slots=True)
class Region:
    """A rectangle of the source grid, such as a region of a DICOM frame.

    Parameters
    ----------
    left, top, right, bottom : int
        First and last column and row, px, all of them inside; 0 <= left <= right and 0 <= top <= bottom.
    """

    left: int
    top: int
    right: int
    bottom: int

    def __post_init__(self) -> None:
        if not (0 <= self.left <= self.right and 0 <= self.top <= self.bottom):
            raise ValueError(f"expected first and last column and row from 0 up, got {self}")

    @property
    def area_px(self) -> int:
        """Number of its pixels."""
        return (self.right - self.left + 1) * (self.bottom - self.top + 1)

    @property
    def words(self) -> str:
        """Its first and last column and row."""
        return f"x {self.left}-{self.right}, y {self.top}-{self.bottom}"

    def holds(self, mask: npt.NDArray[np.bool_]) -> bool:
        """Tell whether no pixel of an (H, W) mask lies outside of it; true of an empty mask."""
        inside = mask[self.top : self.bottom + 1, self.left : self.right + 1]
        return int(np.count_nonzero(inside)) == int(np.count_nonzero(mask))

    def shows(self, mask: npt.NDArray[np.bool_]) -> bool:
        """Tell whether any pixel of an (H, W) mask lies in it."""
        return bool(mask[self.top : self.bottom + 1, self.left : self.right + 1].any())

    def meets(self, other: Region) -> bool:
        """Tell whether the two have a pixel in common."""
        return (
            self.left <= other.right
            and other.left <= self.right
            and self.top <= other.bottom
            and other.top <= self.bottom
        )

    def united(self, other: Region) -> Region:
        """Give the smallest rectangle around both."""
        left, top = min(self.left, other.left), min(self.top, other.top)
        return Region(left, top, max(self.right, other.right), max(self.bottom, other.bottom))


@dataclass(frozen=True, slots=True)
class Calibration:
    """Size of one pixel of the source grid, and for which part of the frame it holds.

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
    box : Region or None
        Where it holds: there are no millimetres outside of it. None is the whole frame.
    except_in : tuple of Region
        Parts of the box where it does not hold: other regions that lie in it.

    Raises
    ------
    CalibrationError
        If a spacing is not a number within the limits.
    """

    row_spacing_mm: float
    column_spacing_mm: float
    origin: CalibrationOrigin
    detail: str = ""
    box: Region | None = None
    except_in: tuple[Region, ...] = ()

    def __post_init__(self) -> None:
        for axis, value in (("row", self.row_spacing_mm), ("column", self.column_spacing_mm)):
            if not (math.isfinite(value) and SMALLEST_SPACING_MM <= value <= LARGEST_SPACING_MM):
                raise CalibrationError(
                    f"The {axis} spacing is {value:g} mm per pixel.",
                    f"Give a value from {SMALLEST_SPACING_MM:g} to {LARGEST_SPACING_MM:g} mm per pixel; "
                    "nerve ultrasound is usually between 0.03 and 0.2.",
                )
        if self.except_in and self.box is None:
            raise ValueError("expected the box that the exceptions lie in")

    @property
    def pixel_area_mm2(self) -> float:
        """Area of one pixel in mm²."""
        return self.row_spacing_mm * self.column_spacing_mm

    @property
    def spacing_mm(self) -> tuple[float, float]:
        """Row and column spacing."""
        return self.row_spacing_mm, self.column_spacing_mm

    @property
    def words(self) -> str:
        """How large a pixel is, where that holds and how it is known."""
        size = f"{self.row_spacing_mm:.6g} x {self.column_spacing_mm:.6g} mm per pixel (row x column)"
        where = "" if self.box is None else f", for {self.box.words} alone"
        where += "".join(f", not in {part.words}" for part in self.except_in)
        return f"{size}{where}; origin: {self.origin.in_words}{f', {self.detail}' if self.detail else ''}"

    @property
    def everywhere(self) -> bool:
        """Whether it holds for the whole frame."""
        return self.box is None and not self.except_in

    @property
    def square_mm(self) -> float | None:
        """Side of a pixel, mm; None where a pixel is not square."""
        return self.row_spacing_mm if self.row_spacing_mm == self.column_spacing_mm else None

    def holds_for(self, mask: npt.NDArray[np.bool_]) -> bool:
        """Tell whether an (H, W) mask lies wholly where the calibration holds."""
        inside = self.box is None or self.box.holds(mask)
        return inside and not any(part.shows(mask) for part in self.except_in)

    def area_mm2(self, mask: npt.NDArray[np.bool_]) -> float | None:
        """Give the area of an (H, W) mask; None where the calibration does not hold for all of it."""
        return int(np.count_nonzero(mask)) * self.pixel_area_mm2 if self.holds_for(mask) else None

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
