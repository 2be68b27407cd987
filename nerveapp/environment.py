"""Numbers that a host sets in the environment."""

from __future__ import annotations

import os

from nerveapp.errors import SettingsError


def whole_number(name: str, default: int) -> int:
    """Read a whole number from 1 up; what is not set, or empty, keeps its default. Raises SettingsError."""
    text = os.environ.get(name, "").strip()
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise SettingsError(f"{name} is {text!r}.", f"Set it to a whole number from 1 up, such as {default}.")
    return int(text)
