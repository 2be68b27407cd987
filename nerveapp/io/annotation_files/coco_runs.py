"""Masks as COCO stores them: run lengths down the columns, plain or packed into text."""

from __future__ import annotations

from nerveapp.analysis.run_lengths import mask_from_runs, run_lengths
from nerveapp.domain.segmentation import Mask
from nerveapp.io.annotation_files.json_values import ShapeError, whole

_LONGEST_NUMBER = 13  # characters of 5 bits: more than any mask's size needs


def runs_of(mask: Mask) -> list[int]:
    """Give the run lengths of an (H, W) mask in column-major order, outside first."""
    return run_lengths(mask.T)


def mask_of(counts: object, height: int, width: int) -> Mask:
    """Give the (height, width) mask of run lengths, a list or the text that pycocotools packs them into.

    Raises
    ------
    ShapeError
        If they are damaged or do not fill the grid.
    """
    runs = _unpacked(counts) if isinstance(counts, str) else _listed(counts)
    size = height * width
    # Every one is checked before they are summed: a sum of huge ones could wrap around.
    if len(runs) > size + 1 or any(not 0 <= run <= size for run in runs) or sum(runs) != size:
        raise ShapeError("has run lengths that do not fill the frame")
    return mask_from_runs(runs, width, height).T


def _listed(counts: object) -> list[int]:
    if not isinstance(counts, list):
        raise ShapeError("has no run lengths")
    runs = [whole(count) for count in counts]
    if None in runs:
        raise ShapeError("has run lengths that are no whole numbers")
    return [run for run in runs if run is not None]


def _unpacked(text: str) -> list[int]:
    """Undo COCO's packing: 5 bits to a character from "0" on, the sixth says that more follow, the last one's fifth
    is the sign; from the fourth number on, each is the difference from the one before the last.
    """  # noqa: D205 - one definition
    runs: list[int] = []
    value = length = 0
    for character in text:
        bits = ord(character) - ord("0")
        if not 0 <= bits < 64 or length >= _LONGEST_NUMBER:
            raise ShapeError("has packed run lengths that are damaged")
        value |= (bits & 31) << (5 * length)
        length += 1
        if bits & 32:
            continue
        if bits & 16:
            value -= 1 << (5 * length)
        runs.append(value + runs[-2] if len(runs) > 2 else value)
        value = length = 0
    if length:
        raise ShapeError("has packed run lengths that are cut off")
    return runs
