"""The time as it is written down."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """Give the time, with its zone."""
    return datetime.now(UTC)
