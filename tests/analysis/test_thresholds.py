import math
from itertools import accumulate

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nerveapp.analysis.thresholds import Method, hypoechoic_fraction, max_entropy, renyi_entropy, yen

Y, X = np.mgrid[:60, :80]
NERVE = ((X + 0.5 - 40) / 32) ** 2 + ((Y + 0.5 - 30) / 20) ** 2 <= 1
IMAGES = {
    "fascicles": 30 + (7 * X + 13 * Y + X * Y) % 41 + 90 * ((X // 8 + Y // 8) % 3 == 0),
    "bright": 200 - (X * X + 3 * Y * Y) % 151,
    "dark": ((X * Y) % 23) ** 2 // 3 + X % 5,
    "three levels": 20 + 60 * ((X // 4 + Y // 4) % 3),
    "wide": (X * X * Y + 31 * X + 17 * Y) % 256,
    "swollen": (X * Y + 5 * X) % 61 + (X % 16 < 3) * (90 + (3 * X + Y) % 67),
    "steep": 10 + 240 * ((X * Y + 3 * X + 6 * Y) % 97) ** 6 // 97**6,
    "steep inverse": 250 - 240 * ((X * Y + 3 * X + 6 * Y) % 97) ** 6 // 97**6,
    "curved": 10 + 240 * ((X * Y + 7 * X + 2 * Y) % 97) ** 2 // 97**2,
}

# MaxEntropy, RenyiEntropy and Yen of ij.process.AutoThresholder of ImageJ (source of June 2026), given the 256-bin
# histogram of IMAGES[name][NERVE]. Of the three thresholds behind RenyiEntropy the upper two are near each other in
# "steep" and "curved", the lower two in "steep inverse".
IMAGEJ = {
    "fascicles": (70, 70, 70),
    "bright": (125, 125, 125),
    "dark": (59, 58, 58),
    "three levels": (20, 20, 20),
    "wide": (127, 127, 129),
    "swollen": (60, 60, 60),
    "steep": (53, 34, 28),
    "steep inverse": (203, 223, 231),
    "curved": (87, 84, 89),
}

# skimage.filters.threshold_yen(IMAGES[name].astype(np.uint8)[NERVE]) of scikit-image 0.26.0.
SKIMAGE_YEN = {
    "fascicles": 70,
    "bright": 125,
    "dark": 58,
    "three levels": 20,
    "wide": 129,
    "swollen": 60,
    "steep": 28,
    "steep inverse": 231,
    "curved": 89,
}


def grey(name: str) -> npt.NDArray[np.uint8]:
    return np.asarray(IMAGES[name], np.uint8)


def strip(values: list[int]) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.bool_]]:
    image = np.array([values], np.uint8)
    return image, np.ones(image.shape, bool)


@pytest.mark.parametrize("name", IMAGES)
def test_thresholds_are_those_of_imagej(name: str) -> None:
    image = grey(name)
    assert (max_entropy(image, NERVE), renyi_entropy(image, NERVE), yen(image, NERVE)) == IMAGEJ[name]


@pytest.mark.parametrize("name", IMAGES)
def test_yens_threshold_is_that_of_scikit_image(name: str) -> None:
    assert yen(grey(name), NERVE) == SKIMAGE_YEN[name]


def test_by_hand() -> None:
    # Grey levels 0 (1 pixel), 1 (1), 9 (2). Split after 0: 0 + H(1/3, 2/3) = 0.637; after 1: H(1/2, 1/2) + 0 = 0.693.
    # Yen: after 0: -ln(1 * (1 + 4) / 9) = 0.588; after 1: -ln(2 / 4 * 1) = 0.693.
    # Renyi, order 1/2: after 0: 2 ln(sqrt(1/3) + sqrt(2/3)) = 0.664; after 1: 2 ln(2 sqrt(1/2)) = 0.693.
    image, mask = strip([0, 1, 9, 9])
    assert max_entropy(image, mask) == yen(image, mask) == renyi_entropy(image, mask) == 1
    assert [hypoechoic_fraction(image, mask, method) for method in Method] == [0.5, 0.5, 0.5]


def test_renyis_weights_by_hand() -> None:
    # "steep": the thresholds of order 2, 1/2 and 1 are 28, 53 and 53: the upper two are near, so the weights are
    # 3 : 1 : 0. Of the 1999 pixels 1349 are <= 28 and 1564 <= 53 (below), and
    # 28 (P28 + 3/4 w) + 53 w / 4 + 53 (1 - P53), w = P53 - P28, is rounded down.
    image = grey("steep")
    inside = image[NERVE]
    p28, p53 = np.mean(inside <= 28), np.mean(inside <= 53)
    between = p53 - p28
    by_hand = 28 * (p28 + 0.75 * between) + 53 * between / 4 + 53 * (1 - p53)
    assert renyi_entropy(image, NERVE) == math.floor(by_hand)


@pytest.mark.parametrize("method", Method)
def test_a_nerve_half_dark_and_half_bright(method: Method) -> None:
    # Ten dark and ten bright levels, all as frequent: after the dark ones the entropies add up to ln 10 + ln 10, more
    # than ln 11 + ln 9 one level on.
    image = np.where(X < 40, 20 + (X + Y) % 10, 180 + (X + Y) % 10).astype(np.uint8)
    mask = np.ones(image.shape, bool)
    assert hypoechoic_fraction(image, mask, method) == 0.5


@pytest.mark.parametrize("method", Method)
def test_only_the_inside_counts(method: Method) -> None:
    image = grey("swollen")
    other = np.where(NERVE, image, 255 - image).astype(np.uint8)
    assert hypoechoic_fraction(other, NERVE, method) == hypoechoic_fraction(image, NERVE, method)


@pytest.mark.parametrize("method", Method)
def test_two_levels_are_told_apart(method: Method) -> None:
    image, mask = strip([50, 50, 50, 150])
    assert hypoechoic_fraction(image, mask, method) == 0.75


@pytest.mark.parametrize("method", Method)
def test_nothing_to_tell_apart(method: Method) -> None:
    image = grey("wide")
    assert hypoechoic_fraction(image, np.zeros(image.shape, bool), method) is None
    assert hypoechoic_fraction(np.full_like(image, 128), NERVE, method) is None
    assert hypoechoic_fraction(*strip([7]), method) is None


def test_only_grey_images_of_the_masks_size() -> None:
    with pytest.raises(ValueError, match="grey levels"):
        max_entropy(np.zeros((60, 80, 3), np.uint8), NERVE)
    with pytest.raises(ValueError, match="one size"):
        yen(np.zeros((4, 4), np.uint8), NERVE)
    with pytest.raises(ValueError, match="float64"):
        renyi_entropy(np.zeros((60, 80)), NERVE)  # type: ignore[arg-type]


def gain(values: list[int], order: float, threshold: int) -> float:
    """The two parts' entropies by their definitions, pixel counts one by one."""
    total = 0.0
    for part in ([v for v in values if v <= threshold], [v for v in values if v > threshold]):
        shares = [part.count(level) / len(part) for level in set(part)]
        if order == 1:
            total -= sum(share * math.log(share) for share in shares)
        else:
            total += math.log(sum(share**order for share in shares)) / (1 - order)
    return total


grey_levels = st.lists(st.integers(0, 255), min_size=2, max_size=60).filter(lambda values: len(set(values)) > 1)


@given(grey_levels)
def test_no_other_split_has_more_entropy(values: list[int]) -> None:
    image, mask = strip(values)
    splits = range(min(values), max(values))
    for find, order in ((max_entropy, 1.0), (yen, 2.0)):
        found = find(image, mask)
        assert found is not None
        assert found in splits
        most = max(gain(values, order, split) for split in splits)
        assert gain(values, order, found) == pytest.approx(most, abs=1e-9)


@given(grey_levels)
def test_renyis_threshold_lies_between_those_it_is_made_of(values: list[int]) -> None:
    image, mask = strip(values)
    splits = range(min(values), max(values))
    found = renyi_entropy(image, mask)
    bests = [max(splits, key=lambda split, order=order: gain(values, order, split)) for order in (0.5, 1.0, 2.0)]  # type: ignore[misc]
    ties = [
        [split for split in splits if gain(values, order, split) >= gain(values, order, best) - 1e-9]
        for order, best in zip((0.5, 1.0, 2.0), bests, strict=True)
    ]
    assert found is not None
    assert min(map(min, ties)) <= found <= max(map(max, ties))


@given(grey_levels, st.integers(0, 255))
def test_a_brighter_image_has_the_same_fraction(values: list[int], shift: int) -> None:
    brighter = [value + min(shift, 255 - max(values)) for value in values]
    for method in (Method.MAX_ENTROPY, Method.YEN):
        assert hypoechoic_fraction(*strip(values), method) == hypoechoic_fraction(*strip(brighter), method)


@given(grey_levels)
def test_a_fraction_is_one_of_the_shares(values: list[int]) -> None:
    counted = list(accumulate(values.count(level) for level in range(256)))
    for method in Method:
        fraction = hypoechoic_fraction(*strip(values), method)
        assert fraction is not None
        assert any(fraction == pytest.approx(count / len(values)) for count in counted)
