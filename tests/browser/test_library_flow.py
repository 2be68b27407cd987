"""What is kept, as a person meets it: addresses, tabs, restarts, and several clips or visitors at once."""

import os
import re
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FilePayload, Page, expect

from nerveapp.io.phantom_files import write_phantom
from nerveapp.phantom import phantom_spec
from tests.browser.conftest import browsing, kill_server, serving, workers
from tests.browser.test_main_flow import analysed, download, measure, ready_player, rows, spacing

pytestmark = pytest.mark.browser

VISITORS = 3


@cache
def small_clip(subject: int) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        write_phantom(Path(folder), phantom_spec(seed=1, subject=subject, frames=8))
        return (Path(folder) / "clip.mp4").read_bytes()


def payload(name: str, data: bytes) -> FilePayload:
    return {"name": name, "mimeType": "video/mp4", "buffer": data}


def upload(page: Page, *clips: FilePayload) -> None:
    page.get_by_test_id("stFileUploaderDropzoneInput").first.set_input_files(list(clips))


def wait_for_frames(page: Page, frames: int) -> None:
    """Wait until so many frames are outlined, and see that the analysis is still under way."""
    pattern = re.compile(rf"Frame ({'|'.join(map(str, range(frames, 150)))}) of 150")
    page.get_by_text(pattern).first.wait_for()


@pytest.mark.slow
def test_an_analysis_under_way_when_server_and_worker_die_is_there_once_they_are_back(
    browser: Browser, tmp_path: Path
) -> None:
    kept = {"NERVEAPP_DATA_DIR": str(tmp_path / "data"), "NERVEAPP_JOBS": str(tmp_path / "jobs")}
    database = f"sqlite:///{tmp_path / 'nerveapp.db'}"
    address = ""
    with (
        pytest.raises(InterruptedError),
        serving(database, **kept) as url,
        browsing(browser, url) as page,
    ):
        page.get_by_role("button", name="Try the demo clip").click()
        wait_for_frames(page, 5)
        address = page.url.removeprefix(url)
        kill_server(url)
        for pid in workers(tmp_path / "data"):
            os.kill(pid, signal.SIGKILL)
        raise InterruptedError
    with serving(database, **kept) as url, browsing(browser, url + address) as page:
        ready_player(page)
        assert len(rows(download(page, "CSV"))) == 150


@pytest.mark.slow
def test_an_analysis_finishes_though_its_worker_is_killed(browser: Browser, tmp_path: Path) -> None:
    data = tmp_path / "data"
    with serving(NERVEAPP_DATA_DIR=str(data)) as url, browsing(browser, url) as page:
        page.get_by_role("button", name="Try the demo clip").click()
        wait_for_frames(page, 5)
        expect(page.locator(".st-key-early img, .nerve-player[data-early='true']").first).to_be_visible()
        (worker,) = workers(data)
        os.kill(worker, signal.SIGKILL)
        ready_player(page)
        assert len(rows(download(page, "CSV"))) == 150
        assert workers(data) != [worker]


@pytest.mark.slow
def test_two_points_drawn_stay_on_every_page_and_in_every_tab(page: Page) -> None:
    page.get_by_role("button", name="Open a clip of mine").click()
    upload(page, payload("points.mp4", small_clip(21)))
    page.get_by_text("points.mp4").first.wait_for()
    page.get_by_text("Two points on a frame").click()
    page.locator(".nerve-ruler[data-ready='true']").wait_for()
    canvas = page.locator(".nerve-ruler canvas").first
    canvas.scroll_into_view_if_needed()
    page.wait_for_timeout(500)
    box = canvas.bounding_box()
    assert box is not None
    for y in (0.25, 0.75):  # of 480 px
        page.mouse.click(box["x"] + 0.3 * box["width"], box["y"] + y * box["height"])
        page.wait_for_timeout(400)
    distance = page.get_by_label("True distance between the two points, in mm")
    distance.fill("12")
    distance.press("Enter")
    said = page.get_by_text(re.compile(r"^In force: .*two points on a frame"))
    said.wait_for()
    text = said.inner_text()
    assert spacing(text) == pytest.approx(12 / 240, rel=0.03), text
    # The line is still there, and shown, after a look at another page; another one counts in its place.
    page.get_by_role("link", name="Models").click()
    page.get_by_role("heading", name="Add a model").wait_for()
    page.get_by_role("link", name="Analyse").click()
    expect(page.locator(".nerve-ruler[data-ready='true']")).to_have_attribute("data-line", re.compile(r"^\d"))
    assert said.inner_text() == text
    measure(page, (0.6, 0.2), (0.6, 0.4))
    expect(said).to_contain_text("0.12")
    analysed(page)
    subject, areas = page.locator(".st-key-subject"), figures_of_a_short_clip(page)
    expect(subject).to_contain_text("mm per pixel (two points on a frame)")
    assert any("mm²" in area for area in areas)

    page.get_by_role("button", name="Correct this frame").click()
    page.get_by_role("textbox", name="Rater").wait_for()
    page.get_by_role("link", name="Analyse").click()
    assert figures_of_a_short_clip(page) == areas
    expect(subject).to_contain_text("mm per pixel (two points on a frame)")

    other = page.context.new_page()
    other.goto(page.url)
    assert figures_of_a_short_clip(other) == areas
    other.close()


def figures_of_a_short_clip(page: Page) -> list[str]:
    ready_player(page)
    found = page.get_by_test_id("stMetricValue")
    expect(found).to_have_count(4)
    return found.all_inner_texts()


def test_three_clips_at_once_are_listed_and_each_opens(page: Page) -> None:
    page.get_by_role("button", name="Open a clip of mine").click()
    names = [f"clip-{number}.mp4" for number in (1, 2, 3)]
    upload(page, *(payload(name, small_clip(30 + number)) for number, name in enumerate(names)))
    page.get_by_role("heading", name="Several clips").wait_for()
    for name in names:
        expect(page.get_by_text(name)).to_be_visible()
    expect(page.get_by_text("frames flagged")).to_have_count(3)
    batch = page.url
    assert "analyses=" in batch
    for number, name in enumerate(names):
        page.get_by_role("button", name="Open").nth(number).click()
        page.wait_for_url(re.compile("analysis="))
        ready_player(page)
        expect(page.get_by_text(name).first).to_be_visible()
        page.go_back()
        expect(page.get_by_text("frames flagged")).to_have_count(3)
        assert page.url == batch


@pytest.fixture
def visitors(browser: Browser) -> Iterator[list[Page]]:
    """People on a server where nobody has analysed anything."""
    with serving() as url, ExitStack() as open_pages:
        yield [open_pages.enter_context(browsing(browser, url)) for _ in range(VISITORS)]


@pytest.mark.slow
def test_all_who_press_the_demo_at_once_share_one_analysis(visitors: list[Page]) -> None:
    for page in visitors:
        page.get_by_role("button", name="Try the demo clip").wait_for()
    started = time.monotonic()
    for page in visitors:
        page.get_by_role("button", name="Try the demo clip").click()
    overlays = []
    for page in visitors:
        page.locator(".st-key-early img, .nerve-player").first.wait_for()
        overlays.append(time.monotonic() - started)
    times = []
    for page in visitors:
        page.locator(".nerve-player[data-ready='true'][data-early='false']").wait_for()
        times.append(time.monotonic() - started)
    print(f"{VISITORS} visitors: overlays within {max(overlays):.1f} s, results {times[0]:.1f} to {times[-1]:.1f} s")
    assert len({page.url for page in visitors}) == 1, "one analysis, one address"
    assert times[-1] < 180
