import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra import numpy as hnp

from nerveapp.domain.segmentation import PackedMask


@given(hnp.arrays(np.bool_, hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=40)))
def test_packing_gives_every_pixel_back(mask: np.ndarray) -> None:
    assert np.array_equal(PackedMask.pack(mask).unpack(), mask)


def test_a_frame_packs_into_little() -> None:
    mask = np.zeros((1080, 1920), bool)
    mask[400:600, 700:1100] = True
    assert len(PackedMask.pack(mask).data) < 5000


@pytest.mark.parametrize("wrong", [np.zeros((4, 4), np.uint8), np.zeros((2, 4, 4), bool)])
def test_other_arrays_are_refused(wrong: np.ndarray) -> None:
    with pytest.raises(ValueError, match="boolean mask"):
        PackedMask.pack(wrong)
