"""Patients and exams under which clips are filed, where clips came from, and what was done."""

import uuid
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

NOTE = "brought before exams were kept"


def upgrade() -> None:
    """Make every person of today's clips a patient with one undated exam, under which the clips are filed."""
    _create_people()
    _create_clips()
    op.create_table(
        "library_log",
        sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(32), nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )
    # In words of its own: Alembic would copy a table of SQLite's to add a reference.
    op.execute("ALTER TABLE clip_description ADD COLUMN exam_id VARCHAR(32) REFERENCES exam (id)")
    op.create_index("clip_description_exam", "clip_description", ["exam_id"])
    op.create_index("clip_description_subject", "clip_description", ["subject"])
    epoch = "1970-01-01 00:00:00"  # SQLite wants a value for the rows that are there
    op.add_column("clip", sa.Column("added_at", sa.DateTime(timezone=True), nullable=False, server_default=epoch))
    op.execute(
        "UPDATE clip SET added_at = (SELECT min(said.described_at) FROM clip_description AS said "
        "WHERE said.clip_sha256 = clip.sha256) "
        "WHERE EXISTS (SELECT 1 FROM clip_description AS said WHERE said.clip_sha256 = clip.sha256)"
    )
    op.create_index("clip_added", "clip", ["added_at", "sha256"])
    _file_known_clips(op.get_bind())


def _create_people() -> None:
    op.create_table(
        "patient",
        sa.Column("code", sa.String(32), primary_key=True),
        sa.Column("birth_year", sa.Integer),
        sa.Column("height_cm", sa.Float),
        sa.Column("wrist_mm", sa.Float),
        sa.Column("sex", sa.String(16)),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "exam",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("patient", sa.String(32), sa.ForeignKey("patient.code"), nullable=False),
        sa.Column("date", sa.Date),
        sa.Column("day", sa.Integer),
        sa.Column("indication", sa.String(500), nullable=False),
        sa.Column("note", sa.String(500), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("date IS NULL OR day IS NULL", name="exam_when"),
    )
    op.create_index("exam_patient", "exam", ["patient"])


def _create_clips() -> None:
    op.create_table(
        "clip_source",
        sa.Column("clip_sha256", sa.String(64), sa.ForeignKey("clip.sha256"), primary_key=True),
        sa.Column("origin", sa.String(32), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("name_folded", sa.Text, nullable=False),
        sa.Column("credit", sa.Text, nullable=False),
        sa.Column("study_uid", sa.String(64), nullable=False),
        sa.Column("series_uid", sa.String(64), nullable=False),
        sa.Column("instance_uid", sa.String(64), nullable=False),
    )
    op.create_table(
        "clip_source_file",
        sa.Column("clip_sha256", sa.String(64), sa.ForeignKey("clip_source.clip_sha256"), primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "thumbnail",
        sa.Column("clip_sha256", sa.String(64), sa.ForeignKey("clip.sha256"), primary_key=True),
        sa.Column("jpeg", sa.LargeBinary, nullable=False),
    )


def _file_known_clips(connection: sa.Connection) -> None:
    said = sa.table("clip_description", *map(sa.column, ("sequence", "clip_sha256", "subject", "exam_id")))
    timed = sa.DateTime(timezone=True)
    patient = sa.table("patient", sa.column("code"), sa.column("added_at", timed))
    exam = sa.table("exam", *map(sa.column, ("id", "patient", "indication", "note")), sa.column("added_at", timed))
    newest = sa.select(sa.func.max(said.c.sequence)).group_by(said.c.clip_sha256)
    stands = said.c.sequence.in_(newest)
    now = datetime.now(UTC)
    people = sa.select(said.c.subject).where(stands, said.c.subject != "").distinct().order_by(said.c.subject)
    for code in [*connection.execute(people).scalars()]:
        exam_id = uuid.uuid4().hex
        connection.execute(patient.insert().values(code=code, added_at=now))
        connection.execute(exam.insert().values(id=exam_id, patient=code, indication="", note=NOTE, added_at=now))
        connection.execute(said.update().where(stands, said.c.subject == code).values(exam_id=exam_id))


def downgrade() -> None:
    """Forget patients, exams and where clips came from; each clip keeps its subject."""
    op.drop_index("clip_added", "clip")
    op.drop_column("clip", "added_at")
    op.drop_index("clip_description_subject", "clip_description")
    op.drop_index("clip_description_exam", "clip_description")
    with op.batch_alter_table("clip_description", table_kwargs={"sqlite_autoincrement": True}) as table:
        table.drop_column("exam_id")
    for name in ("library_log", "thumbnail", "clip_source_file", "clip_source", "exam", "patient"):
        op.drop_table(name)
