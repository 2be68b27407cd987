import math
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nerveapp.analysis.displacement import displacement_path
from nerveapp.analysis.series import with_displacement
from nerveapp.domain.measurement import FrameMeasurement, Morphometry
from nerveapp.domain.segmentation import Flag
from tests.fakes import FakeClip

LOST = FrameMeasurement(0, 0, None, None, None, None, None, 0.0, (Flag.NO_NERVE,))


def at(x: float, y: float, *, mm: bool = True, flags: tuple[Flag, ...] = ()) -> FrameMeasurement:
    px = Morphometry(100, 40, 12, 6, x * 10, y * 10)
    return FrameMeasurement(0, 0, px, Morphometry(1, 4, 1.2, 0.6, x, y) if mm else None, None, None, 90, 0.9, flags)


def clip(*frames: FrameMeasurement) -> list[FrameMeasurement]:
    return [replace(frame, frame=index, time_s=index / 25) for index, frame in enumerate(frames)]


def test_the_path_of_a_nerve_that_moves_to_the_side_and_down() -> None:
    # From (10, 5) 3 mm to the right, then 4 mm down: 7 mm of path, 5 mm apart (3-4-5), 3 mm across, 4 mm deep.
    path = displacement_path(clip(at(10, 5), at(13, 5), at(13, 9)))
    assert path is not None
    assert (path.unit, path.start, path.left_out) == ("mm", 0, 0)
    assert [(point.x, point.y) for point in path.points] == [(0, 0), (3, 0), (3, 4)]
    assert [point.time_s for point in path.points] == [0, 0.04, 0.08]
    assert (path.range_x, path.range_y) == pytest.approx((3, 4))
    assert path.length == pytest.approx(7)
    assert path.excursion == pytest.approx(5)


def test_a_lost_frame_breaks_the_path() -> None:
    # 1 mm in the first run, 1 mm in the second; the 8 mm between them were not seen and add nothing to the length.
    path = displacement_path(clip(LOST, at(0, 0), at(1, 0), LOST, at(9, 0), at(10, 0), LOST))
    assert path is not None
    assert [[point.frame for point in run] for run in path.runs] == [[1, 2], [4, 5]]
    assert path.length == pytest.approx(2)
    assert path.excursion == pytest.approx(10)


def test_a_doubtful_outline_is_no_movement_unless_there_is_no_other() -> None:
    doubtful = at(50, 50, flags=(Flag.AREA_JUMP,))
    path = displacement_path(clip(doubtful, at(0, 0), doubtful, at(1, 0)))
    assert path is not None
    assert (path.start, path.left_out, path.range_x, path.range_y) == (1, 2, 1, 0)
    alone = displacement_path(clip(doubtful, doubtful))
    assert alone is not None
    assert (len(alone.points), alone.left_out, alone.excursion) == (2, 0, 0)


def test_pixels_where_there_are_no_millimetres() -> None:
    path = displacement_path(clip(at(0, 0, mm=False), at(2, 0, mm=False)))
    assert path is not None
    assert (path.unit, path.range_x) == ("px", 20)


def test_frames_outside_of_the_calibrated_region_are_left_out() -> None:
    path = displacement_path(clip(at(0, 0), at(5, 0, mm=False), at(1, 0)))
    assert path is not None
    assert (path.unit, path.left_out, len(path.runs), path.range_x) == ("mm", 1, 2, 1)


def test_no_nerve_no_path() -> None:
    assert displacement_path([]) is None
    assert displacement_path(clip(LOST, LOST)) is None


places = st.tuples(st.floats(-50, 50), st.floats(-50, 50))


@given(st.lists(st.one_of(places, st.none()), min_size=1, max_size=30).filter(any))
@example([(0.0, 1e-80), (0.0, 0.0)])
def test_what_holds_for_every_path(where: list[tuple[float, float] | None]) -> None:
    frames = clip(*(LOST if place is None else at(*place) for place in where))
    path = displacement_path(frames)
    assert path is not None
    places = [place for place in where if place is not None]
    farthest = max(math.dist(here, there) for here in places for there in places)
    assert path.excursion == pytest.approx(farthest, abs=1e-3)
    assert max(path.range_x, path.range_y) <= farthest + 1e-9
    # The same start and the same distances as the displacement of every frame.
    moved = [
        one.displacement_mm for one in with_displacement(frames, FakeClip(1).info) if one.displacement_mm is not None
    ]
    assert [math.hypot(point.x, point.y) for point in path.points] == pytest.approx(moved)
    if len(path.runs) == 1:
        assert path.length >= path.excursion - 1e-3
