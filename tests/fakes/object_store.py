"""Stand-in for the port of this name."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath

from nerveapp.domain.clip_source import SourceFile
from nerveapp.domain.kept_object import KeptObject
from nerveapp.errors import StoreError
from tests.fakes.clock import START


@dataclass
class FakeObjects:
    """Files in a folder of the test, of which one may fail; they are as old as the test says."""

    folder: Path
    fails_at: str | None = None
    now: datetime = START
    written: dict[str, datetime] = field(default_factory=dict)

    def put(self, key: str, path: Path) -> SourceFile:
        return self.put_bytes(key, path.read_bytes())

    def put_bytes(self, key: str, data: bytes) -> SourceFile:
        if self.fails_at is not None and self.fails_at in key:
            raise StoreError("The data folder cannot be used: No space left on device.", "Free some space.")
        place = self.folder / key
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
        self.written[key] = self.now
        return SourceFile(PurePosixPath(key).name, key, hashlib.sha256(data).hexdigest(), len(data))

    def local(self, key: str, *, sha256: str = "") -> Path:
        if key not in self.written:
            raise StoreError("A stored file is gone.", "Open the clip again.")
        if sha256 and hashlib.sha256((self.folder / key).read_bytes()).hexdigest() != sha256:
            raise StoreError("A stored file is damaged.", "Open the clip again.")
        return self.folder / key

    def read(self, key: str) -> bytes:
        return self.local(key).read_bytes()

    def has(self, key: str) -> bool:
        return key in self.written

    def remove(self, prefix: str) -> None:
        for key in [key for key in self.written if key == prefix or key.startswith(f"{prefix}/")]:
            (self.folder / key).unlink()
            del self.written[key]

    def listed(self, prefix: str = "") -> Iterator[KeptObject]:
        for key, at in sorted(self.written.items()):
            if not prefix or key.startswith(f"{prefix}/"):
                yield KeptObject(key, (self.folder / key).stat().st_size, at)
