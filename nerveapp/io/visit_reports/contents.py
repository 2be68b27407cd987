"""What every machine-readable report of a visit says, whatever its form: accepted values, remarks, names of files."""

from __future__ import annotations

from dataclasses import dataclass

from pydicom.sr.coding import Code

from nerveapp.analysis.report_words import change_in_words
from nerveapp.domain.accepted_value import AcceptedValue
from nerveapp.domain.findings import CellFinding, Pair
from nerveapp.domain.follow_up import Change
from nerveapp.domain.uncertainty import Estimate
from nerveapp.domain.view import View
from nerveapp.domain.visit_report import VisitReport
from nerveapp.domain.worksheet import Cell
from nerveapp.io.visit_reports.codes import ENTERED, OUTLINED_BY_MODEL, OUTLINED_BY_PERSON


@dataclass(frozen=True, slots=True)
class Accepted:
    """An accepted value, and what it means.

    Parameters
    ----------
    cell : Cell
    value : AcceptedValue
    finding : CellFinding or None
        None for an area in pixels.
    change : Change or None
        Since the visit before, where there is one to compare with.
    """

    cell: Cell
    value: AcceptedValue
    finding: CellFinding | None
    change: Change | None = None

    @property
    def view(self) -> View:
        """Nerve, site and side."""
        return self.value.view

    @property
    def estimate(self) -> Estimate | None:
        """The area in mm² with its standard deviation; None for an area in pixels."""
        return None if self.finding is None else self.finding.estimate

    @property
    def how_outlined(self) -> Code:
        """By whom."""
        if self.value.measured is None:
            return ENTERED
        return OUTLINED_BY_PERSON if self.value.measured.corrected else OUTLINED_BY_MODEL

    @property
    def words(self) -> str:
        """Name it, such as "Median, wrist, left"."""
        return f"{self.cell.station.words}, {self.view.side}"

    @property
    def change_words(self) -> str:
        """Say how the area changed since the visit before, in a sentence; "" where there is none to compare with."""
        return "" if self.change is None else f"Changed by {change_in_words(self.change)}."

    @property
    def remarks(self) -> tuple[str, ...]:
        """What is to be known beside it, in sentences."""
        value, measured, finding = self.value, self.value.measured, self.finding
        calibration = None if measured is None else measured.calibration
        spoke_against = "; ".join(one.value for one in value.reservations)
        return tuple(
            filter(
                None,
                (
                    "" if finding is None else finding.verdict,
                    "" if finding is None else finding.personal_verdict,
                    "The evidence behind the limit is thin." if finding is not None and finding.thin else "",
                    self.change_words,
                    f"Accepted although {spoke_against}." if spoke_against else "",
                    f"Not what would be measured today: {self.cell.outdated}." if self.cell.outdated else "",
                    "" if measured is None else f"Calibration: {'none' if calibration is None else calibration.words}.",
                    f"Accepted by {value.by or 'nobody named'} at {value.at.isoformat(timespec='seconds')}.",
                ),
            )
        )


def accepted_values(report: VisitReport) -> tuple[Accepted, ...]:
    """Give the accepted values in the order of the worksheet."""
    findings = {one.cell.view: one for one in report.findings}
    changes = {one.after.value.view: one for one in report.changes}
    return tuple(
        Accepted(cell, cell.value, findings.get(cell.view), changes.get(cell.view))
        for cell in report.worksheet.cells
        if cell.value is not None
    )


def remarks_of(pair: Pair) -> tuple[str, ...]:
    """Give what is to be known beside a pair, in sentences."""
    thin = ("The evidence behind it is thin.",) if pair.thin else ()
    source = (f"Source: {pair.source}",) if pair.source else ()
    return (*filter(None, (pair.verdict,)), *thin, *pair.remarks, *source)


def stem(report: VisitReport) -> str:
    """Name a report's files by patient and visit, such as "nerveapp-S01-2026-01-05"."""
    return f"nerveapp-{report.patient.code}-{report.exam.when_in_file_name}"
