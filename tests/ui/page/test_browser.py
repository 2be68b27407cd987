"""The app is opened in the browser of whoever starts it."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import streamlit as st

from nerveapp.ui.page import browser


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    seen: list[str] = []
    monkeypatch.setattr("nerveapp.ui.page.browser._ONCE_IT_ANSWERS_S", 0.0)
    monkeypatch.setattr("webbrowser.open", seen.append)
    return seen


def start(monkeypatch: pytest.MonkeyPatch, **options: object) -> None:
    """Start and end a server with Streamlit's options, and wait for what it started."""
    asked = {"browser.serverAddress": "localhost", "server.port": 8501, "server.baseUrlPath": ""}
    asked |= {name.replace("_", "."): value for name, value in options.items()}
    monkeypatch.setattr("streamlit.get_option", asked.get)

    async def serve() -> None:
        async with browser.opened_in_browser(st.App("main.py")):
            for thread in threading.enumerate():
                if isinstance(thread, threading.Timer):
                    thread.join(10)

    with ThreadPoolExecutor(1) as apart:  # in this thread a test of another file may have a loop of its own
        apart.submit(lambda: asyncio.run(serve())).result()


def test_it_is_opened_where_there_is_a_screen(monkeypatch: pytest.MonkeyPatch, opened: list[str]) -> None:
    start(monkeypatch, server_headless=True)
    assert opened == []
    start(monkeypatch, server_headless=False)
    assert opened == ["http://localhost:8501"]
    start(monkeypatch, server_headless=False, server_sslCertFile="cert.pem", server_baseUrlPath="/nerves/")
    assert opened[1:] == ["https://localhost:8501/nerves"]
