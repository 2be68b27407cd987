"""Reports as files to read, print or compute with."""

from __future__ import annotations

from typing import Protocol

from nerveapp.domain.document import Document
from nerveapp.domain.experiments.report import TrainingReport


class ReportFiles(Protocol):
    """Writes documents and reports as bytes of a file."""

    def html(self, document: Document) -> bytes:
        """Write a document as one HTML file, pictures inside."""
        ...

    def pdf(self, document: Document) -> bytes:
        """Write a document as PDF; every page carries the notice."""
        ...

    def json(self, report: TrainingReport) -> bytes:
        """Write a report with every tested frame and its outlines."""
        ...
