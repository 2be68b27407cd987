"""Stand-in for the port of this name."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class FakeOutputFiles:
    """Files in memory."""

    written: dict[Path, bytes] = field(default_factory=dict)

    def write(self, path: Path, data: bytes) -> None:
        self.written[path] = data
