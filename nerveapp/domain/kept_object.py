"""A file in the object store, as a list of them tells."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class KeptObject:
    """One file.

    Parameters
    ----------
    key : str
    size : int
        Bytes.
    written_at : datetime
        With a time zone.
    """

    key: str
    size: int
    written_at: datetime
