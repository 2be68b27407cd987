"""The pictures of the README: `make screenshots`. They show the synthetic clip only."""

from pathlib import Path

import pytest
from playwright.sync_api import Page

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
