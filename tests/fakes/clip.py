"""A clip of drawn frames."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from nerveapp.domain.clip import ClipInfo, Frame


@dataclass
class FakeClip:
    """Frames whose grey level is their index; counts how many exist at a time."""

    count: int
    truncation: str | None = None
    decoded: int = 0
    timed: bool = True

    @property
    def info(self) -> ClipInfo:
        return ClipInfo("fake", "f" * 64, "fake", 60, 40, self.count, timed=self.timed)

    def frames(self) -> Iterator[Frame]:
        for index in range(self.count):
            self.decoded = index + 1
            yield Frame(index, index / 20, np.full((40, 60), index % 250, np.uint8))
