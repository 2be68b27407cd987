"""Every test of the store runs on SQLite and, where a server can be started, on PostgreSQL."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from nerveapp.io.store.annotations import SqlAnnotationStore
from nerveapp.io.store.connection import open_database
from tests.stores import empty_database, empty_store

WHY = "no PostgreSQL here: install Debian's postgresql, or set NERVEAPP_TEST_POSTGRES to a server's URL"


def _programs() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")) or [
        Path(path) for path in [shutil.which("initdb")] if path
    ]
    return found[-1].parent if found else None


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """URL of a PostgreSQL server: the one named in the environment, or one of our own for this run."""
    named = os.environ.get("NERVEAPP_TEST_POSTGRES")
    if named:
        yield named
        return
    programs = _programs()
    if programs is None:
        pytest.skip(WHY)
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        folder = Path(name)
        as_server: list[str] = []
        if os.getuid() == 0:  # PostgreSQL refuses to run as root
            shutil.chown(folder, "postgres")
            as_server = ["runuser", "-u", "postgres", "--"]
        data, port = folder / "data", _free_port()
        subprocess.run(
            [*as_server, programs / "initdb", "-D", data, "-A", "trust", "-U", "test", "-E", "UTF8", "-N"],
            check=True,
            capture_output=True,
        )
        options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off -c full_page_writes=off"
        control = [*as_server, str(programs / "pg_ctl"), "-D", str(data), "-w", "-l", str(folder / "log")]
        subprocess.run([*control, "-o", options, "start"], check=True, capture_output=True)
        try:
            yield f"postgresql+pg8000://test@127.0.0.1:{port}/postgres"
        finally:
            subprocess.run([*control, "-m", "immediate", "stop"], check=False, capture_output=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A store without records."""
    if request.param == "sqlite":
        return empty_store(tmp_path / "store.db")
    return empty_database(request.getfixturevalue("postgres"))


@pytest.fixture
def store(url: str) -> SqlAnnotationStore:
    return SqlAnnotationStore(open_database(url))
