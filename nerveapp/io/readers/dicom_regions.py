"""The pixel spacing of a DICOM file, from its ultrasound regions or its Pixel Spacing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pydicom.dataset import Dataset

from nerveapp.domain.calibration import Calibration, CalibrationOrigin
from nerveapp.errors import CalibrationError
from nerveapp.io.readers.dicom_header import DICOM_ERRORS

_SPATIAL_2D = 1  # Region Spatial Format (0018,6012): 1 is 2-D, 2 M-mode, 3 spectral, 4 wave form, 5 graphics
_CENTIMETRES = 3  # Physical Units (0018,6024)


@dataclass(frozen=True, slots=True)
class _Region:
    """A calibrated 2-D region: its box in px (last column and row included) and its spacing in mm."""

    left: int
    top: int
    right: int
    bottom: int
    column_spacing_mm: float
    row_spacing_mm: float

    @property
    def area_px(self) -> int:
        return (self.right - self.left + 1) * (self.bottom - self.top + 1)

    @property
    def words(self) -> str:
        return (
            f"2-D region x {self.left}-{self.right}, y {self.top}-{self.bottom}: "
            f"{self.column_spacing_mm:.5g} mm per column, {self.row_spacing_mm:.5g} mm per row"
        )

    def same_spacing(self, other: _Region) -> bool:
        pairs = (
            (self.column_spacing_mm, other.column_spacing_mm),
            (self.row_spacing_mm, other.row_spacing_mm),
        )
        return all(abs(a - b) <= 1e-3 * max(a, b) for a, b in pairs)


def find_calibration(header: Dataset) -> tuple[Calibration | None, tuple[str, ...]]:
    """Read the spacing of the largest calibrated 2-D region, or else of Pixel Spacing (0028,0030).

    Imager Pixel Spacing is not used: it is the size at the detector.

    Returns
    -------
    calibration : Calibration or None
    notes : tuple of str
        Remarks for the user, such as a second region with another spacing.
    """
    try:
        regions, notes = _calibrated_regions(header)
    except DICOM_ERRORS:
        regions, notes = [], ["The ultrasound regions of the file are damaged and were not used."]
    if regions:
        return _from_regions(regions, notes)
    calibration, spacing_notes = _from_pixel_spacing(header)
    return calibration, (*notes, *spacing_notes)


def _calibrated_regions(header: Dataset) -> tuple[list[_Region], list[str]]:
    regions, notes = [], []
    for item in header.get("SequenceOfUltrasoundRegions") or []:
        units = (item.get("PhysicalUnitsXDirection"), item.get("PhysicalUnitsYDirection"))
        if item.get("RegionSpatialFormat") != _SPATIAL_2D or units != (_CENTIMETRES, _CENTIMETRES):
            continue
        region = _region(item)
        if not _fits(region, int(header.Columns), int(header.Rows)):
            notes.append(
                f"A calibrated region of the file reaches to x {region.right}, y {region.bottom}, but the frames are "
                f"{header.Columns} x {header.Rows} px: they were resized after calibration, so it is not used."
            )
        elif region.column_spacing_mm > 0 and region.row_spacing_mm > 0:
            regions.append(_clipped(region, int(header.Columns), int(header.Rows)))
    return regions, notes


def _region(item: Dataset) -> _Region:
    left, right = sorted((int(item.RegionLocationMinX0), int(item.RegionLocationMaxX1)))
    top, bottom = sorted((int(item.RegionLocationMinY0), int(item.RegionLocationMaxY1)))
    # The deltas are in cm per pixel and negative where an axis points the other way.
    return _Region(left, top, right, bottom, abs(item.PhysicalDeltaX) * 10, abs(item.PhysicalDeltaY) * 10)


def _fits(region: _Region, columns: int, rows: int) -> bool:
    # Several makers give the first column and row outside the region: one px more is no contradiction.
    return region.left >= 0 and region.top >= 0 and region.right <= columns and region.bottom <= rows


def _clipped(region: _Region, columns: int, rows: int) -> _Region:
    right, bottom = min(region.right, columns - 1), min(region.bottom, rows - 1)
    return _Region(region.left, region.top, right, bottom, region.column_spacing_mm, region.row_spacing_mm)


def _from_regions(regions: Sequence[_Region], notes: list[str]) -> tuple[Calibration | None, tuple[str, ...]]:
    chosen = max(regions, key=lambda region: region.area_px)
    try:
        calibration = Calibration(
            chosen.row_spacing_mm, chosen.column_spacing_mm, CalibrationOrigin.DICOM_REGION, chosen.words
        )
    except CalibrationError as error:
        return None, (*notes, f"The spacing of the ultrasound region was not used: {error.message}")
    others = [region for region in regions if region is not chosen and not region.same_spacing(chosen)]
    return calibration, (*notes, *(f"Not used, with another spacing: {region.words}." for region in others))


def _from_pixel_spacing(header: Dataset) -> tuple[Calibration | None, tuple[str, ...]]:
    value = header.get("PixelSpacing")
    if not value:
        return None, ()
    try:
        row_mm, column_mm = (float(number) for number in value)
        return Calibration(row_mm, column_mm, CalibrationOrigin.DICOM_PIXEL_SPACING, "Pixel Spacing (0028,0030)"), ()
    except CalibrationError as error:
        return None, (f"The Pixel Spacing of the file was not used: {error.message}",)
    except (TypeError, ValueError):
        return None, ("The Pixel Spacing of the file is no pair of numbers and was not used.",)
