"""Stand-in for the port of this name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from nerveapp.domain.clip import Clip
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

    def warm_up(self) -> None:
        self.warm = True
