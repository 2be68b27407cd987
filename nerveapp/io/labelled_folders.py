"""Folders of images and masks (the `LabelledFolders` port)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from nerveapp.domain.labelled import LabelledImage
from nerveapp.domain.segmentation import Mask
from nerveapp.io.labelled import read_labelled_folder
from nerveapp.io.mask_folder import read_masks


class DiskLabelledFolders:
    """Reads them from the disk."""

    def images(self, folder: Path, *, on_remark: Callable[[str], None] = lambda _: None) -> list[LabelledImage]:
        """Read images, masks and groups; see the port."""
        return read_labelled_folder(folder, on_remark=on_remark)

    def names_people(self, folder: Path) -> bool:
        """Whether there is a groups.csv; see the port."""
        return (folder / "groups.csv").exists()

    def masks(self, folder: Path) -> Mapping[str, Mask]:
        """Read masks alone; see the port."""
        return read_masks(folder)
