"""What fields were called in files of earlier versions, and what those left to be read from words."""

from __future__ import annotations

import json
from typing import Any

RENAMED = {
    "exam": "view",
    "close_up": "refinement",
    "reaches": "crop_size_factors",
    "reach": "crop_size_factor",
    "looks": "crop_scales",
    "mirrored": "test_time_flip",
    "max_pieces": "max_components",
    "doubt_below": "flag_below",
    "sightings": "previews",
}
"""Earlier name to today's, of fields of cards, reports, results and jobs."""

_UNSEEN = (
    *("by group", "by person", "one person left out", "one subject left out"),
    *("never trained on", "none of this set was trained on", "out of fold", "synthetic stills of subjects not"),
)
"""Words in the split of a score of an earlier version where nobody was on both sides."""


def with_todays_names(data: bytes | str) -> bytes:
    """Give JSON with today's names for its fields; what is no JSON is given back as it is."""
    try:
        read = json.loads(data)
    except ValueError:
        return data if isinstance(data, bytes) else data.encode()
    return json.dumps(_renamed(read)).encode()


def _renamed(value: Any) -> Any:
    if isinstance(value, dict):
        today = {
            RENAMED.get(name, name): _of_recipe(one) if name == "recipe" else _renamed(one)
            for name, one in value.items()
        }
        if "dice_ci95" in today and isinstance(split := today.get("split"), str):
            today.setdefault("unseen_people", any(words in split for words in _UNSEEN))
        return today
    return [_renamed(one) for one in value] if isinstance(value, list) else value


def _of_recipe(value: Any) -> Any:
    """Rename within the recipe, which a card holds as JSON within its JSON."""
    return with_todays_names(value).decode() if isinstance(value, str) else _renamed(value)
