from pathlib import Path

import pytest

from nerveapp.errors import StoreError
from nerveapp.io.store.annotations import SqlAnnotationStore
from nerveapp.io.store.backup import back_up, restore
from nerveapp.io.store.connection import open_database
from tests.io.store.records import CLIP, IMAGE, annotation


def test_a_backup_restores_into_either_database_and_work_goes_on(url: str, tmp_path: Path) -> None:
    origin = open_database(f"sqlite:///{tmp_path / 'origin.db'}")
    first = SqlAnnotationStore(origin)
    first.register(CLIP)
    records = tuple(annotation(frame=frame, seed=frame) for frame in range(5))
    for record in records:
        first.save(record, IMAGE)
    path = tmp_path / "backups" / "monday.db"
    assert back_up(origin, path) == 2 + 5 + 5 + 5
    assert [found.name for found in path.parent.iterdir()] == ["monday.db"]

    engine = open_database(url)
    restore(path, engine)
    second = SqlAnnotationStore(engine)
    assert second.latest() == records
    later = annotation(frame=0, seed=9, supersedes=records[0].id)
    second.save(later, IMAGE)
    assert second.latest(frame=0) == (later,)
    with pytest.raises(StoreError, match="not empty"):
        restore(path, engine)
    assert back_up(engine, path) == 2 + 5 + 5 + 6


def test_what_is_no_backup_is_refused(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'store.db'}")
    with pytest.raises(StoreError, match="no file"):
        restore(tmp_path / "absent.db", engine)
    (tmp_path / "text.db").write_text("not a database " * 100)
    with pytest.raises(StoreError, match="no backup"):
        restore(tmp_path / "text.db", engine)
