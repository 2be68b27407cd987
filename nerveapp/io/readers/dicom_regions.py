"""The pixel spacing of a DICOM file, and for which part of the frame it holds.

Sources, the better one first: calibrated ultrasound regions (PS3.3, C.8.5.5), the Pixel Measures of the functional
groups of an enhanced object (C.7.6.16.2.1), Pixel Spacing (0028,0030). Where two contradict each other, the better one
is used and a remark names both. Imager Pixel Spacing is never used: it is the size at the detector.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import reduce

from pydicom.dataset import Dataset

from nerveapp.domain.calibration import Calibration, CalibrationOrigin, Region
from nerveapp.errors import CalibrationError
from nerveapp.io.readers.dicom_header import DICOM_ERRORS, functional_groups
from nerveapp.io.readers.print_resolution import print_dpi

_SPATIAL_2D = 1  # Region Spatial Format (0018,6012): 1 is 2-D, 2 M-mode, 3 spectral, 4 wave form, 5 graphics
_CENTIMETRES = 3  # Physical Units (0018,6024)
_NEARLY_AS_LARGE = 0.8
"""Of two regions with different spacing, neither is the main one if the smaller has this part of the larger's area."""

_SPACING_DETAIL = "Pixel Spacing (0028,0030)"


@dataclass(frozen=True, slots=True)
class FoundSpacing:
    """What a file says of the size of its pixels.

    Parameters
    ----------
    calibration : Calibration or None
        The one to use.
    regions : tuple of Calibration
        That of each calibrated region, where there are several with different spacings.
    suggestion : Calibration or None
        One that may mean nothing, to be confirmed by a person.
    notes : tuple of str
        Remarks for the user.
    """

    calibration: Calibration | None = None
    regions: tuple[Calibration, ...] = ()
    suggestion: Calibration | None = None
    notes: tuple[str, ...] = ()


def find_spacing(header: Dataset) -> FoundSpacing:
    """Read the spacing of a file's pixels from the best of its sources."""
    regions, notes, stale = _regions(header)
    if regions:
        found = _with_gaps(_of_regions(regions), [*_boxes_of_others(header)])
    elif (measures := _pixel_measures(header)).calibration is not None or measures.notes or measures.suggestion:
        found = measures
    else:
        found = _pixel_spacing(header, stale=stale)
    return replace(found, notes=(*notes, *found.notes, *_contradiction(found.calibration, header), *_aspect(header)))


def _regions(header: Dataset) -> tuple[list[Calibration], list[str], bool]:
    """Give the calibrated 2-D regions that can be used, remarks, and whether any was made for another frame size."""
    regions: list[Calibration] = []
    notes: list[str] = []
    stale = False
    for number, item in enumerate(header.get("SequenceOfUltrasoundRegions") or [], 1):
        try:
            region = _region(item, int(header.Columns), int(header.Rows))
        except CalibrationError as error:
            notes.append(f"The spacing of ultrasound region {number} was not used: {error.message}")
        except _StaleRegionError as error:
            notes.append(str(error))
            stale = True
        except DICOM_ERRORS:
            notes.append(f"Ultrasound region {number} of the file is damaged and was not used.")
        else:
            regions.extend([region] if region else [])
    return regions, notes, stale


class _StaleRegionError(Exception):
    """A region that reaches beyond the frames, with the words to say so."""


def _region(item: Dataset, columns: int, rows: int) -> Calibration | None:
    """Read a region; None where it is no 2-D picture in centimetres."""
    units = (item.get("PhysicalUnitsXDirection"), item.get("PhysicalUnitsYDirection"))
    if item.get("RegionSpatialFormat") != _SPATIAL_2D or units != (_CENTIMETRES, _CENTIMETRES):
        return None
    box = _box(item, columns, rows)
    # The deltas are in cm per pixel and negative where an axis points the other way.
    across, down = abs(float(item.PhysicalDeltaX)) * 10, abs(float(item.PhysicalDeltaY)) * 10
    if across == 0 or down == 0:
        return None
    words = f"2-D region {box.words}: {across:.5g} mm per column, {down:.5g} mm per row"
    return Calibration(down, across, CalibrationOrigin.DICOM_REGION, words, box)


def _box(item: Dataset, columns: int, rows: int) -> Region:
    """Read where a region lies; raises _StaleRegionError where it reaches beyond the frames."""
    left, right = sorted((int(item.RegionLocationMinX0), int(item.RegionLocationMaxX1)))
    top, bottom = sorted((int(item.RegionLocationMinY0), int(item.RegionLocationMaxY1)))
    # Several makers give the first column and row outside the region: one px more is no contradiction.
    if left < 0 or top < 0 or right > columns or bottom > rows:
        raise _StaleRegionError(
            f"A calibrated region of the file reaches to x {right}, y {bottom}, but the frames are {columns} x "
            f"{rows} px: they were resized after calibration, so it is not used."
        )
    if left == right or top == bottom:
        raise CalibrationError("it has no size.", "Give the spacing by two points.")
    return Region(left, top, min(right, columns - 1), min(bottom, rows - 1))


def _of_regions(regions: Sequence[Calibration]) -> FoundSpacing:
    ordered = sorted(regions, key=_area, reverse=True)
    main = ordered[0]
    others = [region for region in ordered if not _same(region, main)]
    alike = [region for region in ordered if _same(region, main)]
    boxes = [region.box for region in alike if region.box is not None]
    around = reduce(Region.united, boxes)
    if len(boxes) > 1 and not any(one.box and one.box.meets(around) for one in others):
        words = f"{len(boxes)} regions of one scale ({'; '.join(box.words for box in boxes)})"
        main = replace(main, box=around, detail=main.detail.replace(f"2-D region {boxes[0].words}", words))
    apart = (main, *others) if others else ()
    if others and _area(others[0]) >= _NEARLY_AS_LARGE * _area(ordered[0]):
        words = "; ".join(region.detail for region in apart)
        note = f"The file's regions have different spacings ({words}): none holds for the whole frame. Choose one."
        return FoundSpacing(None, apart, None, (note,))
    return FoundSpacing(main, apart, None, tuple(f"Not used, with another spacing: {one.detail}." for one in others))


def _boxes_of_others(header: Dataset) -> Iterator[Region]:
    """Give the boxes of regions that are no picture in centimetres, such as an M-mode strip or a spectrum."""
    for item in header.get("SequenceOfUltrasoundRegions") or []:
        with suppress(*DICOM_ERRORS, CalibrationError, _StaleRegionError):
            if _region(item, int(header.Columns), int(header.Rows)) is None:
                yield _box(item, int(header.Columns), int(header.Rows))


def _with_gaps(found: FoundSpacing, others: Sequence[Region]) -> FoundSpacing:
    """Take out of each region's box the smaller boxes of other regions that lie in it."""

    def apart(one: Calibration) -> Calibration:
        different = [region.box for region in found.regions if region.box and not _same(region, one)]
        inside = [
            box
            for box in dict.fromkeys([*different, *others])
            if one.box is not None and box.meets(one.box) and box.area_px < one.box.area_px
        ]
        return replace(one, except_in=tuple(inside))

    used = found.calibration
    return replace(found, calibration=used and apart(used), regions=tuple(map(apart, found.regions)))


def _area(region: Calibration) -> int:
    return region.box.area_px if region.box else 0


def _same(one: Calibration, other: Calibration) -> bool:
    return _alike(one.column_spacing_mm, other.column_spacing_mm) and _alike(one.row_spacing_mm, other.row_spacing_mm)


def _alike(one: float, other: float) -> bool:
    return abs(one - other) <= 1e-3 * max(one, other)


def _pixel_measures(header: Dataset) -> FoundSpacing:
    """Read the functional groups of an enhanced object; they may differ from frame to frame."""
    found: set[tuple[float, float]] = set()
    try:
        for group in functional_groups(header):
            for measures in group.get("PixelMeasuresSequence") or []:
                if measures.get("PixelSpacing"):
                    row, column = (float(number) for number in measures.PixelSpacing)
                    found.add((row, column))
        if not found:
            return FoundSpacing()
        if len(found) > 1:
            return FoundSpacing(notes=("The frames of the file have different pixel spacings; none was used.",))
        row, column = found.pop()
        detail = "Pixel Measures of the functional groups, Pixel Spacing (0028,0030)"
        return _believed(Calibration(row, column, CalibrationOrigin.DICOM_PIXEL_SPACING, detail))
    except CalibrationError as error:
        return FoundSpacing(notes=(f"The Pixel Measures of the file were not used: {error.message}",))
    except DICOM_ERRORS:
        return FoundSpacing(notes=("The Pixel Measures of the file are damaged and were not used.",))


def _pixel_spacing(header: Dataset, *, stale: bool) -> FoundSpacing:
    value = header.get("PixelSpacing")
    if not value:
        return FoundSpacing()
    if stale:
        return FoundSpacing(
            notes=("The Pixel Spacing beside the region is from before the resizing too: it is not used.",)
        )
    try:
        row_mm, column_mm = (float(number) for number in value)
        calibration = Calibration(row_mm, column_mm, CalibrationOrigin.DICOM_PIXEL_SPACING, _SPACING_DETAIL)
    except CalibrationError as error:
        return FoundSpacing(notes=(f"The Pixel Spacing of the file was not used: {error.message}",))
    except (TypeError, ValueError):
        return FoundSpacing(notes=("The Pixel Spacing of the file is no pair of numbers and was not used.",))
    return _believed(calibration)


def _believed(found: Calibration) -> FoundSpacing:
    """Use a spacing, unless it is one that programs write that know none: then it is a suggestion."""
    row_mm, column_mm = found.row_spacing_mm, found.column_spacing_mm
    dpi = print_dpi(row_mm, column_mm)
    if (row_mm, column_mm) != (1.0, 1.0) and dpi is None:
        return FoundSpacing(found)
    size = "1 mm" if dpi is None else f"a print resolution ({dpi} dots per inch)"
    note = f"The Pixel Spacing of the file is {size}, as programs write it that know none; confirm it if it is true."
    return FoundSpacing(None, (), found, (note,))


def _contradiction(used: Calibration | None, header: Dataset) -> tuple[str, ...]:
    """Name a Pixel Spacing that says otherwise than the source that is used."""
    if used is None or used.detail == _SPACING_DETAIL:
        return ()
    try:
        row_mm, column_mm = (float(number) for number in header.get("PixelSpacing") or ())
    except (TypeError, ValueError):
        return ()
    if _alike(used.row_spacing_mm, row_mm) and _alike(used.column_spacing_mm, column_mm):
        return ()
    return (
        f"The file contradicts itself: {used.detail} ({used.row_spacing_mm:.5g} x {used.column_spacing_mm:.5g} mm) "
        f"is used; {_SPACING_DETAIL} says {row_mm:.5g} x {column_mm:.5g} mm (row x column).",
    )


def _aspect(header: Dataset) -> tuple[str, ...]:
    """Remark that pixels are not square where the file gives no spacing that would say so."""
    try:
        down, across = (int(number) for number in header.get("PixelAspectRatio") or (1, 1))
    except (TypeError, ValueError):
        return ()
    if down == across or header.get("PixelSpacing") or header.get("SequenceOfUltrasoundRegions"):
        return ()
    return (
        f"The pixels are not square (height to width {down}:{across}); they are not resampled. Give both spacings to "
        "measure in millimetres.",
    )
