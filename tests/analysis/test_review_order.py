from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from nerveapp.analysis.review_order import fewest_to_review, flagged_frames
from nerveapp.analysis.series import summarise
from nerveapp.domain.measurement import FrameMeasurement
from nerveapp.domain.segmentation import Flag
from tests.fakes import FakeClip


def frames(confidences: Sequence[float], flags: dict[int, tuple[Flag, ...]] | None = None) -> list[FrameMeasurement]:
    return [
        FrameMeasurement(i, i / 25, None, None, None, None, None, value, (flags or {}).get(i, ()))
        for i, value in enumerate(confidences)
    ]


def test_the_most_uncertain_comes_first_and_sure_frames_do_not_come() -> None:
    clip = frames([0.95] * 100, {20: (Flag.LOW_CONFIDENCE,), 70: (Flag.NO_NERVE,)})
    assert fewest_to_review(clip) == [70, 20]


def test_one_frame_covers_a_run_of_flagged_ones_and_a_long_run_needs_several_spread_in_time() -> None:
    short = frames([0.95] * 40, dict.fromkeys(range(10, 14), (Flag.AREA_JUMP,)))
    assert len(fewest_to_review(short)) == 1
    long = fewest_to_review(frames([0.3] * 100, dict.fromkeys(range(100), (Flag.LOW_CONFIDENCE,))))
    gaps = [b - a for a, b in zip(sorted(long), sorted(long)[1:], strict=False)]
    assert 5 <= len(long) <= 20
    assert min(gaps) >= 3


def test_a_sure_clip_and_an_empty_one_have_nothing_to_look_at() -> None:
    assert fewest_to_review(frames([0.97] * 50)) == []
    assert fewest_to_review([]) == []


def test_a_frame_without_a_flag_is_not_flagged_however_unsure_and_one_with_a_flag_is_however_sure() -> None:
    clip = frames([0.3] * 20 + [1.0], {20: (Flag.TOUCHES_BORDER,)})
    assert fewest_to_review(clip) == flagged_frames(clip) == [20]


@given(
    st.lists(st.tuples(st.floats(0, 1), st.sets(st.sampled_from(sorted(Flag)), max_size=2)), min_size=1, max_size=60)
)
def test_all_counts_are_of_the_same_flagged_frames(drawn: list[tuple[float, set[Flag]]]) -> None:
    clip = frames([confidence for confidence, _ in drawn], {i: tuple(flags) for i, (_, flags) in enumerate(drawn)})
    flagged = {place for place, frame in enumerate(clip) if frame.flags}
    queue, first = flagged_frames(clip), fewest_to_review(clip)
    assert set(queue) == flagged
    assert len(queue) == summarise(clip, None, FakeClip(1).info).flagged
    assert queue[: len(first)] == first, "those that cover the others come first"
    assert all(min(abs(place - one) for one in first) <= 12 for place in flagged)
