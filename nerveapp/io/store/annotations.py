"""Annotations in the database (the `AnnotationStore` port). Rows are added, never changed."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Connection, Engine, RowMapping, and_, func, select

from nerveapp.domain.annotation import Annotation, ClipRecord, Entry, Prediction, Source, State
from nerveapp.domain.calibration import Calibration, CalibrationOrigin
from nerveapp.domain.clip import Image
from nerveapp.domain.exam import Exam, Nerve, Side, Site
from nerveapp.domain.reader_study import ReaderStudy
from nerveapp.domain.segmentation import Mask, PackedMask
from nerveapp.errors import StoreError
from nerveapp.io.pictures import image_of, png_of
from nerveapp.io.store.connection import insert_into, translated
from nerveapp.io.store.tables import ANNOTATIONS, CLIPS, FRAMES, PREDICTIONS, STUDIES, STUDY_FRAMES

Row = RowMapping | Mapping[str, Any]
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

    def register(self, clip: ClipRecord) -> None:
        """Note a clip, or what is newly known of it; see the port."""
        values = _clip_values(clip)
        with self._writing() as connection:
            insert = insert_into(connection, CLIPS).values(values)
            # What is not known this time is not forgotten.
            known = {name: value for name, value in values.items() if value not in (None, "")}
            connection.execute(insert.on_conflict_do_update(index_elements=["sha256"], set_=known))

    def clips(self) -> tuple[ClipRecord, ...]:
        """All clips; see the port."""
        with self._reading() as connection:
            rows = connection.execute(select(CLIPS).order_by(CLIPS.c.subject, CLIPS.c.sha256)).mappings()
            return tuple(_clip(row) for row in rows)

    def save(self, annotation: Annotation, image: Image | None = None) -> None:
        """Add a record with its frame and its prediction, in one transaction; see the port."""
        self.save_all([(annotation, image)])

    def save_all(self, records: Iterable[tuple[Annotation, Image | None]]) -> None:
        """Add records in one transaction, all or none; see the port."""
        # Decoding and compressing a clip's frames takes long: it is done before others have to wait.
        prepared = [_prepared(annotation, image) for annotation, image in records]
        with self._writing() as connection:
            for record in prepared:
                _add(connection, record)

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
        return self._read(_newest(states, *wanted))

    def entries(self, *, states: Collection[State] = ANY_STATE) -> tuple[Entry, ...]:
        """List the newest record of each rater and frame, without outlines; see the port."""
        columns = ANNOTATIONS.c
        listed = [columns[name] for name in ("id", "clip_sha256", "frame", "rater", "state", "source", "made_at")]
        query = select(*listed).where(_newest(states, columns.study_id.is_(None))).order_by(columns.sequence)
        with self._reading() as connection:
            return tuple(
                Entry(
                    row["id"],
                    row["clip_sha256"],
                    row["frame"],
                    row["rater"],
                    State(row["state"]),
                    Source(row["source"]),
                    _utc(row["made_at"]),
                )
                for row in connection.execute(query).mappings()
            )

    def annotation(self, annotation_id: str) -> Annotation:
        """Give one record; see the port."""
        found = self._read(ANNOTATIONS.c.id == annotation_id)
        if not found:
            raise StoreError("There is no such outline in the store.", "Reload the page.")
        return found[0]

    def history(self, clip_sha256: str, frame: int) -> tuple[Annotation, ...]:
        """Give every record of a frame, oldest first; see the port."""
        return self._read(and_(ANNOTATIONS.c.clip_sha256 == clip_sha256, ANNOTATIONS.c.frame == frame))

    def image(self, clip_sha256: str, frame: int) -> Image:
        """Give the pixels of an annotated frame; see the port."""
        place = and_(FRAMES.c.clip_sha256 == clip_sha256, FRAMES.c.number == frame)
        with self._reading() as connection:
            row = connection.execute(select(FRAMES.c.png, FRAMES.c.checksum).where(place)).mappings().one_or_none()
        if row is None:
            raise StoreError(f"Frame {frame} of the clip is not in the store.", "Annotate it again from the clip.")
        return _decode(row)

    def add_study(self, study: ReaderStudy) -> None:
        """Add a reader study; see the port."""
        with self._writing() as connection:
            if connection.execute(select(STUDIES.c.id).where(STUDIES.c.name == study.name)).first():
                raise StoreError(f"There is a study called {study.name} already.", "Choose another name.")
            connection.execute(STUDIES.insert().values(id=study.id, name=study.name, made_at=study.made_at))
            rows = [
                {"study_id": study.id, "position": position, "clip_sha256": clip, "frame": frame}
                for position, (clip, frame) in enumerate(study.frames)
            ]
            connection.execute(STUDY_FRAMES.insert(), rows)

    def studies(self) -> tuple[ReaderStudy, ...]:
        """All reader studies; see the port."""
        columns = STUDY_FRAMES.c
        with self._reading() as connection:
            places: dict[str, list[tuple[str, int]]] = {}
            rows = select(columns.study_id, columns.clip_sha256, columns.frame).order_by(columns.position)
            for study_id, clip, frame in connection.execute(rows):
                places.setdefault(study_id, []).append((clip, frame))
            studies = connection.execute(select(STUDIES).order_by(STUDIES.c.made_at)).mappings()
            return tuple(
                ReaderStudy(row["id"], row["name"], tuple(places[row["id"]]), _utc(row["made_at"])) for row in studies
            )

    def _read(self, condition: Any) -> tuple[Annotation, ...]:
        told = {
            f"prediction_{name}": PREDICTIONS.c[name]
            for name in ("model", "model_sha256", "png", "checksum", "confidence")
        }
        query = (
            select(ANNOTATIONS, *(column.label(name) for name, column in told.items()))
            .outerjoin(PREDICTIONS, ANNOTATIONS.c.prediction_id == PREDICTIONS.c.id)
            .where(condition)
            .order_by(ANNOTATIONS.c.sequence)
        )
        with self._reading() as connection:
            return tuple(_annotation(row) for row in connection.execute(query).mappings())

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with translated(), self._engine.connect().execution_options(reads=True) as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with translated(), self._engine.begin() as connection:
            yield connection


def _newest(states: Collection[State], *wanted: ColumnElement[bool]) -> ColumnElement[bool]:
    """Condition of being the newest of its rater, frame, study and round among those of the states."""
    columns = ANNOTATIONS.c
    place = (columns.clip_sha256, columns.frame, columns.rater, columns.study_id, columns.study_round)
    fitting = and_(columns.state.in_([state.value for state in states]), *wanted)
    return columns.sequence.in_(select(func.max(columns.sequence)).where(fitting).group_by(*place))


@dataclass(frozen=True, slots=True)
class _Record:
    """Rows of one annotation."""

    annotation: dict[str, object]
    frame: dict[str, object] | None
    prediction: dict[str, object] | None


def _prepared(annotation: Annotation, image: Image | None) -> _Record:
    place = {"clip_sha256": annotation.clip_sha256}
    frame = prediction = None
    if image is not None:
        png = png_of(image)
        frame = {**place, "number": annotation.frame, "png": png, "checksum": _checksum(png)}
    if (seen := annotation.prediction) is not None:
        png = png_of(_grey(seen.mask.unpack()))
        prediction = {
            **place,
            "frame": annotation.frame,
            "model": seen.model,
            "model_sha256": seen.model_sha256,
            "png": png,
            "checksum": _checksum(png),
            "confidence": seen.confidence,
        }
    return _Record(_annotation_values(annotation), frame, prediction)


def _add(connection: Connection, record: _Record) -> None:
    if record.frame is not None:
        connection.execute(insert_into(connection, FRAMES).values(record.frame).on_conflict_do_nothing())
    values = dict(record.annotation)
    if record.prediction is not None:
        values["prediction_id"] = _keep(connection, record.prediction)
    insert = insert_into(connection, ANNOTATIONS).values(values)
    connection.execute(insert.on_conflict_do_nothing(index_elements=["id"]))


def _keep(connection: Connection, values: dict[str, object]) -> int:
    """Store a prediction once, and give its number."""
    connection.execute(insert_into(connection, PREDICTIONS).values(values).on_conflict_do_nothing())
    columns = PREDICTIONS.c
    same = and_(*(columns[name] == values[name] for name in ("clip_sha256", "frame", "model_sha256", "checksum")))
    return int(connection.execute(select(columns.id).where(same)).scalar_one())


def _annotation_values(annotation: Annotation) -> dict[str, object]:
    png = png_of(_grey(annotation.mask.unpack()))
    return {
        "id": annotation.id,
        "clip_sha256": annotation.clip_sha256,
        "frame": annotation.frame,
        "rater": annotation.rater,
        "state": annotation.state.value,
        "source": annotation.source.value,
        "png": png,
        "checksum": _checksum(png),
        "prediction_id": None,
        "made_at": annotation.made_at.astimezone(UTC),
        "seconds": annotation.seconds,
        "supersedes": annotation.supersedes,
        "study_id": annotation.study,
        "study_round": annotation.study_round,
    }


def _annotation(row: Row) -> Annotation:
    told = {name.removeprefix("prediction_"): value for name, value in row.items() if name.startswith("prediction_")}
    prediction = (
        None
        if row["prediction_model"] is None
        else Prediction(told["model"], told["model_sha256"], _mask(told), told["confidence"])
    )
    return Annotation(
        id=row["id"],
        clip_sha256=row["clip_sha256"],
        frame=row["frame"],
        rater=row["rater"],
        state=State(row["state"]),
        source=Source(row["source"]),
        mask=_mask(row),
        prediction=prediction,
        made_at=_utc(row["made_at"]),
        seconds=row["seconds"],
        supersedes=row["supersedes"],
        study=row["study_id"],
        study_round=row["study_round"],
    )


def _utc(stored: datetime) -> datetime:
    """SQLite forgets the zone."""
    return stored.replace(tzinfo=UTC) if stored.tzinfo is None else stored.astimezone(UTC)


def _clip_values(clip: ClipRecord) -> dict[str, object]:
    calibration = clip.calibration
    return {
        "sha256": clip.sha256,
        "width": clip.width,
        "height": clip.height,
        "frame_count": clip.frame_count,
        "subject": clip.subject,
        "nerve": clip.exam.nerve.value,
        "site": clip.exam.site.value,
        "side": clip.exam.side.value,
        "row_spacing_mm": calibration.row_spacing_mm if calibration else None,
        "column_spacing_mm": calibration.column_spacing_mm if calibration else None,
        "calibration_origin": calibration.origin.value if calibration else None,
        "calibration_detail": calibration.detail[:500] if calibration else None,
    }


def _clip(row: Row) -> ClipRecord:
    calibration = (
        None
        if row["row_spacing_mm"] is None
        else Calibration(
            row["row_spacing_mm"],
            row["column_spacing_mm"],
            CalibrationOrigin(row["calibration_origin"]),
            row["calibration_detail"] or "",
        )
    )
    exam = Exam(Nerve(row["nerve"]), Site(row["site"]), Side(row["side"]))
    size = (row["width"], row["height"], row["frame_count"])
    return ClipRecord(row["sha256"], *size, row["subject"], exam, calibration)


def _grey(mask: Mask) -> Image:
    return mask.astype(np.uint8) * 255


def _checksum(png: bytes) -> str:
    return hashlib.sha256(png).hexdigest()


def _decode(row: Row) -> Image:
    """Read a PNG of the store; what was damaged on disk is told, never shown.

    Raises
    ------
    StoreError
        If its checksum differs.
    """
    png = bytes(row["png"])
    if _checksum(png) != row["checksum"]:
        raise StoreError("An outline in the store is damaged (its checksum differs).", "Restore a backup.")
    return image_of(png)


def _mask(row: Row) -> PackedMask:
    return PackedMask.pack(_decode(row) > 0)
