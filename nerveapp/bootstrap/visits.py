"""What visits need: worksheets, normal values, report files."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from nerveapp.bootstrap import stores
from nerveapp.bootstrap.settings import Settings
from nerveapp.domain.visit_report import Letterhead
from nerveapp.ports import NormStore, TableFiles, VisitReports, WorksheetStore


@dataclass(frozen=True)
class VisitTools:
    """What the use cases of a visit need from outside, each adapter made when it is first asked for.

    Parameters
    ----------
    settings : Settings

    Raises
    ------
    StoreError
        By what is kept in the database, where that cannot be opened.
    """

    settings: Settings

    @cached_property
    def worksheets(self) -> WorksheetStore:
        """Worksheets and protocols."""
        from nerveapp.io.store.worksheets import SqlWorksheetStore  # noqa: PLC0415 - only where something is kept

        return SqlWorksheetStore(stores.database(self.settings.database))

    @cached_property
    def norms(self) -> NormStore:
        """Normal values: the published ones and a laboratory's own."""
        from nerveapp.io.store.norm_sets import SqlNormStore  # noqa: PLC0415 - only where areas are held against limits

        return SqlNormStore(stores.database(self.settings.database))

    @cached_property
    def reports(self) -> VisitReports:
        """Reports as files."""
        from nerveapp.io.visit_reports.writers import ReportWriters  # noqa: PLC0415 - only where one is written

        return ReportWriters(stores.library(self.settings), stores.object_store(self.settings))

    @cached_property
    def letterhead(self) -> Letterhead:
        """What stands above reports; raises SettingsError where the logo is no picture that can be read."""
        from nerveapp.io.visit_reports.logo import read_logo  # noqa: PLC0415 - only reports have one

        return Letterhead(self.settings.clinic, read_logo(Path(self.settings.logo)) if self.settings.logo else b"")

    @cached_property
    def tables(self) -> TableFiles:
        """Tables as files."""
        from nerveapp.io.table_files import SafeTableFiles  # noqa: PLC0415 - only where something is written

        return SafeTableFiles()
