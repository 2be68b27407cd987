"""Reader studies, and to which one an annotation belongs."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add studies; annotations made before belong to none."""
    op.create_table(
        "study",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("name", sa.String(32), nullable=False, unique=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "study_frame",
        sa.Column("study_id", sa.String(32), sa.ForeignKey("study.id"), primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True),
        sa.Column("clip_sha256", sa.String(64), nullable=False),
        sa.Column("frame", sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(["clip_sha256", "frame"], ["frame.clip_sha256", "frame.number"]),
    )
    with op.batch_alter_table("annotation") as table:
        table.add_column(sa.Column("study_id", sa.String(32)))
        table.add_column(sa.Column("study_round", sa.Integer, nullable=False, server_default="0"))
        table.create_foreign_key("annotation_study", "study", ["study_id"], ["id"])


def downgrade() -> None:
    """Undo it."""
    with op.batch_alter_table("annotation") as table:
        table.drop_constraint("annotation_study", type_="foreignkey")
        table.drop_column("study_round")
        table.drop_column("study_id")
    op.drop_table("study_frame")
    op.drop_table("study")
