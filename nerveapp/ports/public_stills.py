"""Where real stills can be had by somebody who has no clip at hand."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from nerveapp.domain.public_still import PublicStill


class PublicStills(Protocol):
    """Fetches stills of a public set."""

    def fetch(self, still: PublicStill, folder: Path) -> Path:
        """Fetch a still into a folder and check its hash.

        Raises
        ------
        ClipError
            If it cannot be reached, or is another file than expected.
        """
        ...
