"""A finished analysis as rows and as the one object that holds its masks."""

from __future__ import annotations

import hashlib
import json
import struct
import zlib
from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import RowMapping

from nerveapp.domain.analysis import Analysis, NerveSeries
from nerveapp.domain.clip import ClipInfo
from nerveapp.domain.kept_object import analysis_key
from nerveapp.domain.measurement import FrameMeasurement, Summary
from nerveapp.domain.model import ModelCard
from nerveapp.domain.segmentation import PackedMask
from nerveapp.domain.tracking import Point
from nerveapp.domain.view import View
from nerveapp.errors import AnalysisError
from nerveapp.io.older_names import with_todays_names

_CLIPS, _MODELS, _SUMMARIES = TypeAdapter(ClipInfo), TypeAdapter(ModelCard), TypeAdapter(Summary)
_FRAMES = TypeAdapter(tuple[FrameMeasurement, ...])
_OTHERS = TypeAdapter(tuple[tuple[int, tuple[FrameMeasurement, ...]], ...])
_POINTS = TypeAdapter(tuple[Point, ...])
_LENGTH = struct.Struct("<I")

Row = RowMapping | Mapping[str, Any]


def masks_key(analysis_id: str, masks: bytes) -> str:
    """Give the key of an analysis's masks.

    It tells the content: an attempt that was thought dead and comes late writes over nobody's masks.
    """
    return f"{analysis_key(analysis_id)}/masks/{hashlib.sha256(masks).hexdigest()[:16]}"


def masks_bytes(analysis: Analysis) -> bytes:
    """Write masks one behind the other, each after its length (4 bytes, little-endian): nerve by nerve."""
    masks = [*analysis.masks, *(mask for other in analysis.others for mask in other.masks)]
    return b"".join(part for mask in masks for part in (_LENGTH.pack(len(mask.data)), mask.data))


def list_values(analysis: Analysis) -> dict[str, Any]:
    """Give what the table `analysis` holds of a result, for lists.

    Raises
    ------
    ValueError
        If the analysis is not as the model gave it.
    """
    if analysis.calibration is not None or analysis.corrections or analysis.view != View():
        raise ValueError("expected an analysis without calibration, view and corrections")
    return {
        "frames_done": len(analysis.frames),
        "seconds": analysis.seconds,
        "engine": analysis.engine,
        "summary": _SUMMARIES.dump_json(analysis.summary).decode(),
    }


def result_values(analysis_id: str, analysis: Analysis, masks: bytes) -> dict[str, Any]:
    """Give what the table `analysis_result` holds."""
    return {
        "analysis_id": analysis_id,
        "clip": _CLIPS.dump_json(analysis.clip).decode(),
        "model": _MODELS.dump_json(analysis.model).decode(),
        "measurements": zlib.compress(_FRAMES.dump_json(analysis.frames)),
        "other_nerves": zlib.compress(_OTHERS.dump_json(tuple((one.nerve, one.frames) for one in analysis.others))),
        "nerve": analysis.nerve,
        "truncation": analysis.truncation,
        "unlike_training": analysis.unlike_training,
        "masks": masks_key(analysis_id, masks),
        "masks_sha256": hashlib.sha256(masks).hexdigest(),
    }


def analysis_of(row: Row, masks: bytes) -> Analysis:
    """Read an analysis back from its rows, joined, and its masks.

    Raises
    ------
    AnalysisError
        If the masks are not those that were saved.
    """
    if hashlib.sha256(masks).hexdigest() != row["masks_sha256"]:
        raise AnalysisError("The outlines of this analysis are damaged.", "Analyse the clip again.")
    clip = _CLIPS.validate_json(row["clip"])
    frames = _FRAMES.validate_json(zlib.decompress(row["measurements"]))
    packed, count = _masks_of(masks, clip), len(frames)
    stored = row["other_nerves"]
    others = () if stored is None else _OTHERS.validate_json(zlib.decompress(stored))
    return Analysis(
        clip=clip,
        view=View(),
        calibration=None,
        model=_MODELS.validate_json(with_todays_names(row["model"])),
        engine=row["engine"],
        frames=frames,
        masks=packed[:count],
        summary=_SUMMARIES.validate_json(row["summary"]),
        truncation=row["truncation"],
        seconds=row["seconds"],
        nerve=row["result_nerve"],
        others=tuple(
            NerveSeries(nerve, series, packed[number * count : (number + 1) * count])
            for number, (nerve, series) in enumerate(others, start=1)
        ),
        points=_POINTS.validate_python(json.loads(row["request"]).get("points", ())),
        unlike_training=row["unlike_training"] or "",
    )


def _masks_of(data: bytes, clip: ClipInfo) -> tuple[PackedMask, ...]:
    masks, at = [], 0
    while at < len(data):
        (length,) = _LENGTH.unpack_from(data, at)
        at += _LENGTH.size
        masks.append(PackedMask(clip.height, clip.width, data[at : at + length]))
        at += length
    return tuple(masks)
