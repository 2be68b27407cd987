"""How often models warn of images: of people held out, of the other set, of clips, and under changes of machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from nerveapp.analysis.familiarity import FEATURES, features_of, set_appearance, unlikeness
from nerveapp.analysis.machine_changes import CHANGES, SEVERITIES, changed
from nerveapp.analysis.transforms import to_grey
from nerveapp.domain.appearance import Appearance, SetAppearance
from nerveapp.domain.clip import Image
from nerveapp.domain.experiments.recipe import Recipe
from nerveapp.domain.experiments.results import UnfamiliarImages, WarnedImages
from nerveapp.domain.experiments.shipped_recipes import RECIPES
from nerveapp.domain.labelled import LabelledImage
from nerveapp.workflows.analysing.familiarity import measured
from nerveapp.workflows.studies.cross_set import PAIRS
from nerveapp.workflows.studies.robustness import UNCHANGED
from nerveapp.workflows.training.train import appearance_of, phantom_images, recipe_nerves, split_by_recipe
from nerveapp.workflows.training.train_recipe import UNSEEN_PHANTOM_STILLS

HELD_OUT = "its own set, held out"
_CASES = ((UNCHANGED, UNCHANGED), *((change, severity) for change in CHANGES for severity in SEVERITIES))


def measure_unfamiliar(
    *,
    images: Callable[[str], Sequence[LabelledImage]],
    clips: Mapping[str, Sequence[Image]],
    versions: tuple[tuple[str, str], ...],
    on_progress: Callable[[int, int], None] = lambda *_: None,
) -> UnfamiliarImages:
    """Describe each shipped recipe's images anew, in five folds and whole, and show it images.

    Parameters
    ----------
    images : callable
        Gives a set by its name.
    clips : mapping of str to sequence of Image
        Frames of clips, by what these are called in the results.
    versions : tuple of (str, str)
        Software, for the record.
    on_progress : callable
        Called with descriptions done and descriptions in all.
    """
    rows: list[WarnedImages] = []
    steps = sum(RECIPES[model].folds + 1 for model, _ in PAIRS)
    done = 0

    def step() -> None:
        nonlocal done
        done += 1
        on_progress(done, steps)

    for model, other in PAIRS:
        recipe, theirs = RECIPES[model], RECIPES[other].dataset
        own = images(recipe.dataset)
        phantoms = phantom_images(recipe.phantom_stills, seed=recipe.seed, nerves=recipe_nerves(recipe))
        whole = appearance_of(recipe, own, phantoms)
        rows += _held_out(recipe, own, whole.sets[1:] if whole else (), step)
        unseen = phantom_images(UNSEEN_PHANTOM_STILLS, seed=recipe.seed + 1, nerves=recipe_nerves(recipe))
        for name, stills in (("phantom stills, not learnt from", unseen), (theirs, images(theirs))):
            groups = len({still.group for still in stills})
            rows.append(_warned(recipe, whole, name, [still.grey for still in stills], groups=groups))
        for name, frames in clips.items():
            rows.append(_warned(recipe, whole, name, frames, groups=1))
        step()
    return UnfamiliarImages(tuple(rows), versions)


def is_unlike(recipe: Recipe, appearance: Appearance | None, image: Image) -> bool:
    """Whether an image is warned of."""
    if appearance is None:
        return False
    found = unlikeness(appearance, features_of(to_grey(image), recipe.input_height, recipe.input_width))
    return found is not None and found.ratio > 1


def _held_out(
    recipe: Recipe, own: Sequence[LabelledImage], synthetic: tuple[SetAppearance, ...], step: Callable[[], None]
) -> Iterator[WarnedImages]:
    features, groups = measured(own, recipe.input_height, recipe.input_width)
    warned: dict[tuple[str, str], int] = dict.fromkeys(_CASES, 0)
    for number in range(recipe.folds):
        split = split_by_recipe(own, recipe.for_fold(number))
        learnt = {image.group for image in split.training}
        kept = [row for row, group in enumerate(groups) if group in learnt]
        real = set_appearance(recipe.dataset, features[kept], [groups[row] for row in kept])
        appearance = Appearance(FEATURES, (real, *synthetic))
        for image in split.held_out:
            for case in _CASES:
                shown = image.grey if case[0] == UNCHANGED else changed(image, *case)[0]
                warned[case] += is_unlike(recipe, appearance, shown)
        step()
    for (change, severity), count in warned.items():
        yield WarnedImages(recipe.name, HELD_OUT, change, severity, len(own), len(set(groups)), count)


def _warned(
    recipe: Recipe, appearance: Appearance | None, shown: str, images: Sequence[Image], *, groups: int
) -> WarnedImages:
    warned = sum(is_unlike(recipe, appearance, image) for image in images)
    return WarnedImages(recipe.name, shown, UNCHANGED, UNCHANGED, len(images), groups, warned)
