"""Stand-in for the port of this name."""

from dataclasses import dataclass, field

from nerveapp.domain.early_outline import EarlyOutline


@dataclass
class FakeAnalysisRunner:
    """Counts how often it was woken, and does nothing."""

    woken: int = 0
    pictures: dict[str, bytes] = field(default_factory=dict)
    outlines: dict[str, tuple[EarlyOutline, ...]] = field(default_factory=dict)

    def wake(self) -> None:
        self.woken += 1

    def early_picture(self, analysis_id: str) -> bytes | None:
        return self.pictures.get(analysis_id)

    def early_outlines(self, analysis_id: str) -> tuple[EarlyOutline, ...]:
        return self.outlines.get(analysis_id, ())
