"""Patients, exams and clips in the database (the `Library` port)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, func, select

from nerveapp.domain.annotation import ClipRecord
from nerveapp.domain.clip_description import ClipDescription
from nerveapp.domain.clip_source import ClipSource, SourceFile
from nerveapp.domain.exam import Exam
from nerveapp.domain.kept_object import analysis_key, preview_key
from nerveapp.domain.library import ClipFilter, Deletion, ListedClip, LogEntry
from nerveapp.domain.patient import Patient
from nerveapp.domain.retention import Retention
from nerveapp.errors import LibraryError
from nerveapp.io.store import library_lists as lists
from nerveapp.io.store.analysis_tables import ANALYSES
from nerveapp.io.store.clips import (
    add_description,
    add_patient,
    clip_of,
    exam_of,
    exam_rows,
    hold_clip,
    newest_clips,
    note_clip,
)
from nerveapp.io.store.connection import insert_into, reading, with_zone, writing
from nerveapp.io.store.library_deletion import delete_rows, found
from nerveapp.io.store.library_patients import describe, rename
from nerveapp.io.store.tables import (
    CLIPS,
    DESCRIPTIONS,
    EXAMS,
    LIBRARY_LOG,
    PATIENTS,
    SOURCE_FILES,
    SOURCES,
    THUMBNAILS,
)

_LONGEST_UID = 64


class SqlLibrary:
    """Patients, their exams, and the clips filed there. Whatever is written is written whole, with its line of the log.

    Parameters
    ----------
    engine : Engine
        From `open_database`.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def describe_patient(
        self, code: str, change: Callable[[Patient], Patient], *, actor: str, now: datetime
    ) -> Patient:
        """Say anew what is known of a patient; see the port."""
        with writing(self._engine) as connection:
            patient = describe(connection, code, change, now)
            _log(connection, f"described patient {code}", actor, now)
        return patient

    def rename_patient(self, code: str, new: str, *, actor: str, now: datetime) -> None:
        """Give a patient another code; see the port."""
        with writing(self._engine) as connection:
            rename(connection, code, new)
            _log(connection, f"gave a patient the code {new}", actor, now)

    def patients(self, text: str = "") -> tuple[Patient, ...]:
        """Give the patients whose code holds a text; see the port."""
        with reading(self._engine) as connection:
            return tuple(lists.patient_of(row) for row in connection.execute(lists.patients(text)).mappings())

    def patient(self, code: str) -> Patient | None:
        """Give a patient; see the port."""
        row = self._row(select(PATIENTS).where(PATIENTS.c.code == code))
        return None if row is None else lists.patient_of(row)

    def add_exam(self, exam: Exam, *, once_a_day: bool = False, actor: str, now: datetime) -> Exam:
        """Add an exam; see the port."""
        values = {"id": exam.id, "patient": exam.patient, "added_at": now.astimezone(UTC), **_values_of(exam)}
        with writing(self._engine) as connection:
            add_patient(connection, exam.patient, now)
            if once_a_day:
                # Whoever adds one for this patient in the same moment waits here.
                connection.execute(select(PATIENTS).where(PATIENTS.c.code == exam.patient).with_for_update())
                of_day = lists.exams(exam.patient).where(EXAMS.c.date == exam.date).limit(1)
                if (row := connection.execute(of_day).mappings().one_or_none()) is not None:
                    return exam_of(row)
            connection.execute(EXAMS.insert().values(values))
            _log(connection, f"described an exam of {exam.patient} ({exam.when})", actor, now)
        return exam

    def describe_exam(self, exam_id: str, change: Callable[[Exam], Exam], *, actor: str, now: datetime) -> Exam:
        """Say an exam anew; see the port."""
        its = EXAMS.c.id == exam_id
        filed = newest_clips().where(DESCRIPTIONS.c.exam_id == exam_id)
        with writing(self._engine) as connection:
            # Clips before their exam, as whoever describes a clip takes them.
            hashes = [row["sha256"] for row in connection.execute(filed).mappings()]
            connection.execute(select(CLIPS.c.sha256).where(CLIPS.c.sha256.in_(hashes)).with_for_update())
            row = connection.execute(exam_rows().where(its).with_for_update(of=EXAMS)).mappings().one_or_none()
            if row is None:
                raise LibraryError("The visit is not in the library (any more).", "Look again at what it holds.")
            before = exam_of(row)
            exam = change(before)
            add_patient(connection, exam.patient, now)
            connection.execute(EXAMS.update().where(its).values(patient=exam.patient, **_values_of(exam)))
            _log(connection, f"described an exam of {exam.patient} ({exam.when})", actor, now)
            if exam.patient != before.patient:
                for clip in map(clip_of, connection.execute(filed).mappings().all()):
                    add_description(connection, ClipDescription(replace(clip, subject=exam.patient), actor, now))
                what = f"moved an exam ({before.when}) from {before.patient} to {exam.patient}"
                _log(connection, what, actor, now)
        return exam

    def exams(self, patient: str | None = None) -> tuple[Exam, ...]:
        """Give the exams of a patient, or all; see the port."""
        with reading(self._engine) as connection:
            return tuple(exam_of(row) for row in connection.execute(lists.exams(patient)).mappings())

    def exam(self, exam_id: str) -> Exam | None:
        """Give an exam; see the port."""
        row = self._row(exam_rows().where(EXAMS.c.id == exam_id))
        return None if row is None else exam_of(row)

    def add_clip(self, clip: ClipRecord, source: ClipSource, thumbnail: bytes, *, actor: str, now: datetime) -> None:
        """Add a clip, or what is newly known of it; see the port."""
        if source.clip_sha256 != clip.sha256:
            raise ValueError("expected the source of this clip")
        with writing(self._engine) as connection:
            known = note_clip(connection, clip, rater=actor, now=now)
            came = CLIPS.update().where(CLIPS.c.sha256 == clip.sha256)
            connection.execute(came.values(added_at=now.astimezone(UTC)))
            _put(connection, SOURCES, _source_values(source), but=("name", "name_folded"))
            connection.execute(SOURCE_FILES.delete().where(SOURCE_FILES.c.clip_sha256 == clip.sha256))
            if rows := _file_rows(source):
                connection.execute(SOURCE_FILES.insert(), rows)
            if thumbnail:
                _put(connection, THUMBNAILS, {"clip_sha256": clip.sha256, "jpeg": thumbnail})
            _log(connection, f"added clip {clip.sha256[:12]}{_of(known)}", actor, now)

    def describe(
        self, sha256: str, change: Callable[[ClipRecord], ClipRecord], *, actor: str, now: datetime
    ) -> ClipRecord:
        """Say anew what a clip of the library is; see the port."""
        with writing(self._engine) as connection:
            standing = hold_clip(connection, sha256)
            if standing is None:
                raise LibraryError("The clip is not in the library (any more).", "Open it again.")
            known = add_description(connection, ClipDescription(change(standing), actor, now))
            _log(connection, f"described clip {sha256[:12]}{_of(known)}", actor, now)
        return known

    def clips(self, wanted: ClipFilter) -> tuple[ListedClip, ...]:
        """List clips; see the port."""
        with reading(self._engine) as connection:
            return tuple(lists.listed_of(row) for row in connection.execute(lists.listed(wanted)).mappings())

    def count(self, wanted: ClipFilter) -> int:
        """Count the clips that a filter lets through; see the port."""
        with reading(self._engine) as connection:
            return int(connection.execute(lists.counted(wanted)).scalar_one())

    def bytes_kept(self) -> int:
        """Count the bytes of the files of all clips; see the port."""
        with reading(self._engine) as connection:
            return int(connection.execute(select(func.coalesce(func.sum(SOURCE_FILES.c.size), 0))).scalar_one())

    def clip(self, sha256: str) -> ListedClip | None:
        """Give one clip; see the port."""
        row = self._row(lists.listed_clip(sha256))
        return None if row is None else lists.listed_of(row)

    def source(self, sha256: str) -> ClipSource | None:
        """Give where a clip came from; see the port."""
        files = select(SOURCE_FILES).where(SOURCE_FILES.c.clip_sha256 == sha256).order_by(SOURCE_FILES.c.position)
        with reading(self._engine) as connection:
            row = connection.execute(select(SOURCES).where(SOURCES.c.clip_sha256 == sha256)).mappings().one_or_none()
            rows = [*connection.execute(files).mappings()]
        if row is None:
            return None
        kept = tuple(SourceFile(one["name"], one["key"], one["sha256"], one["size"]) for one in rows)
        return lists.source_of(row, kept)

    def thumbnail(self, sha256: str) -> bytes:
        """Give a clip's thumbnail; see the port."""
        row = self._row(select(THUMBNAILS.c.jpeg).where(THUMBNAILS.c.clip_sha256 == sha256))
        return b"" if row is None else bytes(row["jpeg"])

    def forget_files(self, sha256: str, *, actor: str, now: datetime, by_rule: Retention | None = None) -> bool:
        """Note that a clip's files are gone; see the port."""
        with writing(self._engine) as connection:
            if by_rule is not None:
                query = lists.clips_over(by_rule, now.astimezone(UTC))
                if query is None or connection.execute(query.where(CLIPS.c.sha256 == sha256)).first() is None:
                    return False
            gone = connection.execute(SOURCE_FILES.delete().where(SOURCE_FILES.c.clip_sha256 == sha256))
            if gone.rowcount:
                _log(connection, f"removed the files of clip {sha256[:12]}", actor, now)
        return True

    def what_goes(self, *, patient: str = "", exam: str = "", clip: str = "") -> Deletion:
        """Say what a deletion takes along; see the port."""
        with reading(self._engine) as connection:
            return found(connection, *((one,) if one else () for one in (patient, exam, clip)))

    def delete(self, deletion: Deletion, *, actor: str, now: datetime) -> None:
        """Delete what was told, all or nothing; see the port."""
        with writing(self._engine) as connection:
            gone = found(connection, deletion.patients, deletion.exams, deletion.clips, lock=True)
            if not deletion.holds(gone):
                raise LibraryError(
                    f"More would be deleted by now than was listed: {gone.words}. Nothing was deleted.",
                    "Check the list again, then decide.",
                )
            delete_rows(connection, gone, now)
            _log(connection, gone.tombstone, actor, now)

    def clips_over(self, retention: Retention, now: datetime) -> tuple[str, ...]:
        """Give the clips whose files are to go; see the port."""
        query = lists.clips_over(retention, now.astimezone(UTC))
        if query is None:
            return ()
        with reading(self._engine) as connection:
            return tuple(connection.execute(query).scalars())

    def keys(self) -> frozenset[str]:
        """Give every key that is somebody's; see the port."""
        with reading(self._engine) as connection:
            files = connection.execute(select(SOURCE_FILES.c.clip_sha256, SOURCE_FILES.c.key)).all()
            analyses = connection.execute(select(ANALYSES.c.id)).scalars().all()
        previews = {preview_key(clip) for clip, _ in files}  # none stays longer than the clip itself
        return frozenset({key for _, key in files} | previews | {analysis_key(one) for one in analyses})

    def log(self, limit: int = 100) -> tuple[LogEntry, ...]:
        """Give what was done, newest first; see the port."""
        query = select(LIBRARY_LOG).order_by(LIBRARY_LOG.c.sequence.desc()).limit(limit)
        with reading(self._engine) as connection:
            rows = [*connection.execute(query).mappings()]
        return tuple(LogEntry(with_zone(row["at"]), row["actor"], row["what"]) for row in rows)

    def _row(self, query: Any) -> Any:
        with reading(self._engine) as connection:
            return connection.execute(query).mappings().one_or_none()


def _source_values(source: ClipSource) -> dict[str, Any]:
    return {
        "clip_sha256": source.clip_sha256,
        "origin": source.origin.value,
        "name": source.name,
        "name_folded": source.name.casefold(),
        "credit": source.credit,
        "study_uid": source.study_uid[:_LONGEST_UID],
        "series_uid": source.series_uid[:_LONGEST_UID],
        "instance_uid": source.instance_uid[:_LONGEST_UID],
    }


def _file_rows(source: ClipSource) -> list[dict[str, Any]]:
    return [
        {
            "clip_sha256": source.clip_sha256,
            "position": position,
            "name": file.name,
            "key": file.key,
            "sha256": file.sha256,
            "size": file.size,
        }
        for position, file in enumerate(source.files)
    ]


def _put(connection: Connection, table: Any, values: dict[str, Any], *, but: Sequence[str] = ()) -> None:
    """Write a row of a clip, anew but for some of its values."""
    insert, anew = insert_into(connection, table).values(values), {k: v for k, v in values.items() if k not in but}
    connection.execute(insert.on_conflict_do_update(index_elements=["clip_sha256"], set_=anew))


def _of(clip: ClipRecord) -> str:
    return f" of {clip.subject}" if clip.subject else ""


def _values_of(exam: Exam) -> dict[str, object]:
    return {"date": exam.date, "day": exam.day, "indication": exam.indication, "note": exam.note}


def _log(connection: Connection, what: str, actor: str, now: datetime) -> None:
    connection.execute(LIBRARY_LOG.insert().values(at=now.astimezone(UTC), actor=actor, what=what))
