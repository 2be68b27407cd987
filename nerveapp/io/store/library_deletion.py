"""Deleting patients, exams and clips: what hangs on them is found, and goes with them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, func, or_, select

from nerveapp.domain.kept_object import analysis_key, clip_key, preview_key
from nerveapp.domain.library import Deletion
from nerveapp.errors import LibraryError
from nerveapp.io.store.analysis_tables import ANALYSES
from nerveapp.io.store.clips import clip_of, newest_clips
from nerveapp.io.store.library_lists import clips_of_exams, clips_of_patients
from nerveapp.io.store.tables import (
    ANNOTATIONS,
    CLIPS,
    DESCRIPTIONS,
    EXAMS,
    FRAMES,
    LOCKED_FRAMES,
    PATIENTS,
    PREDICTIONS,
    SOURCE_FILES,
    SOURCES,
    STUDIES,
    STUDY_FRAMES,
    THUMBNAILS,
)
from nerveapp.io.store.worksheet_tables import SHEETS, VALUES, WITHDRAWN, standing

Found = tuple[str, ...]


def found(connection: Connection, patients: Found, exams: Found, clips: Found, *, lock: bool = False) -> Deletion:
    """Say what there is of patients, exams and clips, with all that hangs on them.

    Parameters
    ----------
    connection : Connection
    patients, exams, clips : tuple of str
        Codes, ids, hashes.
    lock : bool
        Let nobody file or describe anything there before this transaction ends.

    Raises
    ------
    LibraryError
        If there is none of them.
    """

    def there(column: ColumnElement[Any], values: Collection[str]) -> Found:
        query = select(column).where(column.in_(values)).order_by(column)
        return tuple(connection.execute(query.with_for_update() if lock else query).scalars())

    people = there(PATIENTS.c.code, patients)
    visits = there(EXAMS.c.id, {*exams, *_scalars(connection, select(EXAMS.c.id).where(EXAMS.c.patient.in_(people)))})
    filed = {*_scalars(connection, clips_of_patients(people)), *_scalars(connection, clips_of_exams(visits))}
    hashes = there(CLIPS.c.sha256, {*clips, *filed})
    if not (people or visits or hashes):
        raise LibraryError("It is not in the library (any more).", "Look again at what the library holds.")
    drawn, locked = ANNOTATIONS.c, LOCKED_FRAMES.join(ANNOTATIONS, LOCKED_FRAMES.c.annotation_id == ANNOTATIONS.c.id)
    places = select(drawn.clip_sha256, drawn.frame, drawn.rater, drawn.study_id, drawn.study_round)
    outlines = places.where(drawn.clip_sha256.in_(hashes)).distinct().subquery()
    frames = STUDY_FRAMES.c
    size = select(func.coalesce(func.sum(SOURCE_FILES.c.size), 0)).where(SOURCE_FILES.c.clip_sha256.in_(hashes))
    analyses, of_clips = _analyses(connection, hashes), VALUES.c.clip_sha256.in_(hashes)
    return Deletion(
        people,
        visits,
        hashes,
        len(analyses),
        _number(connection, outlines),
        _number(connection, locked, drawn.clip_sha256.in_(hashes)),
        len(_scalars(connection, select(frames.study_id).where(frames.clip_sha256.in_(hashes)).distinct())),
        int(connection.execute(size).scalar_one()),
        (
            *(clip_key(one) for one in hashes),
            *(preview_key(one) for one in hashes),
            *(analysis_key(one) for one in analyses),
        ),
        _number(connection, VALUES, _accepted(visits, hashes), standing()),
        _number(connection, VALUES, of_clips, VALUES.c.exam_id.not_in(visits), standing()),
    )


def delete_rows(connection: Connection, gone: Deletion, now: datetime) -> None:
    """Delete all rows of what was found; what older descriptions of other clips tell of a person goes, too."""
    of_clips = ANNOTATIONS.c.clip_sha256.in_(gone.clips)
    locks = LOCKED_FRAMES.c.annotation_id.in_(select(ANNOTATIONS.c.id).where(of_clips))
    connection.execute(LOCKED_FRAMES.delete().where(locks))
    connection.execute(VALUES.delete().where(VALUES.c.exam_id.in_(gone.exams)))
    # The cell stays empty: an older value of it, which this one replaced, does not come back.
    connection.execute(
        VALUES.update().where(VALUES.c.clip_sha256.in_(gone.clips)).values(**WITHDRAWN, at=now.astimezone(UTC))
    )
    # In the order in which they point at each other.
    drawn = (ANNOTATIONS, PREDICTIONS, STUDY_FRAMES, FRAMES)
    for table in (*drawn, SOURCE_FILES, SOURCES, THUMBNAILS, DESCRIPTIONS, ANALYSES):
        connection.execute(table.delete().where(table.c.clip_sha256.in_(gone.clips)))
    connection.execute(CLIPS.delete().where(CLIPS.c.sha256.in_(gone.clips)))
    # Nothing is left to read in a study without frames.
    connection.execute(STUDIES.delete().where(STUDIES.c.id.not_in(select(STUDY_FRAMES.c.study_id))))
    connection.execute(SHEETS.delete().where(SHEETS.c.exam_id.in_(gone.exams)))
    columns = DESCRIPTIONS.c
    connection.execute(DESCRIPTIONS.update().where(columns.exam_id.in_(gone.exams)).values(exam_id=None))
    connection.execute(DESCRIPTIONS.update().where(columns.subject.in_(gone.patients)).values(subject=""))
    _rename_locked(connection, gone.patients)
    connection.execute(EXAMS.delete().where(EXAMS.c.id.in_(gone.exams)))
    connection.execute(PATIENTS.delete().where(PATIENTS.c.code.in_(gone.patients)))


def _rename_locked(connection: Connection, people: Found) -> None:
    """Let outlines that were locked under a deleted person's code be locked as whose they are said to be since."""
    locked = LOCKED_FRAMES.c
    query = select(locked.annotation_id, ANNOTATIONS.c.clip_sha256).join(
        ANNOTATIONS, locked.annotation_id == ANNOTATIONS.c.id
    )
    for row in connection.execute(query.where(locked.person.in_(people))).mappings().all():
        known = newest_clips().where(CLIPS.c.sha256 == row["clip_sha256"])
        person = clip_of(connection.execute(known).mappings().one()).person
        connection.execute(
            LOCKED_FRAMES.update().where(locked.annotation_id == row["annotation_id"]).values(person=person)
        )


def _accepted(exams: Found, clips: Found) -> ColumnElement[bool]:
    """Which values are of these visits, or were measured on these clips."""
    return or_(VALUES.c.exam_id.in_(exams), VALUES.c.clip_sha256.in_(clips))


def _analyses(connection: Connection, clips: Found) -> Found:
    return _scalars(connection, select(ANALYSES.c.id).where(ANALYSES.c.clip_sha256.in_(clips)).order_by(ANALYSES.c.id))


def _scalars(connection: Connection, query: Any) -> Found:
    return tuple(connection.execute(query).scalars())


def _number(connection: Connection, rows: FromClause, *conditions: ColumnElement[bool]) -> int:
    return int(connection.execute(select(func.count()).select_from(rows).where(*conditions)).scalar_one())
