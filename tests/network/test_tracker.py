"""Following and pointing with networks whose answers are known."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from nerveapp.analysis.agreement import dice
from nerveapp.domain.segmentation import Mask
from nerveapp.network.stage import Stage
from nerveapp.network.tracker import RefinementTracker
from tests.network.test_segmenter import CLOSE, Batch, FakeEngine, blind, bright

SIDE = 320
Picture = npt.NDArray[np.uint8]


def texture(seed: int = 1) -> npt.NDArray[np.float32]:
    grains = np.random.default_rng(seed).standard_normal((SIDE, SIDE)).astype(np.float32)
    return np.asarray(30 + 12 * cv2.GaussianBlur(grains, (0, 0), 2) * 4, np.float32)


TISSUE = texture()


def scene(dx: float = 0.0, dy: float = 0.0, *, width: float = 40, nerve: bool = True) -> tuple[Picture, Mask]:
    """Tissue with a bright ellipse in it, all of it moved."""
    yy, xx = np.mgrid[:SIDE, :SIDE]
    inside = ((xx - 150 - dx) / width) ** 2 + ((yy - 140 - dy) / 20) ** 2 <= 1
    moved = np.roll(TISSUE, (round(dy), round(dx)), (0, 1))
    picture = np.where(inside, 190 + 0.3 * moved, moved) if nerve else moved
    return np.asarray(np.clip(picture, 0, 255), np.uint8), np.asarray(inside)


def tracker(answer: object = bright, *, knots: tuple[tuple[float, float], ...] = ()) -> RefinementTracker:
    assert callable(answer)
    return RefinementTracker(Stage(CLOSE, FakeEngine(answer)), knots=knots)


def test_a_nerve_is_followed_while_it_moves_and_the_window_goes_with_it() -> None:
    follower = tracker()
    image, mask = scene()
    track = follower.begin(image, mask)
    for step in range(1, 31):
        assert track is not None, step
        image, mask = scene(dx=2 * step, dy=step)
        track = follower.follow(track, image)
        assert track is not None, step
        assert dice(track.outline.mask, mask) > 0.93, step
    assert track is not None
    assert track.window.x == pytest.approx(210, abs=8)


def test_a_nerve_that_grows_slowly_is_followed_and_its_window_grows() -> None:
    follower = tracker()
    image, mask = scene()
    track = follower.begin(image, mask)
    assert track is not None
    span = track.window.span
    for step in range(1, 16):
        image, mask = scene(width=40 + step)
        track = follower.follow(track, image)
        assert track is not None
    assert dice(track.outline.mask, mask) > 0.93
    assert track.window.span > 1.1 * span


@pytest.mark.parametrize(
    "next_scene",
    [
        pytest.param(lambda: scene(nerve=False), id="gone"),
        pytest.param(lambda: scene(dx=90), id="jumped out of the tissue"),
        pytest.param(lambda: scene(width=120), id="three times as large at once"),
        pytest.param(lambda: (np.full((SIDE, SIDE), 255, np.uint8), scene()[1]), id="blinded"),
    ],
)
def test_what_is_no_longer_the_nerve_is_lost(next_scene: object) -> None:
    assert callable(next_scene)
    follower = tracker()
    track = follower.begin(*scene())
    assert track is not None
    assert follower.follow(track, next_scene()[0]) is None


FRAMES = 80


def trembling_by(amount: float) -> RefinementTracker:
    """Give a tracker whose network draws soft edges, as networks do, in turn a little too far out or in.

    Over all frames neither side has more of it.
    """
    rng = np.random.default_rng(5)
    once = rng.standard_normal(FRAMES // 2)
    off = iter([0.0, *(amount * rng.permutation([*once, *-once]))])

    def answer(batch: Batch) -> Batch:
        seen = cv2.GaussianBlur((batch[0, 0] > 0.3).astype(np.float32), (0, 0), 4)
        return np.asarray(14 * (seen - 0.5 + next(off)), np.float32)[None, None]

    return tracker(answer)


def areas_followed(follower: RefinementTracker) -> list[int]:
    track = follower.begin(*scene())
    areas = []
    for step in range(1, FRAMES + 1):
        assert track is not None
        track = follower.follow(track, scene(dx=step / 2)[0])
        assert track is not None
        areas.append(int(track.outline.mask.sum()))
    return areas


def areas_of_each(follower: RefinementTracker) -> list[int]:
    assert follower.begin(*scene()) is not None
    tracks = [follower.begin(*scene(dx=step / 2)) for step in range(1, FRAMES + 1)]
    return [int(track.outline.mask.sum()) for track in tracks if track is not None]


def test_trembling_answers_make_a_steadier_outline_of_the_right_size() -> None:
    followed, single = areas_followed(trembling_by(0.06)), areas_of_each(trembling_by(0.06))
    assert np.std(np.diff(followed)) < 0.6 * np.std(np.diff(single))
    assert np.mean(followed) == pytest.approx(np.mean(areas_followed(trembling_by(0.0))), rel=0.01)


def test_the_confidence_of_a_followed_outline_is_read_off_the_curve_fitted_for_followed_ones() -> None:
    plain, fitted = tracker(), tracker(knots=((0.0, 0.0), (1.0, 0.5)))
    image, mask = scene()
    following, _ = scene(dx=1)
    raw, read = plain.begin(image, mask), fitted.begin(image, mask)
    assert raw is not None
    assert read is not None
    assert read.outline.confidence == pytest.approx(raw.outline.confidence / 2)
    raw, read = plain.follow(raw, following), fitted.follow(read, following)
    assert raw is not None
    assert read is not None
    assert read.outline.confidence == pytest.approx(raw.outline.confidence / 2, rel=1e-4)


def test_nothing_is_begun_or_pointed_at_where_the_network_sees_nothing() -> None:
    image, mask = scene()
    assert tracker(blind).begin(image, mask) is None
    assert tracker(blind).point(image, 150, 140) is None


def test_colour_is_looked_at_as_grey() -> None:
    image, mask = scene()
    track = tracker().begin(np.repeat(image[..., None], 3, axis=2), mask)
    assert track is not None
    assert dice(track.outline.mask, mask) > 0.93


def test_what_is_proposed_holds_the_point_though_the_second_look_draws_beside_it() -> None:
    def right_half_when_looked_at_again(batch: Batch) -> Batch:
        answer = bright(batch)
        if len(batch) == 1:
            answer[..., : answer.shape[-1] // 2] = -9.0
        return answer

    image, mask = scene()
    found = tracker(right_half_when_looked_at_again).guess(image, 125, 140)
    assert found is not None
    assert found.mask[140, 125]
    assert dice(found.mask, mask) > 0.93


def test_a_click_outlines_what_most_windows_agree_on() -> None:
    def leaking_in_some_windows(batch: Batch) -> Batch:
        answer = bright(batch)
        for one in answer[::4]:
            one[0, : one.shape[-2] // 2] = 9.0
        return answer

    image, mask = scene()
    found = tracker(leaking_in_some_windows).point(image, 125, 140)
    assert found is not None
    assert dice(found.outline.mask, mask) > 0.93


def test_a_click_tells_smaller_and_larger_outlines_that_may_be_meant() -> None:
    image, nerve = scene()
    yy, xx = np.mgrid[:SIDE, :SIDE]
    fascicle = ((xx - 150) / 12) ** 2 + ((yy - 140) / 8) ** 2 <= 1
    image = np.where(fascicle, np.uint8(250), np.where(nerve, np.uint8(190), np.uint8(20)))

    def the_fascicle_in_windows_near_it(batch: Batch) -> Batch:
        answer = bright(batch)
        for one, seen in zip(answer, batch, strict=True):
            if (seen > seen.max() - 0.3).mean() > 0.04:
                one[...] = np.where(seen > seen.max() - 0.3, 9.0, -9.0)
        return answer

    found = tracker(the_fascicle_in_windows_near_it).point(image, 150, 140)
    assert found is not None
    assert len(found.outlines) >= 2
    assert list(found.areas) == sorted(found.areas)
    for meant in (nerve, fascicle):
        chosen = found.of_area(float(np.count_nonzero(meant)))
        assert dice(chosen.outline.mask, meant) > 0.9
    assert found.of_area(None) is found


def test_a_preview_is_about_what_a_click_gives_and_costs_less_than_half() -> None:
    image, _ = scene()
    asked: list[int] = []

    def counted(batch: Batch) -> Batch:
        asked.append(len(batch))
        return bright(batch)

    one = tracker(counted)
    clicked = one.point(image, 125, 140)
    windows, seen = sum(asked), one.preview(image, 125, 140)
    assert clicked is not None
    assert seen is not None
    assert dice(seen.mask, clicked.outline.mask) > 0.95
    assert sum(asked) - windows < windows / 2
    assert tracker(blind).preview(image, 125, 140) is None


def two_nerves() -> tuple[Picture, Mask, Mask]:
    """A small nerve close beside a large one."""
    image, large = scene()
    yy, xx = np.mgrid[:SIDE, :SIDE]
    small = ((xx - 220) / 14) ** 2 + ((yy - 145) / 9) ** 2 <= 1
    return np.where(small, np.uint8(230), image), large, np.asarray(small)


def test_the_nerve_in_a_box_is_outlined_and_not_the_larger_one_beside_it() -> None:
    image, large, small = two_nerves()
    for x, y, extent, nerve in ((220, 145, (32, 22), small), (150, 140, (84, 44), large)):
        found = tracker().point(image, x, y, extent=extent)
        assert found is not None
        assert dice(found.outline.mask, nerve) > 0.9


def test_a_box_may_be_loose_and_its_middle_between_the_parts_of_a_bifid_nerve() -> None:
    image, large, _ = two_nerves()
    bifid = large.copy()
    bifid[:, 146:154] = False
    found = tracker().point(np.where(large & ~bifid, np.uint8(20), image), 150, 140, extent=(100, 55))
    assert found is not None
    assert not found.outline.mask[140, 150]
    assert dice(found.outline.mask, bifid) > 0.85


def test_nothing_is_outlined_in_an_empty_box() -> None:
    image, _, _ = two_nerves()
    assert tracker(blind).point(image, 220, 145, extent=(32, 22)) is None
    assert tracker().point(image, 60, 260, extent=(40, 30)) is None
