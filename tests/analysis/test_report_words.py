"""What a report says of who accepted and concluded, and when."""

from dataclasses import replace
from datetime import timedelta

from nerveapp.analysis.report_words import conclusion_heading, facts_of
from nerveapp.domain.visit_report import VisitReport
from tests.fakes.sample_visit import sample_report


def accepted_by(report: VisitReport, *codes: str) -> VisitReport:
    """The report with its first values accepted by these codes."""
    cells = list(report.worksheet.cells)
    values = [at for at, one in enumerate(cells) if one.value is not None]
    for at, code in zip(values, codes, strict=False):
        value = cells[at].value
        assert value is not None
        cells[at] = replace(cells[at], value=replace(value, by=code))
    return replace(report, worksheet=replace(report.worksheet, cells=tuple(cells)))


def test_whoever_accepted_without_a_code_is_counted_too() -> None:
    report = sample_report(complete=True)
    assert dict(facts_of(accepted_by(report, *["R2"] * 9)))["Values accepted by"] == "R2"
    assert dict(facts_of(accepted_by(report, "", *["R2"] * 9)))["Values accepted by"] == "R2, nobody named"


def test_a_conclusion_older_than_a_value_says_so() -> None:
    report = sample_report()
    newest = max(one.value.at for one in report.worksheet.cells if one.value is not None)
    for at, older in ((None, False), (newest - timedelta(hours=1), True), (newest + timedelta(hours=1), False)):
        sheet = replace(report.worksheet.sheet, at=at)
        heading = conclusion_heading(replace(report, worksheet=replace(report.worksheet, sheet=sheet)))
        assert heading.startswith("Conclusion of R1")
        assert ("written before the last value was accepted" in heading) == older


def test_a_conclusion_says_where_a_value_was_taken_back_or_is_outdated() -> None:
    report = sample_report()
    newest = max(one.value.at for one in report.worksheet.cells if one.value is not None)
    sheet = replace(report.worksheet.sheet, at=newest + timedelta(hours=1))
    cells = tuple(replace(one, outdated="") for one in report.worksheet.cells)
    calm = replace(report.worksheet, sheet=sheet, cells=cells, changed_at=newest)
    assert "(" not in conclusion_heading(replace(report, worksheet=calm))
    back = replace(calm, changed_at=newest + timedelta(hours=2))
    assert conclusion_heading(replace(report, worksheet=back)).endswith("(written before a value was taken back)")
    at = next(number for number, one in enumerate(cells) if one.value is not None)
    other = replace(
        calm, cells=(*cells[:at], replace(cells[at], outdated="its clip was calibrated anew"), *cells[at + 1 :])
    )
    assert "not what would be measured today" in conclusion_heading(replace(report, worksheet=other))
