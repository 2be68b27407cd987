import cv2
import numpy as np
from hypothesis import given
from hypothesis.extra import numpy as hnp

from nerveapp.analysis.outline import (
    component_sizes,
    contours,
    corners,
    fill_holes,
    keep_main_components,
    nerves_in,
    outline_from_probabilities,
)
from nerveapp.analysis.strokes import polygon_mask


def disc(mask: np.ndarray, x: int, y: int, radius: int) -> np.ndarray:
    yy, xx = np.mgrid[: mask.shape[0], : mask.shape[1]]
    return np.asarray(mask | ((xx - x) ** 2 + (yy - y) ** 2 <= radius**2))


EMPTY = np.zeros((100, 160), bool)


def test_the_halves_of_a_bifid_nerve_are_kept_and_specks_dropped() -> None:
    mask = disc(disc(EMPTY, 40, 50, 15), 90, 50, 11)
    speckled = disc(mask, 140, 20, 3)
    kept, components = keep_main_components(speckled, max_components=2)
    assert components == 2
    assert np.array_equal(kept, mask)


def test_no_more_pieces_than_allowed() -> None:
    mask = disc(disc(EMPTY, 40, 50, 15), 90, 50, 11)
    kept, components = keep_main_components(mask, max_components=1)
    assert components == 1
    assert np.array_equal(kept, disc(EMPTY, 40, 50, 15))


def test_holes_are_filled() -> None:
    ring = disc(EMPTY, 60, 50, 20) & ~disc(EMPTY, 60, 50, 8)
    assert np.array_equal(fill_holes(ring), disc(EMPTY, 60, 50, 20))


def test_noise_is_no_nerve() -> None:
    kept, components = keep_main_components(disc(EMPTY, 5, 5, 1), max_components=2)
    assert components == 0
    assert not kept.any()


def test_confidence_follows_the_probabilities() -> None:
    sure = np.where(disc(EMPTY, 60, 50, 20), 0.99, 0.0).astype(np.float32)
    wavering = np.where(disc(EMPTY, 60, 50, 22), 0.3, 0.0).astype(np.float32)
    wavering = np.maximum(wavering, np.where(disc(EMPTY, 60, 50, 20), 0.99, 0.0).astype(np.float32))
    lost = np.where(disc(EMPTY, 60, 50, 20), 0.6, 0.0).astype(np.float32)
    confidence = [
        outline_from_probabilities(p, threshold=0.5, max_components=2).confidence for p in (sure, wavering, lost)
    ]
    assert 0.7 < confidence[0] <= 1
    assert confidence[0] - 0.2 > confidence[1] > confidence[2] > 0
    nothing = outline_from_probabilities(np.zeros((100, 160), np.float32), threshold=0.5, max_components=2)
    assert (nothing.confidence, nothing.components, int(nothing.mask.sum())) == (0, 0, 0)


@given(hnp.arrays(np.bool_, (15, 17)))
def test_contours_filled_give_the_mask_back(mask: np.ndarray) -> None:
    solid = fill_holes(mask)
    drawn = np.zeros(mask.shape, np.uint8)
    for part in contours(solid):
        cv2.fillPoly(drawn, [part], 1)
    assert np.array_equal(drawn.astype(bool), solid)


def test_a_network_that_sees_nerve_everywhere_is_sure_of_nothing() -> None:
    found = outline_from_probabilities(np.full((40, 60), 0.9, np.float32), threshold=0.5, max_components=2)
    assert found.mask.all()
    assert found.confidence == 0


def test_a_part_far_from_the_main_one_is_no_half_of_the_nerve() -> None:
    mask = np.zeros((200, 400), bool)
    mask[50:90, 20:100] = True
    beside, far = mask.copy(), mask.copy()
    beside[50:90, 115:160] = True
    far[50:90, 300:345] = True
    assert keep_main_components(beside, max_components=2, max_gap=1.0)[1] == 2
    kept, components = keep_main_components(far, max_components=2, max_gap=1.0)
    assert components == 1
    assert np.array_equal(kept, mask)
    assert keep_main_components(far, max_components=2)[1] == 2, "without a limit both stay"


def test_corners_are_few_and_enclose_nearly_the_same() -> None:
    yy, xx = np.mgrid[:100, :150]
    mask = ((xx - 70) / 50) ** 2 + ((yy - 50) / 20) ** 2 <= 1
    found = corners(mask)
    assert 6 <= len(found) <= 40
    again = polygon_mask(found, 100, 150)
    assert 2 * (again & mask).sum() / (again.sum() + mask.sum()) > 0.95
    assert corners(np.zeros((5, 5), bool)) == []


def test_nerves_count_apart_only_where_told() -> None:
    mask = np.zeros((60, 80), bool)
    mask[5:15, 5:20] = True
    mask[30:50, 40:70] = True
    mask[55, 3] = True
    first, second = nerves_in(mask, apart=True)
    assert int(first.sum()) == 150
    assert int(second.sum()) == 600
    (whole,) = nerves_in(mask, apart=False)
    assert np.array_equal(whole, mask)
    assert nerves_in(np.zeros_like(mask), apart=True) == nerves_in(np.zeros_like(mask), apart=False) == []


def test_every_part_counts_however_small() -> None:
    mask = np.zeros((20, 20), bool)
    assert component_sizes(mask) == ()
    mask[18, 18] = True
    mask[2:5, 2:5] = mask[5, 5] = True  # one part: they touch at a corner
    assert component_sizes(mask) == (10, 1)
