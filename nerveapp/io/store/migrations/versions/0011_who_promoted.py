"""Who locked outlines and who put a model to use."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns: of what was done before nobody knows."""
    for table in ("locked_frame", "promotion"):
        op.add_column(table, sa.Column("by", sa.String(32), nullable=False, server_default=""))


def downgrade() -> None:
    """Undo it."""
    for table in ("promotion", "locked_frame"):
        op.drop_column(table, "by")
