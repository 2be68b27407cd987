"""Several nerves of an analysis, and which of them is measured."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns: earlier analyses have one nerve."""
    op.add_column("analysis", sa.Column("nerve", sa.Integer))
    op.add_column("analysis_result", sa.Column("other_nerves", sa.LargeBinary))
    op.add_column("analysis_result", sa.Column("nerve", sa.Integer, nullable=False, server_default="0"))


def downgrade() -> None:
    """Undo it."""
    op.drop_column("analysis_result", "nerve")
    op.drop_column("analysis_result", "other_nerves")
    op.drop_column("analysis", "nerve")
