"""What the server tells the player of the place at the pointer."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from starlette.requests import Request
from starlette.responses import Response

from nerveapp.domain.clip import Frame, Image
from nerveapp.domain.tracking import Point
from nerveapp.errors import AnalysisError
from nerveapp.ui.page.outline_route import PointedPicture, PointedPictures, outline_path, outline_route
from tests.fakes import FakeClip, FakeFrameSource, FakeSegmenter
from tests.fakes.tracker import ClickedTracker


class BoxClip(FakeClip):
    def frames(self) -> Iterator[Frame]:
        for frame in super().frames():
            frame.image[10 + 10 * frame.index : 20 + 10 * frame.index, 15:30] = 200
            yield frame


class TwoFrames(FakeFrameSource):
    def image(self, index: int) -> Image:
        assert index in (0, 1), "to look for what the clip has not would decode all of it"
        return super().image(index)


@pytest.fixture
def tracker() -> ClickedTracker:
    return ClickedTracker()


@pytest.fixture
def picture(tracker: ClickedTracker) -> PointedPicture:
    """Two frames of a bright box, lower in the second."""
    segmenter = FakeSegmenter(tracker=tracker)
    return PointedPicture(lambda: segmenter, TwoFrames(BoxClip(2)), 2)


def ask(pictures: PointedPictures, secret: str, **query: object) -> Response:
    scope = {
        "type": "http",
        "path_params": {"secret": secret},
        "query_string": urlencode(query).encode(),
        "headers": [],
    }
    return pictures.answer(Request(scope))


def told(response: Response) -> Any:
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    return json.loads(bytes(response.body))


def parts(response: Response) -> list[list[int]]:
    """Of what is meant; none where there is no nerve."""
    said = told(response)
    meant: list[list[int]] = said["outlines"][said["meant"]]["parts"] if said["outlines"] else []
    return meant


BOX = {(15, 10), (15, 19), (29, 19), (29, 10)}


def test_the_outline_at_a_click_in_a_box_or_at_the_pointer_is_told(picture: PointedPicture) -> None:
    pictures = PointedPictures()
    secret = pictures.open(picture)
    for question in ({}, {"preview": 1}, {"width": 20, "height": 14}):
        (part,) = parts(ask(pictures, secret, frame=0, x=22, y=15, **question))
        assert set(zip(part[::2], part[1::2], strict=True)) == BOX
    (lower,) = parts(ask(pictures, secret, frame=1, x=22.5, y=25))
    assert min(lower[1::2]) == 20
    assert parts(ask(pictures, secret, frame=0, x=50, y=35)) == []
    assert parts(ask(pictures, secret, frame=0, x=50, y=35, preview=1)) == []


def test_smaller_and_larger_outlines_that_a_click_may_mean_are_told_at_once(picture: PointedPicture) -> None:
    pictures = PointedPictures()
    said = told(ask(pictures, pictures.open(picture), frame=0, x=22, y=15))
    assert [one["area"] for one in said["outlines"]] == [13 * 8, 15 * 10]
    assert said["meant"] == 1


def test_nobody_without_the_secret_is_told_anything(picture: PointedPicture, tracker: ClickedTracker) -> None:
    pictures = PointedPictures()
    secret = pictures.open(picture)
    assert ask(pictures, "", frame=0, x=22, y=15).status_code == 404
    assert ask(pictures, secret + "x", frame=0, x=22, y=15).status_code == 404
    other = pictures.open(picture)
    assert other != secret
    pictures.close(secret)
    pictures.close(secret)
    assert ask(pictures, secret, frame=0, x=22, y=15).status_code == 404
    assert tracker.clicks == []
    assert parts(ask(pictures, other, frame=0, x=22, y=15))


@pytest.mark.parametrize(
    "question",
    [
        {},
        {"frame": 0, "x": 22},
        {"frame": "first", "x": 22, "y": 15},
        {"frame": 2, "x": 22, "y": 15},
        {"frame": -1, "x": 22, "y": 15},
        {"frame": 10**30, "x": 22, "y": 15},
        {"frame": 0, "x": 60, "y": 15},
        {"frame": 0, "x": "nan", "y": 15},
        {"frame": 0, "x": 22, "y": "inf"},
        {"frame": 0, "x": 22, "y": 15, "width": 5},
        {"frame": 0, "x": 22, "y": 15, "width": -5, "height": 5},
        {"frame": 0, "x": 22, "y": 15, "width": 500, "height": 5},
        {"frame": 0, "x": 22, "y": 15, "width": "nan", "height": 5},
    ],
)
def test_what_makes_no_sense_is_refused(picture: PointedPicture, question: dict[str, object]) -> None:
    pictures = PointedPictures()
    secret = pictures.open(picture)
    assert ask(pictures, secret, **question).status_code == 400
    assert ask(pictures, secret, preview=1, **question).status_code == 400


def test_a_model_that_cannot_be_shown_the_nerve_is_refused_and_the_page_says_why() -> None:
    picture = PointedPicture(FakeSegmenter, FakeFrameSource(FakeClip(1)), 1)
    pictures = PointedPictures()
    assert ask(pictures, pictures.open(picture), frame=0, x=22, y=15).status_code == 400
    with pytest.raises(AnalysisError, match="cannot be shown where the nerve is"):
        picture.pointed(Point(0, 22, 15))


def test_what_the_player_was_told_of_a_click_the_page_does_not_compute_again(
    picture: PointedPicture, tracker: ClickedTracker
) -> None:
    first = picture.pointed(Point(0, 22, 15))
    assert first is not None
    assert picture.pointed(Point(0, 22, 15)) is first
    smaller = picture.pointed(Point(0, 22, 15, area=100))
    assert smaller is not None
    assert (first.meant, smaller.meant) == (1, 0)
    assert tracker.clicks == [(22, 15)]
    for x in range(16, 28):  # and after a dozen clicks elsewhere it is forgotten
        picture.pointed(Point(0, x, 14))
    picture.pointed(Point(0, 22, 15))
    assert len(tracker.clicks) == 1 + 12 + 1


def test_the_player_asks_under_the_route_of_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    for base, begins in (("", "/outline/"), ("nerves", "/nerves/outline/"), ("/a/b/", "/a/b/outline/")):
        monkeypatch.setattr("streamlit.get_option", lambda _, base=base: base)
        assert outline_path("s3cret") == f"{begins}s3cret"
        match, scope = outline_route().matches({"type": "http", "path": f"{begins}s3cret", "method": "GET"})
        assert match.name == "FULL"
        assert scope["path_params"] == {"secret": "s3cret"}
