"""How long clips are kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from nerveapp.errors import SettingsError

UNTIL_DELETED, NONE = "until-deleted", "none"
LONGEST_WORK = timedelta(hours=12)
"""Nobody works on one clip longer without opening it again."""


@dataclass(frozen=True, slots=True)
class Retention:
    """A rule for the files of clips; measurements and corrected frames stay whatever it says.

    Parameters
    ----------
    days : int or None
        Files go that many days after they came; 0 keeps none longer than they are worked on, None keeps all until
        they are deleted.
    """

    days: int | None = None

    @classmethod
    def parse(cls, text: str) -> Retention:
        """Read a setting: "until-deleted", "none", or a number of days; raises SettingsError."""
        if text == UNTIL_DELETED:
            return cls(None)
        if text == NONE:
            return cls(0)
        if text.isascii() and text.isdigit() and 0 < int(text) < 100_000:
            return cls(int(text))
        raise SettingsError(
            f"NERVEAPP_RETENTION is {text!r}.", f"Set it to {UNTIL_DELETED}, {NONE}, or a number of days."
        )

    def came_before(self, now: datetime) -> datetime | None:
        """Give the time before which a clip must have come for its files to go now; None where none go.

        Clips that are not kept go when work on them ends, see `workflows.library.retain.release`; at the latest after
        `LONGEST_WORK`, for sessions that never end.
        """
        if self.days is None:
            return None
        return now - (timedelta(days=self.days) if self.days else LONGEST_WORK)

    @property
    def words(self) -> str:
        """The rule in a sentence."""
        if self.days is None:
            return "Clips are kept on this server until somebody deletes them."
        if self.days == 0:
            return "Clips are not kept: only measurements, and the frames that were corrected."
        return f"Clips are kept on this server for {self.days} days, measurements and corrected frames longer."
