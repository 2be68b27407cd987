"""The day where the user sits."""

from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest

from nerveapp.ui.page import today as module


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("Australia/Sydney", date(2026, 6, 2)),
        ("America/Los_Angeles", date(2026, 6, 1)),
        (None, date(2026, 6, 1)),
        ("Nowhere/Land", date(2026, 6, 1)),
        ("../../etc/passwd", date(2026, 6, 1)),
    ],
)
def test_today_is_the_day_where_the_user_sits(monkeypatch: pytest.MonkeyPatch, zone: str | None, day: date) -> None:
    monkeypatch.setattr(module, "now", lambda: datetime(2026, 6, 1, 22, 0, tzinfo=UTC))
    monkeypatch.setattr("streamlit.context", SimpleNamespace(timezone=zone))
    assert module.today() == day
