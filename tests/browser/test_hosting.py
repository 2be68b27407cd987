"""Whom the server lets in."""

import socket
from urllib.parse import urlsplit

import pytest

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
