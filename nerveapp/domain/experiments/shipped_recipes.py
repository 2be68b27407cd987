"""The recipes of the shipped models, and of the comparison with the poster."""

from __future__ import annotations

from dataclasses import asdict, replace

from nerveapp.domain.experiments.recipe import Recipe
from nerveapp.errors import ModelError

_MEDIAN_WRIST = Recipe(
    name="median-wrist",
    title="Median nerve at the wrist",
    dataset="median-wrist",
    input_height=192,
    input_width=256,
    epochs=50,
    max_components=2,
    max_gap=1.0,
    data_licence="GPL-3.0",
    data_source="GitHub repository SasageyoOrg/dl-unet, commit ce5a7dc",
    licence="GPL-3.0",
    remark=(
        "Trained on stills of the wrist from one make of machine, on images published under GPL-3.0; "
        "the weights are offered under GPL-3.0. Synthetic phantom stills were mixed in so that the demo clip "
        "is outlined too."
    ),
)

_PERIPHERAL_NERVE = Recipe(
    name="peripheral-nerve",
    title="Peripheral nerves, several sites",
    dataset="usgra-nerves",
    input_height=256,
    input_width=256,
    classes=("nerve", "vessel"),
    epochs=20,
    # Its refinement stage tells what is none, so that it may name more: see docs/finder.md.
    threshold=0.35,
    test_time_flip=True,
    max_components=4,
    data_licence="CC-BY-4.0",
    data_source="Timm Kandaouroff, GitHub repository tmkand/usgra-seg, commit 66dc77d",
    licence="CC-BY-4.0",
    # In 8 bits its masks agreed with the reference's by a Dice of 0.94 on average only: it is often unsure.
    cpu_precision="float16",
    phantom_nerves=("median", "ulnar", "fibular", "tibial"),
    remark=(
        "Trained on stills of several nerves and sites from one machine (Mindray TE7), CC-BY 4.0 by "
        "Timm Kandaouroff. It outlines any peripheral nerve it sees, not one by name, and misses many: look "
        "at every outline. Synthetic phantom stills were mixed in."
    ),
)

RECIPES: dict[str, Recipe] = {
    recipe.name: recipe
    for recipe in (
        replace(
            _MEDIAN_WRIST,
            # Two networks and stronger speckle lose fewer nerves on changed images: see docs/finder.md.
            members=2,
            speckle=0.5,
            speckle_share=0.45,
            refinement=replace(
                _MEDIAN_WRIST,
                name="",
                title="Median nerve at the wrist, close up",
                input_height=128,
                input_width=224,
                epochs=40,
                # As good as with twice as many, in half the time: see docs/finder.md.
                decoder_channels=128,
                crop_size_factor=4.2,
                crop_scales=(0.8, 0.89, 0.98, 1.08, 1.2),
                painted_vessels=0.4,
                remark="The second network of median-wrist; of no use by itself.",
            ),
        ),
        replace(
            _PERIPHERAL_NERVE,
            refinement=replace(
                _PERIPHERAL_NERVE,
                name="",
                title="Peripheral nerves, several sites, close up",
                input_height=160,
                input_width=192,
                epochs=30,
                threshold=0.5,
                test_time_flip=False,
                # A third of the time, and outlines that agree by a Dice of 0.976 (median 0.992).
                cpu_precision="int8",
                crop_size_factor=4.2,
                # The first network outlines nerves too large.
                crop_scales=(0.6, 0.71, 0.85, 1.01, 1.2),
                elsewhere=0.25,
                remark="The second network of peripheral-nerve; of no use by itself.",
            ),
        ),
    )
}


def recipe_called(name: str) -> Recipe:
    """Give a shipped recipe by its name; raises ModelError if there is none."""
    if name not in RECIPES:
        raise ModelError(f"There is no recipe called {name}.", f"Recipes: {', '.join(RECIPES)}.")
    return RECIPES[name]


def differences(recipe: Recipe) -> list[str]:
    """Say in words what a recipe sets otherwise than the shipped one of its name; nothing where there is none."""
    kept = RECIPES.get(recipe.name)
    if kept is None:
        return []
    changes = _changes(recipe, kept)
    if kept.refinement is not None and recipe.refinement is None:
        changes.append("no refinement stage")
    elif kept.refinement is not None and recipe.refinement is not None:
        changes += [f"refinement stage's {change}" for change in _changes(recipe.refinement, kept.refinement)]
    return changes


def _changes(recipe: Recipe, kept: Recipe) -> list[str]:
    one, other = asdict(replace(recipe, refinement=None)), asdict(replace(kept, refinement=None))
    return [f"{key} {one[key]} (kept: {other[key]})" for key in one if one[key] != other[key] and key != "remark"]


POSTER_RECIPE = Recipe(
    name="poster",
    title="The poster's protocol on phantom clips",
    dataset="phantom clips",
    input_height=192,
    input_width=256,
    epochs=15,
    max_components=2,
    max_gap=1.0,
    data_licence="MIT",
    data_source="made by nerveapp.phantom",
    licence="MIT",
    cpu_precision="float16",
    images_per_epoch=160,
    phantom_stills=0,
    phantom_share=0.0,
)
"""How networks learn for the comparison of splits; few epochs do, since neighbouring frames hardly differ."""
