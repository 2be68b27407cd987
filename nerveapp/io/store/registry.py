"""Locked outlines and promoted models in the database (the `ModelRegistry` port). Rows are added, never changed."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime

from pydantic import TypeAdapter
from sqlalchemy import Engine, case, select

from nerveapp.domain.promotion import Gate, Promotion, Role
from nerveapp.io.store.clips import of_newest_description
from nerveapp.io.store.connection import IDS_AT_ONCE, insert_into, reading, with_zone, writing
from nerveapp.io.store.tables import ANNOTATIONS, CLIPS, DESCRIPTIONS, LOCKED_FRAMES, PROMOTIONS

_GATES: TypeAdapter[Gate | None] = TypeAdapter(Gate | None)


class SqlModelRegistry:
    """What is locked, and what is in use.

    Parameters
    ----------
    engine : Engine
        From `open_database`.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def lock(self, annotation_ids: Collection[str], *, now: datetime, by: str = "") -> None:
        """Lock outlines; see the port."""
        with writing(self._engine) as connection:
            person = case((DESCRIPTIONS.c.subject != "", DESCRIPTIONS.c.subject), else_=CLIPS.c.sha256)
            described = CLIPS.join(DESCRIPTIONS, of_newest_description())
            joined = ANNOTATIONS.join(described, ANNOTATIONS.c.clip_sha256 == CLIPS.c.sha256)
            wanted, people = list(annotation_ids), dict[str, str]()
            for start in range(0, len(wanted), IDS_AT_ONCE):
                its = ANNOTATIONS.c.id.in_(wanted[start : start + IDS_AT_ONCE])
                of = select(ANNOTATIONS.c.id, person).select_from(joined).where(its)
                people |= {row[0]: row[1] for row in connection.execute(of)}
            rows = [
                {"annotation_id": one, "person": people.get(one, ""), "locked_at": now.astimezone(UTC), "by": by}
                for one in annotation_ids
            ]
            if rows:
                connection.execute(insert_into(connection, LOCKED_FRAMES).on_conflict_do_nothing(), rows)

    def locked(self) -> tuple[str, ...]:
        """Give the ids of all locked outlines; see the port."""
        query = select(LOCKED_FRAMES.c.annotation_id).order_by(LOCKED_FRAMES.c.locked_at, LOCKED_FRAMES.c.annotation_id)
        with reading(self._engine) as connection:
            return tuple(connection.execute(query).scalars())

    def locked_people(self) -> tuple[str, ...]:
        """Give whom the locked outlines were of when they were locked; see the port."""
        query = select(LOCKED_FRAMES.c.person).distinct().order_by(LOCKED_FRAMES.c.person)
        with reading(self._engine) as connection:
            return tuple(connection.execute(query).scalars())

    def promote(self, promotion: Promotion) -> None:
        """Put a model to use; see the port."""
        values = {
            "role": promotion.role.value,
            "model": promotion.model,
            "sha256": promotion.sha256,
            "at": promotion.at.astimezone(UTC),  # SQLite forgets the zone
            "gate": _GATES.dump_json(promotion.gate).decode(),
            "by": promotion.by,
        }
        with writing(self._engine) as connection:
            connection.execute(PROMOTIONS.insert().values(values))

    def promotions(self, role: Role) -> tuple[Promotion, ...]:
        """Give what was ever put to use in a role; see the port."""
        query = select(PROMOTIONS).where(PROMOTIONS.c.role == role.value).order_by(PROMOTIONS.c.sequence)
        with reading(self._engine) as connection:
            return tuple(
                Promotion(
                    Role(row["role"]),
                    row["model"],
                    row["sha256"],
                    with_zone(row["at"]),
                    _GATES.validate_json(row["gate"]),
                    row["by"],
                )
                for row in connection.execute(query).mappings()
            )
