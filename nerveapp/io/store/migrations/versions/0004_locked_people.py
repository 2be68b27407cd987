"""Of whom a locked outline was when it was locked."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Note for outlines locked before whom their clips are of now; some databases were made with the column."""
    bind = op.get_bind()
    if any(column["name"] == "person" for column in sa.inspect(bind).get_columns("locked_frame")):
        return
    with op.batch_alter_table("locked_frame") as table:
        table.add_column(sa.Column("person", sa.String(64), nullable=False, server_default=""))
    op.execute(
        "UPDATE locked_frame SET person = (SELECT CASE WHEN clip.subject <> '' THEN clip.subject ELSE clip.sha256 END "
        "FROM annotation JOIN clip ON annotation.clip_sha256 = clip.sha256 "
        "WHERE annotation.id = locked_frame.annotation_id)"
    )
    with op.batch_alter_table("locked_frame") as table:
        table.alter_column("person", server_default=None, existing_type=sa.String(64), existing_nullable=False)


def downgrade() -> None:
    """Undo it."""
    with op.batch_alter_table("locked_frame") as table:
        table.drop_column("person")
