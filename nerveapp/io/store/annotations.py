"""Annotations in the database (the `AnnotationStore` port). Rows are added, never changed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Connection, Engine, and_, func, select

import nerveapp.clock
from nerveapp.domain.annotation import OWN, Annotation, ClipRecord, Entry, Source, State, check_fits
from nerveapp.domain.clip import Image
from nerveapp.domain.clip_description import ClipDescription
from nerveapp.domain.reader_study import ReaderStudy
from nerveapp.errors import StoreError
from nerveapp.io.store.annotation_rows import Record, annotation_of, decode, prepared
from nerveapp.io.store.clips import clip_of, descriptions_of, find_clip, newest_clips, note_clip
from nerveapp.io.store.connection import IDS_AT_ONCE, insert_into, reading, with_zone, writing
from nerveapp.io.store.counting_annotations import newest
from nerveapp.io.store.picture_spool import PictureSpool
from nerveapp.io.store.tables import ANNOTATIONS, CLIPS, DESCRIPTIONS, FRAMES, PREDICTIONS, STUDIES, STUDY_FRAMES

ANY_STATE = frozenset(State)


class SqlAnnotationStore:
    """Annotations, the frames they lie on and the predictions they correct.

    Parameters
    ----------
    engine : Engine
        From `open_database`.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def register(self, clip: ClipRecord, *, rater: str = "", now: datetime | None = None) -> None:
        """Note a clip, or what is newly known of it; see the port."""
        with writing(self._engine) as connection:
            note_clip(connection, clip, rater=rater, now=now or nerveapp.clock.now())

    def clips(self) -> tuple[ClipRecord, ...]:
        """All clips; see the port."""
        query = newest_clips().order_by(DESCRIPTIONS.c.subject, CLIPS.c.sha256)
        with reading(self._engine) as connection:
            return tuple(clip_of(row) for row in connection.execute(query).mappings())

    def clip(self, sha256: str) -> ClipRecord | None:
        """Give what is known of a clip; see the port."""
        with reading(self._engine) as connection:
            return find_clip(connection, sha256)

    def descriptions(self, sha256: str) -> tuple[ClipDescription, ...]:
        """Give every description of a clip; see the port."""
        with reading(self._engine) as connection:
            return descriptions_of(connection, sha256)

    def save(self, annotation: Annotation, image: Image | None = None) -> None:
        """Add a record with its frame and its prediction, in one transaction; see the port."""
        self.save_all([(annotation, image)])

    def save_onto(self, records: Iterable[tuple[Annotation, Image | None]]) -> tuple[Annotation, ...]:
        """Add records unless their rater has made others meanwhile; see the port."""
        with PictureSpool() as spool:
            rows = [prepared(annotation, image, spool) for annotation, image in records]
            with writing(self._engine) as connection:
                _check(connection, rows)
                added = [row for row in rows if _newest_of(connection, row.of) == row.of.supersedes]
                for row in added:
                    _add(connection, row, spool)
        return tuple(row.of for row in added)

    def save_all(
        self, records: Iterable[tuple[Annotation, Image | None]], *, clip: ClipRecord | None = None, rater: str = ""
    ) -> None:
        """Add records in one transaction, all or none; see the port."""
        # Decoding and compressing a clip's frames takes long: it is done before others have to wait.
        with PictureSpool() as spool:
            rows = [prepared(annotation, image, spool) for annotation, image in records]
            with writing(self._engine) as connection:
                if clip is not None:
                    note_clip(connection, clip, rater=rater, now=nerveapp.clock.now())
                _check(connection, rows)
                for row in rows:
                    _add(connection, row, spool)

    def latest(
        self,
        *,
        clip_sha256: str | None = None,
        frame: int | None = None,
        rater: str | None = None,
        states: Collection[State] = ANY_STATE,
        studies: bool = False,
    ) -> tuple[Annotation, ...]:
        """Give the newest record of each rater and frame; see the port."""
        columns = ANNOTATIONS.c
        wanted = [columns.clip_sha256 == clip_sha256] if clip_sha256 is not None else []
        wanted += [columns.frame == frame] if frame is not None else []
        wanted += [columns.rater == rater] if rater is not None else []
        wanted += [columns.study_id.is_not(None) if studies else columns.study_id.is_(None)]
        with reading(self._engine) as connection:
            return _read(connection, newest(states, *wanted, clip_sha256=clip_sha256))

    def entries(self, *, states: Collection[State] = ANY_STATE, clip_sha256: str | None = None) -> tuple[Entry, ...]:
        """List the newest record of each rater and frame, without outlines; see the port."""
        columns = ANNOTATIONS.c
        listed = [columns[name] for name in ("id", "clip_sha256", "frame", "rater", "state", "source", "made_at")]
        wanted: list[ColumnElement[bool]] = [columns.study_id.is_(None)]
        wanted += [columns.clip_sha256 == clip_sha256] if clip_sha256 is not None else []
        query = (
            select(*listed, PREDICTIONS.c.model_sha256)
            .outerjoin(PREDICTIONS, columns.prediction_id == PREDICTIONS.c.id)
            .where(newest(states, *wanted, clip_sha256=clip_sha256))
            .order_by(columns.sequence)
        )
        with reading(self._engine) as connection:
            return tuple(
                Entry(
                    row["id"],
                    row["clip_sha256"],
                    row["frame"],
                    row["rater"],
                    State(row["state"]),
                    Source(row["source"]),
                    with_zone(row["made_at"]),
                    row["model_sha256"] or "",
                )
                for row in connection.execute(query).mappings()
            )

    def revision(self) -> tuple[int, int]:
        """Tell how many records there are and which is the newest; see the port."""
        query = select(func.count(), func.coalesce(func.max(ANNOTATIONS.c.sequence), 0)).select_from(ANNOTATIONS)
        with reading(self._engine) as connection:
            count, newest = connection.execute(query).one()
        return count, newest

    def annotation(self, annotation_id: str) -> Annotation:
        """Give one record; see the port."""
        return self.annotations([annotation_id])[0]

    def annotations(self, annotation_ids: Collection[str]) -> tuple[Annotation, ...]:
        """Give records by their ids; see the port."""
        wanted = list(annotation_ids)
        found: dict[str, Annotation] = {}
        with reading(self._engine) as connection:
            for start in range(0, len(wanted), IDS_AT_ONCE):
                its = ANNOTATIONS.c.id.in_(wanted[start : start + IDS_AT_ONCE])
                found |= {one.id: one for one in _read(connection, its)}
        if len(found) < len(set(wanted)):
            raise StoreError("There is no such outline in the store.", "Reload the page.")
        return tuple(found[one] for one in wanted)

    def clips_of(self, annotation_ids: Collection[str]) -> dict[str, str]:
        """Give the clip of each record; see the port."""
        wanted = list(annotation_ids)
        found: dict[str, str] = {}
        with reading(self._engine) as connection:
            for start in range(0, len(wanted), IDS_AT_ONCE):
                its = ANNOTATIONS.c.id.in_(wanted[start : start + IDS_AT_ONCE])
                query = select(ANNOTATIONS.c.id, ANNOTATIONS.c.clip_sha256).where(its)
                found |= {row.id: row.clip_sha256 for row in connection.execute(query)}
        return found

    def history(self, clip_sha256: str, frame: int) -> tuple[Annotation, ...]:
        """Give every record of a frame, oldest first; see the port."""
        with reading(self._engine) as connection:
            return _read(connection, and_(ANNOTATIONS.c.clip_sha256 == clip_sha256, ANNOTATIONS.c.frame == frame))

    def image(self, clip_sha256: str, frame: int) -> Image:
        """Give the pixels of an annotated frame; see the port."""
        place = and_(FRAMES.c.clip_sha256 == clip_sha256, FRAMES.c.number == frame)
        with reading(self._engine) as connection:
            row = connection.execute(select(FRAMES.c.png, FRAMES.c.checksum).where(place)).mappings().one_or_none()
        if row is None:
            raise StoreError(f"Frame {frame} of the clip is not in the store.", "Annotate it again from the clip.")
        return decode(row)

    def add_study(self, study: ReaderStudy) -> None:
        """Add a reader study; see the port."""
        with writing(self._engine) as connection:
            if connection.execute(select(STUDIES.c.id).where(STUDIES.c.name == study.name)).first():
                raise StoreError(f"There is a study called {study.name} already.", "Choose another name.")
            made_at = study.made_at.astimezone(UTC)
            connection.execute(STUDIES.insert().values(id=study.id, name=study.name, made_at=made_at))
            rows = [
                {"study_id": study.id, "position": position, "clip_sha256": clip, "frame": frame}
                for position, (clip, frame) in enumerate(study.frames)
            ]
            connection.execute(STUDY_FRAMES.insert(), rows)

    def studies(self) -> tuple[ReaderStudy, ...]:
        """All reader studies; see the port."""
        columns = STUDY_FRAMES.c
        with reading(self._engine) as connection:
            frames_of: dict[str, list[tuple[str, int]]] = {}
            rows = select(columns.study_id, columns.clip_sha256, columns.frame).order_by(columns.position)
            for study_id, clip, frame in connection.execute(rows):
                frames_of.setdefault(study_id, []).append((clip, frame))
            studies = connection.execute(select(STUDIES).order_by(STUDIES.c.made_at)).mappings()
            return tuple(
                ReaderStudy(row["id"], row["name"], tuple(frames_of[row["id"]]), with_zone(row["made_at"]))
                for row in studies
            )


def _read(connection: Connection, condition: ColumnElement[bool]) -> tuple[Annotation, ...]:
    of_prediction = {
        f"prediction_{name}": PREDICTIONS.c[name] for name in ("model", "model_sha256", "png", "checksum", "confidence")
    }
    query = (
        select(ANNOTATIONS, *(column.label(name) for name, column in of_prediction.items()))
        .outerjoin(PREDICTIONS, ANNOTATIONS.c.prediction_id == PREDICTIONS.c.id)
        .where(condition)
        .order_by(ANNOTATIONS.c.sequence)
    )
    return tuple(annotation_of(row) for row in connection.execute(query).mappings())


def _newest_of(connection: Connection, one: Annotation) -> str | None:
    """Give the id of the newest draft or final record of a frame by the rater of one; None where there is none."""
    columns = ANNOTATIONS.c
    place = [columns.clip_sha256 == one.clip_sha256, columns.frame == one.frame, columns.rater == one.rater]
    standing = newest(OWN, *place, columns.study_id.is_(None), clip_sha256=one.clip_sha256)
    return connection.execute(select(columns.id).where(standing)).scalar_one_or_none()


def _check(connection: Connection, records: Sequence[Record]) -> None:
    """Refuse what cannot be of the clips that are stored; raises AnnotationError or StoreError."""
    hashes = sorted({one.of.clip_sha256 for one in records})
    for sha256 in hashes:  # whoever saves of one clip waits for the other, and knows what that one saved
        connection.execute(select(CLIPS.c.sha256).where(CLIPS.c.sha256 == sha256).with_for_update())
    clips = {sha256: find_clip(connection, sha256) for sha256 in hashes}
    for one in records:
        clip = clips[one.of.clip_sha256]
        if clip is None:
            raise StoreError("The clip of an outline is not in the store.", "Open the clip again.")
        check_fits(clip, one.of, None if one.frame is None else one.frame.size)


def _add(connection: Connection, record: Record, spool: PictureSpool) -> None:
    if record.frame is not None:
        place = {"clip_sha256": record.of.clip_sha256, "number": record.of.frame}
        png = {"png": spool.take(record.frame.png), "checksum": record.frame.checksum}
        connection.execute(insert_into(connection, FRAMES).values({**place, **png}).on_conflict_do_nothing())
    values = dict(record.annotation)
    if record.prediction is not None:
        values["prediction_id"] = _keep(connection, record.prediction)
    insert = insert_into(connection, ANNOTATIONS).values(values)
    if connection.execute(insert.on_conflict_do_nothing(index_elements=["id"])).rowcount == 0:
        _check_same(connection, values)


def _check_same(connection: Connection, values: Mapping[str, Any]) -> None:
    """Let an outline be saved again, and refuse another one of its id; raises StoreError."""
    query = select(ANNOTATIONS).where(ANNOTATIONS.c.id == values["id"])
    known = connection.execute(query).mappings().one()
    place = ("clip_sha256", "frame", "rater", "state", "source", "study_id", "study_round")
    same_frame = all(known[name] == values[name] for name in place)
    # The same mask may have been compressed by another version.
    same_mask = known["checksum"] == values["checksum"] or np.array_equal(decode(known), decode(values))
    if not (same_frame and same_mask):
        raise StoreError("Another outline is stored under this outline's id.", "Open the frame again and draw it anew.")


def _keep(connection: Connection, values: dict[str, object]) -> int:
    """Store a prediction once, and give its number."""
    connection.execute(insert_into(connection, PREDICTIONS).values(values).on_conflict_do_nothing())
    columns = PREDICTIONS.c
    same = and_(*(columns[name] == values[name] for name in ("clip_sha256", "frame", "model_sha256", "checksum")))
    return int(connection.execute(select(columns.id).where(same)).scalar_one())
