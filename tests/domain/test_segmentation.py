import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from nerveapp.domain.segmentation import PackedMask, PredictedMask


@given(hnp.arrays(np.bool_, hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=40)))
def test_packing_gives_every_pixel_back(mask: np.ndarray) -> None:
    assert np.array_equal(PackedMask.pack(mask).unpack(), mask)


@given(hnp.arrays(np.bool_, (7, 9)), hnp.arrays(np.bool_, (7, 9)), st.integers(0, 9))
def test_masks_are_the_same_where_their_pixels_are_however_they_were_deflated(
    mask: np.ndarray, other: np.ndarray, level: int
) -> None:
    here, there = PackedMask.pack(mask), PackedMask(7, 9, zlib.compress(np.packbits(mask).tobytes(), level))
    assert here == there
    assert hash(here) == hash(there)
    assert (here == PackedMask.pack(other)) == np.array_equal(mask, other)
    assert here != PackedMask.pack(mask.reshape(9, 7))


def test_a_frame_packs_into_little() -> None:
    mask = np.zeros((1080, 1920), bool)
    mask[400:600, 700:1100] = True
    assert len(PackedMask.pack(mask).data) < 5000


@pytest.mark.parametrize("wrong", [np.zeros((4, 4), np.uint8), np.zeros((2, 4, 4), bool)])
def test_other_arrays_are_refused(wrong: np.ndarray) -> None:
    with pytest.raises(ValueError, match="boolean mask"):
        PackedMask.pack(wrong)


@given(st.floats(), st.integers(-2, 4), st.booleans())
def test_a_prediction_says_of_its_mask_what_is_true(confidence: float, components: int, outlined: bool) -> None:
    mask = np.full((3, 4), outlined)
    if 0 <= confidence <= 1 and (components > 0 if outlined else components == 0):
        assert PredictedMask(mask, confidence, components).components == components
    else:
        with pytest.raises(ValueError, match="expected"):
            PredictedMask(mask, confidence, components)


def test_three_parts_of_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match="parts exactly where"):
        PredictedMask(np.zeros((3, 4), bool), 0.5, 3)
