"""The warning that a clip's images are unlike those the model was trained on, with its analysis."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("analysis_result", sa.Column("unlike_training", sa.Text))


def downgrade() -> None:
    """Undo it."""
    op.drop_column("analysis_result", "unlike_training")
