"""What is read of the library: patients, exams and lists of clips."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, FromClause, RowMapping, Select, exists, func, or_, select

from nerveapp.domain.annotation import COUNTING
from nerveapp.domain.clip_source import ClipSource, Origin, SourceFile
from nerveapp.domain.job import JobState
from nerveapp.domain.library import ClipFilter, ListedClip
from nerveapp.domain.patient import Patient, Sex
from nerveapp.domain.retention import Retention
from nerveapp.io.store.analysis_tables import ANALYSES
from nerveapp.io.store.clips import clip_of, exam_number, exam_of, exam_rows
from nerveapp.io.store.connection import with_zone
from nerveapp.io.store.counting_annotations import stands
from nerveapp.io.store.tables import ANNOTATIONS, CLIPS, DESCRIPTIONS, EXAMS, PATIENTS, SOURCE_FILES, SOURCES

Row = RowMapping | Mapping[str, Any]

_OF_EXAM = ("id", "patient", "date", "day", "indication", "note")


def patients(text: str) -> Select[Any]:
    """Select those whose code holds a text."""
    found = func.lower(PATIENTS.c.code).contains(text.casefold(), autoescape=True)
    return select(PATIENTS).where(found).order_by(PATIENTS.c.code)


def patient_of(row: Row) -> Patient:
    """Make a patient of a row."""
    sex = Sex(row["sex"]) if row["sex"] else None
    return Patient(row["code"], row["birth_year"], row["height_cm"], row["wrist_mm"], sex)


def exams(patient: str | None) -> Select[Any]:
    """Select a patient's exams, or all, oldest first: dated ones, then by day numbers, then those without either."""
    columns = EXAMS.c
    query = exam_rows().where(columns.patient == patient) if patient is not None else exam_rows()
    order = (columns.date.is_(None), columns.date, columns.day.is_(None), columns.day, columns.added_at, columns.id)
    return query.order_by(*order)


def listed(wanted: ClipFilter) -> Select[Any]:
    """Select a page of clips, those that came last first."""
    order = (CLIPS.c.added_at.desc(), CLIPS.c.sha256)
    return _all().where(*_conditions(wanted)).order_by(*order).limit(wanted.limit).offset(wanted.offset)


def listed_clip(sha256: str) -> Select[Any]:
    """Select one clip as in a list."""
    return _all().where(CLIPS.c.sha256 == sha256)


def counted(wanted: ClipFilter) -> Select[Any]:
    """Count the clips that a filter lets through."""
    return select(func.count()).select_from(_with_sources()).where(*_conditions(wanted))


def listed_of(row: Row) -> ListedClip:
    """Make what a list shows of a row of `listed`."""
    exam = {name: row[f"exam_{name}"] for name in (*_OF_EXAM, "number")}
    return ListedClip(
        clip_of(row),
        row["clip_name"] or "",
        Origin(row["origin"]) if row["origin"] else None,
        with_zone(row["added_at"]),
        bool(row["kept"]),
        row["analyses"],
        row["annotated"],
        exam_of(exam) if exam["id"] else None,
    )


def clips_of_patients(codes: tuple[str, ...]) -> Select[Any]:
    """Select the hashes of the clips that are of patients."""
    return _hashes().where(DESCRIPTIONS.c.subject.in_(codes))


def clips_of_exams(ids: tuple[str, ...]) -> Select[Any]:
    """Select the hashes of the clips that are filed under exams."""
    return _hashes().where(DESCRIPTIONS.c.exam_id.in_(ids))


def clips_over(retention: Retention, now: datetime) -> Select[Any] | None:
    """Select the hashes of the clips whose files are to go; None where no rule lets any go."""
    before = retention.came_before(now)
    if before is None:
        return None
    return select(CLIPS.c.sha256).where(_kept(), CLIPS.c.added_at < before).order_by(CLIPS.c.added_at, CLIPS.c.sha256)


def source_of(row: Row, files: tuple[SourceFile, ...]) -> ClipSource:
    """Make of its row where a clip came from."""
    uids = (row["study_uid"], row["series_uid"], row["instance_uid"])
    return ClipSource(row["clip_sha256"], files, Origin(row["origin"]), row["name"], row["credit"], *uids)


def _all() -> Select[Any]:
    finals = [state.value for state in COUNTING]
    drawn = ANNOTATIONS.c
    annotated = (
        select(func.count(drawn.frame.distinct()))
        .where(drawn.clip_sha256 == CLIPS.c.sha256, drawn.state.in_(finals), drawn.study_id.is_(None), *stands())
        .correlate(CLIPS)
        .scalar_subquery()
    )
    joined = _with_sources().outerjoin(EXAMS, EXAMS.c.id == DESCRIPTIONS.c.exam_id)
    return select(
        CLIPS,
        DESCRIPTIONS,
        SOURCES.c.name.label("clip_name"),
        SOURCES.c.origin,
        _kept().label("kept"),
        annotated.label("annotated"),
        _finished().label("analyses"),
        *(EXAMS.c[name].label(f"exam_{name}") for name in _OF_EXAM if name != "id"),
        exam_number().label("exam_number"),
    ).select_from(joined)


def _with_sources() -> FromClause:
    return CLIPS.join(DESCRIPTIONS, _stands()).outerjoin(SOURCES, SOURCES.c.clip_sha256 == CLIPS.c.sha256)


def _finished() -> ColumnElement[int]:
    done = (ANALYSES.c.clip_sha256 == CLIPS.c.sha256, ANALYSES.c.state == JobState.DONE.value)
    return select(func.count()).select_from(ANALYSES).where(*done).correlate(CLIPS).scalar_subquery()


def _kept() -> ColumnElement[bool]:
    return exists().where(SOURCE_FILES.c.clip_sha256 == CLIPS.c.sha256).correlate(CLIPS)


def _hashes() -> Select[Any]:
    return select(CLIPS.c.sha256).select_from(CLIPS.join(DESCRIPTIONS, _stands())).order_by(CLIPS.c.sha256)


def _stands() -> ColumnElement[bool]:
    """Join each clip with its newest description, looked up clip by clip: a page needs those of a few only."""
    said = DESCRIPTIONS.alias()
    newest = select(func.max(said.c.sequence)).where(said.c.clip_sha256 == CLIPS.c.sha256).correlate(CLIPS)
    return DESCRIPTIONS.c.sequence == newest.scalar_subquery()


def _conditions(wanted: ClipFilter) -> list[ColumnElement[bool]]:
    columns = DESCRIPTIONS.c
    conditions: list[ColumnElement[bool]] = []
    if wanted.hash_start:
        conditions.append(CLIPS.c.sha256.startswith(wanted.hash_start.casefold(), autoescape=True))
    for word in wanted.text.casefold().split():
        somewhere = (func.lower(columns.subject), SOURCES.c.name_folded, columns.nerve, columns.site, columns.side)
        found = [one.contains(word, autoescape=True) for one in somewhere]
        conditions.append(or_(*found, CLIPS.c.sha256.startswith(word, autoescape=True)))
    for column, value in (
        (columns.subject, wanted.patient),
        (columns.exam_id, wanted.exam),
        (columns.nerve, wanted.nerve),
        (columns.site, wanted.site),
        (columns.side, wanted.side),
    ):
        if value is not None:
            conditions.append(column == str(value))
    return conditions
