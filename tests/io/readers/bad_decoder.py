"""A decoder's process that fails as native decoders do: run by tests, with the way to fail in the file's name."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from nerveapp.domain.clip import ClipInfo
from nerveapp.io.readers.decoders import worker
from nerveapp.io.readers.limits import ReadLimits
from nerveapp.io.readers.streamed import StreamedClip, TimedImage


def fail(way: str) -> None:
    match way:
        case "abort":
            os.abort()
        case "hang":
            time.sleep(3600)
        case "memory":
            assert len([np.ones(1 << 26) for _ in range(64)]) == 64
        case "rubbish":
            os.write(4, b"this is no message\n" * 3)
            time.sleep(3600)


def open_badly(path: Path | Sequence[Path], *, limits: ReadLimits, name: str | None) -> StreamedClip:
    assert isinstance(path, Path)
    assert limits.max_bytes
    assert name is None
    way, _, at = path.name.partition("-")

    def read() -> Iterator[TimedImage]:
        for index in range(40):
            if at == str(index):
                fail(way)
            yield index / 10, np.full((8, 8), index, np.uint8)

    if at == "open":
        fail(way)
    return StreamedClip(ClipInfo(path.name, "0" * 64, "test", 8, 8, 40), read)


if __name__ == "__main__":
    worker.main(sys.argv[1:], opener=open_badly)
