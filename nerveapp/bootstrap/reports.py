"""What reports of visits are made from."""

from __future__ import annotations

from nerveapp.bootstrap.application import Application
from nerveapp.workflows.visits.visit_report import ReportSources


def report_sources(app: Application) -> ReportSources:
    """Give what reports of visits are made from.

    Raises
    ------
    SettingsError
        If the logo is no picture that can be read.
    StoreError
        If the database cannot be opened or read.
    """
    visits = app.visits
    return ReportSources(
        library=app.library,
        worksheets=visits.worksheets,
        norms=visits.norms.table(),
        analyses=app.analyses,
        annotations=app.annotations,
        open_clip=app.open_stored_clip,
        letterhead=visits.letterhead,
    )
