"""A folder of images with their masks and groups: what models are trained and scored on."""

from __future__ import annotations

import csv
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from nerveapp.domain.exam import Exam, Nerve, Side, Site
from nerveapp.domain.labelled import LabelledImage
from nerveapp.domain.segmentation import Mask
from nerveapp.errors import DataError

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff")
NERVE_VALUE = 1
VESSEL_VALUE = 2
NERVE_ALONE = 255


def read_labelled_folder(folder: Path) -> list[LabelledImage]:
    """Read `images/`, `masks/` and `groups.csv` below a folder.

    groups.csv has the columns image and group, and may have clip, frame, nerve, site and side; without it each image is
    its own group. In a mask 1 or 255 is nerve, 2 is vessel and 0 background.

    Raises
    ------
    DataError
        If the folder lacks images, or an image lacks its mask, its group, or the mask's size is another one.
    """
    files = sorted(p for p in (folder / "images").glob("*") if p.suffix.lower() in IMAGE_SUFFIXES)
    if not files:
        raise DataError(
            f"No images were found in {folder / 'images'}.",
            "Give a folder that holds images/, masks/ (same file names, PNG) and groups.csv.",
        )
    groups = _read_groups(folder / "groups.csv")
    return [_read_one(file, folder / "masks" / f"{file.stem}.png", groups) for file in files]


def read_masks(folder: Path) -> dict[str, Mask]:
    """Read a folder of PNG masks alone, by name: 1 or 255 is nerve.

    Raises
    ------
    DataError
        If one cannot be read.
    """
    masks = {}
    for file in sorted(folder.glob("*.png")):
        values = cv2.imread(str(file), cv2.IMREAD_GRAYSCALE)
        if values is None:
            raise DataError(f"{file.name} cannot be read as an image.", "Replace or remove the file.")
        masks[file.stem] = _nerve(np.asarray(values, np.uint8))
    return masks


def _nerve(values: npt.NDArray[np.uint8]) -> Mask:
    return np.isin(values, (NERVE_VALUE, NERVE_ALONE))


def _read_groups(path: Path) -> dict[str, dict[str, str]] | None:
    if not path.exists():
        return None
    with path.open(newline="", encoding="utf-8-sig") as lines:
        rows = list(csv.DictReader(lines))
    if not rows or not {"image", "group"} <= set(rows[0]):
        raise DataError(f"{path.name} lacks the columns image and group.", "Write one row per image.")
    return {row["image"]: row for row in rows}


def _exam(row: dict[str, str]) -> Exam | None:
    if not row.get("nerve"):
        return None
    try:
        return Exam(Nerve(row["nerve"]), Site(row.get("site") or "other"), Side(row.get("side") or "unknown"))
    except ValueError as error:
        raise DataError(f"groups.csv, {row['image']}: {error}.", "Use the words that NerveApp writes.") from error


def _frame(row: dict[str, str]) -> int:
    try:
        return int(row.get("frame") or 0)
    except ValueError as error:
        raise DataError(f"groups.csv, {row['image']}: {row['frame']!r} is no frame.", "Write a number.") from error


def _read_one(image_path: Path, mask_path: Path, groups: dict[str, dict[str, str]] | None) -> LabelledImage:
    grey = cv2.imread(str(image_path), cv2.IMREAD_GRAYSCALE)
    values = cv2.imread(str(mask_path), cv2.IMREAD_GRAYSCALE) if mask_path.exists() else None
    if grey is None:
        raise DataError(f"{image_path.name} cannot be read as an image.", "Replace or remove the file.")
    if values is None:
        raise DataError(f"{image_path.name} has no readable mask.", f"Add {mask_path.name} to masks/.")
    if values.shape != grey.shape:
        raise DataError(
            f"{image_path.name} is {grey.shape[1]}x{grey.shape[0]} but its mask {values.shape[1]}x{values.shape[0]}.",
            "Export the mask at the size of its image.",
        )
    stem = image_path.stem
    if groups is not None and stem not in groups:
        raise DataError(f"groups.csv has no row for {stem}.", "Add the row, so that no person is split.")
    row = {"image": stem, "group": stem} if groups is None else groups[stem]
    # The values 0 and 255 are those of a mask with the nerve alone: vessels were not looked for there.
    # An empty mask tells nothing of vessels either.
    vessel = values == VESSEL_VALUE if 0 < values.max() < NERVE_ALONE else None
    return LabelledImage(
        stem,
        row["group"],
        np.asarray(grey, np.uint8),
        _nerve(np.asarray(values, np.uint8)),
        vessel,
        clip=row.get("clip") or "",
        frame=_frame(row),
        exam=_exam(row),
    )
