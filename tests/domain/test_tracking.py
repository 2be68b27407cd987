import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nerveapp.domain.analysis_job import AnalysisRequest
from nerveapp.domain.segmentation import PredictedMask
from nerveapp.domain.tracking import Point, Pointed


def request(*points: Point) -> AnalysisRequest:
    return AnalysisRequest("a" * 64, "m", "b" * 64, False, "1.0", points)


def test_a_box_is_its_middle_and_its_sides() -> None:
    assert Point.in_box(3, 10, 20, 40, 30) == Point(3, 25, 25, 30, 10)
    assert Point.in_box(3, 10, 20, 40, 30).extent == (30, 10)
    assert Point(3, 25, 25).extent is None


@pytest.mark.parametrize("sides", [(10, None), (None, 10), (0, 10), (10, -1), (float("nan"), 5)])
def test_a_box_has_two_sides_above_0(sides: tuple[float | None, float | None]) -> None:
    with pytest.raises(ValueError, match="wider and taller"):
        Point(3, 25, 25, *sides)


def test_requests_of_earlier_versions_keep_their_ids() -> None:
    assert request().id == "14ccbb6c761624407010f7feb12d52d8"
    assert request(Point(3, 1.5, 2.0)).id == "89ca1e94462d431064c517786650d490"
    assert request(Point(3, 1.5, 2.0, area=40)).id not in (request(Point(3, 1.5, 2.0)).id, request().id)
    assert request(Point(3, 1.5, 2.0, 8, 4)).id not in (request(Point(3, 1.5, 2.0)).id, request().id)


def pointed(*areas: int) -> Pointed:
    masks = [np.arange(100) < area for area in areas]
    return Pointed(tuple(PredictedMask(mask[None], 0.9, 1) for mask in masks))


@given(st.lists(st.integers(1, 99), min_size=1, max_size=6, unique=True), st.integers(1, 99), st.sampled_from([-1, 1]))
def test_the_outline_beside_an_area_is_the_next_smaller_or_larger_one(areas: list[int], area: int, way: int) -> None:
    beyond = [one for one in areas if (one - area) * way > 0]
    found = pointed(*sorted(areas)).beside(area, way)
    assert (found is None) == (not beyond)
    if found is not None:
        assert np.count_nonzero(found.outline.mask) == min(beyond, key=lambda one: abs(one - area))


def test_what_is_meant_by_an_area_is_next_to_it_as_a_ratio() -> None:
    found = pointed(10, 40)
    assert [found.of_area(area).meant for area in (5, 19, 21, 90)] == [0, 0, 1, 1]
    assert found.of_area(None) is found


@pytest.mark.parametrize("area", [0, -1, float("nan"), float("inf")])
def test_an_area_is_above_0(area: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        Point(3, 25, 25, area=area)
