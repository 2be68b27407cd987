import os
from pathlib import Path

import pytest

from nerveapp.errors import WriteError
from nerveapp.io.output_files import AtomicOutputFiles


def test_a_file_is_written_in_place_of_what_was_there_and_leaves_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "new" / "result.json"
    for data in (b"first", b"second"):
        AtomicOutputFiles().write(path, data)
    assert path.read_bytes() == b"second"
    assert list(path.parent.iterdir()) == [path]


def test_a_folder_that_cannot_be_made_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(WriteError, match="cannot be written"):
        AtomicOutputFiles().write(tmp_path / "file" / "result.json", b"")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such rights")
@pytest.mark.parametrize("mask", [0o077, 0o027, 0o022])
def test_files_have_the_rights_that_the_process_gives(tmp_path: Path, mask: int) -> None:
    before = os.umask(mask)
    try:
        AtomicOutputFiles().write(tmp_path / "a", b"x")
        assert os.umask(mask) == mask, "it is left as it was"
    finally:
        os.umask(before)
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o666 & ~mask
