"""What is known of a clip, version by version, with who said so and when."""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def _moved() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("frame_count", sa.Integer, nullable=False, server_default="0"),
        sa.Column("subject", sa.String(32), nullable=False, server_default=""),
        sa.Column("nerve", sa.String(32), nullable=False, server_default=""),
        sa.Column("site", sa.String(32), nullable=False, server_default=""),
        sa.Column("side", sa.String(16), nullable=False, server_default=""),
        sa.Column("row_spacing_mm", sa.Float),
        sa.Column("column_spacing_mm", sa.Float),
        sa.Column("calibration_origin", sa.String(64)),
        sa.Column("calibration_detail", sa.String(500)),
    )


def upgrade() -> None:
    """Make what is known of each clip now its first description: nobody's, of today."""
    op.create_table(
        "clip_description",
        sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("clip_sha256", sa.String(64), sa.ForeignKey("clip.sha256"), nullable=False),
        sa.Column("frame_count", sa.Integer, nullable=False),
        sa.Column("subject", sa.String(32), nullable=False),
        sa.Column("nerve", sa.String(32), nullable=False),
        sa.Column("site", sa.String(32), nullable=False),
        sa.Column("side", sa.String(16), nullable=False),
        sa.Column("row_spacing_mm", sa.Float),
        sa.Column("column_spacing_mm", sa.Float),
        sa.Column("calibration_origin", sa.String(64)),
        sa.Column("calibration_detail", sa.String(500)),
        sa.Column("calibration_box", sa.Text),
        sa.Column("affine", sa.Text),
        sa.Column("rater", sa.String(32), nullable=False),
        sa.Column("described_at", sa.DateTime(timezone=True), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("clip_description_clip", "clip_description", ["clip_sha256", "sequence"])
    names = [column.name for column in _moved()]
    clip = sa.table("clip", *map(sa.column, ("sha256", *names)))
    at = sa.Column("described_at", sa.DateTime(timezone=True))
    described = sa.table("clip_description", *map(sa.column, ("clip_sha256", *names, "rater")), at)
    now = sa.literal(datetime.now(UTC), sa.DateTime(timezone=True))
    known = sa.select(clip.c.sha256, *(clip.c[name] for name in names), sa.literal(""), now).order_by(clip.c.sha256)
    op.execute(described.insert().from_select(["clip_sha256", *names, "rater", "described_at"], known))
    for name in names:
        op.drop_column("clip", name)


def downgrade() -> None:
    """Keep of each clip its newest description alone."""
    for column in _moved():
        op.add_column("clip", column)
        op.execute(
            f"UPDATE clip SET {column.name} = (SELECT said.{column.name} FROM clip_description AS said "  # noqa: S608
            "WHERE said.clip_sha256 = clip.sha256 ORDER BY said.sequence DESC LIMIT 1)"
        )
    op.drop_table("clip_description")
