"""Clips, frames, predictions and annotations."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the first tables."""
    op.create_table(
        "clip",
        sa.Column("sha256", sa.String(64), primary_key=True),
        sa.Column("width", sa.Integer, nullable=False),
        sa.Column("height", sa.Integer, nullable=False),
        sa.Column("frame_count", sa.Integer, nullable=False),
        sa.Column("subject", sa.String(32), nullable=False),
        sa.Column("nerve", sa.String(32), nullable=False),
        sa.Column("site", sa.String(32), nullable=False),
        sa.Column("side", sa.String(16), nullable=False),
        sa.Column("row_spacing_mm", sa.Float),
        sa.Column("column_spacing_mm", sa.Float),
        sa.Column("calibration_origin", sa.String(64)),
        sa.Column("calibration_detail", sa.String(500)),
    )
    op.create_table(
        "frame",
        sa.Column("clip_sha256", sa.String(64), sa.ForeignKey("clip.sha256"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("png", sa.LargeBinary, nullable=False),
        sa.Column("checksum", sa.String(64), nullable=False),
    )
    op.create_table(
        "prediction",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("clip_sha256", sa.String(64), nullable=False),
        sa.Column("frame", sa.Integer, nullable=False),
        sa.Column("model", sa.String(100), nullable=False),
        sa.Column("model_sha256", sa.String(64), nullable=False),
        sa.Column("png", sa.LargeBinary, nullable=False),
        sa.Column("checksum", sa.String(64), nullable=False),
        sa.Column("confidence", sa.Float, nullable=False),
        sa.ForeignKeyConstraint(["clip_sha256", "frame"], ["frame.clip_sha256", "frame.number"]),
        sa.UniqueConstraint("clip_sha256", "frame", "model_sha256", "checksum"),
    )
    op.create_table(
        "annotation",
        sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("id", sa.String(32), nullable=False, unique=True),
        sa.Column("clip_sha256", sa.String(64), nullable=False),
        sa.Column("frame", sa.Integer, nullable=False),
        sa.Column("rater", sa.String(32), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("source", sa.String(32), nullable=False),
        sa.Column("png", sa.LargeBinary, nullable=False),
        sa.Column("checksum", sa.String(64), nullable=False),
        sa.Column("prediction_id", sa.Integer, sa.ForeignKey("prediction.id")),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seconds", sa.Float, nullable=False),
        sa.Column("supersedes", sa.String(32), sa.ForeignKey("annotation.id")),
        sa.ForeignKeyConstraint(["clip_sha256", "frame"], ["frame.clip_sha256", "frame.number"]),
        sa.CheckConstraint("seconds >= 0", name="annotation_seconds"),
        sa.CheckConstraint("state IN ('draft', 'final', 'adjudicated')", name="annotation_state"),
        sqlite_autoincrement=True,
    )
    op.create_index("annotation_place", "annotation", ["clip_sha256", "frame", "rater", "sequence"])


def downgrade() -> None:
    """Undo it."""
    for table in ("annotation", "prediction", "frame", "clip"):
        op.drop_table(table)
