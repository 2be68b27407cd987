"""Opening the database: pragmas, migrations, and failures in words a user can act on."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Engine, ExceptionContext, Table, create_engine, event, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from nerveapp.errors import StoreError

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_SECONDS = 30
"""How long a writer waits for another before it gives up."""

SERVER_SECONDS = 30
"""How long a database server may keep silent before it counts as frozen."""


def sqlite_at(path: Path) -> URL:
    """Give the address of an SQLite file, whatever characters its name is of."""
    return URL.create("sqlite", database=str(path))


def open_database(url: str | URL) -> Engine:
    """Connect to a database and bring its tables up to date.

    Parameters
    ----------
    url : str or URL
        "sqlite:///path" or "postgresql+pg8000://user:password@host/name"; see `sqlite_at` for files by their paths.

    Raises
    ------
    StoreError
        If it cannot be reached, or was made by a newer version.
    """
    try:
        engine = _engine(url)
        with translated():
            _migrate(engine)
    except (ArgumentError, NoSuchModuleError) as error:
        raise StoreError("The database's address is not valid.", "Give sqlite:///PATH or postgresql+pg8000://…") from (
            error
        )
    return engine


def is_there(url: str | URL) -> bool:
    """Tell whether there is a database at an address, without making one; a server's is taken to be there."""
    try:
        address = make_url(url)
    except ArgumentError:
        return True  # opening it will say what is wrong
    return address.get_backend_name() != "sqlite" or (bool(address.database) and Path(str(address.database)).exists())


def _engine(url: str | URL) -> Engine:
    address = make_url(url)
    if address.get_backend_name() != "sqlite":
        return _server_engine(address)
    engine = create_engine(address, connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False})
    event.listen(engine, "connect", _set_pragmas)
    event.listen(engine, "begin", _begin_for_writing)
    if address.database and address.database != ":memory:":
        path = Path(address.database).absolute()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"The store's folder cannot be made: {error.strerror}.", "Set NERVEAPP_DATABASE.") from (
                error
            )
        _watch_file(engine, path)
    return engine


def _server_engine(address: URL) -> Engine:
    timeout = {"timeout": SERVER_SECONDS} if address.get_driver_name() == "pg8000" else {}
    engine = create_engine(address, pool_pre_ping=True, connect_args=timeout)

    @event.listens_for(engine, "handle_error")
    def give_up_connection(context: ExceptionContext) -> None:
        if isinstance(context.original_exception, OSError):  # its answer may come later, and be taken for another's
            context.is_disconnect = True

    return engine


def _watch_file(engine: Engine, path: Path) -> None:
    """Let nothing be written into a file that was deleted or replaced: SQLite itself would go on and say nothing."""
    opened: list[tuple[int, int]] = []

    def check(*_given: object) -> None:
        if opened and _identity(path) != opened[0]:
            raise StoreError(
                "The store's file was deleted or replaced while the app was running. Nothing is saved.",
                "Stop NerveApp, put the file back (a backup: `restore`), and start it again; the draft is kept.",
            )

    def note(*_given: object) -> None:
        found = _identity(path)
        if found is not None and not opened:
            opened.append(found)

    event.listen(engine, "do_connect", check)
    event.listen(engine, "connect", note)
    event.listen(engine, "commit", check)


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _set_pragmas(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # transactions are begun by us, below
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_for_writing(connection: Connection) -> None:
    """Take the write lock at once: a reader that turns writer later can only fail when another was faster."""
    reads = connection.get_execution_options().get("reads", False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def _migrate(engine: Engine) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    scripts = ScriptDirectory.from_config(config)
    with engine.connect().execution_options(reads=True) as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    if current is not None and current not in {script.revision for script in scripts.walk_revisions()}:
        raise StoreError("The store was made by a newer NerveApp.", "Update NerveApp.")
    if current == scripts.get_current_head():
        return
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7206)")  # two servers may start at once
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


IDS_AT_ONCE = 10_000
"""Each id of a query is a variable of its own, of which SQLite takes 32,766 and PostgreSQL 65,535."""


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Give a connection to read by; raises StoreError."""
    with translated(), engine.connect().execution_options(reads=True) as connection:
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Give a connection whose writing is kept whole when the block ends, or not at all; raises StoreError."""
    with translated(), engine.begin() as connection:
        yield connection


def with_zone(stored: datetime) -> datetime:
    """Give a time of the database its zone again: SQLite keeps none, and all that is written is UTC."""
    return stored.replace(tzinfo=UTC) if stored.tzinfo is None else stored.astimezone(UTC)


def insert_into(connection: Connection, table: Table) -> Any:
    """Begin an INSERT that can say what to do with a row that is there already: each database has its own."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    return dialect.insert(table)


@contextmanager
def translated() -> Iterator[None]:
    """Turn the database's failures into a StoreError that says what to do."""
    try:
        yield
    except DBAPIError as error:
        raise StoreError(*_in_words(error.orig)) from error
    except (SQLAlchemyError, TimeoutError, ConnectionError) as error:
        raise StoreError(*_in_words(error)) from error


def _in_words(error: Any) -> tuple[str, str]:
    text = str(error).lower()
    known = (
        ("foreign key", "What this refers to was deleted meanwhile.", "Reload the page."),
        ("is locked", "The store is busy: another program holds it.", "Try again in a moment; the draft is kept."),
        ("full", "The disk is full.", "Free some space and save again; the draft is kept on this page."),
        ("readonly", "The store cannot be written to.", "Check the permissions of its file and folder."),
        ("unable to open", "The store cannot be opened.", "Check NERVEAPP_DATABASE and the folder's permissions."),
        ("not a database", "The store's file is damaged or no database.", "Restore a backup: `nerveapp restore`."),
        ("malformed", "The store's file is damaged.", "Restore a backup: `python -m nerveapp restore`."),
        (
            "permission denied",
            "The database refuses its user this.",
            "Give that user the rights to the store's tables.",
        ),
        ("authentication failed", "The database refuses its user.", "Check name and password in NERVEAPP_DATABASE."),
        ("connection slots", "The database server has no connection left.", "Try again in a moment."),
        ("timed out", "The database server does not answer.", "Check that it runs and has room; then try again."),
        ("connect", "The database server cannot be reached.", "Check that it runs, and NERVEAPP_DATABASE."),
    )
    for sign, message, hint in known:
        if sign in text:
            return message, hint
    return f"The store failed: {type(error).__name__}.", "Try again; see the server's log."
