"""Analyses: those that wait and run, and what came out of them."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "analysis",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("clip_sha256", sa.String(64), sa.ForeignKey("clip.sha256", ondelete="CASCADE"), nullable=False),
        sa.Column("request", sa.Text, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("said", sa.Text, nullable=False),
        sa.Column("frames_done", sa.Integer, nullable=False),
        sa.Column("frame_count", sa.Integer),
        sa.Column("by", sa.String(32), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True)),
        sa.Column("heartbeat_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("worker", sa.String(64), nullable=False),
        sa.Column("stop_asked", sa.Boolean, nullable=False),
        sa.Column("seconds", sa.Float),
        sa.Column("engine", sa.String(200)),
        sa.Column("summary", sa.Text),
        sa.CheckConstraint("state IN ('waiting', 'running', 'stopped', 'failed', 'done')", name="analysis_state"),
    )
    op.create_index("analysis_clip", "analysis", ["clip_sha256"])
    op.create_index("analysis_queue", "analysis", ["state", "made_at"])
    op.create_index("analysis_made", "analysis", ["made_at"])
    op.create_table(
        "analysis_result",
        sa.Column("analysis_id", sa.String(32), sa.ForeignKey("analysis.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("clip", sa.Text, nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("measurements", sa.LargeBinary, nullable=False),
        sa.Column("truncation", sa.Text),
        sa.Column("masks", sa.String(200), nullable=False),
        sa.Column("masks_sha256", sa.String(64), nullable=False),
    )


def downgrade() -> None:
    """Undo it."""
    op.drop_table("analysis_result")
    op.drop_table("analysis")
