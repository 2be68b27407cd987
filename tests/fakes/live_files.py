"""Stand-in for the port of this name."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from nerveapp.domain.clip import Frame
from nerveapp.domain.live import LiveMeasurement


@dataclass
class FakeLiveFiles:
    """Writes the times of frames as text, and remembers them."""

    written: list[tuple[Frame, ...]] = field(default_factory=list)

    def write_clip(self, path: Path, frames: Sequence[Frame]) -> None:
        self.written.append(tuple(frames))
        path.write_text(" ".join(f"{frame.time_s:.3f}" for frame in frames))

    def measurements_csv(self, outlines: Sequence[LiveMeasurement], remarks: Sequence[str]) -> bytes:
        return "\n".join([*remarks, *(one.area_words for one in outlines)]).encode()
