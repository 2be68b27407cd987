"""A file in the object store, as a list of them tells, and under which keys files lie."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

CLIPS, PREVIEWS, ANALYSES = "clips", "previews", "analyses"
"""What keys begin with; nothing else is kept."""


def clip_key(sha256: str) -> str:
    """Give the key above those of a clip's own files."""
    return f"{CLIPS}/{sha256}"


def preview_key(sha256: str) -> str:
    """Give the key of a clip's video for the player."""
    return f"{PREVIEWS}/{sha256}.mp4"


def analysis_key(analysis: str) -> str:
    """Give the key above those of an analysis's masks."""
    return f"{ANALYSES}/{analysis}"


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
