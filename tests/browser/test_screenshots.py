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
    stroke(page, (0.52, 0.3), (0.62, 0.28))
    stroke(page, (0.3, 0.62), (0.36, 0.68), button="right")
    page.wait_for_timeout(500)
    page.screenshot(path=PICTURES / "correct.png")
