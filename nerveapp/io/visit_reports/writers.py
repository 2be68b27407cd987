"""Reports of visits in every form (the `VisitReports` port)."""

from __future__ import annotations

from nerveapp.domain.visit_report import AS_USUAL, ReportKind, ReportOptions, VisitReport
from nerveapp.io.visit_reports.contents import stem
from nerveapp.ports import Library, ObjectStore


class ReportWriters:
    """Writes reports; what a form needs is loaded when it is first asked for.

    Parameters
    ----------
    library : Library
    objects : ObjectStore
        Where the clips are that a report may refer to.
    """

    def __init__(self, library: Library, objects: ObjectStore) -> None:
        self._library = library
        self._objects = objects

    def write(self, report: VisitReport, kind: ReportKind, *, options: ReportOptions = AS_USUAL) -> dict[str, bytes]:
        """Write a report in one form; see the port."""
        match kind:
            case ReportKind.PDF:
                from nerveapp.io.visit_reports.pdf import visit_pdf  # noqa: PLC0415

                return {f"{stem(report)}-report.pdf": visit_pdf(report)}
            case ReportKind.HTML:
                from nerveapp.io.visit_reports.html import visit_html  # noqa: PLC0415

                return {f"{stem(report)}-report.html": visit_html(report)}
            case ReportKind.SR:
                return self._structured(report, options)
            case ReportKind.CSV:
                from nerveapp.io.visit_reports.long_csv import long_csv  # noqa: PLC0415

                return long_csv(report, europe=options.europe)
            case ReportKind.FHIR:
                from nerveapp.io.visit_reports.fhir import bundle  # noqa: PLC0415

                return bundle(report)

    def _structured(self, report: VisitReport, options: ReportOptions) -> dict[str, bytes]:
        from nerveapp.io.visit_reports.dicom_references import dicom_references  # noqa: PLC0415
        from nerveapp.io.visit_reports.dicom_sr import structured_report  # noqa: PLC0415 - highdicom takes a second

        references = dicom_references(report, self._library, self._objects) if options.keep_references else None
        return structured_report(report, references)
