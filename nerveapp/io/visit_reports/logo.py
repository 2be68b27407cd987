"""The logo above reports: read once, and made small."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image as PillowImage

from nerveapp.errors import SettingsError
from nerveapp.io.readers.picture import PILLOW_ERRORS

_LARGEST_PX = (1200, 400)


def read_logo(path: Path) -> bytes:
    """Read a logo as PNG, at most 1,200 px wide and 400 px high, on white.

    Raises
    ------
    SettingsError
        If there is no picture in the file, or it cannot be read.
    """
    try:
        with PillowImage.open(path, formats=("PNG", "JPEG")) as picture:
            shown = picture.convert("RGBA")
    except PILLOW_ERRORS as error:
        raise SettingsError(
            f"The logo {path} cannot be read: {error}.", "Set NERVEAPP_LOGO to a PNG or JPEG, or to nothing."
        ) from error
    shown.thumbnail(_LARGEST_PX)
    paper = PillowImage.new("RGBA", shown.size, "white")
    data = io.BytesIO()
    PillowImage.alpha_composite(paper, shown).convert("RGB").save(data, "PNG")
    return data.getvalue()
