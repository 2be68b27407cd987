"""Copies of a whole store, from any database to any other: backup, restore, moving to PostgreSQL."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Connection, Engine, func, select, text

from nerveapp.errors import StoreError, WriteError
from nerveapp.io.atomic import replacing
from nerveapp.io.store import analysis_tables, worksheet_tables  # noqa: F401 - their tables are among METADATA's
from nerveapp.io.store.connection import is_there, open_database, sqlite_at, translated
from nerveapp.io.store.tables import METADATA

_ROWS_AT_ONCE = 500


class SqlBackups:
    """Copies of one database (the `Backups` port).

    Parameters
    ----------
    url : str
        Where it is.
    open_at : callable
        Opens it, and makes one where there is none: `open_database`.
    """

    def __init__(self, url: str, open_at: Callable[[str], Engine]) -> None:
        self._url = url
        self._open_at = open_at

    def back_up(self, path: Path) -> int:
        """Write a copy; see the port."""
        if not is_there(self._url):  # a copy of nothing would pass for a backup, night after night
            raise StoreError(f"There is no database at {self._url}.", "Set NERVEAPP_DATABASE as the app has it.")
        return back_up(self._open_at(self._url), path)

    def restore(self, path: Path) -> int:
        """Copy a backup into the store; see the port."""
        return restore(path, self._open_at(self._url))


def back_up(engine: Engine, path: Path) -> int:
    """Write a consistent copy of the store to an SQLite file, while others go on working.

    Parameters
    ----------
    engine : Engine
        From `open_database`.
    path : Path
        The file; whole or not at all.

    Returns
    -------
    int
        Rows copied.

    Raises
    ------
    StoreError
        If the store cannot be read.
    WriteError
        If the file is there already, or cannot be written.
    """
    if (
        engine.url.database
        and engine.dialect.name == "sqlite"
        and path.resolve() == Path(engine.url.database).resolve()
    ):
        raise StoreError("That file is the store itself.", "Give another name for the backup.")
    if path.exists():
        raise WriteError(f"{path.name} is there already.", "Give another name: a backup replaces nothing.")
    with replacing(path) as temporary:
        target = open_database(sqlite_at(temporary))
        try:
            rows = _copy(engine, target)
        finally:
            target.dispose()
        _fold_log_in(temporary)
        _compare(rows, _rows_of_file(temporary))
    return sum(rows.values())


def restore(path: Path, engine: Engine) -> int:
    """Copy a backup into an empty store.

    Returns
    -------
    int
        Rows copied.

    Raises
    ------
    StoreError
        If the file is no sound backup, or the store holds something already.
    """
    if not path.is_file():
        raise StoreError(f"There is no file {path.name}.", "Give the file that `backup` wrote.")
    _check(path)
    with TemporaryDirectory() as folder:  # a copy is brought up to date; the backup stays as it is
        copy = Path(folder) / "backup.db"
        _copy_file(path, copy)
        source = open_database(sqlite_at(copy))
        try:
            return sum(_copy(source, engine).values())
        finally:
            source.dispose()


def _copy_file(path: Path, copy: Path) -> None:
    try:
        with closing(_read_only(path)) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)
    except sqlite3.Error as error:
        raise StoreError(f"{path.name} cannot be copied: {error}.", "Free some space and try again.") from error


def _check(path: Path) -> None:
    try:
        with closing(_read_only(path)) as connection:
            said = connection.execute("PRAGMA integrity_check").fetchone()[0]
            known = connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'annotation'").fetchone()[0]
    except sqlite3.DatabaseError as error:
        raise StoreError(f"{path.name} is no backup.", "Give the file that `backup` wrote.") from error
    if said != "ok" or not known:
        raise StoreError(f"{path.name} is damaged or no backup.", "Give another file that `backup` wrote.")


def _read_only(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)


def _rows_of_file(path: Path) -> dict[str, int]:
    """Count the rows of each table in a file as it lies on the disk; raises StoreError if that cannot be done."""
    names = [table.name for table in METADATA.sorted_tables]
    try:
        with closing(_read_only(path)) as connection:
            counted = [connection.execute(f"SELECT count(*) FROM {name}").fetchone() for name in names]  # noqa: S608
    except sqlite3.Error as error:
        raise StoreError("The copy cannot be read back: it is not kept.", "Try again; check the disk.") from error
    return {name: int(row[0]) for name, row in zip(names, counted, strict=True)}


def _rows(connection: Connection) -> dict[str, int]:
    return {
        table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
        for table in METADATA.sorted_tables
    }


def _compare(wanted: Mapping[str, int], found: Mapping[str, int]) -> None:
    """Refuse a copy that does not hold all rows; raises StoreError."""
    for table, rows in wanted.items():
        if found[table] != rows:
            raise StoreError(
                f"The copy holds {found[table]} of {rows} rows of the table {table}: it is not kept.",
                "Try again; if it happens again, check the disk.",
            )


def _fold_log_in(path: Path) -> None:
    """Make one self-contained file of a database and its log, on disk before it gets its name."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
    for suffix in ("-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _copy(source: Engine, target: Engine) -> dict[str, int]:
    """Copy all tables, whole or not at all, and give how many rows of each were there to copy."""
    snapshot = {"reads": True, "isolation_level": "REPEATABLE READ"} if _is_server(source) else {"reads": True}
    with (
        translated(),
        source.connect().execution_options(**snapshot) as reader,
        target.begin() as writer,
    ):
        if any(_rows(writer).values()):
            raise StoreError("The store is not empty.", "Restore into a new one: set NERVEAPP_DATABASE.")
        rows = _rows(reader)
        for table in METADATA.sorted_tables:
            ordered = select(table).order_by(*table.primary_key.columns)
            for part in reader.execute(ordered).mappings().partitions(_ROWS_AT_ONCE):
                writer.execute(table.insert(), [dict(row) for row in part])
        _compare(rows, _rows(writer))
        if _is_server(target):
            _set_counters(writer, [table.name for table in METADATA.sorted_tables])
    return rows


def _is_server(engine: Engine) -> bool:
    return engine.dialect.name == "postgresql"


def _set_counters(connection: Connection, tables: Sequence[str]) -> None:
    """Let PostgreSQL's counters go on after the numbers that were copied."""
    for name in tables:
        for column in METADATA.tables[name].primary_key.columns:
            counter = connection.execute(
                text("SELECT pg_get_serial_sequence(:name, :column)"), {"name": name, "column": column.name}
            ).scalar()
            if counter:
                connection.execute(
                    text(f"SELECT setval(:counter, (SELECT coalesce(max({column.name}), 1) FROM {name}))"),  # noqa: S608
                    {"counter": counter},
                )
