"""The pictures of the README: `make screenshots`. They show the synthetic clip only."""

from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.test_correct import stroke
from tests.browser.test_main_flow import start_demo

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"

pytestmark = [pytest.mark.browser, pytest.mark.screenshots]


def test_pictures_of_the_app(page: Page) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.get_by_role("button", name="Try the demo clip").wait_for()
    page.wait_for_timeout(1500)
    page.screenshot(path=PICTURES / "home.png")
    player = start_demo(page)
    for _ in range(30):
        page.keyboard.press("ArrowRight")
    page.wait_for_timeout(1500)
    assert player.get_attribute("data-frame") == "30"
    page.screenshot(path=PICTURES / "analyse.png")
    page.get_by_role("button", name="Correct this frame").click()
    page.locator(".nerve-editor[data-ready='true']").wait_for()
    page.wait_for_timeout(1500)
    stroke(page, (0.58, 0.42), (0.68, 0.46))
    stroke(page, (0.32, 0.57), (0.42, 0.62), button="right")
    page.wait_for_timeout(500)
    page.screenshot(path=PICTURES / "correct.png")
