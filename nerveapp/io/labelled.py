"""A folder of images with their masks and groups: what models are trained and scored on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path

import numpy as np
import numpy.typing as npt

from nerveapp.analysis.transforms import to_grey
from nerveapp.domain.labelled import LabelledImage
from nerveapp.domain.view import Nerve, Side, Site, View
from nerveapp.errors import ClipError, DataError
from nerveapp.io.groups_file import IMAGE_SUFFIXES, Row, image_key, read_groups
from nerveapp.io.mask_folder import MaskFolder
from nerveapp.io.mask_picture import MaskPicture
from nerveapp.io.pixel_spool import PixelSpool
from nerveapp.io.readers.content import Kind, recognise
from nerveapp.io.readers.natural_order import natural_key
from nerveapp.io.readers.open_clip import open_clip

_UNREAD_SUFFIXES = (".gif", ".heic", ".heif", ".dcm", ".nii", ".gz", ".avif")
_GIVE = "Give a folder that holds images/, masks/ (same file names) and groups.csv."


def ignore_remark(_remark: str) -> None:
    """Take a remark that nobody reads."""


def read_labelled_folder(
    folder: Path,
    *,
    on_remark: Callable[[str], None] = ignore_remark,
    own: bool = False,
    spool_in: Path | None = None,
) -> list[LabelledImage]:
    """Read `images/`, `masks/` and `groups.csv` below a folder.

    groups.csv has the columns image and group, and may have clip, frame, nerve, site and side; without it each image is
    its own group. Masks are read as `nerveapp.io.mask_picture` says. Images are shown as an analysis shows them:
    upright, and with more than 8 bits in the grey window of their clip (of their own where no clip is named).

    Parameters
    ----------
    folder : Path
    on_remark : callable, optional
        Given a line about how something was read, where that is not plain.
    own : bool
        Whether this installation wrote it, see `read_groups`.
    spool_in : Path, optional
        Where pixels lie that are too many for the memory, see `PixelSpool`.

    Raises
    ------
    DataError
        If the folder lacks images, or an image lacks its mask or its group, or one of them cannot be read or taken.
    """
    files = _image_files(_inside(folder, "images"))
    masks = MaskFolder(_inside(folder, "masks"), files, on_remark)
    table = _inside(folder, "groups.csv")
    groups = read_groups(table, own=own) if table.exists() else None
    rows = {file: _row(file, groups) for file in files}
    spool = PixelSpool(spool_in)
    read = {file: _labelled(file, grey, masks.read(file, grey), rows[file], spool) for file, grey in _greys(rows)}
    masks.report()
    return [read[file] for file in files]


def _inside(folder: Path, name: str) -> Path:
    """Find a part of the folder, whether its name has capitals or not."""
    try:
        alike = sorted(path for path in folder.iterdir() if path.name.casefold() == name)
    except OSError:
        alike = []
    return next((path for path in alike if path.name == name), alike[0] if alike else folder / name)


def _image_files(folder: Path) -> list[Path]:
    visible = sorted(path for path in folder.glob("*") if not path.name.startswith("."))
    files = [path for path in visible if path.suffix.lower() in IMAGE_SUFFIXES]
    unread = [path.name for path in visible if path.suffix.lower() in _UNREAD_SUFFIXES]
    if unread:
        raise DataError(f"{unread[0]} in {folder} is of a kind that is not read.", "Convert it to PNG, or remove it.")
    if not files:
        raise DataError(f"No images were found in {folder}.", _GIVE)
    seen: dict[str, str] = {}
    for file in files:
        other = seen.setdefault(image_key(file.name), file.name)
        if other != file.name:
            raise DataError(f"{other} and {file.name} have one name.", "Give each image a name of its own.")
    return files


def _row(file: Path, groups: Mapping[str, Row] | None) -> Row:
    if groups is None:
        return {"image": file.stem, "group": file.stem}
    row = groups.get(image_key(file.name))
    if row is None:
        raise DataError(f"groups.csv has no row for {file.stem}.", "Add the row, so that no person is split.")
    return row


def _greys(rows: Mapping[Path, Row]) -> Iterator[tuple[Path, npt.NDArray[np.uint8]]]:
    """Decode the images, those of one clip together: its grey window is one."""

    def clip_of(file: Path) -> str:
        return rows[file].get("clip") or str(file)

    for _, files in groupby(sorted(rows, key=lambda file: (clip_of(file), natural_key(file.name))), key=clip_of):
        together = list(files)
        try:
            if len(together) > 1 and any(recognise(file) is not Kind.STILL for file in together):
                for file in together:
                    yield from _shown([file])
            else:
                yield from _shown(together)
        except (ClipError, OSError) as error:
            name = together[0].name if len(together) == 1 else f"{together[0].name} or one of its clip"
            raise DataError(f"{name} cannot be read as an image: {error}", "Replace or remove the file.") from error


def _shown(files: Sequence[Path]) -> Iterator[tuple[Path, npt.NDArray[np.uint8]]]:
    clip = open_clip(list(files) if len(files) > 1 else files[0])
    images = [to_grey(frame.image) for frame in clip.frames()]
    if len(images) != len(files):
        raise ClipError(clip.truncation or f"It holds {len(images)} frames.", "Give one picture per image.")
    yield from zip(files, images, strict=True)


def _labelled(file: Path, grey: npt.NDArray[np.uint8], mask: MaskPicture, row: Row, spool: PixelSpool) -> LabelledImage:
    return LabelledImage(
        file.stem,
        row["group"],
        spool.keep(grey),
        spool.keep(mask.nerve),
        None if mask.vessel is None else spool.keep(mask.vessel),
        clip=row.get("clip", ""),
        frame=_frame(row),
        view=_view(row),
    )


def _view(row: Row) -> View | None:
    if not row.get("nerve"):
        return None
    try:
        return View(Nerve(row["nerve"]), Site(row.get("site") or "other"), Side(row.get("side") or "unknown"))
    except ValueError as error:
        raise DataError(f"groups.csv, {row['image']}: {error}.", "Use the words that NerveApp writes.") from error


def _frame(row: Row) -> int:
    try:
        return int(row.get("frame") or 0)
    except ValueError as error:
        raise DataError(f"groups.csv, {row['image']}: {row['frame']!r} is no frame.", "Write a number.") from error
