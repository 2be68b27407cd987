"""Text that somebody else wrote, in front of a real browser: it is read, and nothing is fetched."""

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FilePayload, expect

from nerveapp.bootstrap import REPOSITORY
from nerveapp.demo import DEMO_CLIP
from nerveapp.io.atomic import write_bytes
from nerveapp.io.model_store import FolderModelStore, card_json
from tests.browser.conftest import browsing, serving

pytestmark = pytest.mark.browser

MODEL = "median-wrist"


@contextmanager
def listening() -> Iterator[tuple[int, list[str]]]:
    """Serve a foreign address; what is asked of it is put down."""
    asked: list[str] = []

    class Listener(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Listener)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port, asked
    server.shutdown()
    server.server_close()


def bait(port: int) -> str:
    """Text that makes a browser fetch, once it is taken for Markdown or HTML; as a file's name it has no slash."""
    return f"![x](http:&#47;&#47;127.0.0.1:{port}&#47;a.png)<img src=http:&#47;&#47;127.0.0.1:{port}&#47;b.png>"


def poisoned_weights(folder: Path, text: str) -> None:
    """Copy a model whose card says the text wherever it may say something."""
    for path in (REPOSITORY / "weights").glob("median-wrist*"):
        shutil.copy(path, folder / path.name)
    card = FolderModelStore(folder).card(MODEL)
    data = replace(card.trained_on[0], name=text, licence=text, source=text)
    score = replace(card.scores[0], dataset=text, split=text, engine=text)
    poisoned = replace(card, title=text, remark=text, licence=text, trained_on=(data,), scores=(score,), recipe=text)
    write_bytes(folder / f"{MODEL}.json", card_json(poisoned))


@pytest.mark.slow
def test_a_file_and_a_model_card_from_outside_make_nobodys_browser_fetch(browser: Browser, tmp_path: Path) -> None:
    with listening() as (port, asked):
        poisoned_weights(tmp_path, bait(port))
        with serving(NERVEAPP_WEIGHTS=str(tmp_path)) as url, browsing(browser, f"{url}/analyse") as page:
            clip = FilePayload(name=f"{bait(port)}.mp4", mimeType="video/mp4", buffer=DEMO_CLIP.read_bytes())
            page.locator("input[type=file]").first.set_input_files(clip)
            expect(page.get_by_role("heading", level=1)).to_contain_text(bait(port))
            page.get_by_role("button", name="Analyse", exact=True).click()
            page.locator(".nerve-player[data-ready='true'][data-early='false']").wait_for()
            page.get_by_role("link", name="Annotations").click()
            expect(page.get_by_text("Outlines of")).to_contain_text(bait(port))
            page.get_by_role("link", name="Models").click()
            page.get_by_text("two stages: the whole frame").wait_for()
            assert page.get_by_text(bait(port)).count() >= 3
            page.wait_for_timeout(1000)
        assert asked == []
