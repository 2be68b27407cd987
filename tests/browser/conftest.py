"""The app on a free port, and a real browser in front of it."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from _pytest.runner import runtestprotocol
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

ROOT = Path(__file__).parents[2]
expect.set_options(timeout=30_000)  # a machine that does other work too is slow, not wrong
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """Try a browser test that failed once more, and warn of it: a machine at its limit loses a click now and then.

    The second try meets a server without what the first one left there: a clip filed already is no clip to be filed.
    """
    if item.get_closest_marker("browser") is None:
        return None
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    reports = runtestprotocol(item, log=False, nextitem=nextitem)
    failed = [report for report in reports if report.failed]
    if failed:
        item.warn(pytest.PytestWarning(f"{item.nodeid} failed at first:\n{failed[0].longreprtext[-2000:]}"))
        try:
            item.session._setupstate.teardown_exact(None)
        except Exception as fault:  # noqa: BLE001 - out of here it would end the whole run, not this test
            item.warn(pytest.PytestWarning(f"{item.nodeid}, what its first try left: {str(fault)[-2000:]}"))
        reports = runtestprotocol(item, log=False, nextitem=nextitem)
    for report in reports:
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


def chromium() -> str | None:
    """Path of a Chromium: CHROMIUM, or one on the path.

    Debian's headless shell draws no window around a page, which costs a whole Chromium more than a second each.
    """
    names = (
        os.environ.get("CHROMIUM", ""),
        "chromium-headless-shell",
        "chromium",
        "chromium-browser",
        "google-chrome",
    )
    return next((found for name in names if name and (found := shutil.which(name))), None)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(database: str | None = None, **settings: str) -> Iterator[str]:
    """Run the app on a free port; its log must be free of faults, and its worker must end with it.

    Annotations go to `database`, or to one that goes with the server, and so do clips and trainings to a folder: never
    to this checkout's own. Settings are variables of its environment.
    """
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", "app.py", f"--server.port={port}", "--server.headless=true"]
    with tempfile.TemporaryDirectory() as folder, (log := Path(folder) / "log").open("w") as output:
        own = {
            "NERVEAPP_DATABASE": database or f"sqlite:///{folder}/nerveapp.db",
            "NERVEAPP_DATA_DIR": f"{folder}/data",
            "NERVEAPP_JOBS": f"{folder}/jobs",
            "NERVEAPP_ANALYSES": "process",  # the other tests run them in a thread
        } | settings
        server = subprocess.Popen(command, cwd=ROOT, env=os.environ | own, stdout=output, stderr=subprocess.STDOUT)
        try:
            _wait(f"http://localhost:{port}/_stcore/health", server, log)
            yield f"http://localhost:{port}"
        finally:
            server.terminate()
            server.wait(60)
            left = _outlived(own["NERVEAPP_DATA_DIR"])
        assert not left, f"analyses are worked on without a server: {left}"
        for fault in ("Traceback", "missing ScriptRunContext", "created with a default value but also"):
            assert fault not in log.read_text(), log.read_text()


def kill_server(url: str) -> None:
    """End a server as a power cut would; what works on its analyses goes on."""
    port = f"--server.port={url.rsplit(':', 1)[1]}"
    (server,) = (pid for pid, words in _commands() if port in words)
    os.kill(server, signal.SIGKILL)
    time.sleep(0.5)


def workers(data: str | Path) -> list[int]:
    """Give the processes that work on analyses of clips kept in a folder."""
    variable = f"NERVEAPP_DATA_DIR={data}".encode()
    found = []
    for pid, words in _commands():
        if "work-analyses" in words:
            with suppress(OSError):  # it has just ended
                if variable in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"):
                    found.append(pid)
    return found


def _commands() -> Iterator[tuple[int, list[str]]]:
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            yield int(entry.parent.name), entry.read_bytes().decode(errors="replace").split("\0")


def _outlived(data: str) -> list[int]:
    """Give what works on analyses still, a while after the server is gone: it may finish those that were begun."""
    deadline = time.monotonic() + 60
    while (left := workers(data)) and time.monotonic() < deadline:
        time.sleep(0.2)
    for pid in left:
        with suppress(OSError):
            os.kill(pid, signal.SIGKILL)
    return left


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> str:
    """URL of the annotations of the server all tests share; each test is a rater of its own."""
    return f"sqlite:///{tmp_path_factory.mktemp('store') / 'nerveapp.db'}"


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the clips and results of that server."""
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="session")
def app_url(database: str, data: Path) -> Iterator[str]:
    with serving(database, NERVEAPP_DATA_DIR=str(data)) as url:
        yield url


def _wait(url: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        assert server.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(url, timeout=2):  # noqa: S310 - our own server
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise AssertionError(f"the app did not start: {log.read_text()}")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = chromium()
    if path is None:
        pytest.skip("no Chromium here: install it or set CHROMIUM")
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield found
        found.close()


@contextmanager
def browsing(browser: Browser, url: str) -> Iterator[Page]:
    """Open a page of the app as somebody new; its scripts must not fail.

    Streamlit's placeholders keep still: without a graphics card, to animate them takes a good part of a core.
    """
    context = browser.new_context(
        viewport={"width": 1280, "height": 900}, accept_downloads=True, reduced_motion="reduce"
    )
    context.set_default_timeout(120_000)
    found = context.new_page()
    problems: list[str] = []
    found.on("pageerror", lambda error: problems.append(str(error)))
    found.goto(url)
    yield found
    context.close()
    assert problems == []


@pytest.fixture
def page(browser: Browser, app_url: str) -> Iterator[Page]:
    with browsing(browser, app_url) as found:
        yield found


def settle(page: Page) -> None:
    """Wait until the page is drawn: before that it may show what it is about to take away or to move."""
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


def drag(page: Page, on: Locator, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Draw from point to point of an element, in its pixels."""
    on.wait_for()
    on.scroll_into_view_if_needed()
    page.wait_for_timeout(1000)
    box = on.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + start[0], box["y"] + start[1])
    page.mouse.down()
    page.mouse.move(box["x"] + end[0], box["y"] + end[1], steps=8)
    page.mouse.up()
