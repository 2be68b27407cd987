"""Norms: the published ones, and a laboratory's own in the database."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from sqlalchemy import Column, Engine, delete, select

from nerveapp.domain.norms import Norm, NormTable
from nerveapp.errors import NormsError
from nerveapp.io.norms.norm_csv import published_norms, read_norms, write_norms
from nerveapp.io.store.connection import insert_into, reading, writing
from nerveapp.io.store.worksheet_tables import NORM_SETS

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,31}")


class SqlNormStore:
    """Norms (the `NormStore` port).

    Parameters
    ----------
    engine : Engine
        From `open_database`.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def table(self) -> NormTable:
        """See the port."""
        own = [norm for text in self._rows(NORM_SETS.c.csv) for norm in read_norms(text.encode())]
        return NormTable((*own, *published_norms()))

    def sets(self) -> tuple[str, ...]:
        """See the port."""
        return self._rows(NORM_SETS.c.name)

    def put(self, name: str, norms: tuple[Norm, ...], *, by: str, at: datetime) -> None:
        """See the port."""
        if not _NAME.fullmatch(name):
            raise NormsError(f"{name!r} is no name of a set of norms.", "Use up to 32 letters, digits and dashes.")
        if not norms:
            raise NormsError("There are no norms to save.", "Give at least one site.")
        table = write_norms(norms)
        read_norms(table)  # what could not be read again would break every page with a limit
        values = {"csv": table.decode(), "by": by, "at": at.astimezone(UTC)}
        with writing(self._engine) as connection:
            statement = insert_into(connection, NORM_SETS).values(name=name, **values)
            # Values of earlier visits would be held against other limits in silence.
            if connection.execute(statement.on_conflict_do_nothing(index_elements=["name"])).rowcount == 0:
                raise NormsError(f"There is a set {name} already.", "Give another name, or remove that set first.")

    def remove(self, name: str) -> None:
        """See the port."""
        with writing(self._engine) as connection:
            connection.execute(delete(NORM_SETS).where(NORM_SETS.c.name == name))

    def read_csv(self, data: bytes) -> tuple[Norm, ...]:
        """See the port."""
        return read_norms(data)

    def as_csv(self, norms: tuple[Norm, ...]) -> bytes:
        """See the port."""
        return write_norms(norms)

    def _rows(self, column: Column[str]) -> tuple[str, ...]:
        query = select(column).order_by(NORM_SETS.c.at.desc(), NORM_SETS.c.name)
        with reading(self._engine) as connection:
            return tuple(connection.execute(query).scalars())
