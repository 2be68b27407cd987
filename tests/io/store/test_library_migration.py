"""What a store of the version before the library (commit 77742cc) held is there in the newest one."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Engine, MetaData, create_engine, func, select, text

from nerveapp.domain.annotation import ClipRecord, State
from nerveapp.domain.calibration import Calibration, CalibrationOrigin
from nerveapp.domain.view import Nerve, Side, Site, View
from nerveapp.io.store.annotations import SqlAnnotationStore
from nerveapp.io.store.connection import open_database
from nerveapp.io.store.registry import SqlModelRegistry
from tests.stores import migrate, new_database

DUMP = Path(__file__).parent / "of_77742cc.sql"
"""Written by its SqlAnnotationStore and SqlModelRegistry: two people, four clips, one of nobody, five outlines."""


@pytest.fixture(params=["sqlite", "postgresql"])
def old(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database as 77742cc left it."""
    file = tmp_path / "of_77742cc.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(DUMP.read_text())
    if request.param == "sqlite":
        return f"sqlite:///{file}"
    url = new_database(request.getfixturevalue("postgres"))
    engine = create_engine(url)
    migrate(engine, "upgrade", "0004")
    tables = MetaData()
    tables.reflect(engine)
    source = create_engine(f"sqlite:///{file}")
    with source.connect() as reader, engine.begin() as writer:
        for table in tables.sorted_tables:
            if table.name != "alembic_version":
                for row in reader.execute(select(table)).mappings():
                    writer.execute(table.insert().values(dict(row)))
        for name in ("annotation", "promotion", "training_log"):
            counter = f"SELECT setval(pg_get_serial_sequence('{name}', 'sequence'), 100)"
            writer.execute(text(counter))
    engine.dispose()
    return url


def test_everything_of_before_is_kept(old: str) -> None:
    before = _counted(create_engine(old))
    engine = open_database(old)
    store, registry = SqlAnnotationStore(engine), SqlModelRegistry(engine)
    clips = {clip.sha256[0]: clip for clip in store.clips()}
    typed = Calibration(0.1, 0.1, CalibrationOrigin.TYPED, "0.1")
    ulnar = View(Nerve.ULNAR, Site.ELBOW, Side.LEFT)
    tibial = View(Nerve.TIBIAL, Site.MALLEOLUS, Side.RIGHT)
    wrist = View(Nerve.MEDIAN, Site.WRIST)  # as it was stored where nobody said anything
    first, other = clips["a"].exam, clips["c"].exam
    assert clips == {
        "a": ClipRecord("a" * 64, 64, 48, 100, "S01", ulnar, typed, exam=first),
        "b": ClipRecord("b" * 64, 64, 48, 40, "S01", wrist, exam=first),
        "c": ClipRecord("c" * 64, 64, 48, 1, "S02", tibial, exam=other),
        "d": ClipRecord("d" * 64, 64, 48, 7, view=wrist),
    }
    assert first, "clips of a person are filed"
    assert other not in ("", first)
    assert [len(store.history("a" * 64, 3)), len(store.latest(states=[State.DRAFT]))] == [3, 1]
    assert store.image("d" * 64, 5).shape == (48, 64)
    assert store.studies()[0].frames == (("a" * 64, 3), ("d" * 64, 5))
    assert registry.locked_people() == ("S01", "d" * 64)
    after = _counted(engine)
    assert {name: after[name] for name in before} == before


def test_one_can_go_back_and_forth(old: str) -> None:
    engine = open_database(old)
    before = _counted(engine)
    clips = {(clip.sha256, clip.subject, clip.view) for clip in SqlAnnotationStore(engine).clips()}
    migrate(engine, "downgrade", "0005")
    engine.dispose()
    engine = open_database(old)
    assert _counted(engine) == before
    assert {(clip.sha256, clip.subject, clip.view) for clip in SqlAnnotationStore(engine).clips()} == clips


def _counted(engine: Engine) -> dict[str, int]:
    tables = MetaData()
    tables.reflect(engine)
    with engine.connect() as connection:
        return {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in tables.sorted_tables
        }
