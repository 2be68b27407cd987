import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra import numpy as hnp

from nerveapp.analysis.agreement import dice, iou, surface_distances

MASKS = hnp.arrays(np.bool_, (12, 14))


def box(top: int, left: int, height: int, width: int) -> np.ndarray:
    mask = np.zeros((40, 50), bool)
    mask[top : top + height, left : left + width] = True
    return mask


def test_known_overlaps() -> None:
    a, b = box(5, 5, 10, 10), box(5, 10, 10, 10)
    assert dice(a, b) == pytest.approx(0.5)
    assert iou(a, b) == pytest.approx(1 / 3)
    assert dice(a, box(30, 30, 5, 5)) == 0
    assert dice(a, a) == iou(a, a) == 1


def test_empty_masks() -> None:
    nothing = np.zeros((40, 50), bool)
    assert dice(nothing, nothing) == iou(nothing, nothing) == 1
    assert dice(nothing, box(1, 1, 3, 3)) == 0
    assert surface_distances(nothing, box(1, 1, 3, 3)) == (None, None)
    assert surface_distances(nothing, nothing) == (None, None)


def test_known_distances() -> None:
    a, b = box(5, 5, 10, 10), box(5, 8, 10, 10)
    # Every border pixel is 0 to 3 px from the other border; the vertical sides are 3 apart.
    hd95, assd = surface_distances(a, b)
    assert hd95 == pytest.approx(3)
    assert assd is not None
    assert 0 < assd < 3
    assert surface_distances(a, b, (0.1, 0.2))[0] == pytest.approx(0.6)
    assert surface_distances(a, a) == (0, 0)


@given(MASKS, MASKS)
def test_symmetry_and_the_relation_of_dice_and_iou(a: np.ndarray, b: np.ndarray) -> None:
    assert dice(a, b) == dice(b, a)
    assert dice(a, b) == pytest.approx(2 * iou(a, b) / (1 + iou(a, b)))
    assert surface_distances(a, b) == pytest.approx(surface_distances(b, a))


def test_masks_on_different_grids_are_refused() -> None:
    with pytest.raises(ValueError, match="one grid"):
        dice(np.zeros((3, 4), bool), np.zeros((4, 3), bool))
