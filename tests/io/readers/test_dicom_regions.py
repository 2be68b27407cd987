from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from nerveapp.domain.calibration import CalibrationOrigin, Region
from nerveapp.io.readers.dicom_regions import FoundSpacing, find_spacing
from nerveapp.io.readers.in_process import open_in_process
from tests.io.readers.dicom_files import GREY, dataset, region, save

LEFT = {"RegionLocationMinX0": 0, "RegionLocationMaxX1": 21, "RegionLocationMinY0": 0, "RegionLocationMaxY1": 30}
RIGHT = LEFT | {"RegionLocationMinX0": 22, "RegionLocationMaxX1": 44}


def found(*regions: Dataset, **elements: Any) -> FoundSpacing:
    if regions:
        elements["SequenceOfUltrasoundRegions"] = list(regions)
    return find_spacing(dataset(GREY, **elements))


def test_region_holds_for_its_box() -> None:
    calibration = found(region(PhysicalDeltaX=-0.01)).calibration
    assert calibration is not None
    assert calibration.box == Region(2, 3, 40, 28)
    assert (calibration.row_spacing_mm, calibration.column_spacing_mm) == pytest.approx((0.2, 0.1))


def test_a_region_without_a_size_is_not_used() -> None:
    unset = {"RegionLocationMinX0": 0, "RegionLocationMaxX1": 0, "RegionLocationMinY0": 0, "RegionLocationMaxY1": 0}
    read = found(region(**unset))
    assert read.calibration is None
    assert "it has no size" in " ".join(read.notes)
    spaced = found(region(**unset), PixelSpacing=["0.08", "0.08"]).calibration
    assert spaced is not None
    assert spaced.row_spacing_mm == 0.08


def test_dual_screen_of_one_scale_is_one_calibration() -> None:
    spacing = found(region(**LEFT), region(**RIGHT))
    assert spacing.calibration is not None
    assert spacing.calibration.box == Region(0, 0, 44, 30)
    assert (spacing.regions, spacing.notes) == ((), ())


def test_dual_screen_of_two_scales_gives_none_for_the_whole_frame() -> None:
    spacing = found(region(**LEFT), region(**RIGHT, PhysicalDeltaX=0.02))
    assert spacing.calibration is None
    assert [one.column_spacing_mm for one in spacing.regions] == pytest.approx([0.2, 0.1])
    assert [one.box and one.box.left for one in spacing.regions] == [22, 0]
    assert "different spacings" in spacing.notes[0]


def test_small_region_with_another_scale_is_offered_and_not_used() -> None:
    small = region(**LEFT | {"RegionLocationMaxX1": 5}, PhysicalDeltaX=0.03)
    spacing = found(small, region(**RIGHT))
    assert spacing.calibration is not None
    assert spacing.calibration.column_spacing_mm == pytest.approx(0.1)
    assert len(spacing.regions) == 2
    assert "Not used" in spacing.notes[0]


@pytest.mark.parametrize(
    "damage",
    [{"RegionLocationMaxX1": None}, {"PhysicalDeltaX": 0.0}, {"PhysicalDeltaX": 900.0}, {"RegionLocationMaxX1": 4000}],
)
def test_damaged_region_does_not_throw_the_good_one_away(damage: dict[str, Any]) -> None:
    bad = region(**{key: value for key, value in damage.items() if value is not None})
    if None in damage.values():
        del bad.RegionLocationMaxX1
    for order in ((bad, region()), (region(), bad)):
        calibration = found(*order).calibration
        assert calibration is not None
        assert calibration.box == Region(2, 3, 40, 28)


@pytest.mark.parametrize(
    "changes", [{"PhysicalUnitsXDirection": 0}, {"RegionSpatialFormat": 2}, {"RegionSpatialFormat": 3}]
)
def test_regions_without_centimetres_of_tissue_calibrate_nothing(changes: dict[str, int]) -> None:
    assert found(region(**changes)) == FoundSpacing()


def test_pixel_spacing_beside_a_stale_region_is_stale_too() -> None:
    spacing = found(region(RegionLocationMaxX1=800), PixelSpacing=["0.05", "0.05"])
    assert spacing.calibration is None
    assert len(spacing.notes) == 2


def test_contradiction_names_both_and_the_region_is_used() -> None:
    spacing = found(region(), PixelSpacing=["0.4", "0.4"])
    assert spacing.calibration is not None
    assert spacing.calibration.origin is CalibrationOrigin.DICOM_REGION
    assert "0.2 x 0.1 mm" in spacing.notes[0]
    assert "0.4 x 0.4 mm" in spacing.notes[0]
    assert found(region(), PixelSpacing=["0.2", "0.1"]).notes == ()


def measures(row: str, column: str) -> Dataset:
    inner, outer = Dataset(), Dataset()
    inner.PixelSpacing = [row, column]
    outer.PixelMeasuresSequence = Sequence([inner])
    return outer


def test_functional_groups_of_an_enhanced_object() -> None:
    shared = found(SharedFunctionalGroupsSequence=[measures("0.08", "0.09")], PixelSpacing=["1", "1"])
    assert shared.calibration is not None
    assert (shared.calibration.row_spacing_mm, shared.calibration.column_spacing_mm) == (0.08, 0.09)
    assert "contradicts" in shared.notes[0]
    alike = found(PerFrameFunctionalGroupsSequence=[measures("0.08", "0.08")] * 4)
    assert alike.calibration is not None
    differing = found(PerFrameFunctionalGroupsSequence=[measures("0.08", "0.08"), measures("0.1", "0.1")])
    assert differing.calibration is None
    assert "different pixel spacings" in differing.notes[0]


def test_spacing_of_one_millimetre_is_a_suggestion() -> None:
    spacing = found(PixelSpacing=["1", "1"])
    assert spacing.calibration is None
    assert spacing.suggestion is not None
    assert spacing.notes


@pytest.mark.parametrize("size", ["1", "0.352778", "0.264583"])
def test_defaults_and_print_resolutions_are_suggestions_wherever_they_stand(size: str) -> None:
    for spacing in (found(PixelSpacing=[size, size]), found(SharedFunctionalGroupsSequence=[measures(size, size)])):
        assert spacing.calibration is None
        assert spacing.suggestion is not None
        assert "confirm" in spacing.notes[0]


def test_regions_of_one_scale_around_another_are_not_one() -> None:
    middle = region(**LEFT | {"RegionLocationMinX0": 15, "RegionLocationMaxX1": 29}, PhysicalDeltaX=0.05)
    left = region(**LEFT | {"RegionLocationMaxX1": 14})
    right = region(**RIGHT | {"RegionLocationMinX0": 30})
    calibrations = [one for one in (found(left, middle, right).calibration,) if one is not None]
    assert all(one.box is not None and one.box.right - one.box.left < 16 for one in calibrations)


def test_aspect_ratio_is_no_spacing_but_told() -> None:
    spacing = found(PixelAspectRatio=["2", "1"])
    assert spacing.calibration is None
    assert "not square" in spacing.notes[0]


@given(st.tuples(*[st.integers(-5, 60)] * 4))
def test_box_never_leaves_the_frame(corners: tuple[int, int, int, int]) -> None:
    names = ("RegionLocationMinX0", "RegionLocationMinY0", "RegionLocationMaxX1", "RegionLocationMaxY1")
    item = region()
    for name, value in zip(names, corners, strict=True):
        item[name].VR = "SL"
        setattr(item, name, value)
    calibration = found(item).calibration
    assert calibration is None or (
        calibration.box is not None and calibration.box.right < 45 and calibration.box.bottom < 31
    )


def test_clip_tells_machine_depth_and_transfer_syntax_and_no_person(tmp_path: Path) -> None:
    data = dataset(GREY, Manufacturer="ACME", ManufacturerModelName="S1", DepthOfScanField="30")
    info = open_in_process(save(tmp_path / "a", data)).info
    assert dict(info.details) == {
        "transfer syntax": "Explicit VR Little Endian", "machine": "ACME S1", "depth": "30 mm",
    }  # fmt: skip
    assert "Doe" not in repr(info)


@pytest.mark.parametrize(
    "changes", [{"PhysicalDeltaX": 0.04}, {"RegionSpatialFormat": 2}, {"PhysicalUnitsXDirection": 4}]
)
def test_a_calibration_does_not_hold_in_other_regions_within_its_box(changes: dict[str, Any]) -> None:
    inset = region(
        RegionLocationMinX0=4, RegionLocationMinY0=5, RegionLocationMaxX1=9, RegionLocationMaxY1=9, **changes
    )
    calibration = found(region(), inset).calibration
    assert calibration is not None
    assert calibration.except_in == (Region(4, 5, 9, 9),)
    mask = np.zeros((31, 45), np.bool_)
    mask[15:20, 15:20] = True
    assert calibration.holds_for(mask)
    mask[9, 9] = True
    assert not calibration.holds_for(mask)


def test_a_region_around_the_calibrated_one_takes_nothing_from_it() -> None:
    around = region(RegionSpatialFormat=5, RegionLocationMinX0=0, RegionLocationMinY0=0, RegionLocationMaxX1=44)
    calibration = found(around, region()).calibration
    assert calibration is not None
    assert calibration.except_in == ()
