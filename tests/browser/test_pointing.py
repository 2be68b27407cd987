"""A nerve that the model does not find: one click, Follow, and there is a curve."""

import re
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from nerveapp.domain.view import Nerve, Site
from nerveapp.io.phantom_files import write_phantom
from nerveapp.phantom import phantom_frames, phantom_spec
from tests.browser.conftest import drag
from tests.browser.test_library_flow import payload, upload
from tests.browser.test_main_flow import download, ready_player, rows

pytestmark = pytest.mark.browser

SPEC = phantom_spec(seed=3, subject=2, nerve=Nerve.MEDIAN, site=Site.WRIST, frames=20)


def click_nerve(page: Page, player: Locator, frame: int, *, beside_the_middle: int = 0) -> None:
    """Click the true middle of the nerve in the frame on show, or so many px to the right of it."""
    rows_, columns = np.nonzero(list(phantom_frames(SPEC))[frame].mask)
    canvas = player.locator("canvas")
    canvas.scroll_into_view_if_needed()
    page.wait_for_timeout(1000)
    box = canvas.bounding_box()
    assert box is not None
    x, y = (columns.mean() + beside_the_middle) / SPEC.width, rows_.mean() / SPEC.height
    at = (box["x"] + x * box["width"], box["y"] + y * box["height"])
    page.mouse.move(*at)  # what a click would give is shown before it is made
    expect(player).to_have_attribute("data-previewed", str(frame))
    page.mouse.move(box["x"] - 20, box["y"])
    expect(player).to_have_attribute("data-previewed", "")
    page.mouse.click(*at)
    expect(player).to_have_attribute("data-proposed", str(frame))


def choose_size(page: Page, player: Locator) -> None:
    """Click an end of the nerve, take a smaller outline by its button and come back by its key; each area is told."""
    click_nerve(page, player, 0, beside_the_middle=-54)
    said = page.get_by_text("The blue outline in frame 0")
    first, size = said.inner_text(), int(player.get_attribute("data-size") or 0)
    assert size, "a smaller one is told"
    player.get_by_role("button", name="Smaller outline").click()
    expect(player).to_have_attribute("data-size", str(size - 1))
    expect(said).not_to_have_text(first)
    assert area(said.inner_text()) < area(first)
    player.press("l")
    expect(player).to_have_attribute("data-size", str(size))
    expect(said).to_have_text(first)


def area(said: str) -> float:
    return float(re.findall(r"is ([\d.,]+)", said)[0].replace(",", ""))


def box_nerve(page: Page, player: Locator, frame: int) -> None:
    """Draw a box around the nerve in the frame on show."""
    rows_, columns = np.nonzero(list(phantom_frames(SPEC))[frame].mask)
    canvas = player.locator("canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    across, down = box["width"] / SPEC.width, box["height"] / SPEC.height
    drag(
        page,
        canvas,
        ((columns.min() - 4) * across, (rows_.min() - 4) * down),
        ((columns.max() + 4) * across, (rows_.max() + 4) * down),
    )
    expect(player).to_have_attribute("data-proposed", str(frame))


def test_a_nerve_that_is_not_found_is_clicked_followed_and_corrected(page: Page, tmp_path: Path) -> None:
    write_phantom(tmp_path, SPEC)
    page.get_by_role("link", name="Analyse").first.click()
    upload(page, payload("median_wrist.mp4", (tmp_path / "clip.mp4").read_bytes()))
    page.get_by_role("combobox", name="Model").click()
    page.get_by_role("option").filter(has_text="Peripheral").first.click()
    page.get_by_text("it was not made for the median nerve").first.wait_for()
    page.get_by_role("button", name="Analyse", exact=True).click()
    player = page.locator(".nerve-player[data-ready='true'][data-early='false']")  # and a curve without a point
    player.wait_for()
    expect(page.get_by_text("No nerve was found. Click it")).to_be_visible()
    expect(page.get_by_text("it was not made for the median nerve").last).to_be_visible()  # the form is closed now
    assert not any(row["area_px2"] for row in rows(download(page, "CSV")))

    expect(player).to_have_attribute("data-pointing", "true")
    follow = page.get_by_role("button", name="Follow", exact=True)
    expect(follow).to_be_disabled()
    choose_size(page, player)
    said = page.get_by_text("The blue outline in frame 0")
    before = said.inner_text()
    click_nerve(page, player, 0)
    expect(said).not_to_have_text(before)
    player.press("End")
    expect(player).to_have_attribute("data-frame", "19")
    page.wait_for_timeout(1500)  # the page hears where the player came to rest
    player.press("Home")
    expect(player).to_have_attribute("data-frame", "0")
    expect(player).to_have_attribute("data-proposed", "0")
    page.wait_for_timeout(1500)  # and again
    follow.click()

    expect(page.get_by_text("Followed from the point in frame 0.")).to_be_visible()
    player = ready_player(page)
    expect(player).to_have_attribute("data-pointing", "false")
    found = rows(download(page, "CSV"))
    assert found[0]["how"] == "pointed at"
    assert {row["how"] for row in found[1:]} <= {"followed", "found", "lost"}
    assert sum(bool(row["area_px2"]) for row in found) >= 15
    player.press("ArrowRight")
    expect(player.locator(".caption")).to_contain_text("followed from frame 0")

    # A box elsewhere corrects, and is followed from there too.
    page.get_by_text("Not the nerve? Click it.").click()
    player.press("End")
    expect(player).to_have_attribute("data-pointing", "true")
    expect(player).to_have_attribute("data-frame", "19")
    box_nerve(page, player, 19)
    page.get_by_role("button", name="Follow", exact=True).click()
    expect(page.get_by_text("Followed from the points in frames 0 and 19.")).to_be_visible()
    expect(ready_player(page)).to_have_attribute("data-frame", "19")
    again = rows(download(page, "CSV"))
    assert (again[0]["how"], again[19]["how"]) == ("pointed at", "pointed at")

    page.reload()
    expect(page.get_by_text("Followed from the points in frames 0 and 19.")).to_be_visible()
