from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nerveapp.analysis.quality import area_jumps, frame_flags
from nerveapp.analysis.series import complete_series, summarise
from nerveapp.domain.calibration import Calibration, CalibrationOrigin
from nerveapp.domain.measurement import FrameMeasurement, Morphometry
from nerveapp.domain.segmentation import Flag
from tests.fakes import FakeClip

SPACING = Calibration(0.1, 0.1, CalibrationOrigin.TYPED)
CLIP = FakeClip(1).info
STILLS = replace(CLIP, timed=False, names=("a.png", "b.png"))


def frame(index: int, area: float | None, x: float = 0.0, *, calibrated: bool = True) -> FrameMeasurement:
    px = None if area is None else Morphometry(area, 40, 12, 6, x, 0)
    mm = None if area is None or not calibrated else Morphometry(area / 100, 4, 1.2, 0.6, x / 10, 0)
    flags = (Flag.NO_NERVE,) if area is None else ()
    return FrameMeasurement(index, index / 25, px, mm, None, None, 90.0, 0.9, flags)


def test_a_lone_jump_is_flagged_and_a_slow_change_is_not() -> None:
    assert area_jumps([100, 101, 99, 160, 100, 102]) == [False, False, False, True, False, False]
    assert not any(area_jumps([100 + 3 * i for i in range(30)]))
    assert area_jumps([None, 100, None]) == [False, False, False]


def test_displacement_counts_from_the_first_outlined_frame() -> None:
    series = complete_series([frame(0, None), frame(1, 100, 5), frame(2, 100, 9)], CLIP)
    assert [one.displacement_px for one in series] == [None, 0, 4]
    assert series[2].displacement_mm == pytest.approx(0.4)


def test_displacement_does_not_count_from_a_doubtful_outline() -> None:
    doubtful = replace(frame(0, 100, 500), flags=(Flag.LOW_CONFIDENCE,))
    series = complete_series([doubtful, frame(1, 100, 5), frame(2, 100, 9)], CLIP)
    assert [one.displacement_px for one in series] == [495, 0, 4]


def test_doubtful_areas_are_no_findings_unless_there_are_no_others() -> None:
    doubtful = replace(frame(0, 5000), flags=(Flag.LOW_CONFIDENCE,))
    summary = summarise([doubtful, frame(1, 900), frame(2, 1000)], SPACING, CLIP)
    assert (summary.area_max, summary.outlined, summary.unflagged, summary.flagged) == (10, 3, 2, 1)
    alone = summarise([doubtful], SPACING, CLIP)
    assert (alone.area_max, alone.unflagged) == (50, 0)


def test_summary_in_millimetres_and_in_pixels() -> None:
    frames = [frame(i, area) for i, area in enumerate([800, 1000, 900, None])]
    summary = summarise(frames, SPACING, CLIP)
    assert (summary.unit, summary.frames, summary.outlined, summary.flagged) == ("mm²", 4, 3, 1)
    assert (summary.area_max, summary.area_max_frame) == (10, 1)
    assert (summary.area_median, summary.area_median_frame) == (9, 2)
    uncalibrated = summarise([frame(0, 800, calibrated=False)], None, CLIP)
    assert (uncalibrated.unit, uncalibrated.area_max) == ("px²", 800)


def test_steadiest_run_is_found_and_never_spans_a_gap() -> None:
    areas = [*(1000.0 + 40 * (i % 3) for i in range(20)), None, *(900.0 + i % 2 for i in range(14))]
    run = summarise([frame(i, area) for i, area in enumerate(areas)], SPACING, CLIP).most_stable
    assert run is not None
    assert run.first >= 21
    assert run.last - run.first == 11
    assert run.variation < 0.001
    assert summarise([frame(0, 10)], SPACING, CLIP).most_stable is None


def test_a_run_that_varies_much_is_not_called_stable() -> None:
    wild = [frame(i, 10 + 4 * (i % 2)) for i in range(12)]
    assert summarise(wild, SPACING, CLIP).most_stable is None
    calm = [frame(i, 10 + i % 2) for i in range(12)]
    assert summarise(calm, SPACING, CLIP).most_stable is not None


def at_rate(per_second: float, count: int) -> list[FrameMeasurement]:
    return [replace(frame(index, 1000.0 + index % 2), time_s=index / per_second) for index in range(count)]


@pytest.mark.parametrize(("per_second", "length"), [(100, 50), (50, 25), (24, 12), (10, 5), (2, 5)])
def test_the_most_stable_run_lasts_half_a_second_at_any_frame_rate(per_second: float, length: int) -> None:
    run = summarise(at_rate(per_second, length), SPACING, CLIP).most_stable
    assert run is not None
    assert (run.first, run.last) == (0, length - 1)
    assert summarise(at_rate(per_second, length - 1), SPACING, CLIP).most_stable is None


@given(st.lists(st.none() | st.floats(100, 3000), min_size=1, max_size=40))
def test_no_run_is_more_stable_than_the_one_that_is_told(areas: list[float | None]) -> None:
    frames = [replace(frame(index, area), time_s=index / 10) for index, area in enumerate(areas)]
    runs = [np.array(areas[at : at + 5], float) for at in range(len(areas) - 4)]
    variations = [float(run.std() / run.mean()) for run in runs if np.isfinite(run).all()]
    told = summarise(frames, SPACING, CLIP).most_stable
    if not variations or min(variations) > 0.15:
        assert told is None
    else:
        assert told is not None
        assert told.variation == pytest.approx(min(variations), abs=1e-6)
        assert told.mean_area == pytest.approx(np.mean(np.array(areas[told.first : told.last + 1], float)) / 100)


def test_without_times_of_its_own_a_stack_has_runs_of_twelve_frames() -> None:
    stack = replace(CLIP, timed=False)
    run = summarise(at_rate(1, 12), SPACING, stack).most_stable
    assert run is not None
    assert run.last - run.first == 11
    assert summarise(at_rate(1, 11), SPACING, stack).most_stable is None


def test_a_clip_whose_frames_have_one_time_has_runs_of_twelve_frames() -> None:
    still = [replace(one, time_s=0.0) for one in at_rate(1, 12)]
    assert summarise(still, SPACING, CLIP).most_stable is not None


def test_an_empty_series_has_an_empty_summary() -> None:
    summary = summarise([frame(0, None)], SPACING, CLIP)
    assert (summary.area_max, summary.area_median_frame, summary.outlined) == (None, None, 0)


def test_flags_of_one_frame() -> None:
    mask = np.zeros((20, 20), bool)
    assert frame_flags(mask, confidence=0, flag_below=0.85, components=0) == (Flag.NO_NERVE,)
    mask[5:10, 5:10] = True
    assert frame_flags(mask, confidence=0.95, flag_below=0.85, components=1) == ()
    mask[0, 3] = True
    assert set(frame_flags(mask, confidence=0.5, flag_below=0.85, components=2)) == {
        Flag.SEVERAL_COMPONENTS,
        Flag.TOUCHES_BORDER,
        Flag.LOW_CONFIDENCE,
    }


def test_outlines_outside_of_the_calibrated_region_are_counted_and_have_no_area() -> None:
    frames = [frame(0, 5000, calibrated=False), frame(1, 900, 7), frame(2, 1000, 9), frame(3, None)]
    summary = summarise(frames, SPACING, CLIP)
    assert (summary.outlined, summary.uncalibrated, summary.unflagged) == (3, 1, 2)
    assert (summary.area_max, summary.area_max_frame, summary.outside) == (10, 2, False)
    assert [one.displacement_mm for one in complete_series(frames, CLIP)] == [None, 0, pytest.approx(0.2), None]
    assert summarise(frames, None, CLIP).uncalibrated == 0


def test_a_nerve_outside_of_the_calibrated_region_has_no_figures_at_all() -> None:
    summary = summarise([frame(0, 5000, calibrated=False), frame(1, None)], SPACING, CLIP)
    assert (summary.outside, summary.outlined, summary.uncalibrated, summary.unflagged) == (True, 1, 1, 0)
    assert (summary.area_max, summary.area_median, summary.area_mean, summary.most_stable) == (None, None, None, None)
    assert not summarise([frame(0, None)], SPACING, CLIP).outside, "where there is no nerve, it is not outside either"


def test_stills_of_three_people_have_no_jumps_and_the_largest_is_the_largest() -> None:
    people = [frame(0, 2802), frame(1, 3600), frame(2, 2697)]
    summary = summarise(complete_series(people, STILLS), None, CLIP)
    assert (summary.area_max, summary.area_max_frame, summary.flagged) == (3600, 1, 0)
    assert summarise(complete_series(people, CLIP), None, CLIP).area_max == 2802, "in a clip it is a jump"


def test_nothing_moves_from_one_persons_still_to_anothers_and_no_run_of_them_is_stable() -> None:
    each = [frame(index, 100, 40.0 * index) for index in range(20)]
    of_stills, of_a_clip = complete_series(each, STILLS), complete_series(each, CLIP)
    assert {one.displacement_px for one in of_stills} == {None}
    assert of_a_clip[-1].displacement_px == 760
    assert summarise(of_stills, SPACING, STILLS).most_stable is None
    assert summarise(of_a_clip, SPACING, CLIP).most_stable is not None


@given(
    st.lists(st.tuples(st.integers(1, 40) | st.none(), st.booleans()), max_size=30),
    st.booleans(),
)
def test_the_frames_named_have_the_areas_shown(drawn: list[tuple[int | None, bool]], calibrated: bool) -> None:
    frames = [
        replace(one, flags=(Flag.LOW_CONFIDENCE,)) if doubtful and area else one
        for one, (area, doubtful) in ((frame(i, pair[0]), pair) for i, pair in enumerate(drawn))
    ]
    summary = summarise(frames, SPACING if calibrated else None, CLIP)
    for area, place in (
        (summary.area_max, summary.area_max_frame),
        (summary.area_median, summary.area_median_frame),
    ):
        assert (area is None) == (place is None)
        if place is not None:
            shape = frames[place].mm if calibrated else frames[place].px
            assert shape is not None
            assert shape.area == area
    areas = sorted(area for area, doubtful in drawn if area and not doubtful) or sorted(a for a, _ in drawn if a)
    if areas:
        assert summary.area_median == pytest.approx(areas[(len(areas) - 1) // 2] / (100 if calibrated else 1))
