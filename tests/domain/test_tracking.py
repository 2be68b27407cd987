import pytest

from nerveapp.domain.analysis_job import AnalysisRequest
from nerveapp.domain.tracking import Point


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
