import pytest

from nerveapp.cli.clips import print_summary
from nerveapp.domain.analysis import Analysis
from tests.analysis.test_plausibility import measured


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
