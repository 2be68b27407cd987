"""The tables of analyses."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
)

from nerveapp.io.store.tables import METADATA

ANALYSES = Table(
    "analysis",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("clip_sha256", String(64), ForeignKey("clip.sha256", ondelete="CASCADE"), nullable=False),
    Column("request", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("said", Text, nullable=False),
    Column("frames_done", Integer, nullable=False),
    Column("frame_count", Integer),
    Column("by", String(32), nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False),
    Column("started_at", DateTime(timezone=True)),
    Column("heartbeat_at", DateTime(timezone=True), nullable=False),
    # Which attempt may write, and how often it was begun: what ends its worker each time is given up.
    Column("attempt", Integer, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("worker", String(64), nullable=False),
    Column("stop_asked", Boolean, nullable=False),
    # Of finished ones. The nerve is the one that somebody chose to measure.
    Column("nerve", Integer),
    Column("seconds", Float),
    Column("engine", String(200)),
    Column("summary", Text),
    CheckConstraint("state IN ('waiting', 'running', 'stopped', 'failed', 'done')", name="analysis_state"),
    Index("analysis_clip", "clip_sha256"),
    Index("analysis_queue", "state", "made_at"),
    Index("analysis_made", "made_at"),
)

ANALYSIS_RESULTS = Table(
    "analysis_result",
    METADATA,
    Column("analysis_id", String(32), ForeignKey("analysis.id", ondelete="CASCADE"), primary_key=True),
    Column("clip", Text, nullable=False),
    Column("model", Text, nullable=False),
    # Every frame's, deflated JSON.
    Column("measurements", LargeBinary, nullable=False),
    # Of the nerves that were followed besides, and the number of the one above.
    Column("other_nerves", LargeBinary),
    Column("nerve", Integer, nullable=False, server_default="0"),
    Column("truncation", Text),
    # None where nobody looked: of versions before.
    Column("unlike_training", Text),
    # The key of the object that holds the masks, and the hash of its bytes.
    Column("masks", String(200), nullable=False),
    Column("masks_sha256", String(64), nullable=False),
)
