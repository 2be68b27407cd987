from pathlib import Path

import pytest

from nerveapp.cli.clips import parse_box, parse_point, parse_spacing, print_summary, region_of
from nerveapp.domain.analysis import Analysis
from nerveapp.domain.tracking import Point
from nerveapp.errors import AnalysisError, CalibrationError
from nerveapp.io.readers.in_process import open_in_process
from tests.analysis.test_plausibility import measured
from tests.io.readers.dicom_files import GREY, dataset, region, save


def printed(analysis: Analysis, capsys: pytest.CaptureFixture[str]) -> str:
    print_summary(analysis)
    return " ".join(capsys.readouterr().out.split())


def test_an_area_is_printed_as_a_finding_only_where_it_can_be_one(capsys: pytest.CaptureFixture[str]) -> None:
    said = printed(measured([9, 10, 11]), capsys)
    assert "area median 10.00 mm² (frame 1), largest 11.00 mm² (frame 2)" in said
    assert "no finding" not in said
    said = printed(measured([9, 10, 512.35]), capsys)
    assert "no finding: area median" in said
    assert "no finding, since the largest outline, of frame 2, has 512.35 mm²" in said


@pytest.mark.parametrize(("text", "told"), [("0,08", "decimals with a point"), ("a", "0.08,0.1"), ("1,2,3", "ROW,COL")])
def test_a_spacing_that_is_none_is_explained(text: str, told: str) -> None:
    with pytest.raises(CalibrationError) as refused:
        parse_spacing(text)
    assert told in str(refused.value)
    assert parse_spacing("0.08,0.1").column_spacing_mm == 0.1


def test_a_region_is_chosen_by_its_number(tmp_path: Path) -> None:
    regions = [region(), region(RegionLocationMaxX1=10, PhysicalDeltaX=0.03)]
    info = open_in_process(save(tmp_path / "a", dataset(GREY, SequenceOfUltrasoundRegions=regions))).info
    assert region_of(info, 2).column_spacing_mm == pytest.approx(0.3)
    for number in (0, 3):
        with pytest.raises(CalibrationError, match="2 regions"):
            region_of(info, number)


def test_a_point_is_a_frame_and_two_numbers_and_perhaps_an_area() -> None:
    assert parse_point("24,310.5,180") == Point(24, 310.5, 180)
    assert parse_point("24,310.5,180,2400") == Point(24, 310.5, 180, area=2400)
    for text in ("24,310", "24.5,310,180", "24,a,180", "", "1,2,3,0", "1,2,3,4,5"):
        with pytest.raises(AnalysisError, match="FRAME,X,Y"):
            parse_point(text)


def test_a_box_is_a_frame_and_four_sides() -> None:
    assert parse_box("24,300,170,340.5,190") == Point.in_box(24, 300, 170, 340.5, 190)
    for text in ("24,310,180", "24.5,1,2,3,4", "24,a,1,2,3", "", "24,340,170,300,190", "24,300,170,340,nan"):
        with pytest.raises(AnalysisError, match="LEFT,TOP,RIGHT,BOTTOM"):
            parse_box(text)
