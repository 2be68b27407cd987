"""Stand-in for the port of this name."""

from collections.abc import Sequence
from dataclasses import dataclass

from nerveapp.analysis.pictures import png_of
from nerveapp.domain.clip import Clip, Image


@dataclass
class FakeFrameSource:
    """Decodes the clip anew for each frame."""

    clip: Clip

    def png(self, index: int, *, soon: Sequence[int] = ()) -> bytes:
        return png_of(self.image(index))

    def image(self, index: int) -> Image:
        for frame in self.clip.frames():
            if frame.index == index:
                return frame.image
        raise ValueError(f"expected a frame of the clip, got {index}")
