import numpy as np
import pytest

from nerveapp.analysis.temporal_stability import jitter


def test_a_still_area_does_not_tremble_and_the_unit_does_not_matter() -> None:
    assert jitter([7.0] * 10) == 0
    areas = [10.0, 11.0, 10.0, 11.0]
    assert jitter(areas) == pytest.approx(1 / 10.5)
    assert jitter([a * 42 for a in areas]) == pytest.approx(jitter(areas))


def test_frames_without_an_outline_are_no_step() -> None:
    assert jitter([10.0, 11.0, np.nan, 30.0, 31.0]) == pytest.approx(1 / 20.5)
    assert np.isnan(jitter([10.0, np.nan, 11.0]))
