"""Reports of visits as files."""

from __future__ import annotations

from typing import Protocol

from nerveapp.domain.visit_report import AS_USUAL, ReportKind, ReportOptions, VisitReport


class VisitReports(Protocol):
    """Writers of reports."""

    def write(self, report: VisitReport, kind: ReportKind, *, options: ReportOptions = AS_USUAL) -> dict[str, bytes]:
        """Write a report in one form.

        Returns
        -------
        dict of str to bytes
            Its files by name, the report itself first; a CSV has its data dictionary beside it.

        Raises
        ------
        WriteError
            If it cannot be written in this form; the message says why.
        """
        ...
