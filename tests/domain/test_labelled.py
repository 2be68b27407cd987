import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nerveapp.domain.labelled import LabelledImage

GREY = np.zeros((6, 9), np.uint8)
SIZES = st.tuples(st.integers(1, 12), st.integers(1, 12))


@given(SIZES, SIZES | st.none())
def test_what_is_traced_has_the_images_size(nerve: tuple[int, int], vessel: tuple[int, int] | None) -> None:
    masks = np.zeros(nerve, bool), None if vessel is None else np.zeros(vessel, bool)
    if nerve == (6, 9) and vessel in (None, (6, 9)):
        assert LabelledImage("a", "a", GREY, *masks).width == 9
    else:
        with pytest.raises(ValueError, match="mask of shape"):
            LabelledImage("a", "a", GREY, *masks)


@pytest.mark.parametrize("axis", [0, 1])
def test_one_row_or_column_too_many_is_refused(axis: int) -> None:
    nerve = np.concatenate([GREY, GREY], axis=axis)[: 7 - axis, : 9 + axis] > 0
    with pytest.raises(ValueError, match=r"\(6, 9\)"):
        LabelledImage("a", "a", GREY, nerve)
