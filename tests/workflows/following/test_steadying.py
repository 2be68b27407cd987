from collections.abc import Iterator

import numpy as np
import pytest

from nerveapp.analysis.temporal_stability import jitter
from nerveapp.domain.clip import Frame
from nerveapp.domain.segmentation import Mask, PredictedMask
from nerveapp.domain.tracking import How, NerveOutline, OutlinedFrame
from nerveapp.workflows.following.steadying import MOST_FRAMES, steadied_frames

IMAGE = np.zeros((120, 200), np.uint8)


def disc(x: float, radius: float) -> Mask:
    across, down = np.meshgrid(np.arange(IMAGE.shape[1]), np.arange(IMAGE.shape[0]))
    return np.asarray(np.hypot(across - x, down - 60) < radius, np.bool_)


def outlined(index: int, *masks: Mask, rate: float = 25.0) -> OutlinedFrame:
    nerves = tuple(
        NerveOutline(number, PredictedMask(mask, 0.9, int(mask.any())), How.FOLLOWED if mask.any() else How.LOST)
        for number, mask in enumerate(masks)
    )
    return OutlinedFrame(Frame(index, index / rate, IMAGE), nerves)


def areas(frames: list[OutlinedFrame], nerve: int = 0) -> list[float]:
    return [float(np.count_nonzero(one.nerves[nerve].predicted.mask)) for one in frames]


def trembling(count: int, rate: float = 25.0) -> list[OutlinedFrame]:
    rng = np.random.default_rng(3)
    return [outlined(i, disc(60 + i, 24 + rng.normal(0, 1)), rate=rate) for i in range(count)]


def test_areas_tremble_less_and_are_no_smaller_nor_larger() -> None:
    before = trembling(60)
    after = list(steadied_frames(before))
    assert [one.frame.index for one in after] == list(range(60))
    assert jitter(areas(after)) < 0.4 * jitter(areas(before))
    assert np.mean(areas(after)) == pytest.approx(np.mean(areas(before)), rel=0.005)
    assert np.array_equal(after[0].nerves[0].predicted.mask, before[0].nerves[0].predicted.mask)
    assert all(one.nerves[0].how is How.FOLLOWED and one.nerves[0].predicted.confidence == 0.9 for one in after)


def test_a_nerve_that_grows_is_not_held_back() -> None:
    grown = [outlined(i, disc(100, 15 + 0.4 * i)) for i in range(40)]
    for before, after in zip(areas(grown), areas(list(steadied_frames(grown))), strict=True):
        assert after == pytest.approx(before, rel=0.02)


def test_the_first_frame_comes_at_once_and_few_are_held() -> None:
    taken = 0

    def frames() -> Iterator[OutlinedFrame]:
        nonlocal taken
        for one in trembling(30):
            taken += 1
            yield one

    steady = steadied_frames(frames())
    next(steady)
    assert taken == 1
    next(steady)
    assert taken == 2 + MOST_FRAMES


def test_pictures_taken_far_apart_do_not_change_each_other() -> None:
    slow = trembling(12, rate=2.0)
    assert areas(list(steadied_frames(slow))) == areas(slow)


def test_a_nerve_lost_in_a_frame_is_not_invented_and_two_nerves_are_steadied_apart() -> None:
    nothing = np.zeros(IMAGE.shape, np.bool_)
    frames = [outlined(i, nothing if i == 6 else disc(50, 20), disc(150, 24 if i % 2 else 22)) for i in range(13)]
    after = list(steadied_frames(frames))
    assert after[6].nerves[0].how is How.LOST
    assert areas(after)[6] == 0
    assert len(set(areas(after))) == 2
    assert jitter(areas(after, 1)) < jitter(areas(frames, 1))


@pytest.mark.parametrize("count", [0, 1, 2])
def test_short_clips_come_as_they_are(count: int) -> None:
    assert areas(list(steadied_frames(trembling(count)))) == areas(trembling(count))


def test_what_jumps_to_another_place_is_not_mixed_with_what_was_there() -> None:
    frames = [outlined(i, disc(40 if i < 6 else 150, 20)) for i in range(12)]
    for before, after in zip(frames, steadied_frames(frames), strict=True):
        assert np.array_equal(before.nerves[0].predicted.mask, after.nerves[0].predicted.mask)


def test_a_nerve_that_is_lost_from_one_side_and_followed_from_the_other_is_steadied_once() -> None:
    followed = NerveOutline(0, PredictedMask(disc(80, 20), 0.9, 1), How.FOLLOWED)
    lost = NerveOutline(0, PredictedMask(np.zeros(IMAGE.shape, np.bool_), 0.0, 0), How.LOST)
    frames = [OutlinedFrame(Frame(i, i / 25, IMAGE), (lost, followed) if i == 4 else (followed,)) for i in range(9)]
    after = list(steadied_frames(frames))[4]
    assert [one.predicted.components for one in after.nerves] == [0, 1]
