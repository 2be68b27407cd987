"""Worksheets of visits, their accepted values, protocols and norms of one's own."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "worksheet",
        sa.Column("exam_id", sa.String(32), sa.ForeignKey("exam.id"), primary_key=True),
        sa.Column("protocol", sa.String(32), nullable=False),
        sa.Column("bifid", sa.String(32), nullable=False),
        sa.Column("conclusion", sa.Text, nullable=False),
        sa.Column("by", sa.String(32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True)),
    )
    op.create_table(
        "worksheet_value",
        sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("id", sa.String(32), nullable=False, unique=True),
        sa.Column("exam_id", sa.String(32), sa.ForeignKey("exam.id"), nullable=False),
        sa.Column("nerve", sa.String(32), nullable=False),
        sa.Column("site", sa.String(32), nullable=False),
        sa.Column("side", sa.String(16), nullable=False),
        sa.Column("withdrawn", sa.Boolean, nullable=False),
        sa.Column("choice", sa.String(32), nullable=False),
        sa.Column("area", sa.Float),
        sa.Column("unit", sa.String(8), nullable=False),
        sa.Column("clip_sha256", sa.String(64), sa.ForeignKey("clip.sha256")),
        sa.Column("measured", sa.Text),
        sa.Column("reservations", sa.Text, nullable=False),
        sa.Column("echo_intensity", sa.Float),
        sa.Column("hypoechoic_fraction", sa.Float),
        sa.Column("by", sa.String(32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("worksheet_value_exam", "worksheet_value", ["exam_id", "sequence"])
    op.create_index("worksheet_value_clip", "worksheet_value", ["clip_sha256"])
    op.create_table(
        "protocol",
        sa.Column("name", sa.String(32), primary_key=True),
        sa.Column("title", sa.String(60), nullable=False),
        sa.Column("stations", sa.Text, nullable=False),
        sa.Column("by", sa.String(32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "norm_set",
        sa.Column("name", sa.String(32), primary_key=True),
        sa.Column("csv", sa.Text, nullable=False),
        sa.Column("by", sa.String(32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    """Undo it."""
    for table in ("norm_set", "protocol", "worksheet_value", "worksheet"):
        op.drop_table(table)
