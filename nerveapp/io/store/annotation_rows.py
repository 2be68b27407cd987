"""Annotations as rows: masks and pictures are PNGs beside their checksums."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Any

import numpy as np
from sqlalchemy import RowMapping

from nerveapp.analysis.pictures import image_of, png_of
from nerveapp.domain.annotation import Annotation, Prediction, Source, State
from nerveapp.domain.clip import Image
from nerveapp.domain.segmentation import Mask, PackedMask
from nerveapp.errors import StoreError
from nerveapp.io.store.connection import with_zone
from nerveapp.io.store.picture_spool import PictureSpool, Spooled

Row = RowMapping | Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SpooledFrame:
    """A frame's picture on its way into the store: its height and width, and where its PNG lies."""

    size: tuple[int, ...]
    png: Spooled
    checksum: str


@dataclass(frozen=True, slots=True)
class Record:
    """An annotation, its frame, and the rows of it and of its prediction."""

    of: Annotation
    frame: SpooledFrame | None
    annotation: dict[str, object]
    prediction: dict[str, object] | None


def prepared(annotation: Annotation, image: Image | None, spool: PictureSpool) -> Record:
    """Make the rows of an annotation, its frame and its prediction: what takes long, before others have to wait."""
    frame = prediction = None
    if image is not None:
        png = png_of(image)
        frame = SpooledFrame(image.shape[:2], spool.put(png), _checksum(png))
    if (predicted := annotation.prediction) is not None:
        png = png_of(_grey(predicted.mask.unpack()))
        prediction = {
            "clip_sha256": annotation.clip_sha256,
            "frame": annotation.frame,
            "model": predicted.model,
            "model_sha256": predicted.model_sha256,
            "png": png,
            "checksum": _checksum(png),
            "confidence": predicted.confidence,
        }
    return Record(annotation, frame, _annotation_values(annotation), prediction)


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


def annotation_of(row: Row) -> Annotation:
    """Make an annotation of its row and its prediction's."""
    columns = {name.removeprefix("prediction_"): value for name, value in row.items() if name.startswith("prediction_")}
    prediction = (
        None
        if row["prediction_model"] is None
        else Prediction(columns["model"], columns["model_sha256"], _mask(columns), columns["confidence"])
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
        made_at=with_zone(row["made_at"]),
        seconds=row["seconds"],
        supersedes=row["supersedes"],
        study=row["study_id"],
        study_round=row["study_round"],
    )


def _grey(mask: Mask) -> Image:
    return mask.astype(np.uint8) * 255


def _checksum(png: bytes) -> str:
    return hashlib.sha256(png).hexdigest()


def decode(row: Row) -> Image:
    """Read a PNG of the store; what was damaged on disk is reported, never displayed.

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
    return PackedMask.pack(decode(row) > 0)
