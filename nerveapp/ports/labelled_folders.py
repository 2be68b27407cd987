"""Folders of images and masks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from nerveapp.domain.labelled import LabelledImage
from nerveapp.domain.segmentation import Mask


class LabelledFolders(Protocol):
    """Reads what models are trained and scored on.

    Raises
    ------
    DataError
        By `images` and `masks`: if something is missing, or cannot be read or taken.
    """

    def images(self, folder: Path, *, on_remark: Callable[[str], None] = ...) -> list[LabelledImage]:
        """Read `images/`, `masks/` and `groups.csv`.

        Parameters
        ----------
        folder : Path
        on_remark : callable, optional
            Called with how something was read, where that is not plain; by default nobody is.
        """
        ...

    def names_people(self, folder: Path) -> bool:
        """Whether it says, in `groups.csv`, which images are of one person."""
        ...

    def masks(self, folder: Path) -> Mapping[str, Mask]:
        """Read a folder of masks alone, by the names of their images: the nerve, (H, W) of bool each."""
        ...
