"""Correcting as a person does it: strokes, figures, saving, coming back."""

import json
import re
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, FilePayload, Locator, Page, expect

from nerveapp.analysis.agreement import dice
from nerveapp.analysis.outline import corners
from nerveapp.domain.annotation import Annotation, Source, State
from nerveapp.io.phantom_files import write_phantom
from nerveapp.io.store.annotations import SqlAnnotationStore
from nerveapp.io.store.connection import open_database
from nerveapp.phantom import phantom_spec
from tests.browser.conftest import browsing, drag, kill_server, serving
from tests.browser.test_main_flow import analysed, download, ready_player, rows

pytestmark = pytest.mark.browser


@cache
def short_clip() -> bytes:
    """The start of the demo clip: what is corrected here are its first frames."""
    with tempfile.TemporaryDirectory() as folder:
        write_phantom(Path(folder), phantom_spec(seed=1, subject=7, frames=12))
        return (Path(folder) / "clip.mp4").read_bytes()


def analyse_short_clip(page: Page) -> None:
    page.get_by_role("link", name="Analyse").click()
    clip: FilePayload = {"name": "clip.mp4", "mimeType": "video/mp4", "buffer": short_clip()}
    page.get_by_test_id("stFileUploaderDropzoneInput").first.set_input_files(clip)
    page.get_by_text("clip.mp4").first.wait_for()
    analysed(page)


@pytest.fixture(scope="module")
def address(browser: Browser, app_url: str) -> str:
    """Where a result leads to that is to be corrected, below a server's own address; the analysis is made once."""
    with browsing(browser, app_url) as page:
        return corrected(page).removeprefix(app_url)


@pytest.fixture(scope="module")
def editor_url(app_url: str, address: str) -> str:
    return app_url + address


def corrected(page: Page) -> str:
    """Go the whole way from a file to its first frame on Correct; gives the address."""
    analyse_short_clip(page)
    page.get_by_role("button", name="Correct this frame").click()
    page.get_by_role("textbox", name="Rater").wait_for()
    return page.url


def copied(database: str, path: Path) -> str:
    """Copy the store of a server that runs; gives the URL of the copy."""
    with closing(sqlite3.connect(database.removeprefix("sqlite:///"))) as found, closing(sqlite3.connect(path)) as made:
        found.backup(made)
    return f"sqlite:///{path}"


def open_editor(page: Page, rater: str, frame: int = 0) -> Locator:
    """Be a rater on the page of the editor, which opens at a frame."""
    field = page.get_by_role("textbox", name="Rater")
    field.fill(rater)
    field.press("Enter")
    page.get_by_text("No patient code", exact=True).click()
    page.locator(f"[data-rater='{rater}']").wait_for(state="attached")
    editor = ready(page, frame)
    editor.focus()
    return editor


def ready(page: Page, frame: int) -> Locator:
    editor = page.locator(f".nerve-editor[data-ready='true'][data-frame='{frame}']")
    editor.wait_for()
    return editor


def stroke(page: Page, start: tuple[float, float], end: tuple[float, float], *, button: str = "left") -> None:
    """Draw across the canvas (0 to 1 of its size), and wait until it is stored."""
    box = page.locator(".nerve-editor canvas").bounding_box()
    assert box is not None
    at = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in (start, end)]
    with another_record(page):
        page.mouse.move(*at[0])
        page.mouse.down(button="right" if button == "right" else "left")
        page.mouse.move(*at[1], steps=10)
        page.mouse.up(button="right" if button == "right" else "left")


@contextmanager
def another_record(page: Page) -> Iterator[None]:
    """Wait until what is done inside is stored."""
    before = page.locator("[data-record]").get_attribute("data-record") or ""
    yield
    page.wait_for_function(
        "before => { const now = document.querySelector('[data-record]')?.dataset.record;"
        " return now && now !== before; }",
        arg=before,
    )


def metric(page: Page, label: str) -> str:
    figures = page.locator(".st-key-consequence").get_by_test_id("stMetric").filter(has_text=label)
    return figures.get_by_test_id("stMetricValue").inner_text()


def stored(url: str, rater: str) -> list[Annotation]:
    return list(SqlAnnotationStore(open_database(url)).latest(rater=rater))


def test_three_frames_corrected_saved_and_found_again(
    browser: Browser, app_url: str, editor_url: str, database: str
) -> None:
    with browsing(browser, editor_url) as page:
        open_editor(page, "three")
        assert metric(page, "Dice") == "1.000"
        for frame in range(3):
            ready(page, frame)
            stroke(page, (0.5, 0.25), (0.6, 0.2))
            stroke(page, (0.35, 0.5), (0.4, 0.5), button="right")
            found = next(one for one in stored(database, "three") if one.frame == frame)
            assert found.prediction is not None
            drawn, predicted = found.mask.unpack(), found.prediction.mask.unpack()
            assert (drawn & ~predicted).any()
            assert (predicted & ~drawn).any()
            assert metric(page, "Dice") == f"{dice(drawn, predicted):.3f}"
            page.keyboard.press("Enter")
            page.get_by_text(f"Frame {frame} is saved.").wait_for()
        before = stored(database, "three")
        assert [(one.frame, one.state) for one in before] == [(frame, State.FINAL) for frame in range(3)]
        assert all(one.seconds > 0 for one in before)
    # The browser is gone; another one, of the same rater, comes back to the same clip.
    with browsing(browser, app_url) as page:
        assert corrected(page) == editor_url
        open_editor(page, "three")
        expect(page.get_by_text(re.compile(r"3 frames saved, 0 drafts"))).to_be_visible()
        assert metric(page, "Dice") != "1.000"
        assert stored(database, "three") == before


def test_a_stroke_changes_only_what_it_touches_and_undo_brings_all_back(
    browser: Browser, editor_url: str, database: str
) -> None:
    with browsing(browser, editor_url) as page:
        open_editor(page, "stroke")
        stroke(page, (0.5, 0.25), (0.6, 0.2))
        (one,) = stored(database, "stroke")
        assert one.prediction is not None
        predicted = one.prediction.mask.unpack()
        added = one.mask.unpack() & ~predicted
        assert not (predicted & ~one.mask.unpack()).any(), "adding takes nothing away"
        assert 0 < added.sum() < 2000
        page.keyboard.press("Control+z")
        expect(page.locator(".st-key-consequence")).to_contain_text("1.000")
        assert np.array_equal(stored(database, "stroke")[0].mask.unpack(), predicted), "bit for bit"
        page.keyboard.press("Control+y")
        page.keyboard.press("n")
        expect(page.locator(".st-key-consequence")).to_contain_text("0.000")
        assert stored(database, "stroke")[0].no_nerve
        page.keyboard.press("r")
        expect(page.locator(".st-key-consequence")).to_contain_text("1.000")


def test_a_polygon_replaces_the_outline(browser: Browser, editor_url: str, database: str) -> None:
    with browsing(browser, editor_url) as page:
        open_editor(page, "polygon")
        page.keyboard.press("0")
        page.keyboard.press("p")
        box = page.locator(".nerve-editor canvas").bounding_box()
        assert box is not None
        corners = ((0.25, 0.25), (0.5, 0.25), (0.5, 0.75), (0.25, 0.75))
        for x, y in corners:
            page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])
            page.wait_for_timeout(350)
        page.keyboard.press("Enter")
        expect(page.locator("[data-record]")).to_have_attribute("data-record", re.compile(".{32}"))
        mask = stored(database, "polygon")[0].mask.unpack()
        height, width = mask.shape
        expected = np.zeros_like(mask)
        expected[round(height / 4) : round(3 * height / 4), round(width / 4) : round(width / 2)] = True
        assert dice(mask, expected) > 0.98


def test_two_browsers_on_one_frame_both_save(browser: Browser, editor_url: str, database: str) -> None:
    with browsing(browser, editor_url) as one, browsing(browser, editor_url) as other:
        for page in (one, other):
            open_editor(page, "two")
        stroke(one, (0.5, 0.25), (0.6, 0.2))
        stroke(other, (0.4, 0.75), (0.5, 0.8))
        for page in (one, other):
            page.locator(".nerve-editor").focus()
            page.keyboard.press("Enter")
            page.get_by_text("Frame 0 is saved.").wait_for()
        clip = stored(database, "two")[0].clip_sha256
        everyone = SqlAnnotationStore(open_database(database)).history(clip, 0)
        history = [record for record in everyone if record.rater == "two"]
        assert [record.state for record in history] == [State.DRAFT, State.DRAFT, State.FINAL, State.FINAL]
        assert history[2].mask != history[3].mask, "neither clobbered the other"


def test_a_correction_is_followed_through_the_clip_and_d_goes_where_it_parts_from_what_was_found(
    browser: Browser, editor_url: str, database: str
) -> None:
    with browsing(browser, editor_url) as page:
        open_editor(page, "propagates")
        stroke(page, (0.35, 0.5), (0.65, 0.5), button="right")  # half of the nerve is taken away
        stroke(page, (0.35, 0.45), (0.65, 0.45), button="right")
        page.keyboard.press("c")
        page.get_by_text("Propagated to frames 1 to 11.").wait_for()
        propagated = [one for one in stored(database, "propagates") if one.source is Source.PROPAGATED]
        assert [one.frame for one in propagated] == list(range(1, 12))
        assert all(one.state is State.DRAFT for one in propagated)
        agreements = {
            one.frame: dice(one.mask.unpack(), one.prediction.mask.unpack()) for one in propagated if one.prediction
        }
        assert max(agreements.values()) < 0.85, "what was corrected is kept"
        expect(page.locator(".st-key-correction-curve").get_by_text("disagreement")).to_be_visible()
        page.locator(".nerve-editor").focus()
        page.keyboard.press("d")
        ready(page, min(agreements, key=lambda frame: agreements[frame]))


@pytest.mark.slow
def test_a_killed_server_loses_no_stroke(
    browser: Browser, address: str, database: str, data: Path, tmp_path: Path
) -> None:
    kept = {"NERVEAPP_DATA_DIR": str(shutil.copytree(data, tmp_path / "data"))}
    database = copied(database, tmp_path / "nerveapp.db")
    with (
        pytest.raises(AssertionError, match="killed"),
        serving(database, **kept) as url,
        browsing(browser, url + address) as page,
    ):
        open_editor(page, "killed")
        stroke(page, (0.5, 0.25), (0.6, 0.2))
        stroke(page, (0.4, 0.75), (0.5, 0.8))
        kill_server(url)
        raise AssertionError("killed")
    drawn = stored(database, "killed")
    assert len(drawn) == 1
    with serving(database, **kept) as url, browsing(browser, url + address) as page:
        open_editor(page, "killed")
        expect(page.get_by_text(re.compile(r"0 frames saved, 1 draft,"))).to_be_visible()
        assert stored(database, "killed") == drawn


@contextmanager
def store_that_fails(folder: Path) -> Iterator[tuple[Path, Callable[[], None], Callable[[], None], str]]:
    """Give a store's path, what makes writing to it fail, what mends it, and the message: a full disk where one may
    be mounted, else another program that holds the store.
    """
    folder.mkdir()
    path, ballast = folder / "nerveapp.db", folder / "ballast"
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", folder], capture_output=True, check=False
    )
    if mounted.returncode == 0:

        def fill() -> None:
            with ballast.open("wb", buffering=0) as file, pytest.raises(OSError, match="No space"):
                while True:
                    file.write(bytes(4096))

        try:
            yield path, fill, ballast.unlink, "The disk is full."
        finally:
            subprocess.run(["umount", "-l", folder], check=True)
        return
    other: list[sqlite3.Connection] = []

    def hold() -> None:
        other.append(sqlite3.connect(path, isolation_level=None))
        other[0].execute("BEGIN IMMEDIATE")

    def let_go() -> None:
        other[0].close()

    yield path, hold, let_go, "The store is busy"


@pytest.mark.slow
def test_a_stroke_drawn_while_the_disk_is_full_is_what_enter_saves(
    browser: Browser, address: str, database: str, data: Path, tmp_path: Path
) -> None:
    kept = {"NERVEAPP_DATA_DIR": str(shutil.copytree(data, tmp_path / "data"))}
    with store_that_fails(tmp_path / "disk") as (path, fail, mend, message):
        database = copied(database, path)
        with serving(database, **kept) as url, browsing(browser, url + address) as page:
            open_editor(page, "full")
            stroke(page, (0.5, 0.25), (0.6, 0.2))
            (first,) = stored(database, "full")
            fail()
            drag(page, page.locator(".nerve-editor canvas"), (300, 150), (300, 400))
            page.get_by_text(message).wait_for(timeout=90_000)
            # The whole page runs anew: what the store holds must not come in the place of what is drawn.
            page.get_by_text("Show the clip").click()
            page.locator(".nerve-player[data-ready='true'][data-early='false']").wait_for(timeout=90_000)
            ready(page, 0)
            page.get_by_text(message).wait_for(timeout=90_000)
            page.locator(".nerve-editor").focus()
            page.keyboard.press("Enter")
            page.get_by_text(message).wait_for(timeout=90_000)
            mend()
            expect(page.get_by_text("Frame 0 is saved.")).not_to_be_visible()
            page.wait_for_timeout(3500)  # after Enter the editor takes no stroke for a moment
            page.locator(".nerve-editor").focus()
            page.keyboard.press("Enter")
            page.get_by_text("Frame 0 is saved.").wait_for()
        (final,) = [one for one in stored(database, "full") if one.frame == 0]
        assert final.state is State.FINAL
        added = final.mask.unpack() & ~first.mask.unpack()
        assert added.sum() > 100, "the stroke that was drawn while the disk was full"


def test_a_click_inside_the_nerve_proposes_an_outline_that_undo_takes_back(
    browser: Browser, editor_url: str, database: str
) -> None:
    with browsing(browser, editor_url) as page:
        open_editor(page, "point")
        page.keyboard.press("n")
        expect(page.locator(".st-key-consequence")).to_contain_text("0.000")
        page.keyboard.press("k")
        box = page.locator(".nerve-editor canvas").bounding_box()
        assert box is not None
        # Right of the nerve's middle, where a fascicle may be meant as well.
        page.mouse.click(box["x"] + 0.61 * box["width"], box["y"] + 0.5 * box["height"])
        expect(page.locator(".st-key-consequence")).not_to_contain_text("0.000")
        (one,) = stored(database, "point")
        assert one.prediction is not None
        assert dice(one.mask.unpack(), one.prediction.mask.unpack()) > 0.8
        with another_record(page):
            page.get_by_role("button", name="Smaller", exact=True).click()
        (smaller,) = stored(database, "point")
        assert 0 < smaller.mask.unpack().sum() < one.mask.unpack().sum()
        page.locator(".nerve-editor").focus()
        with another_record(page):
            page.keyboard.press("]")
        (again,) = stored(database, "point")
        assert np.array_equal(again.mask.unpack(), one.mask.unpack())
        page.locator(".nerve-editor").focus()
        for before in (smaller, one):
            with another_record(page):
                page.keyboard.press("Control+z")
            (undone,) = stored(database, "point")
            assert np.array_equal(undone.mask.unpack(), before.mask.unpack())
        page.keyboard.press("Control+z")
        expect(page.locator(".st-key-consequence")).to_contain_text("0.000")


def test_the_plain_canvas_draws_too(browser: Browser, editor_url: str, database: str) -> None:
    with browsing(browser, editor_url) as page:
        open_editor(page, "plain")
        page.get_by_text("Plain canvas").click()
        drag(page, page.locator("canvas.upper-canvas"), (400, 300), (450, 300))
        expect(page.locator("[data-record]")).to_have_attribute("data-record", re.compile(".{32}"))
        (one,) = stored(database, "plain")
        assert one.prediction is not None
        drawn, predicted = one.mask.unpack(), one.prediction.mask.unpack()
        assert not (predicted & ~drawn).any()
        # A brush of 9 px over 50 canvas px of 740 for the clip's 640: 43 px and two half discs.
        assert (drawn & ~predicted).sum() == pytest.approx(9 * 50 * 640 / 740 + 3.14 * 4.5**2, rel=0.12)


def test_a_dragged_corner_changes_the_outline_there_alone(browser: Browser, editor_url: str, database: str) -> None:
    with browsing(browser, editor_url) as page:
        open_editor(page, "corner")
        page.keyboard.press("0")
        page.keyboard.press("v")
        box = page.locator(".nerve-editor canvas").bounding_box()
        assert box is not None
        page.mouse.move(box["x"] + 2, box["y"] + 2)
        start = SqlAnnotationStore(open_database(database)).latest()[0].prediction
        assert start is not None
        predicted = start.mask.unpack()
        x, y = max(corners(predicted), key=lambda corner: corner[0])
        scale = box["width"] / 640
        page.mouse.move(box["x"] + x * scale, box["y"] + y * scale)
        page.mouse.down()
        page.mouse.move(box["x"] + (x + 20) * scale, box["y"] + y * scale, steps=5)
        page.mouse.up()
        expect(page.locator("[data-record]")).to_have_attribute("data-record", re.compile(".{32}"))
        (one,) = stored(database, "corner")
        drawn = one.mask.unpack()
        added = np.nonzero(drawn & ~predicted)
        assert len(added[1]) > 20
        assert added[1].min() > x - 40
        assert not (predicted & ~drawn)[:, : int(x) - 40].any()


def test_the_clip_plays_beside_the_editor(browser: Browser, editor_url: str) -> None:
    with browsing(browser, editor_url) as page:
        editor = open_editor(page, "player")
        page.get_by_text("Show the clip").click()
        player = page.locator(".nerve-player[data-ready='true'][data-early='false']")
        player.wait_for()
        editor.focus()
        page.keyboard.press("Space")
        expect(player).to_have_attribute("data-playing", "true")


def test_corrections_go_into_the_curve_and_the_files(browser: Browser, editor_url: str) -> None:
    with browsing(browser, editor_url) as page:
        open_editor(page, "curve")
        stroke(page, (0.5, 0.25), (0.6, 0.2))
        page.keyboard.press("Enter")
        page.get_by_text("Frame 0 is saved.").wait_for()
        page.get_by_role("link", name="Analyse").click()
        switch = page.get_by_text(re.compile(r"^Use \d+ corrected outlines? by .*curve"))  # others drew in it before
        switch.wait_for()
        ready_player(page)
        found = rows(download(page, "CSV"))
        assert found[0]["outlined_by"] == "person"
        report = json.loads(download(page, "Provenance JSON"))
        assert (report["corrections"][0]["frame"], report["corrections"][0]["rater"]) == (0, "curve")
        switch.click()
        page.wait_for_timeout(1000)
        ready_player(page)
        model_alone = rows(download(page, "CSV"))
        assert float(model_alone[0]["area_px2"]) < float(found[0]["area_px2"])


def test_a_reload_opens_the_frame_again_and_back_leaves_the_page(browser: Browser, editor_url: str) -> None:
    with browsing(browser, editor_url.partition("/correct")[0]) as page:
        page.goto(editor_url)
        open_editor(page, "reloads")
        for frame in (1, 2):
            page.keyboard.press("ArrowRight")
            ready(page, frame)
        page.reload()
        expect(page.get_by_role("textbox", name="Rater")).to_have_value("reloads")
        open_editor(page, "reloads", 2)
        page.go_back()
        page.get_by_role("button", name="Try the demo clip").wait_for()


def test_codes_and_a_typed_spacing_are_remembered_from_page_to_page(browser: Browser, editor_url: str) -> None:
    with browsing(browser, editor_url) as page:
        open_editor(page, "keeps")
        stroke(page, (0.5, 0.25), (0.6, 0.2))
        page.get_by_role("link", name="Models").click()
        page.get_by_role("heading", name="Models").wait_for()
        page.get_by_role("link", name="Correct").click()
        ready(page, 0)
        expect(page.get_by_role("textbox", name="Rater")).to_have_value("keeps")
        page.keyboard.press("Enter")
        page.get_by_text("Frame 0 is saved.").wait_for()
        page.get_by_role("link", name="Study").click()
        expect(page.get_by_role("textbox", name="Your code")).to_have_value("keeps")


def test_a_frame_saved_last_stays_saved_and_both_editors_go_on_from_what_is_drawn(
    browser: Browser, editor_url: str, database: str
) -> None:
    with browsing(browser, editor_url) as page:
        open_editor(page, "stays")
        stroke(page, (0.5, 0.25), (0.6, 0.2))
        page.keyboard.press("c")
        page.get_by_text(re.compile("Propagated to frame")).wait_for()
        page.get_by_text("Show the clip").click()
        page.locator(".nerve-player[data-ready='true'][data-early='false']").wait_for()
        expect(page.get_by_text(re.compile(r"1 frame saved, 0 drafts"))).to_be_visible()
        before = next(one for one in stored(database, "stays") if one.frame == 0).mask.unpack()
        page.get_by_text("Plain canvas").click()
        drag(page, page.locator("canvas.upper-canvas"), (500, 300), (540, 300))
        expect(page.get_by_text(re.compile(r"0 frames saved, 1 draft,"))).to_be_visible()
        after = next(one for one in stored(database, "stays") if one.frame == 0).mask.unpack()
        assert not (before & ~after).any(), "the first editor's stroke is still there"
        assert (after & ~before).any()


def test_a_stroke_only_the_browser_has_comes_back_unless_something_else_was_stored(
    browser: Browser, editor_url: str, database: str
) -> None:
    with browsing(browser, editor_url) as page:
        open_editor(page, "kept")
        stroke(page, (0.5, 0.25), (0.6, 0.2))
        (one,) = stored(database, "kept")
        height, width = one.mask.size
        place = f"nerveapp:{one.clip_sha256}"
        runs = [1000, 500, height * width - 1500]
        put = (
            "([place, frame, id, runs, chain]) => localStorage.setItem(`${place}:${frame}:kept`,"
            " JSON.stringify({ id, runs, seconds: 3, chain }))"
        )
        # Two strokes after the stored one that never arrived; and one drawn upon what the store does not know.
        page.evaluate(put, [place, 0, "b" * 32, runs, [None, one.id, "c" * 32]])
        page.evaluate(put, [place, 1, "d" * 32, runs, ["e" * 32]])
        page.goto(editor_url)
        open_editor(page, "kept")
        expect(page.locator("[data-record]")).to_have_attribute("data-record", "b" * 32)
        assert int(stored(database, "kept")[-1].mask.unpack().sum()) == 500
        page.keyboard.press("ArrowRight")
        ready(page, 1)
        page.wait_for_timeout(1000)
        assert [record.frame for record in stored(database, "kept")] == [0]
