"""Whether two trainings are the same: what makes one of them needless."""

from __future__ import annotations

import json
import re
from dataclasses import MISSING, fields

from nerveapp.domain.experiments.recipe import Recipe

_IMAGES_IN_SOURCE = re.compile(r"sha256 ([0-9a-f]+)$")
"""Where earlier versions kept the hash of a custom training's images: at the end of its `data_source`."""


def same_training(settings: str, recipe: Recipe) -> bool:
    """Whether settings, such as those on a card, are of the very training that a recipe describes.

    Settings of earlier versions hold titles, remarks and licences besides, which decide nothing, and lack what there
    was no choice of then: that is taken as it is by default today, which is as it was.

    Parameters
    ----------
    settings : str
        JSON, from `Recipe.settings` of this version or an earlier one.
    recipe : Recipe
    """
    try:
        stored = json.loads(settings)
    except ValueError:
        return False
    if not isinstance(stored, dict):
        return False
    defaults = {one.name: _as_json(one.default) for one in fields(Recipe) if one.default is not MISSING}
    images = _IMAGES_IN_SOURCE.search(str(stored.get("data_source", "")))
    made = {**defaults, "images_sha256": images[1] if images else "", **stored}
    return all(made.get(name) == value for name, value in json.loads(recipe.settings()).items())


def _as_json(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value
