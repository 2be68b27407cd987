"""An analysis that fails, or is stopped: it is said, and it can be asked for again."""

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from nerveapp.bootstrap import application
from nerveapp.domain.clip import Image
from nerveapp.domain.job import JobState
from nerveapp.domain.segmentation import PredictedMask
from nerveapp.errors import ModelError
from tests.pages.conftest import QuickSegmenter
from tests.pages.driving import ANALYSE, CORRECT, finish, here, job, metrics, opened, texts, upload, video, wait_for


class HeldSegmenter(QuickSegmenter):
    """Takes long for every frame until it is let go."""

    go = threading.Event()

    def segment(self, images: Sequence[Image]) -> list[PredictedMask]:
        self.go.wait(0.5)
        return super().segment(images)


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Models that are slow before this event."""
    HeldSegmenter.go.clear()
    monkeypatch.setattr(
        "nerveapp.bootstrap.segmenters.cached_segmenter",
        lambda name, **_: HeldSegmenter(application().models.card(name), batch_size=1),
    )
    yield HeldSegmenter.go
    HeldSegmenter.go.set()


def test_a_failed_analysis_says_why_and_can_be_asked_for_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quick: list[str]
) -> None:
    working: list[bool] = []

    def segmenter(name: str, **_: object) -> QuickSegmenter:
        if not working:
            raise ModelError("The weights of *this* model are damaged.", "Install it again.")
        return QuickSegmenter(application().models.card(name))

    monkeypatch.setattr("nerveapp.bootstrap.segmenters.cached_segmenter", segmenter)
    test = upload(opened(ANALYSE), ("clip.mp4", video(tmp_path)))
    test.button(key="analyse").click().run()
    finish(test)
    assert job(test).state is JobState.FAILED
    assert "The weights of *this* model are damaged." in texts(test)
    assert not test.metric
    failed = here(test).analysis
    other = opened(ANALYSE, analysis=failed)
    assert "The weights of *this* model are damaged." in texts(other)
    assert test.button(key="analyse").label == "Analyse again"
    working.append(True)
    test.button(key="analyse").click().run()
    finish(test)
    assert here(test).analysis == failed, "it is the same analysis"
    assert job(test).state is JobState.DONE
    assert metrics(test)


def test_what_breaks_down_is_told_without_its_insides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def segmenter(name: str, **_: object) -> QuickSegmenter:
        raise ZeroDivisionError("secret path /home/x")

    monkeypatch.setattr("nerveapp.bootstrap.segmenters.cached_segmenter", segmenter)
    test = upload(opened(ANALYSE), ("clip.mp4", video(tmp_path)))
    test.button(key="analyse").click().run()
    finish(test)
    assert "It broke down: ZeroDivisionError" in texts(test)
    assert "secret" not in texts(test)
    assert test.button(key="analyse")


def test_an_analysis_can_be_stopped_and_asked_for_again(tmp_path: Path, held: threading.Event) -> None:
    test = upload(opened(ANALYSE), ("clip.mp4", video(tmp_path, frames=60)))
    test.button(key="analyse").click().run()
    assert not test.exception
    analysis = here(test).analysis
    watching = opened(ANALYSE, analysis=analysis)
    assert watching.button(key="stop-run"), "a second session sees it under way"
    assert opened(CORRECT, analysis=analysis).button(key="stop-run")
    test.button(key="stop-run").click().run()
    assert not test.exception
    assert wait_for(analysis).state is JobState.STOPPED
    held.set()
    for one in (test, watching):
        one.run()
        assert not one.exception
        assert "stopped" in texts(one)
        assert one.button(key="analyse").label == "Analyse again"
        assert not one.metric
    test.button(key="analyse").click().run()
    finish(test)
    assert job(test).state is JobState.DONE
    assert metrics(test)


def test_another_clip_can_be_looked_at_while_one_is_analysed(tmp_path: Path, held: threading.Event) -> None:
    test = upload(opened(ANALYSE), ("one.mp4", video(tmp_path, frames=60)))
    test.button(key="analyse").click().run()
    first = here(test).analysis
    test.button(key="another-clip").click().run()
    upload(test, ("two.mp4", video(tmp_path, first_level=80)))
    assert "two.mp4" in texts(test)
    assert "stop-run" not in [button.key for button in test.button]
    held.set()
    assert wait_for(first).state is JobState.DONE
    assert metrics(opened(ANALYSE, analysis=first))


def test_who_waits_for_others_is_told_so(tmp_path: Path, held: threading.Event) -> None:
    test = upload(opened(ANALYSE), ("one.mp4", video(tmp_path, frames=60)))
    test.button(key="analyse").click().run()
    assert "beside" not in progress(test)
    test.button(key="another-clip").click().run()
    upload(test, ("two.mp4", video(tmp_path, first_level=80)))
    test.button(key="analyse").click().run()
    assert progress(test).endswith(", beside 1 other analysis")
    second = here(test).analysis
    held.set()
    assert wait_for(second).state is JobState.DONE


def progress(test: AppTest) -> str:
    return str(test.get("progress")[0].proto.text)
