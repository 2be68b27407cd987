"""The app opened in the person's browser when its server starts: a server with routes of its own leaves that to us."""

from __future__ import annotations

import threading
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st

from nerveapp.ui.page.outline_route import base_path

_ONCE_IT_ANSWERS_S = 0.5


@asynccontextmanager
async def opened_in_browser(_server: st.App) -> AsyncIterator[None]:
    """Open the app once its server answers, unless there is no screen or nobody wants it (``server.headless``)."""
    if not st.get_option("server.headless"):
        timer = threading.Timer(_ONCE_IT_ANSWERS_S, webbrowser.open, [address()])
        timer.daemon = True
        timer.start()
    yield


def address() -> str:
    """Give the app's address on this machine."""
    scheme = "https" if st.get_option("server.sslCertFile") else "http"
    return f"{scheme}://{st.get_option('browser.serverAddress')}:{st.get_option('server.port')}{base_path()}"
