"""How values were chosen and what spoke against them, by name: they were stored as the sentences that people read."""

import json
from collections.abc import Mapping

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_CHOICES = {
    "largest": "LARGEST",
    "median": "MEDIAN",
    "most stable run": "MOST_STABLE",
    "frame chosen by hand": "FRAME",
    "entered by hand": "MANUAL",
}
_RESERVATIONS = {
    "the frame is flagged for review": "FLAGGED",
    "most frames of the clip are flagged for review: its figures are of the few others": "MOSTLY_FLAGGED",
    "the clip is not calibrated: the area is in pixels and is compared with nothing": "UNCALIBRATED",
    "no nerve has such an area": "IMPLAUSIBLE",
    "the largest or the median outline of its clip is none of a nerve": "IMPLAUSIBLE_BESIDE",
    "outlines that people drew in the clip were left out": "CORRECTIONS_LEFT_OUT",
    "the images are unlike those the model was trained on": "UNLIKE_TRAINING",
    "the model was not made for this nerve and site, or is weak there": "WEAK_MODEL",
}
_VALUES = sa.table("worksheet_value", sa.column("sequence", sa.Integer), sa.column("choice"), sa.column("reservations"))


def upgrade() -> None:
    """Store names."""
    _rewrite(_CHOICES, _RESERVATIONS)


def downgrade() -> None:
    """Store sentences again."""
    _rewrite(*({name: words for words, name in one.items()} for one in (_CHOICES, _RESERVATIONS)))


def _rewrite(choices: Mapping[str, str], reservations: Mapping[str, str]) -> None:
    connection = op.get_bind()
    for before, after in choices.items():
        connection.execute(_VALUES.update().where(_VALUES.c.choice == before).values(choice=after))
    query = sa.select(_VALUES.c.sequence, _VALUES.c.reservations).where(_VALUES.c.reservations != "[]")
    for sequence, kept in connection.execute(query).all():
        rewritten = json.dumps([reservations[one] for one in json.loads(kept)])
        connection.execute(_VALUES.update().where(_VALUES.c.sequence == sequence).values(reservations=rewritten))
