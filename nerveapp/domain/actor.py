"""Who does something, and what they may do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from nerveapp.domain.annotation import code
from nerveapp.errors import RightsError


class Right(StrEnum):
    """What there is to be allowed."""

    ANALYSE = "analyse clips"
    DESCRIBE = "describe patients, visits and clips"
    ANNOTATE = "draw outlines"
    TRAIN = "train models"
    PROMOTE = "lock outlines and put models to use"
    DELETE = "delete patients, visits and clips"


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who uses the app.

    Parameters
    ----------
    code : str
        Code of the person; "" where nobody has said who they are.
    rights : frozenset of Right
        Everything, as long as there are no accounts.
    """

    code: str = ""
    rights: frozenset[Right] = frozenset(Right)

    def __post_init__(self) -> None:
        if self.code:
            code(self.code, what="rater")

    def require(self, right: Right) -> None:
        """Refuse who may not; raises RightsError."""
        if right not in self.rights:
            raise RightsError(f"You may not {right}.", "Ask whoever runs this server for the right to.")
