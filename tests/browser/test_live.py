"""A clinician at the machine: the running picture, its outline and area, freezing it, and keeping a clip."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from nerveapp.demo import DEMO_CLIP
from tests.browser.conftest import browsing, serving
from tests.browser.test_main_flow import measure

pytestmark = pytest.mark.browser

SLOW_LINE = """
window.lineDelay = 0;
const listen = WebSocket.prototype.addEventListener;
WebSocket.prototype.addEventListener = function (type, listener, options) {
  const late = (event) => (window.lineDelay ? setTimeout(() => listener(event), window.lineDelay) : listener(event));
  return listen.call(this, type, type === "message" ? late : listener, options);
};
"""
"""What the server says reaches the page so many milliseconds later."""


@pytest.fixture
def machine(browser: Browser) -> Iterator[Page]:
    with serving(NERVEAPP_LIVE_SOURCES=f"Room 1={DEMO_CLIP}") as url, browsing(browser, "about:blank") as page:
        page.add_init_script(SLOW_LINE)
        page.goto(f"{url}/live")
        yield page


def shown(page: Page) -> int:
    return int(page.locator(".nerve-live").get_attribute("data-shown") or "0")


def test_the_running_picture_is_outlined_frozen_and_kept(machine: Page) -> None:
    page = machine
    page.get_by_role("spinbutton", name="mm per pixel").fill("0.08")
    page.keyboard.press("Enter")
    page.wait_for_timeout(1000)
    page.get_by_role("button", name="Start").click()
    area, how = page.locator(".nerve-live .area"), page.locator(".nerve-live .how")
    expect(area).to_have_text(re.compile(r"^\d+\.\d\d mm²$"))
    expect(how).to_have_text(re.compile("found|followed"))
    enough = shown(page) + 8
    for _ in range(60):
        page.wait_for_timeout(500)
        if shown(page) >= enough:
            break
    assert shown(page) >= enough, "it runs"

    page.get_by_role("button", name="Freeze").click()
    expect(how).to_have_text("frozen")
    page.wait_for_timeout(1000)
    before, held = shown(page), area.inner_text()
    page.wait_for_timeout(2500)
    assert (shown(page), area.inner_text()) == (before, held)
    page.get_by_text("Calibrate by two points on this picture").click()
    distance = page.get_by_label("True distance between the two points, in mm")
    distance.fill("10")
    distance.press("Enter")
    measure(page, (0.2, 0.2), (0.2, 0.6))
    # 10 mm over 0.4 of 480 px.
    expect(page.get_by_text(re.compile(r"0\.05\d* x 0\.05\d* mm per pixel"))).to_be_visible()
    expect(area).not_to_have_text(held)
    page.get_by_role("button", name="Go on").click()
    expect(how).to_have_text(re.compile("found|followed"))

    # The page asks for pictures for longer than it takes the server to turn to another page.
    page.evaluate("window.lineDelay = 1500")
    page.wait_for_timeout(2000)
    page.get_by_role("button", name="Keep the last 10 s").click()
    page.locator(".nerve-player[data-ready='true']").wait_for()
    expect(page.get_by_role("link", name="Analyse")).to_be_visible()
    expect(page.get_by_text(re.compile(r"Live, \d{4}-\d\d-\d\d"))).to_be_visible()
    expect(page.get_by_text(re.compile(r"0\.05\d\d mm per pixel \(two points on a frame\)"))).to_be_visible()
