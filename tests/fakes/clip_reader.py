"""Stand-ins for the port of this name."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from nerveapp.domain.calibration import Calibration
from nerveapp.domain.clip import Clip, ClipInfo, Frame
from nerveapp.domain.clip_source import DicomIdentifiers
from nerveapp.errors import ClipError


@dataclass
class FakeClipReader:
    """Opens the clips it was given by the names of their first files, and refuses all others."""

    clips: Mapping[str, Clip] = field(default_factory=dict)
    warm: bool = False

    def open(self, paths: Sequence[Path], *, name: str | None = None) -> Clip:
        try:
            return self.clips[paths[0].name]
        except KeyError:
            raise ClipError(f"{paths[0].name} is not a clip.", "Choose another file.") from None

    def warm_up(self, clips: int = 1) -> None:
        self.warm = True

    def identifiers(self, paths: Sequence[Path]) -> DicomIdentifiers:
        return DicomIdentifiers()


@dataclass
class FileClip:
    """A clip of as many frames as it has files, hashed as a reader does."""

    info: ClipInfo
    truncation: str | None = None

    def frames(self) -> Iterator[Frame]:
        for index in range(self.info.frame_count or 1):
            yield Frame(index, float(index), np.full((40, 60), 100, np.uint8))


@dataclass
class FakeReader:
    """Opens any files but those that say "bad"."""

    calibration: Calibration | None = None
    uids: DicomIdentifiers = field(default_factory=DicomIdentifiers)

    def open(self, paths: Sequence[Path], *, name: str | None = None) -> FileClip:
        ordered = sorted(paths, key=lambda path: path.name)
        data = b"".join(path.read_bytes() for path in ordered)
        if b"bad" in data:
            raise ClipError("It cannot be read as a clip.", "Export it again.")
        names = tuple(path.name for path in ordered) if len(ordered) > 1 else ()
        sha256 = hashlib.sha256(data).hexdigest()
        info = ClipInfo(name or ordered[0].name, sha256, "fake", 60, 40, len(ordered), self.calibration, names=names)
        return FileClip(info)

    def identifiers(self, paths: Sequence[Path]) -> DicomIdentifiers:
        return self.uids

    def warm_up(self, clips: int = 1) -> None:
        """Nothing to start."""
