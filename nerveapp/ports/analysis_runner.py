"""What works on queued analyses, outside of the page."""

from __future__ import annotations

from typing import Protocol

from nerveapp.domain.early_outline import EarlyOutline


class AnalysisRunner(Protocol):
    """Processes that take analyses from the queue: they go on when the page is closed or the server restarted."""

    def wake(self) -> None:
        """See to it that somebody works on the queue; quick, and harmless where somebody does."""
        ...

    def early_picture(self, analysis_id: str) -> bytes | None:
        """Give the frame outlined last as JPEG; None before the first, once the clip can be played, and in the end."""
        ...

    def early_outlines(self, analysis_id: str) -> tuple[EarlyOutline, ...]:
        """Give the outlines so far, frame k in place k; none before the first and after the end."""
        ...
