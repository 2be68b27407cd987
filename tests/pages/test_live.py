"""The page Live as a clinician uses it, with a file for the machine."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from nerveapp.bootstrap import application
from nerveapp.domain.clip_source import Origin
from nerveapp.ui.live.live_sessions import MOST_AT_ONCE, LiveExam
from tests.pages.driving import ANALYSE, finish, go, here, opened, record, texts, video

LIVE = "pages/live.py"


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One source: a second of a grey picture that gets lighter, over and over."""
    video(tmp_path, frames=25)
    monkeypatch.setenv("NERVEAPP_LIVE_SOURCES", f"Room 1={tmp_path / 'grey-10-25.mp4'}")


def exam(test: AppTest) -> LiveExam:
    found: LiveExam = test.session_state["live-exam"]
    return found


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def started() -> AppTest:
    test = opened(LIVE)
    test.number_input(key="live-spacing").set_value(0.1).run()
    test.button(key="live-start").click().run()
    assert not test.exception
    until(lambda: exam(test).session.watched() is not None)
    return test.run()


def test_without_a_source_the_page_says_how_to_name_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NERVEAPP_LIVE_SOURCES", raising=False)
    test = opened(LIVE)
    assert "NERVEAPP_LIVE_SOURCES" in texts(test)
    assert not test.button
    assert not test.text_input


@pytest.mark.usefixtures("machine", "quick")
def test_a_source_is_watched_frozen_and_its_last_seconds_are_kept() -> None:
    test = started()
    live = exam(test)
    assert "Room 1" in texts(test)
    assert "0.1 x 0.1 mm per pixel" in texts(test)
    until(lambda: len(live.session.recent.all()) >= 5)
    test.button(key="live-freeze").click().run()
    assert live.session.frozen
    test.button(key="live-go-on").click().run()
    assert not live.session.frozen
    until(lambda: len(live.session.recent.all()) >= 5)
    test.button(key="live-keep").click().run()
    assert not test.exception
    assert live.session.over, "the machine is free for others"
    go(finish(test), ANALYSE, analysis=here(test).analysis)
    kept = record(test)
    source = application().library.source(here(test).clip)
    assert source is not None
    assert source.origin is Origin.LIVE
    assert kept.calibration is not None
    assert kept.calibration.row_spacing_mm == pytest.approx(0.1)
    assert kept.frame_count >= 5
    assert "0.1000 mm per pixel" in texts(test)


@pytest.mark.usefixtures("machine", "quick")
def test_stopping_frees_the_source_and_the_page_offers_to_start_again() -> None:
    test = started()
    session = exam(test).session
    test.button(key="live-stop").click().run()
    assert session.over
    assert test.button(key="live-start")
    assert test.number_input(key="live-spacing").value == 0.1, "the next side is measured with the same machine"


@pytest.mark.usefixtures("quick")
def test_a_source_that_is_not_there_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NERVEAPP_LIVE_SOURCES", "/dev/video99")
    test = opened(LIVE)
    test.button(key="live-start").click().run()
    assert "/dev/video99 cannot be opened" in texts(test)
    assert test.button(key="live-start")


@pytest.mark.usefixtures("machine", "quick")
def test_few_are_live_at_a_time() -> None:
    running = [started() for _ in range(MOST_AT_ONCE)]
    refused = opened(LIVE)
    refused.button(key="live-start").click().run()
    assert f"{MOST_AT_ONCE} others are live" in texts(refused)
    for test in running:
        test.button(key="live-stop").click().run()
    assert started().button(key="live-stop")
