"""Stand-ins for the port of this name."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from nerveapp.domain.clip import Frame, Image
from nerveapp.domain.live import LiveFrame, NamedSource
from nerveapp.errors import ClipError


@dataclass
class FakeClock:
    """A clock that somebody sets."""

    now_s: float = 100.0

    def __call__(self) -> float:
        return self.now_s


@dataclass
class FakeLiveSource:
    """Gives pictures one after another, a step apart on the clock; breaks off where it is told to.

    While outlining takes time on the clock, pictures are dropped.
    """

    images: Sequence[Image]
    clock: FakeClock = field(default_factory=FakeClock)
    step_s: float = 0.04
    breaks_off_at: int | None = None
    dropped: int = 0
    closed: bool = False
    _given: int = -1
    _start_s: float | None = None

    @property
    def ended(self) -> bool:
        return self._given >= len(self.images) - 1

    def newest(self, *, wait_s: float) -> LiveFrame | None:
        if self.ended:
            return None
        if self._start_s is None:
            self._start_s = self.clock.now_s
        there = int((self.clock.now_s - self._start_s) / self.step_s + 1e-6)
        index = min(max(there, self._given + 1), len(self.images) - 1)
        self.dropped += index - self._given - 1
        self._given = index
        if self.breaks_off_at is not None and index >= self.breaks_off_at:
            raise ClipError("The source broke off.", "Start again.")
        captured_s = self._start_s + index * self.step_s
        self.clock.now_s = max(self.clock.now_s, captured_s)
        return LiveFrame(Frame(index, index * self.step_s, self.images[index]), captured_s)

    def close(self) -> None:
        self.closed = True


@dataclass
class FakeLiveSources:
    """Opens the sources it was given by their names."""

    sources: dict[str, FakeLiveSource] = field(default_factory=dict)

    def open(self, source: str, *, repeat: bool = False) -> FakeLiveSource:
        try:
            return self.sources[source]
        except KeyError:
            raise ClipError(f"There is no source {source}.", "Choose another.") from None

    def offered(self) -> tuple[NamedSource, ...]:
        return tuple(NamedSource(name, name) for name in self.sources)


def disc(x: int, *, radius: int = 8, height: int = 60, width: int = 120, level: int = 200) -> Image:
    """A frame with one bright disc; none where it lies outside."""
    rows, columns = np.mgrid[:height, :width]
    image = np.full((height, width), 20, np.uint8)
    image[(rows - height // 2) ** 2 + (columns - x) ** 2 <= radius**2] = level
    return image
