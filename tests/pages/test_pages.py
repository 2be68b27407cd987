"""Every page opens, and only through the app."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from nerveapp import NOTICE
from tests.pages.driving import ANALYSE, APP, here, opened

PAGES = sorted(path.name for path in (Path(APP).parent / "pages").glob("*.py"))


@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens_with_one_title_and_carries_the_notice(page: str) -> None:
    test = opened(f"pages/{page}")
    assert NOTICE in [caption.value for caption in test.caption]
    assert len(test.title) == 1


def test_a_page_opened_without_app_does_not_draw() -> None:
    """On a cold server a page's address reaches the page before main.py has run."""
    test = AppTest.from_file(str(Path(APP).parent / ANALYSE), default_timeout=30).run()
    assert test.session_state["wanted-page"] == (ANALYSE, {}), "it turns to main.py, which brings it back"
    assert not test.get("file_uploader")
    assert not test.title


@pytest.mark.usefixtures("quick")
def test_the_demo_is_one_click_from_home() -> None:
    test = opened()
    next(button for button in test.button if "demo" in button.label).click().run()
    assert not test.exception
    assert here(test).analysis
    assert test.query_params == {"analysis": here(test).analysis}
