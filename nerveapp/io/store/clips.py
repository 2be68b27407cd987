"""Clips in the database, and every description of them. The newest one stands; none is changed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import astuple, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, and_, func, or_, select

from nerveapp.domain.annotation import ClipRecord
from nerveapp.domain.calibration import Calibration, CalibrationOrigin, Region
from nerveapp.domain.clip import Affine
from nerveapp.domain.clip_description import ClipDescription, check_same_size, filed_under, with_knowledge
from nerveapp.domain.exam import Exam
from nerveapp.domain.view import Nerve, Side, Site, View
from nerveapp.io.store.connection import insert_into, with_zone
from nerveapp.io.store.tables import CLIPS, DESCRIPTIONS, EXAMS, PATIENTS

Row = RowMapping | Mapping[str, Any]
_DETAIL = 500


def note_clip(connection: Connection, clip: ClipRecord, *, rater: str, now: datetime) -> ClipRecord:
    """Add what is newly known of a clip, where anything is; gives what is known then.

    Raises
    ------
    AnnotationError
        If it was stored in another size.
    LibraryError
        If it is filed under an exam that is not there, or is another patient's.
    """
    known = _held(connection, clip, now)
    said = _storable(clip)
    new = _filed(connection, said if known is None else with_knowledge(known, said))
    if new != known:
        _append(connection, ClipDescription(new, rater, now))
    return new


def add_description(connection: Connection, description: ClipDescription) -> ClipRecord:
    """Add a description as it is, in place of all that was known; gives what is known then.

    Raises
    ------
    AnnotationError
        If it was stored in another size.
    LibraryError
        If it is filed under an exam that is not there, or is another patient's.
    """
    known = _held(connection, description.clip, description.at)
    if known is not None:
        check_same_size(known, description.clip)
    new = _filed(connection, _storable(description.clip))
    if new != known:
        _append(connection, replace(description, clip=new))
    return new


def newest_clips() -> Select[Any]:
    """Select every clip with the description that stands."""
    return select(CLIPS, DESCRIPTIONS).join(DESCRIPTIONS, of_newest_description())


def of_newest_description() -> ColumnElement[bool]:
    """Condition that joins each clip with the description that stands."""
    columns = DESCRIPTIONS.c
    newest = select(func.max(columns.sequence)).group_by(columns.clip_sha256)
    return and_(columns.clip_sha256 == CLIPS.c.sha256, columns.sequence.in_(newest))


def find_clip(connection: Connection, sha256: str) -> ClipRecord | None:
    """Read what is known of a clip; None where it is not in the store."""
    row = connection.execute(_of_clip(sha256).limit(1)).mappings().one_or_none()
    return None if row is None else clip_of(row)


def hold_clip(connection: Connection, sha256: str) -> ClipRecord | None:
    """Read what is known of a clip, as `find_clip`; others that describe it wait until this transaction ends."""
    connection.execute(select(CLIPS.c.sha256).where(CLIPS.c.sha256 == sha256).with_for_update())
    return find_clip(connection, sha256)


def descriptions_of(connection: Connection, sha256: str) -> tuple[ClipDescription, ...]:
    """Read every description of a clip, oldest first."""
    rows = [*connection.execute(_of_clip(sha256)).mappings()]
    return tuple(ClipDescription(clip_of(row), row["rater"], with_zone(row["described_at"])) for row in reversed(rows))


def clip_of(row: Row) -> ClipRecord:
    """Make a record of a row of `newest_clips`."""
    return ClipRecord(
        row["sha256"],
        row["width"],
        row["height"],
        row["frame_count"],
        row["subject"],
        View(Nerve(row["nerve"]), Site(row["site"]), Side(row["side"])),
        _calibration(row),
        _affine(row["affine"]),
        exam=row["exam_id"] or "",
    )


def exam_of(row: Row) -> Exam:
    """Make an exam of its row."""
    return Exam(row["id"], row["patient"], row["date"], row["day"], row["indication"], row["note"], row["number"])


def exam_number() -> ColumnElement[int]:
    """Which of its patient's exams of that day an exam is, from 1, by when they were added."""
    columns, before = EXAMS.c, EXAMS.alias().c
    same = [getattr(before, name).is_not_distinct_from(columns[name]) for name in ("patient", "date", "day")]
    earlier = or_(before.added_at < columns.added_at, and_(before.added_at == columns.added_at, before.id < columns.id))
    return select(func.count() + 1).where(*same, earlier).correlate(EXAMS).scalar_subquery()


def exam_rows() -> Select[Any]:
    """Select exams with all that `exam_of` needs."""
    return select(EXAMS, exam_number().label("number"))


def add_patient(connection: Connection, code: str, now: datetime) -> None:
    """Let there be a patient of a code; one who is known stays as they are."""
    values = {"code": code, "added_at": now.astimezone(UTC)}
    connection.execute(insert_into(connection, PATIENTS).values(values).on_conflict_do_nothing())


def _held(connection: Connection, clip: ClipRecord, now: datetime) -> ClipRecord | None:
    """Note a clip's hash and size once, and let others that describe it wait for this transaction."""
    once = {"sha256": clip.sha256, "width": clip.width, "height": clip.height, "added_at": now.astimezone(UTC)}
    connection.execute(insert_into(connection, CLIPS).values(once).on_conflict_do_nothing())
    return hold_clip(connection, clip.sha256)


def _filed(connection: Connection, clip: ClipRecord) -> ClipRecord:
    """Let the clip be of its exam's patient, whom nobody deletes before this transaction ends."""
    if not clip.exam:
        return clip
    query = exam_rows().where(EXAMS.c.id == clip.exam).with_for_update(read=True, of=EXAMS)
    row = connection.execute(query).mappings().one_or_none()
    return filed_under(clip, None if row is None else exam_of(row))


def _of_clip(sha256: str) -> Select[Any]:
    joined = select(CLIPS, DESCRIPTIONS).join(DESCRIPTIONS, DESCRIPTIONS.c.clip_sha256 == CLIPS.c.sha256)
    return joined.where(CLIPS.c.sha256 == sha256).order_by(DESCRIPTIONS.c.sequence.desc())


def _storable(clip: ClipRecord) -> ClipRecord:
    """Names of files may name people and are left out; a detail is cut to what its column holds."""
    calibration = clip.calibration
    short = replace(calibration, detail=calibration.detail[:_DETAIL]) if calibration else None
    return replace(clip, names=(), calibration=short)


def _append(connection: Connection, description: ClipDescription) -> None:
    clip = _storable(description.clip)
    calibration = clip.calibration
    values = {
        "clip_sha256": clip.sha256,
        "frame_count": clip.frame_count,
        "subject": clip.subject,
        "nerve": clip.view.nerve.value,
        "site": clip.view.site.value,
        "side": clip.view.side.value,
        "row_spacing_mm": calibration.row_spacing_mm if calibration else None,
        "column_spacing_mm": calibration.column_spacing_mm if calibration else None,
        "calibration_origin": calibration.origin.value if calibration else None,
        "calibration_detail": calibration.detail if calibration else None,
        "calibration_box": _boxes(calibration) if calibration and calibration.box else None,
        "affine": json.dumps(clip.affine) if clip.affine else None,
        "rater": description.rater,
        "described_at": description.at.astimezone(UTC),
        "exam_id": clip.exam or None,
    }
    if clip.subject:
        add_patient(connection, clip.subject, description.at)
    connection.execute(DESCRIPTIONS.insert().values(values))


def _calibration(row: Row) -> Calibration | None:
    if row["row_spacing_mm"] is None:
        return None
    box = [Region(*corners) for corners in json.loads(row["calibration_box"] or "[]")]
    return Calibration(
        row["row_spacing_mm"],
        row["column_spacing_mm"],
        CalibrationOrigin(row["calibration_origin"]),
        row["calibration_detail"] or "",
        box[0] if box else None,
        tuple(box[1:]),
    )


def _boxes(calibration: Calibration) -> str:
    """Write where a calibration holds, and then the parts of that where it does not."""
    boxes = (calibration.box, *calibration.except_in)
    return json.dumps([astuple(box) for box in boxes if box is not None])


def _affine(text: str | None) -> Affine | None:
    return tuple((a, b, c, d) for a, b, c, d in json.loads(text)) if text else None
