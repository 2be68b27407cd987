"""The tables, as the newest migration leaves them."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    DateTime,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)

METADATA = MetaData()

CLIPS = Table(
    "clip",
    METADATA,
    Column("sha256", String(64), primary_key=True),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("frame_count", Integer, nullable=False),
    Column("subject", String(32), nullable=False),
    Column("nerve", String(32), nullable=False),
    Column("site", String(32), nullable=False),
    Column("side", String(16), nullable=False),
    Column("row_spacing_mm", Float),
    Column("column_spacing_mm", Float),
    Column("calibration_origin", String(64)),
    Column("calibration_detail", String(500)),
)

FRAMES = Table(
    "frame",
    METADATA,
    Column("clip_sha256", String(64), ForeignKey("clip.sha256"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("png", LargeBinary, nullable=False),
    Column("checksum", String(64), nullable=False),
)

PREDICTIONS = Table(
    "prediction",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("clip_sha256", String(64), nullable=False),
    Column("frame", Integer, nullable=False),
    Column("model", String(100), nullable=False),
    Column("model_sha256", String(64), nullable=False),
    Column("png", LargeBinary, nullable=False),
    Column("checksum", String(64), nullable=False),
    Column("confidence", Float, nullable=False),
    ForeignKeyConstraint(["clip_sha256", "frame"], ["frame.clip_sha256", "frame.number"]),
    # A model may be run with and without the mirrored average: the same weights, other masks.
    UniqueConstraint("clip_sha256", "frame", "model_sha256", "checksum"),
)

STUDIES = Table(
    "study",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("name", String(32), nullable=False, unique=True),
    Column("made_at", DateTime(timezone=True), nullable=False),
)

STUDY_FRAMES = Table(
    "study_frame",
    METADATA,
    Column("study_id", String(32), ForeignKey("study.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("clip_sha256", String(64), nullable=False),
    Column("frame", Integer, nullable=False),
    ForeignKeyConstraint(["clip_sha256", "frame"], ["frame.clip_sha256", "frame.number"]),
)

ANNOTATIONS = Table(
    "annotation",
    METADATA,
    Column("sequence", Integer, primary_key=True, autoincrement=True),
    Column("id", String(32), nullable=False, unique=True),
    Column("clip_sha256", String(64), nullable=False),
    Column("frame", Integer, nullable=False),
    Column("rater", String(32), nullable=False),
    Column("state", String(16), nullable=False),
    Column("source", String(32), nullable=False),
    Column("png", LargeBinary, nullable=False),
    Column("checksum", String(64), nullable=False),
    Column("prediction_id", Integer, ForeignKey("prediction.id")),
    Column("made_at", DateTime(timezone=True), nullable=False),
    Column("seconds", Float, nullable=False),
    Column("supersedes", String(32), ForeignKey("annotation.id")),
    Column("study_id", String(32), ForeignKey("study.id")),
    Column("study_round", Integer, nullable=False),
    ForeignKeyConstraint(["clip_sha256", "frame"], ["frame.clip_sha256", "frame.number"]),
    CheckConstraint("seconds >= 0", name="annotation_seconds"),
    CheckConstraint("state IN ('draft', 'final', 'adjudicated')", name="annotation_state"),
    Index("annotation_place", "clip_sha256", "frame", "rater", "sequence"),
    sqlite_autoincrement=True,
)
