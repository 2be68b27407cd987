"""The tables, as the newest migration leaves them."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
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
    Text,
    UniqueConstraint,
)

METADATA = MetaData()

CLIPS = Table(
    "clip",
    METADATA,
    Column("sha256", String(64), primary_key=True),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("added_at", DateTime(timezone=True), nullable=False),  # when it was brought last
    Index("clip_added", "added_at", "sha256"),
)

PATIENTS = Table(
    "patient",
    METADATA,
    Column("code", String(32), primary_key=True),
    Column("birth_year", Integer),
    Column("height_cm", Float),
    Column("wrist_mm", Float),
    Column("sex", String(16)),
    Column("added_at", DateTime(timezone=True), nullable=False),
)

EXAMS = Table(
    "exam",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("patient", String(32), ForeignKey("patient.code"), nullable=False),
    Column("date", Date),
    Column("day", Integer),
    Column("indication", String(500), nullable=False),
    Column("note", String(500), nullable=False),
    Column("added_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("date IS NULL OR day IS NULL", name="exam_when"),
    Index("exam_patient", "patient"),
)

DESCRIPTIONS = Table(
    "clip_description",
    METADATA,
    Column("sequence", Integer, primary_key=True, autoincrement=True),
    Column("clip_sha256", String(64), ForeignKey("clip.sha256"), nullable=False),
    Column("frame_count", Integer, nullable=False),
    Column("subject", String(32), nullable=False),
    Column("nerve", String(32), nullable=False),
    Column("site", String(32), nullable=False),
    Column("side", String(16), nullable=False),
    Column("row_spacing_mm", Float),
    Column("column_spacing_mm", Float),
    Column("calibration_origin", String(64)),
    Column("calibration_detail", String(500)),
    # First and last column and row as JSON; rows of the affine likewise.
    Column("calibration_box", Text),
    Column("affine", Text),
    Column("rater", String(32), nullable=False),
    Column("described_at", DateTime(timezone=True), nullable=False),
    Column("exam_id", String(32), ForeignKey("exam.id")),
    Index("clip_description_clip", "clip_sha256", "sequence"),
    Index("clip_description_exam", "exam_id"),
    Index("clip_description_subject", "subject"),
    sqlite_autoincrement=True,
)

# Apart from what is known of a clip's pixels: names of files and identifiers may tell of a person.
SOURCES = Table(
    "clip_source",
    METADATA,
    Column("clip_sha256", String(64), ForeignKey("clip.sha256"), primary_key=True),
    Column("origin", String(32), nullable=False),
    Column("name", Text, nullable=False),
    # What is searched, without case: each database has its own ideas of what a small letter is.
    Column("name_folded", Text, nullable=False),
    Column("credit", Text, nullable=False),
    Column("study_uid", String(64), nullable=False),
    Column("series_uid", String(64), nullable=False),
    Column("instance_uid", String(64), nullable=False),
)

# No rows where no files are kept.
SOURCE_FILES = Table(
    "clip_source_file",
    METADATA,
    Column("clip_sha256", String(64), ForeignKey("clip_source.clip_sha256"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("size", BigInteger, nullable=False),
)

THUMBNAILS = Table(
    "thumbnail",
    METADATA,
    Column("clip_sha256", String(64), ForeignKey("clip.sha256"), primary_key=True),
    Column("jpeg", LargeBinary, nullable=False),
)

LIBRARY_LOG = Table(
    "library_log",
    METADATA,
    Column("sequence", Integer, primary_key=True, autoincrement=True),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("actor", String(32), nullable=False),
    Column("what", Text, nullable=False),
    sqlite_autoincrement=True,
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
    # A model may be run with and without the test-time flip: the same weights, other masks.
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

TRAINING_JOBS = Table(
    "training_job",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("request", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("said", Text, nullable=False),
    # Which process may write: a job that is resumed belongs to the newest one alone.
    Column("attempt", Integer, nullable=False),
    Column("stop_asked", Boolean, nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False),
    Column("heartbeat_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("state IN ('waiting', 'running', 'stopped', 'failed', 'done')", name="training_job_state"),
)

TRAINING_EPOCHS = Table(
    "training_epoch",
    METADATA,
    Column("job_id", String(40), ForeignKey("training_job.id"), primary_key=True),
    Column("network", String(100), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("report", Text, nullable=False),
    # Outlines of validation frames: much text, and only those of one epoch are looked at at a time.
    Column("sightings", Text, nullable=False),
)

TRAINING_LOG = Table(
    "training_log",
    METADATA,
    Column("sequence", Integer, primary_key=True, autoincrement=True),
    Column("job_id", String(40), ForeignKey("training_job.id"), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("line", Text, nullable=False),
    sqlite_autoincrement=True,
)

LOCKED_FRAMES = Table(
    "locked_frame",
    METADATA,
    Column("annotation_id", String(32), ForeignKey("annotation.id"), primary_key=True),
    # Who it was of when it was locked: a clip's subject can be given another code, a lock cannot be taken off.
    Column("person", String(64), nullable=False),
    Column("locked_at", DateTime(timezone=True), nullable=False),
    Column("by", String(32), nullable=False, server_default=""),
)

PROMOTIONS = Table(
    "promotion",
    METADATA,
    Column("sequence", Integer, primary_key=True, autoincrement=True),
    Column("role", String(32), nullable=False),
    Column("model", String(100), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("gate", Text, nullable=False),
    Column("by", String(32), nullable=False, server_default=""),
    sqlite_autoincrement=True,
)
