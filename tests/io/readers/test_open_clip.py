from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nerveapp.errors import ClipError
from nerveapp.io.readers.limits import ReadLimits
from nerveapp.io.readers.open_clip import open_clip

HEADS = [
    b"", b"\0" * 128 + b"DICM", b"\x08\0\x05\0", b"\x08\0\x05\0CS", b"II*\0\x08\0\0\0", b"MM\0*", b"II+\0\x08\0\0\0",
    b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"BM", b"PK\x03\x04", b"PK\x05\x06", b"GIF89a", b"\x1f\x8b\x08",
    b"\x1a\x45\xdf\xa3", b"RIFF\0\0\0\0AVI ", b"\0\0\0\x18ftypmp42", b"\x5c\x01\0\0" + b"\0" * 340 + b"n+1\0",
]  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(head=st.sampled_from(HEADS), tail=st.binary(max_size=400))
def test_random_bytes_raise_nothing_but_clip_errors(tmp_path: Path, head: bytes, tail: bytes) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(head + tail)
    try:
        list(open_clip(path).frames())
    except ClipError as error:
        assert error.message
        assert str(tmp_path) not in str(error)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"<html><body>Not found</body></html>" * 20, "not a clip"),
        (b"\x93NUMPY" * 100, "not a clip"),
        (gzip.compress(b"text" * 500, mtime=0), "not a NIfTI"),
    ],
)
def test_what_is_no_clip_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(content)
    with pytest.raises(ClipError, match=words) as caught:
        open_clip(path)
    assert caught.value.hint


def test_missing_file_folder_and_empty_selection(tmp_path: Path) -> None:
    for path in (tmp_path / "missing.mp4", tmp_path):
        with pytest.raises(ClipError):
            open_clip(path)
    with pytest.raises(ClipError):
        open_clip([])


def test_file_above_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"x" * 100)
    with pytest.raises(ClipError, match="limit"):
        open_clip(path, limits=ReadLimits(max_bytes=99))
