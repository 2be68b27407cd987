"""The pictures of the README: `make screenshots`. They show the synthetic clip only."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import browsing
from tests.browser.test_correct import stroke
from tests.browser.test_main_flow import start_demo
from tests.browser.test_training import training_app
from tests.browser.test_visit import accept_three

__all__ = ["training_app"]

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
    page.get_by_role("textbox", name="Rater").fill("R1")
    page.keyboard.press("Enter")
    page.get_by_role("textbox", name="Patient code").fill("S012")
    page.keyboard.press("Enter")
    page.locator(".nerve-editor[data-ready='true']").wait_for()
    page.wait_for_timeout(1500)
    stroke(page, (0.58, 0.42), (0.68, 0.46))
    stroke(page, (0.32, 0.57), (0.42, 0.62), button="right")
    page.wait_for_timeout(500)
    page.screenshot(path=PICTURES / "correct.png")


def test_a_picture_of_a_training(browser: Browser, training_app: tuple[str, Path]) -> None:
    with browsing(browser, training_app[0]) as page:
        page.set_viewport_size({"width": 1280, "height": 1060})
        page.get_by_role("link", name="Train").click()
        page.get_by_role("button", name="Train", exact=True).click()
        page.get_by_text("epoch 32 of").first.wait_for(timeout=280_000)
        page.mouse.move(5, 5)
        page.wait_for_timeout(1500)
        page.screenshot(path=PICTURES / "train.png")
        page.get_by_role("button", name="Stop").click()
        page.get_by_text("· stopped ·").wait_for()


def test_a_picture_of_a_visit(page: Page, tmp_path: Path) -> None:
    accept_three(page, tmp_path)
    page.get_by_role("spinbutton", name="Wrist circumference, mm").fill("165")
    page.keyboard.press("Tab")
    page.get_by_text("Personal limit").first.wait_for()
    page.set_viewport_size({"width": 1280, "height": 1300})
    page.get_by_test_id("stMain").evaluate("main => main.scrollTo(0, 0)")
    page.wait_for_timeout(1500)
    page.screenshot(path=PICTURES / "visit.png")
