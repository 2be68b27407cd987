import cv2
import numpy as np
import pytest

from nerveapp.analysis.familiarity import FEATURES, features_of, set_appearance, unlikeness
from nerveapp.domain.appearance import Appearance, SetAppearance
from nerveapp.domain.labelled import LabelledImage
from nerveapp.domain.view import Nerve
from nerveapp.errors import ModelError
from nerveapp.workflows.training.train import phantom_images

GRID = (192, 256)


@pytest.fixture(scope="module")
def stills() -> list[LabelledImage]:
    return phantom_images(50, seed=3, nerves=(Nerve.MEDIAN,))


@pytest.fixture(scope="module")
def learnt(stills: list[LabelledImage]) -> list[LabelledImage]:
    return stills[:42]


@pytest.fixture(scope="module")
def unseen(stills: list[LabelledImage]) -> list[LabelledImage]:
    return stills[42:]


@pytest.fixture(scope="module")
def appearance(learnt: list[LabelledImage]) -> Appearance:
    rows = np.array([features_of(still.grey, *GRID) for still in learnt])
    return Appearance(FEATURES, (set_appearance("phantom", rows, [still.group for still in learnt]),))


def ratio(appearance: Appearance, grey: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> float:
    found = unlikeness(appearance, features_of(grey, *GRID))
    assert found is not None
    return found.ratio


def test_unseen_images_of_the_kind_learnt_from_are_like_it(appearance: Appearance, unseen: list[LabelledImage]) -> None:
    warned = [ratio(appearance, still.grey) > 1 for still in unseen]
    assert sum(warned) <= 2, f"{sum(warned)} of {len(warned)}"


@pytest.mark.parametrize(
    ("shown", "reason"),
    [
        (lambda grey: (grey * 0.15).astype(np.uint8), "darker"),
        (lambda grey: np.clip(grey * 3.0, 0, 255).astype(np.uint8), "brighter"),
        (lambda grey: cv2.GaussianBlur(grey, (0, 0), 6), "smoother texture"),
        (lambda grey: grey[::-1].copy(), "other attenuation with depth"),
    ],
)
def test_what_is_unlike_is_named(appearance: Appearance, unseen: list[LabelledImage], shown, reason: str) -> None:  # type: ignore[no-untyped-def]
    found = [unlikeness(appearance, features_of(shown(still.grey), *GRID)) for still in unseen]
    unlike = [one for one in found if one is not None and one.ratio > 1]
    assert len(unlike) >= 0.7 * len(unseen)
    assert sum(reason in one.reasons for one in unlike) >= 0.5 * len(unlike)


@pytest.mark.parametrize("scale", [0.6, 2.0])
def test_resolution_and_margins_do_not_matter(
    appearance: Appearance, unseen: list[LabelledImage], scale: float
) -> None:
    still = unseen[0].grey
    resized = np.asarray(cv2.resize(still, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
    assert ratio(appearance, resized) == pytest.approx(ratio(appearance, still), rel=0.25)
    high, wide = features_of(still, *GRID), features_of(still, GRID[0], 2 * GRID[1])
    assert high[:-1] == pytest.approx(wide[:-1]), "black beside the image on the network's grid is none of it"


@pytest.mark.parametrize("shape", [(1, 1), (3, 900), (900, 3), (40, 40), (480, 640)])
@pytest.mark.parametrize("level", [0, 90, 255])
def test_any_image_can_be_measured(appearance: Appearance, shape: tuple[int, int], level: int) -> None:
    features = features_of(np.full(shape, level, np.uint8), *GRID)
    assert np.isfinite(features).all()
    assert ratio(appearance, np.full(shape, level, np.uint8)) > 1, "no tissue is shown"


def test_an_image_is_compared_with_the_nearest_set(appearance: Appearance, unseen: list[LabelledImage]) -> None:
    (near,) = appearance.sets
    far = SetAppearance("far", tuple(value + 50 for value in near.mean), near.sd, near.whitening, near.limit)
    both = Appearance(FEATURES, (far, near))
    assert ratio(both, unseen[0].grey) == ratio(appearance, unseen[0].grey)


def test_a_set_of_two_images_can_be_described(learnt: list[LabelledImage]) -> None:
    rows = np.array([features_of(still.grey, *GRID) for still in learnt[:2]])
    for groups in (["a", "a"], ["a", "b"]):
        assert set_appearance("few", rows, groups).limit > 0


def test_a_description_by_another_version_is_not_used(appearance: Appearance, unseen: list[LabelledImage]) -> None:
    other = Appearance(("colour", *FEATURES[1:]), appearance.sets)
    assert unlikeness(other, features_of(unseen[0].grey, *GRID)) is None


@pytest.mark.parametrize(
    "wrong", [{"mean": (0.0,)}, {"limit": 0.0}, {"limit": float("nan")}, {"sd": (0.0,) * 17}, {"whitening": (1.0,)}]
)
def test_numbers_that_describe_no_images_are_refused(appearance: Appearance, wrong: dict[str, object]) -> None:
    (one,) = appearance.sets
    values = {name: getattr(one, name) for name in SetAppearance.__slots__}
    with pytest.raises(ModelError, match="not valid"):
        Appearance(FEATURES, (SetAppearance(**{**values, **wrong}),))
