"""The day that it is where the user sits: a server in another time zone may be a day ahead, or behind."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from nerveapp.clock import now


def today() -> date:
    """Give the day by the browser's time zone; by UTC where the browser does not say."""
    zone = st.context.timezone
    try:
        return (now().astimezone(ZoneInfo(zone)) if zone else now()).date()
    except (ZoneInfoNotFoundError, ValueError):  # the name comes from outside
        return now().date()
