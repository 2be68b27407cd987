import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from nerveapp.analysis.run_lengths import mask_from_runs, run_lengths

MASKS = st.tuples(st.integers(1, 40), st.integers(1, 40)).flatmap(lambda size: arrays(np.bool_, size))


@given(MASKS)
def test_any_mask_comes_back_bit_for_bit(mask: npt.NDArray[np.bool_]) -> None:
    runs = run_lengths(mask)
    assert sum(runs) == mask.size
    assert all(length > 0 for length in runs[1:])
    assert np.array_equal(mask_from_runs(runs, *mask.shape), mask)


def test_runs_start_outside() -> None:
    assert run_lengths(np.array([[True, False, False, True]])) == [0, 1, 2, 1]
    assert run_lengths(np.zeros((2, 3), bool)) == [6]
    assert run_lengths(np.ones((2, 3), bool)) == [0, 6]


@pytest.mark.parametrize("runs", [[5], [7], [-1, 7], [3, 4], [], [2**70], [2**62] * 4 + [6]])
def test_what_does_not_fill_the_grid_is_refused(runs: list[int]) -> None:
    with pytest.raises(ValueError, match="sum to 6"):
        mask_from_runs(runs, 2, 3)
