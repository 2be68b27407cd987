"""Empty stores without the time it takes to make one: bringing a store up to date takes longer than most tests."""

import tempfile
import uuid
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, create_engine, make_url, text

from nerveapp.io.store.connection import MIGRATIONS, open_database, sqlite_at


def empty_store(path: Path) -> str:
    """Make an SQLite store of the newest version without records; gives its URL."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_sqlite())
    return f"sqlite:///{path}"


@cache
def _sqlite() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "store.db"
        open_database(sqlite_at(path)).dispose()
        return path.read_bytes()


def empty_database(server: str) -> str:
    """Make a store of the newest version without records on a PostgreSQL server; gives its URL."""
    return new_database(server, template=_postgres(server))


@cache
def _postgres(server: str) -> str:
    url = new_database(server)
    open_database(url).dispose()  # a database in use is no template
    return str(make_url(url).database)


def new_database(server: str, *, template: str = "template1") -> str:
    """Make a database without tables, or like another one; gives its URL."""
    name = f"test_{uuid.uuid4().hex}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
    engine.dispose()
    return server.rsplit("/", 1)[0] + f"/{name}"


def migrate(engine: Engine, direction: str, revision: str) -> None:
    """Bring a store to another version; `direction` is "upgrade" or "downgrade"."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        getattr(command, direction)(config, revision)
