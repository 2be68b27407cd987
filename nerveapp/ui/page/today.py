"""The day and the time where the user sits: a server in another time zone may be a day ahead, or behind."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from nerveapp.clock import now


def today() -> date:
    """Give the day by the browser's time zone; by UTC where the browser does not say."""
    return local(now()).date()


def local(moment: datetime) -> datetime:
    """Give a moment, with a time zone, by the browser's time zone; by UTC where the browser does not say."""
    zone = st.context.timezone
    try:
        return moment.astimezone(ZoneInfo(zone) if zone else UTC)
    except (ZoneInfoNotFoundError, ValueError):  # the name comes from outside
        return moment.astimezone(UTC)
