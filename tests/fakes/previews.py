"""Stand-in for the port of this name."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from nerveapp.analysis.preview import preview_size
from nerveapp.domain.clip import ClipInfo, Image
from nerveapp.errors import StoreError


@dataclass
class FakePreview:
    """Frames' shapes and times."""

    frames: list[tuple[tuple[int, ...], float]] = field(default_factory=list)

    def add(self, image: Image, time_s: float) -> None:
        self.frames.append((image.shape, time_s))


@dataclass
class FakePreviews:
    """Previews in memory; those that were broken off are not kept."""

    kept: dict[str, FakePreview] = field(default_factory=dict)

    def has(self, clip_sha256: str) -> bool:
        return clip_sha256 in self.kept

    @contextmanager
    def writing(self, clip: ClipInfo) -> Iterator[FakePreview]:
        video = FakePreview()
        yield video
        width, height = preview_size(clip)
        assert all(shape[:2] == (height, width) for shape, _ in video.frames)
        self.kept[clip.sha256] = video

    def read(self, clip_sha256: str) -> bytes:
        if clip_sha256 not in self.kept:
            raise StoreError("There is none.")
        return b"mp4"
