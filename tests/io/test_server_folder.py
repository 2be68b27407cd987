import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from nerveapp.io.server_folder import ServerFolder

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="nothing is swept there")

SERVE = (
    "import pathlib, sys, time; from nerveapp.io.server_folder import ServerFolder\n"
    "folder = ServerFolder(pathlib.Path(sys.argv[1]))\n"
    "(folder.path / 'clip').write_bytes(b'x' * 1000); print(folder.path, flush=True); time.sleep(60)"
)


def test_what_a_killed_server_left_goes_and_what_a_living_one_has_stays(tmp_path: Path) -> None:
    server = subprocess.Popen([sys.executable, "-c", SERVE, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    theirs = Path(server.stdout.readline().strip())
    try:
        mine = ServerFolder(tmp_path)
        assert (theirs / "clip").is_file()
    finally:
        os.kill(server.pid, signal.SIGKILL)
        server.wait()
    another = ServerFolder(tmp_path)
    assert not theirs.exists()
    assert mine.path.is_dir()
    assert another.path.is_dir()


def test_a_folder_that_is_just_being_made_is_left_alone(tmp_path: Path) -> None:
    (soon := tmp_path / "nerveapp-server-soon").mkdir()
    (other := tmp_path / "nerveapp-x").mkdir()
    ServerFolder(tmp_path)
    assert soon.is_dir()
    assert other.is_dir()


def test_bytes_are_counted_through_all_folders_and_removed(tmp_path: Path) -> None:
    folder = ServerFolder(tmp_path)
    (folder.path / "a" / "b").mkdir(parents=True)
    (folder.path / "a" / "one").write_bytes(b"x" * 300)
    (folder.path / "a" / "b" / "two").write_bytes(b"x" * 50)
    assert folder.bytes_kept() == 350
    folder.remove()
    assert list(tmp_path.iterdir()) == []
    assert folder.bytes_kept() == 0
