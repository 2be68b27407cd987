from pathlib import Path

import numpy as np
import pytest

from nerveapp.errors import ClipError, DataError
from nerveapp.io.frame_cache import FrameCache
from tests.fakes import FakeClip


def test_frames_are_kept_whole_with_nothing_beside_them(tmp_path: Path) -> None:
    shelf = FrameCache(FakeClip(40), tmp_path)
    assert np.unique(shelf.image(20)).tolist() == [20]
    names = sorted(path.name for path in (tmp_path / "frames").iterdir())
    assert names == [f"{index:07d}.png" for index in range(8, 33)]


def test_a_frame_that_is_not_there_is_a_programmers_fault(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="got 40"):
        FrameCache(FakeClip(40), tmp_path).png(40)


def test_a_disk_that_refuses_is_told(tmp_path: Path) -> None:
    (tmp_path / "frames").write_text("in the way of the folder")
    with pytest.raises(ClipError, match="cannot be kept"):
        FrameCache(FakeClip(40), tmp_path).png(3)


def test_a_write_that_breaks_off_leaves_no_frame(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Path, data: bytes) -> int:
        self.open("wb").write(data[: len(data) // 2])
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(Path, "write_bytes", full)
        with pytest.raises(ClipError, match="No space left"):
            FrameCache(FakeClip(40), tmp_path).png(3)
    assert list((tmp_path / "frames").iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\nbroken"])
def test_a_damaged_frame_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "frames").mkdir()
    (tmp_path / "frames" / "0000003.png").write_bytes(content)
    with pytest.raises(DataError, match="damaged"):
        FrameCache(FakeClip(40), tmp_path).image(3)
