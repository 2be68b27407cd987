"""Databases that go away while they are used."""

import os
import signal
import socket
import time
from pathlib import Path

import pytest
from sqlalchemy import text

from nerveapp.errors import StoreError
from nerveapp.io.store import connection as connecting
from nerveapp.io.store.annotations import SqlAnnotationStore
from nerveapp.io.store.backup import back_up
from nerveapp.io.store.connection import is_there, open_database, sqlite_at
from tests.io.store.records import CLIP, IMAGE, annotation


def test_no_stroke_is_acknowledged_into_a_file_that_was_deleted(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    store = SqlAnnotationStore(open_database(sqlite_at(path)))
    store.register(CLIP)
    store.save(annotation(1), IMAGE)
    path.unlink()
    with pytest.raises(StoreError, match="deleted or replaced"):
        store.save(annotation(2), IMAGE)
    assert [one.frame for one in store.latest()] == [1], "what was there can still be read"
    assert not path.exists(), "and no empty store is made in its place"


def test_no_stroke_is_acknowledged_into_a_file_that_was_replaced(tmp_path: Path) -> None:
    path, other = tmp_path / "store.db", tmp_path / "other.db"
    engine = open_database(sqlite_at(path))
    store = SqlAnnotationStore(engine)
    store.register(CLIP)
    back_up(engine, other)
    other.replace(path)
    with pytest.raises(StoreError, match="deleted or replaced"):
        store.save(annotation(2), IMAGE)
    engine.dispose()
    with pytest.raises(StoreError, match="deleted or replaced"):
        store.latest()
    again = SqlAnnotationStore(open_database(sqlite_at(path)))
    again.save(annotation(2), IMAGE)
    assert len(again.latest()) == 1


def test_a_store_is_there_once_it_was_made(tmp_path: Path) -> None:
    address = sqlite_at(tmp_path / "50% sure?" / "store.db")
    assert not is_there(address)
    open_database(address)
    assert is_there(address)
    assert is_there("postgresql+pg8000://test@localhost/test")


def test_a_server_that_never_answers_is_told_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connecting, "SERVER_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        began = time.monotonic()
        with pytest.raises(StoreError, match="does not answer"):
            open_database(f"postgresql+pg8000://test@127.0.0.1:{port}/postgres")
    assert time.monotonic() - began < 5


def test_a_server_that_freezes_is_told_in_words_and_used_again_when_it_is_back(
    postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connecting, "SERVER_SECONDS", 1)
    engine = open_database(postgres)
    store = SqlAnnotationStore(engine)
    with engine.connect() as connection:
        backend = int(connection.execute(text("SELECT pg_backend_pid()")).scalar_one())
    if not _ours(backend):
        pytest.skip("the server's processes are not ours to stop")
    os.kill(backend, signal.SIGSTOP)
    try:
        with pytest.raises(StoreError, match="does not answer"):
            store.clips()
    finally:
        os.kill(backend, signal.SIGCONT)
    assert isinstance(store.clips(), tuple)


def _ours(process: int) -> bool:
    try:
        os.kill(process, 0)
    except OSError:
        return False
    return "postgres" in Path(f"/proc/{process}/cmdline").read_text()
