"""Pointing at the nerve on the Analyse page, and choosing the one that is measured."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from starlette.requests import Request
from streamlit.testing.v1 import AppTest

from nerveapp.bootstrap import application
from nerveapp.domain.clip import Image
from nerveapp.domain.model import ModelCard
from nerveapp.domain.segmentation import PredictedMask
from nerveapp.domain.tracking import Point
from nerveapp.io.video_writing import writing_video
from nerveapp.ports import Tracker
from nerveapp.ui.page.outline_route import pointed_pictures
from tests.fakes import FakeTracker
from tests.pages.driving import ANALYSE, analysed, finish, go, here, job, metrics, opened, texts, upload

CLICKS = "pointing-clicks"


def discs(folder: Path, frames: int = 6) -> bytes:
    """A clip of two bright boxes in the dark, the left one larger."""
    path = folder / "boxes.mp4"
    with writing_video(path, width=320, height=240, frame_rate=25) as film:
        for number in range(frames):
            picture = np.full((240, 320), 16, np.uint8)
            picture[100:150, 60 + number : 120 + number] = 230
            picture[100:140, 220:260] = 230
            film.add(picture, number / 25)
    return path.read_bytes()


@dataclass
class Tracking:
    """Finds everything bright, or nothing at all, and follows."""

    card: ModelCard
    blind: bool
    batch_size: int = 4
    workers: int = 1
    engine: str = "quick on cpu"

    @property
    def tracker(self) -> Tracker:
        return FakeTracker()

    def segment(self, images: Sequence[Image]) -> list[PredictedMask]:
        return [self._one(image) for image in images]

    def _one(self, image: Image) -> PredictedMask:
        mask = (image if image.ndim == 2 else image[..., 0]) >= (255 if self.blind else 128)
        return PredictedMask(mask, 0.9 if mask.any() else 0.0, 2 if mask.any() else 0)


@pytest.fixture
def blind(monkeypatch: pytest.MonkeyPatch) -> None:
    _use(monkeypatch, blind=True)


@pytest.fixture
def seeing(monkeypatch: pytest.MonkeyPatch) -> None:
    _use(monkeypatch, blind=False)


def _use(monkeypatch: pytest.MonkeyPatch, *, blind: bool) -> None:
    def segmenter(name: str, **_: object) -> Tracking:
        return Tracking(application().models.card(name), blind)

    monkeypatch.setattr("nerveapp.bootstrap.segmenters.cached_segmenter", segmenter)


def click(test: AppTest, frame: int, x: float, y: float, number: int = 1, **box: float) -> AppTest:
    """Click or draw a box in the player's picture, as its component tells it."""
    test.session_state[CLICKS] = {
        "clicked": {"of": here(test).analysis, "click": number, "frame": frame, "x": x, "y": y, **box}
    }
    test.run()
    assert not test.exception
    return test


def switch(test: AppTest) -> bool:
    return bool(test.toggle(key=f"pointing-{here(test).analysis}").value)


def secret(test: AppTest) -> str:
    """Under which the player asks the server about the picture."""
    return str(test.session_state["pointing-opened"][1])


def told(secret: str) -> int:
    query = b"frame=2&x=90&y=125&preview=1"
    scope = {"type": "http", "path_params": {"secret": secret}, "query_string": query, "headers": []}
    return pointed_pictures().answer(Request(scope)).status_code


def keys(test: AppTest) -> list[str | None]:
    return [button.key for button in test.button]


@pytest.mark.usefixtures("blind")
def test_where_nothing_was_found_a_click_is_asked_for_and_followed(tmp_path: Path) -> None:
    test = analysed(upload(opened(ANALYSE), ("clip.mp4", discs(tmp_path))))
    assert "No nerve was found. Click it" in texts(test)
    assert switch(test)
    assert test.button(key="follow").disabled
    click(test, 2, 20, 20)
    assert "Nothing like a nerve is seen there" in texts(test)
    assert test.button(key="follow").disabled
    click(test, 2, 90, 125, number=2)
    assert "The blue outline in frame 2 is 3,0" in texts(test)
    before, asked = here(test).analysis, secret(test)
    assert told(asked) == 200
    test.button(key="follow").click().run()
    finish(test)
    assert here(test).analysis != before
    assert job(test).request.points == (Point(2, 90, 125),)
    assert metrics(test)["Nerve found"] == "6 of 6"
    assert "Followed from the point in frame 2." in texts(test)
    assert not switch(test)
    clip, point, area = test.session_state["pointing-proposed"]
    assert "was proposed" not in texts(test)
    test.session_state["pointing-proposed"] = (clip, point, 2 * area)
    assert f"{2 * area:,} px² was proposed" in texts(test.run()), "what was followed is of another size"

    # A second click elsewhere corrects: both count.
    test.toggle(key=f"pointing-{here(test).analysis}").set_value(True).run()
    assert (told(asked), told(secret(test))) == (404, 200), "one picture of a session at a time"
    click(test, 4, 240, 120, number=3)
    test.button(key="follow").click().run()
    finish(test)
    assert job(test).request.points == (Point(2, 90, 125), Point(4, 240, 120))
    assert "Followed from the points in frames 2 and 4." in texts(test)

    test.button(key="find-instead").click().run()
    assert here(test).analysis == before
    assert "No nerve was found. Click it" in texts(test)


@pytest.mark.usefixtures("blind")
def test_a_box_is_followed_as_a_click_is_and_kept_with_the_analysis(tmp_path: Path) -> None:
    test = analysed(upload(opened(ANALYSE), ("clip.mp4", discs(tmp_path))))
    click(test, 1, 20, 20, width=12, height=9)
    assert "Nothing like a nerve is seen there. Draw the box closer" in texts(test)
    click(test, 1, 240, 120, number=2, width=60, height=50)
    assert "The blue outline in frame 1 is 1,6" in texts(test)
    test.button(key="follow").click().run()
    finish(test)
    assert job(test).request.points == (Point(1, 240, 120, 60, 50),)
    assert application().analyses.result(here(test).analysis).points == (Point(1, 240, 120, 60, 50),)
    assert "Followed from the box in frame 1." in texts(test)


@pytest.mark.usefixtures("blind")
def test_a_smaller_outline_may_be_chosen_and_is_the_one_that_is_followed(tmp_path: Path) -> None:
    test = analysed(upload(opened(ANALYSE), ("clip.mp4", discs(tmp_path))))
    click(test, 2, 90, 125)
    assert "choose a smaller one, or click again" in texts(test)
    assert "is 3,0" in texts(test)
    click(test, 2, 90, 125, number=2, area=2700)
    assert "The blue outline in frame 2 is 2,7" in texts(test)
    assert "choose a larger one, or click again" in texts(test)
    test.button(key="follow").click().run()
    finish(test)
    point = Point(2, 90, 125, area=2700)
    assert job(test).request.points == (point,)
    result = application().analyses.result(here(test).analysis)
    assert result.points == (point,)


@pytest.mark.usefixtures("blind")
def test_what_is_followed_already_is_asked_for_again_and_the_click_is_done_with(tmp_path: Path) -> None:
    test = analysed(upload(opened(ANALYSE), ("clip.mp4", discs(tmp_path))))
    before = here(test).analysis
    for number in (1, 2):
        test.toggle(key=f"pointing-{here(test).analysis}").set_value(True).run()
        click(test, 2, 90, 125, number=number)
        test.button(key="follow").click().run()
        finish(test)
        assert not switch(test)
        assert job(test).request.points == (Point(2, 90, 125),)
    test.button(key="find-instead").click().run()
    assert here(test).analysis == before
    assert switch(test)
    assert test.button(key="follow").disabled, "the click was followed"


@pytest.mark.usefixtures("blind")
def test_where_most_frames_are_lost_another_point_is_asked_for(tmp_path: Path) -> None:
    film = tmp_path / "gone.mp4"
    with writing_video(film, width=320, height=240, frame_rate=25) as writer:
        for number in range(8):
            picture = np.full((240, 320), 16, np.uint8)
            if number < 2:
                picture[100:150, 60:120] = 230
            writer.add(picture, number / 25)
    test = analysed(upload(opened(ANALYSE), ("gone.mp4", film.read_bytes())))
    click(test, 0, 90, 125)
    test.button(key="follow").click().run()
    finish(test)
    assert "It is outlined in 2 of 8 frames only: point at it in another frame, too." in texts(test)


@pytest.mark.usefixtures("blind")
def test_cancel_leaves_the_result_as_it_is_and_forgets_the_click(tmp_path: Path) -> None:
    test = analysed(upload(opened(ANALYSE), ("clip.mp4", discs(tmp_path))))
    before = here(test).analysis
    click(test, 2, 90, 125)
    test.button(key="cancel-pointing").click().run()
    assert not test.exception
    test.toggle(key=f"pointing-{before}").set_value(True).run()
    assert test.button(key="follow").disabled
    test.button(key="cancel-pointing").click().run()
    assert "follow" not in keys(test)
    assert here(test).analysis == before
    assert application().analyses.active() == ()


@pytest.mark.usefixtures("seeing")
def test_another_nerve_is_measured_in_every_tab_and_after_a_reload(tmp_path: Path) -> None:
    test = upload(opened(ANALYSE), ("clip.mp4", discs(tmp_path)))
    model = next(box for box in test.selectbox if box.label == "Model")
    model.set_value("peripheral-nerve").run()
    analysed(test)
    assert switch(test) is False
    (choice,) = (one for one in test.button_group if one.label == "Measure")
    first = metrics(test)["Median area"]
    other = 1 - (job(test).nerve or 0)
    choice.set_value(other).run()
    assert not test.exception
    assert job(test).nerve == other
    second = metrics(test)["Median area"]
    assert second != first
    tab = opened(ANALYSE, clip=here(test).clip, analysis=here(test).analysis)
    assert metrics(tab)["Median area"] == second
    go(test, ANALYSE, clip=here(test).clip, analysis=here(test).analysis)
    assert metrics(test)["Median area"] == second

    # A click on the other's outline does the same, once; the selector goes on from there.
    said = {"of": here(test).analysis, "click": 5, "nerve": str(2 - other)}
    test.session_state[CLICKS] = {"chosen": said}
    test.run()
    assert job(test).nerve == 1 - other
    assert metrics(test)["Median area"] == first
    (choice,) = (one for one in test.button_group if one.label == "Measure")
    assert choice.value == 1 - other
    choice.set_value(other).run()
    assert job(test).nerve == other


@pytest.mark.usefixtures("seeing")
def test_beside_the_nerve_pointed_at_the_others_stay_in_sight(tmp_path: Path) -> None:
    test = upload(opened(ANALYSE), ("clip.mp4", discs(tmp_path)))
    next(box for box in test.selectbox if box.label == "Model").set_value("peripheral-nerve").run()
    analysed(test)
    test.toggle(key=f"pointing-{here(test).analysis}").set_value(True).run()
    click(test, 2, 240, 120)
    test.button(key="follow").click().run()
    finish(test)
    assert "nerves that the model found without the point. They are not measured here." in texts(test)
    assert not [one for one in test.button_group if one.label == "Measure"]
