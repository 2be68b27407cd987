import numpy as np
import pytest

from nerveapp.domain.experiments.shipped_recipes import RECIPES
from nerveapp.domain.labelled import LabelledImage
from nerveapp.errors import DataError
from nerveapp.workflows.studies.external_baseline import score_external_baseline
from nerveapp.workflows.training.train import split_by_recipe

RECIPE = RECIPES["median-wrist"]


def images() -> list[LabelledImage]:
    found = []
    for number in range(10):
        nerve = np.zeros((40, 60), bool)
        nerve[10:20, 10 + number : 30 + number] = True
        found.append(LabelledImage(f"image-{number}", f"person-{number}", nerve.astype(np.uint8) * 200, nerve))
    return found


def test_a_fold_counts_only_if_every_held_out_image_has_a_mask() -> None:
    split = split_by_recipe(images(), RECIPE.for_fold(2))
    masks = {image.name: np.roll(image.nerve, 10, axis=1) for image in split.held_out}
    other = split_by_recipe(images(), RECIPE.for_fold(0)).held_out
    masks[other[0].name] = other[0].nerve
    found = score_external_baseline(RECIPE, images(), masks, label="other", how="for an hour")
    (fold,) = found.folds
    assert fold.number == 2
    assert fold.training_images == fold.training_groups == 8
    assert [one.name for one in fold.scores[0].images] == [image.name for image in split.held_out]
    assert all(one.dice == pytest.approx(0.5) for one in fold.scores[0].images)
    with pytest.raises(DataError, match="no fold"):
        score_external_baseline(RECIPE, images(), dict(list(masks.items())[:1]), label="other", how="")


def test_a_mask_of_another_size_is_refused() -> None:
    masks = {image.name: image.nerve[:20] for image in images()}
    with pytest.raises(DataError, match="60 x 20, its image 60 x 40"):
        score_external_baseline(RECIPE, images(), masks, label="other", how="")
