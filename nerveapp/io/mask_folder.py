"""A folder of masks: which of them is of which image, and whether they agree."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from nerveapp.domain.segmentation import Mask
from nerveapp.errors import AnnotationError, DataError
from nerveapp.io.annotation_files.class_tables import ClassTable, MaskClass, table_among
from nerveapp.io.annotation_files.still_names import StillNames
from nerveapp.io.groups_file import IMAGE_SUFFIXES, image_key
from nerveapp.io.mask_decoding import MaskError, size_of
from nerveapp.io.mask_picture import LARGE, MaskPicture, read_class, read_mask

_SHOWN = 4


def read_masks(folder: Path) -> dict[str, Mask]:
    """Read a folder of masks alone, by name: the nerve.

    Raises
    ------
    DataError
        If one cannot be read.
    """
    files = sorted(path for path in folder.glob("*") if path.suffix.lower() in IMAGE_SUFFIXES)
    return {file.stem: _mask_in(file).nerve for file in files}


@dataclass(frozen=True, slots=True)
class _Beside:
    """A file that lies beside masks, or beside their folder."""

    path: Path

    @property
    def base(self) -> str:
        return self.path.name

    @property
    def size(self) -> int:
        return self.path.stat().st_size

    def read(self) -> bytes:
        try:
            return self.path.read_bytes()
        except OSError as error:
            raise DataError(f"{self.path.name} cannot be read: {error.strerror}.", "Check the file.") from error


class MaskFolder:
    """The masks of a folder's images: which is whose, and what they have in common.

    A mask is of the image whose name it bears, whatever its suffix and its capitals, with "_mask" or the like added or
    not. Where a table of classes lies in the folder, or beside it, it says what the masks hold.

    Parameters
    ----------
    folder : Path
    images : sequence of Path
        Whose names differ.
    on_remark : callable
        Called by `report` with what was not plain.

    Raises
    ------
    DataError
        If a table of classes names no nerve, cannot be read, or may be among files that are not read.
    """

    def __init__(self, folder: Path, images: Sequence[Path], on_remark: Callable[[str], None]) -> None:
        names = StillNames([image.name for image in images])
        self._found: dict[Path, list[Path]] = {image: [] for image in images}
        self._marks: dict[str, str] = {}
        self._soft: list[str] = []
        self._on_remark = on_remark
        self._without: list[str] = []
        self._table = _table_of(folder)
        for mask in sorted(path for path in folder.glob("*") if path.suffix.lower() in IMAGE_SUFFIXES):
            for frame in (meant := names.frames_of(mask.name)):
                self._found[images[frame]].append(mask)
            if not meant:
                self._without.append(mask.name)

    def read(self, image: Path, grey: npt.NDArray[np.uint8]) -> MaskPicture:
        """Read the mask of an image, (H, W) of uint8.

        Raises
        ------
        DataError
            If there is none or more than one, or it cannot be taken.
        """
        file = self._file(image)
        mask = _mask_in(file, grey.shape, self._table)
        covers = float(mask.nerve.mean())
        if covers > LARGE:
            raise DataError(
                f"The mask {file.name} covers {covers:.0%} of its image, more than a nerve does.",
                "Is it black on white? Turn it round, so that the nerve is white.",
            )
        if mask.remark:
            self._soft.append(f"{file.name} {mask.remark}")
        if mask.mark:
            self._marks.setdefault(mask.mark, file.name)
        if len(self._marks) > 1:
            found = ", ".join(f"{value} in {name}" for value, name in self._marks.items())
            raise DataError(f"The masks do not agree on what the nerve is: {found}.", "Mark the nerve alike in all.")
        return mask

    def _file(self, image: Path) -> Path:
        found = self._found[image]
        alike = [mask for mask in found if image_key(mask.name) == image_key(image.name)] or found
        if not alike:
            raise DataError(f"{image.name} has no readable mask.", f"Add {image.stem}.png to masks/.")
        if len(alike) > 1:
            several = " and ".join(mask.name for mask in alike)
            raise DataError(f"{image.name} has several masks: {several}.", "Leave one of them.")
        return alike[0]

    def report(self) -> None:
        """Report what was not plain."""
        if self._table is not None:
            nerves, _ = self._table.structures()
            taken = ", ".join(one.label for one in nerves)
            self._on_remark(f"{self._table.name} says what the masks hold: {taken} was taken for the nerve.")
        if self._soft:
            more = f" ({len(self._soft)} masks are read so)" if len(self._soft) > 1 else ""
            self._on_remark(f"{self._soft[0]}{more}.")
        if self._without:
            shown = ", ".join(self._without[:_SHOWN]) + (", …" if len(self._without) > _SHOWN else "")
            self._on_remark(f"{len(self._without)} masks have no image: {shown}.")


def _table_of(folder: Path) -> ClassTable | None:
    """Find the table of classes in a folder of masks, or in the one around it."""
    beside = [_Beside(path) for place in (folder, folder.parent) for path in sorted(place.glob("*")) if path.is_file()]
    try:
        table = table_among(beside)
        if table is not None:
            table.structures()
    except AnnotationError as error:
        raise DataError(error.message, error.hint) from error
    return table


def _mask_in(file: Path, shape: tuple[int, ...] | None = None, table: ClassTable | None = None) -> MaskPicture:
    """Read a mask, of the (H, W) of its image where that is given."""
    try:
        data = file.read_bytes()
        width, height = size_of(data)
        if shape is not None and shape != (height, width):
            raise DataError(
                f"The mask {file.name} is {width}x{height} px; its image has {shape[0]} rows and {shape[1]} columns.",
                "Export the mask at the size of its image.",
            )
        return read_mask(data) if table is None else _by_table(data, table, (height, width))
    except OSError as error:
        raise DataError(f"{file.name} cannot be read: {error.strerror}.", "Check the file.") from error
    except MaskError as error:
        raise DataError(f"The mask {file.name} {error}.", "Correct the mask, or remove it and its image.") from error


def _by_table(data: bytes, table: ClassTable, shape: tuple[int, int]) -> MaskPicture:
    def of(classes: Sequence[MaskClass]) -> Mask:
        mask = np.zeros(shape, np.bool_)
        for one in classes:
            mask |= read_class(data, one.value, one.colour, others=table.others(one))
        return mask

    nerves, vessels = table.structures()
    return MaskPicture(of(nerves), of(vessels) if vessels else None)
