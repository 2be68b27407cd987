"""Stills from the public home of the CC BY set, fetched when a user asks for them and never shipped."""

from __future__ import annotations

import hashlib
import urllib.error
import urllib.request
from pathlib import Path

from nerveapp.domain.public_still import PublicStill
from nerveapp.errors import ClipError
from nerveapp.io.atomic import write_bytes

_HOME = "https://raw.githubusercontent.com/tmkand/usgra-seg/b7429be38521a4b585e36ad6fd06983c63de9f83/dataset/images/"
_TIMEOUT_S = 10
_LARGEST_BYTES = 4 << 20


class WebStills:
    """Fetches stills from the web (the `PublicStills` port).

    Parameters
    ----------
    home : str
        Address of the set's images, ending in "/".
    """

    def __init__(self, home: str = _HOME) -> None:
        self._home = home

    def fetch(self, still: PublicStill, folder: Path) -> Path:
        """Download a still and check its hash; see the port."""
        try:
            # The home is a fixed https address.
            with urllib.request.urlopen(self._home + still.file, timeout=_TIMEOUT_S) as answer:  # noqa: S310
                data = answer.read(_LARGEST_BYTES)
        except (urllib.error.URLError, TimeoutError, OSError) as error:
            raise ClipError(
                "The public image set cannot be reached from here.", "Use the demo clip, or try again when online."
            ) from error
        if hashlib.sha256(data).hexdigest() != still.sha256:
            raise ClipError("The fetched image is not the one expected (its hash differs).", "Use the demo clip.")
        path = folder / still.file
        write_bytes(path, data)
        return path
