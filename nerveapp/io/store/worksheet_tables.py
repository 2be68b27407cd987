"""The tables of visits' worksheets and of norms, as the newest migration leaves them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    and_,
    func,
    select,
)

from nerveapp.io.store.tables import METADATA

SHEETS = Table(
    "worksheet",
    METADATA,
    Column("exam_id", String(32), ForeignKey("exam.id"), primary_key=True),
    Column("protocol", String(32), nullable=False),
    Column("bifid", String(32), nullable=False),  # sides, with commas between
    Column("conclusion", Text, nullable=False),
    Column("by", String(32), nullable=False),
    Column("at", DateTime(timezone=True)),
)

# Only added to: the newest row of a cell counts, unless it says that none does.
VALUES = Table(
    "worksheet_value",
    METADATA,
    Column("sequence", Integer, primary_key=True, autoincrement=True),
    Column("id", String(32), nullable=False, unique=True),
    Column("exam_id", String(32), ForeignKey("exam.id"), nullable=False),
    Column("nerve", String(32), nullable=False),
    Column("site", String(32), nullable=False),
    Column("side", String(16), nullable=False),
    Column("withdrawn", Boolean, nullable=False),
    Column("choice", String(32), nullable=False),
    Column("area", Float),
    Column("unit", String(8), nullable=False),
    Column("clip_sha256", String(64), ForeignKey("clip.sha256")),
    # Where it was measured and what spoke against it, as JSON.
    Column("measured", Text),
    Column("reservations", Text, nullable=False),
    Column("echo_intensity", Float),
    Column("hypoechoic_fraction", Float),
    Column("by", String(32), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Index("worksheet_value_exam", "exam_id", "sequence"),
    Index("worksheet_value_clip", "clip_sha256"),
    sqlite_autoincrement=True,
)

WITHDRAWN: Mapping[str, object] = MappingProxyType({
    "withdrawn": True, "choice": "", "area": None, "unit": "", "clip_sha256": None, "measured": None,
    "reservations": "[]", "echo_intensity": None, "hypoechoic_fraction": None,
})  # fmt: skip
"""What a row holds that says that no value stands in its cell."""


def standing(*wanted: ColumnElement[bool]) -> ColumnElement[bool]:
    """Condition: the value that stands in its cell; of those cells alone that `wanted` lets through."""
    columns = VALUES.c
    cell = (columns.exam_id, columns.nerve, columns.site, columns.side)
    newest = select(func.max(columns.sequence)).where(*wanted).group_by(*cell)
    return and_(columns.withdrawn.is_(False), columns.sequence.in_(newest))


PROTOCOLS = Table(
    "protocol",
    METADATA,
    Column("name", String(32), primary_key=True),
    Column("title", String(60), nullable=False),
    Column("stations", Text, nullable=False),  # as JSON
    Column("by", String(32), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
)

NORM_SETS = Table(
    "norm_set",
    METADATA,
    Column("name", String(32), primary_key=True),
    Column("csv", Text, nullable=False),
    Column("by", String(32), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
)
