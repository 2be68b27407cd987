"""The time at which tests take place."""

from datetime import UTC, datetime

START = datetime(2026, 1, 1, 12, tzinfo=UTC)
