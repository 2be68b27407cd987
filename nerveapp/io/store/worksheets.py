"""Worksheets of visits in the database."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime

from pydantic import TypeAdapter
from sqlalchemy import Connection, Engine, RowMapping, delete, func, insert, select

from nerveapp.domain.accepted_value import AcceptedValue, Choice, Measured, Reservation
from nerveapp.domain.protocols import Protocol, Station
from nerveapp.domain.view import Nerve, Side, Site, View
from nerveapp.domain.worksheet import Sheet, check_standing
from nerveapp.errors import LibraryError
from nerveapp.io.store.connection import insert_into, reading, with_zone, writing
from nerveapp.io.store.tables import CLIPS, EXAMS
from nerveapp.io.store.worksheet_tables import PROTOCOLS, SHEETS, VALUES, WITHDRAWN, standing

_MEASURED = TypeAdapter(Measured)
_STATIONS = TypeAdapter(tuple[Station, ...])


class SqlWorksheetStore:
    """Worksheets (the `WorksheetStore` port).

    Parameters
    ----------
    engine : Engine
        From `open_database`.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def sheet(self, exam: str) -> Sheet:
        """See the port."""
        with reading(self._engine) as connection:
            row = connection.execute(select(SHEETS).where(SHEETS.c.exam_id == exam)).mappings().first()
        if row is None:
            return Sheet(exam)
        bifid = tuple(Side(side) for side in row["bifid"].split(",") if side)
        at = None if row["at"] is None else with_zone(row["at"])
        return Sheet(exam, row["protocol"], bifid, row["conclusion"], row["by"], at)

    def write_sheet(
        self,
        exam: str,
        *,
        protocol: str | None = None,
        bifid: tuple[Side, ...] | None = None,
        conclusion: str | None = None,
        instead_of: str | None = None,
        by: str,
        at: datetime,
    ) -> None:
        """See the port."""
        sides = None if bifid is None else ",".join(bifid)
        told = {"protocol": protocol, "bifid": sides, "conclusion": conclusion}
        # Whoever chooses a protocol concludes nothing, and signs nothing.
        signed = {} if conclusion is None else {"by": by, "at": at.astimezone(UTC)}
        changed = {name: one for name, one in told.items() if one is not None} | signed
        with writing(self._engine) as connection:
            _check_exam(connection, exam)
            if instead_of is not None:
                found = connection.execute(select(SHEETS.c.conclusion).where(SHEETS.c.exam_id == exam)).scalar()
                check_standing(found or "", conclusion, instead_of=instead_of)
            new = {name: one or "" for name, one in told.items()} | {"by": "", "at": at.astimezone(UTC)} | signed
            statement = insert_into(connection, SHEETS).values(exam_id=exam, **new)
            connection.execute(statement.on_conflict_do_update(index_elements=["exam_id"], set_=changed))

    def accept(self, value: AcceptedValue) -> None:
        """See the port."""
        measured = value.measured
        with writing(self._engine) as connection:
            _check_exam(connection, value.exam)
            if measured is not None:
                clip = select(CLIPS.c.sha256).where(CLIPS.c.sha256 == measured.clip_sha256).with_for_update()
                if connection.execute(clip).first() is None:
                    raise LibraryError("The clip is not in the library (any more).", "Measure another one.")
            connection.execute(
                insert(VALUES).values(
                    id=value.id,
                    withdrawn=False,
                    choice=value.choice.name,  # by name: what people read may be reworded
                    area=value.area,
                    unit=value.unit,
                    clip_sha256=None if measured is None else measured.clip_sha256,
                    measured=None if measured is None else _MEASURED.dump_json(measured).decode(),
                    reservations=json.dumps([one.name for one in value.reservations]),
                    echo_intensity=value.echo_intensity,
                    hypoechoic_fraction=value.hypoechoic_fraction,
                    by=value.by,
                    at=value.at.astimezone(UTC),
                    **_cell(value.exam, value.view),
                )
            )

    def withdraw(self, value: AcceptedValue, *, by: str, at: datetime) -> bool:
        """See the port."""
        cell = _cell(value.exam, value.view)
        with writing(self._engine) as connection:
            _check_exam(connection, value.exam)  # whoever accepts another one waits
            its = [VALUES.c[name] == one for name, one in cell.items()]
            if connection.execute(select(VALUES.c.id).where(standing(*its))).scalar_one_or_none() != value.id:
                return False
            connection.execute(
                insert(VALUES).values(
                    id=uuid.uuid4().hex,
                    by=by,
                    at=at.astimezone(UTC),
                    **WITHDRAWN,
                    **cell,
                )
            )
        return True

    def changed_at(self, exam: str) -> datetime | None:
        """See the port."""
        newest = select(VALUES.c.at).where(VALUES.c.exam_id == exam).order_by(VALUES.c.sequence.desc()).limit(1)
        with reading(self._engine) as connection:
            at = connection.execute(newest).scalar_one_or_none()
        return None if at is None else with_zone(at)

    def values(self, exam: str | None = None) -> tuple[AcceptedValue, ...]:
        """See the port."""
        of_exam = () if exam is None else (VALUES.c.exam_id == exam,)
        query = select(VALUES).where(standing(*of_exam)).order_by(VALUES.c.sequence)
        with reading(self._engine) as connection:
            return _values(connection.execute(query).mappings().all())

    def history(self, exam: str, view: View) -> tuple[AcceptedValue, ...]:
        """See the port."""
        query = select(VALUES).filter_by(withdrawn=False, **_cell(exam, view)).order_by(VALUES.c.sequence)
        with reading(self._engine) as connection:
            return _values(connection.execute(query).mappings().all())

    def protocols(self) -> tuple[Protocol, ...]:
        """See the port."""
        with reading(self._engine) as connection:
            rows = connection.execute(select(PROTOCOLS).order_by(PROTOCOLS.c.title, PROTOCOLS.c.name)).mappings().all()
        return tuple(Protocol(row["name"], row["title"], _STATIONS.validate_json(row["stations"])) for row in rows)

    def put_protocol(self, protocol: Protocol, *, by: str, at: datetime) -> None:
        """See the port."""
        values = _of_protocol(protocol, by, at)
        with writing(self._engine) as connection:
            statement = insert_into(connection, PROTOCOLS).values(values)
            connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_=values))

    def add_protocol(self, protocol: Protocol, *, by: str, at: datetime) -> bool:
        """See the port."""
        with writing(self._engine) as connection:
            statement = insert_into(connection, PROTOCOLS).values(_of_protocol(protocol, by, at))
            return connection.execute(statement.on_conflict_do_nothing(index_elements=["name"])).rowcount > 0

    def visits_with(self, protocol: str) -> int:
        """See the port."""
        query = select(func.count()).select_from(SHEETS).where(SHEETS.c.protocol == protocol)
        with reading(self._engine) as connection:
            return connection.execute(query).scalar_one()

    def remove_protocol(self, name: str) -> None:
        """See the port."""
        with writing(self._engine) as connection:
            connection.execute(delete(PROTOCOLS).where(PROTOCOLS.c.name == name))


def _cell(exam: str, view: View) -> dict[str, str]:
    return {"exam_id": exam, "nerve": view.nerve.value, "site": view.site.value, "side": view.side.value}


def _check_exam(connection: Connection, exam: str) -> None:
    if connection.execute(select(EXAMS.c.id).where(EXAMS.c.id == exam).with_for_update()).first() is None:
        raise LibraryError(
            "The visit is not in the library (any more).", "Reload the page; somebody may have deleted it."
        )


def _of_protocol(protocol: Protocol, by: str, at: datetime) -> dict[str, object]:
    stations = _STATIONS.dump_json(protocol.stations).decode()
    return {"name": protocol.name, "title": protocol.title, "stations": stations, "by": by, "at": at.astimezone(UTC)}


def _values(rows: Sequence[RowMapping]) -> tuple[AcceptedValue, ...]:
    """Make values of rows; earlier versions took some of a nerve at a site that it has not, which are in no visit."""
    views = [(row, View(Nerve(row["nerve"]), Site(row["site"]), Side(row["side"]))) for row in rows]
    return tuple(_value(row, view) for row, view in views if view.complete)


def _value(row: RowMapping, view: View) -> AcceptedValue:
    return AcceptedValue(
        id=row["id"],
        exam=row["exam_id"],
        view=view,
        choice=Choice[row["choice"]],
        area=row["area"],
        unit=row["unit"],
        measured=None if row["measured"] is None else _MEASURED.validate_json(row["measured"]),
        reservations=tuple(Reservation[one] for one in json.loads(row["reservations"])),
        by=row["by"],
        at=with_zone(row["at"]),
        echo_intensity=row["echo_intensity"],
        hypoechoic_fraction=row["hypoechoic_fraction"],
    )
