"""Whom the server lets in."""

import socket
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import browsing, kill_server, serving

pytestmark = pytest.mark.browser

HANDSHAKE = (
    "GET /_stcore/stream HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{more}\r\n"
)


def answer(url: str, host: str, more: str = "") -> int:
    """Ask for the WebSocket of a session under a host's name; gives the HTTP status."""
    port = urlsplit(url).port or 0
    with socket.create_connection(("localhost", port), timeout=10) as connection:
        connection.sendall(HANDSHAKE.format(host=host, more=more).replace("{port}", str(port)).encode())
        return int(connection.recv(1024).split()[1])


@pytest.mark.parametrize("host", ["localhost:{port}", "127.0.0.1:{port}", "[::1]:{port}", "LOCALHOST"])
def test_this_machine_is_let_in_by_its_own_names(app_url: str, host: str) -> None:
    assert answer(app_url, host) == 101


@pytest.mark.parametrize("host", ["evil.example", "evil.example:{port}", "localhost.evil.example", "user@localhost"])
def test_another_name_for_this_machine_is_refused(app_url: str, host: str) -> None:
    """A name server can point a foreign page's name at this machine (DNS rebinding) and speak to the app."""
    assert answer(app_url, host, f"Origin: http://{host}\r\n") == 403


def test_a_foreign_page_is_refused_under_the_right_name(app_url: str) -> None:
    assert answer(app_url, "localhost:{port}", "Origin: http://evil.example\r\n") == 403


@pytest.mark.slow
def test_whoever_loses_the_server_is_told_so_and_not_to_restart_it(browser: Browser) -> None:
    with serving() as url, browsing(browser, url) as page:
        page.get_by_text("Not a medical device").first.wait_for()
        kill_server(url)
        dialog = page.get_by_role("dialog")
        dialog.wait_for(timeout=120_000)
        expect(dialog.get_by_text("streamlit run")).to_be_hidden()
        expect(dialog.get_by_text("Is Streamlit still running?")).to_be_hidden()
        body = dialog.locator("[slot=title] + div")
        words = body.evaluate("element => getComputedStyle(element, '::before').content")
        assert words == '"The server is not reachable. Your work is kept; the page reconnects by itself."'
