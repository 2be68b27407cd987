from pathlib import Path

import pytest
from sqlalchemy import URL, Engine, text

from nerveapp.errors import StoreError, WriteError
from nerveapp.io.store.annotations import SqlAnnotationStore
from nerveapp.io.store.backup import back_up, restore
from nerveapp.io.store.connection import open_database
from tests.io.store.records import CLIP, IMAGE, annotation
from tests.stores import empty_store


def test_a_backup_restores_into_either_database_and_work_goes_on(url: str, tmp_path: Path) -> None:
    origin = open_database(empty_store(tmp_path / "origin.db"))
    first = SqlAnnotationStore(origin)
    first.register(CLIP)
    records = tuple(annotation(frame=frame, seed=frame) for frame in range(5))
    for record in records:
        first.save(record, IMAGE)
    path = tmp_path / "backups" / "monday.db"
    assert back_up(origin, path) == 3 + 5 + 5 + 5
    assert [found.name for found in path.parent.iterdir()] == ["monday.db"]

    engine, written = open_database(url), path.read_bytes()
    restore(path, engine)
    assert path.read_bytes() == written, "an older version still reads it"
    assert [found.name for found in path.parent.iterdir()] == ["monday.db"]
    second = SqlAnnotationStore(engine)
    assert second.latest() == records
    later = annotation(frame=0, seed=9, supersedes=records[0].id)
    second.save(later, IMAGE)
    assert second.latest(frame=0) == (later,)
    with pytest.raises(StoreError, match="not empty"):
        restore(path, engine)
    assert back_up(engine, path.with_name("tuesday.db")) == 3 + 5 + 5 + 6


def test_what_is_no_backup_is_refused(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'store.db'}")
    with pytest.raises(StoreError, match="no file"):
        restore(tmp_path / "absent.db", engine)
    (tmp_path / "text.db").write_text("not a database " * 100)
    with pytest.raises(StoreError, match="no backup"):
        restore(tmp_path / "text.db", engine)


@pytest.fixture
def origin(tmp_path: Path) -> Engine:
    engine = open_database(empty_store(tmp_path / "origin.db"))
    store = SqlAnnotationStore(engine)
    store.register(CLIP)
    store.save_all((annotation(frame=frame, seed=frame), IMAGE) for frame in range(3))
    return engine


@pytest.mark.parametrize("name", ["is it safe?.db", "100%.db", "a%20b#c.db", "mode=memory?cache=shared", "plain"])
def test_a_backup_may_have_any_name(origin: Engine, tmp_path: Path, name: str) -> None:
    path = tmp_path / "backups" / name
    rows = back_up(origin, path)
    assert rows == 3 + 3 * 3, "a patient, a clip, its description; frames, predictions and outlines"
    assert [found.name for found in path.parent.iterdir()] == [name]
    with pytest.raises(WriteError, match="there already"):
        back_up(origin, path)
    engine = open_database(f"sqlite:///{tmp_path / 'restored.db'}")
    assert restore(path, engine) == rows
    assert SqlAnnotationStore(engine).latest() == SqlAnnotationStore(origin).latest()


def loses_rows(url: str | URL) -> Engine:
    """Open a database that swallows pictures of frames without a word."""
    engine = open_database(url)
    with engine.begin() as connection:
        connection.execute(
            text("CREATE TRIGGER lose BEFORE INSERT ON annotation WHEN NEW.frame = 2 BEGIN SELECT RAISE(IGNORE); END")
        )
    return engine


def test_a_copy_that_lacks_rows_is_refused_and_not_kept(
    origin: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "backups" / "good.db"
    back_up(origin, path)
    broken = loses_rows(f"sqlite:///{tmp_path / 'broken.db'}")
    with pytest.raises(StoreError, match="2 of 3 rows of the table annotation"):
        restore(path, broken)
    assert SqlAnnotationStore(broken).clips() == ()
    monkeypatch.setattr("nerveapp.io.store.backup.open_database", loses_rows)
    with pytest.raises(StoreError, match="2 of 3 rows of the table annotation"):
        back_up(origin, tmp_path / "backups" / "bad.db")
    assert [found.name for found in path.parent.iterdir()] == ["good.db"]


def test_the_file_on_the_disk_is_what_is_counted(
    origin: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def elsewhere(_url: str | URL) -> Engine:
        return open_database("sqlite://")

    monkeypatch.setattr("nerveapp.io.store.backup.open_database", elsewhere)
    with pytest.raises(StoreError, match="cannot be read back"):
        back_up(origin, tmp_path / "backups" / "nothing.db")
    assert list((tmp_path / "backups").iterdir()) == []
