from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from nerveapp.analysis.doubt import DOUBTFUL, doubt_first, doubts
from nerveapp.domain.measurement import FrameMeasurement
from nerveapp.domain.segmentation import Flag


def frames(confidences: Sequence[float], flags: dict[int, tuple[Flag, ...]] | None = None) -> list[FrameMeasurement]:
    return [
        FrameMeasurement(i, i / 25, None, None, None, None, None, value, (flags or {}).get(i, ()))
        for i, value in enumerate(confidences)
    ]


def test_the_most_doubtful_comes_first_and_sure_frames_do_not_come() -> None:
    clip = frames([0.95] * 100, {20: (Flag.LOW_CONFIDENCE,), 70: (Flag.NO_NERVE,)})
    assert doubt_first(clip) == [70, 20]


def test_one_frame_covers_a_run_of_doubtful_ones_and_a_long_run_needs_several_spread_in_time() -> None:
    short = frames([0.95] * 40, dict.fromkeys(range(10, 14), (Flag.AREA_JUMP,)))
    assert len(doubt_first(short)) == 1
    long = doubt_first(frames([0.3] * 100))
    gaps = [b - a for a, b in zip(sorted(long), sorted(long)[1:], strict=False)]
    assert 5 <= len(long) <= 20
    assert min(gaps) >= 3


def test_a_sure_clip_and_an_empty_one_have_nothing_to_look_at() -> None:
    assert doubt_first(frames([0.97] * 50)) == []
    assert doubt_first([]) == []


@given(st.lists(st.floats(0, 1), min_size=1, max_size=60))
def test_no_frame_comes_twice_and_each_doubtful_one_has_a_chosen_one_near(confidences: list[float]) -> None:
    clip = frames(confidences)
    chosen = doubt_first(clip)
    assert len(chosen) == len(set(chosen))
    for place, doubt in enumerate(doubts(clip)):
        assert doubt < DOUBTFUL or min(abs(place - one) for one in chosen) <= 12
