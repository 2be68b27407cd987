"""How a label volume lies on a clip: by the world of both, never by the order of what is stored alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from nerveapp.domain.annotation import ClipRecord
from nerveapp.domain.clip import Affine
from nerveapp.io.annotation_files.json_values import ShapeError
from nerveapp.io.readers.nifti_world import World

Matrix: TypeAlias = npt.NDArray[np.float64]

_FLAT_MM = 1e-9
_TOLERANCE = 0.25  # voxels, at the far corners of the volume


@dataclass(frozen=True, slots=True)
class Placement:
    """Which stored axis runs along the columns, rows and frames of a clip.

    Parameters
    ----------
    axes : tuple of int
        Of columns, rows and frames, as stored: 0, 1 and 2, the last one also where frames run along a fourth axis.
    mirrored : tuple of bool
        Whether the stored axis runs the other way.
    """

    axes: tuple[int, int, int] = (0, 1, 2)
    mirrored: tuple[bool, bool, bool] = (False, False, False)

    def frames(self, stored: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Turn planes as stored, (frame, second axis, first axis), into frames as shown, (T, H, W)."""
        column, row, frame = (2 - axis for axis in self.axes)
        turned = stored.transpose(frame, row, column)
        return turned[tuple(slice(None, None, -1 if back else 1) for back in reversed(self.mirrored))]


def solid(affine: Affine) -> Matrix:
    """Give a clip's affine as a (4, 4) matrix, its frames 1 mm apart where they have no distance."""
    matrix = np.array(affine, np.float64)
    area = np.prod(np.linalg.norm(matrix[:3, :2], axis=0))
    if abs(np.linalg.det(matrix[:3, :3])) < _FLAT_MM * area:
        normal = np.cross(matrix[:3, 0], matrix[:3, 1])
        matrix[:3, 2] = normal / np.linalg.norm(normal)
    return matrix


def placement_of(world: World, sizes: tuple[int, int, int], clip: ClipRecord, *, timed: bool) -> Placement:
    """Find how a volume lies on a clip.

    Parameters
    ----------
    world : World
        Of the volume.
    sizes : tuple of int
        Of its first two axes, and of the one along which it has frames.
    clip : ClipRecord
    timed : bool
        Whether frames run along a fourth axis: that one has no place in the world.

    Raises
    ------
    ShapeError
        If it lies elsewhere, or one of the two does not say where it lies.
    """
    if clip.affine is None:
        return _on_picture(world, sizes)
    if world.matrix is None:
        raise ShapeError("has no orientation (qform and sform are 0), but the clip has: save it with the clip's affine")
    across = np.linalg.inv(solid(clip.affine)) @ world.matrix
    return _in_world(across, sizes, (clip.width, clip.height, clip.frame_count), timed=timed)


def _in_world(across: Matrix, sizes: tuple[int, int, int], wanted: tuple[int, int, int], *, timed: bool) -> Placement:
    """Take a map from the volume's voxels to the clip's that reorders and mirrors whole axes, and no other."""
    lengths = (*sizes[:2], 1 if timed else sizes[2])
    axes = [-1, -1, -1]
    for axis in sorted(range(3), key=lambda axis: -lengths[axis]):
        free = [place for place in range(3) if axes[place] < 0]
        axes[max(free, key=lambda place: float(abs(across[place, axis])))] = axis
    if timed and axes[2] != 2:
        raise _elsewhere()
    mirrored = tuple(bool(across[place, axes[place]] < 0) and lengths[axes[place]] > 1 for place in range(3))
    for corner in np.ndindex(2, 2, 2):
        at = np.array([end * (length - 1) for end, length in zip(corner, lengths, strict=True)], np.float64)
        lies = across[:3, :3] @ at + across[:3, 3]
        expected = [lengths[a] - 1 - at[a] if back else at[a] for a, back in zip(axes, mirrored, strict=True)]
        if not np.abs(lies - expected).max() <= _TOLERANCE:
            raise _elsewhere()
    if tuple(sizes[axis] for axis in axes) != wanted:
        raise _elsewhere()
    return Placement((axes[0], axes[1], axes[2]), (mirrored[0], mirrored[1], mirrored[2]))


def _elsewhere() -> ShapeError:
    return ShapeError(
        "lies elsewhere than the clip, or is turned or scaled (their affines differ): save it with the clip's affine"
    )


def _on_picture(world: World, sizes: tuple[int, int, int]) -> Placement:
    """Lay a volume on a clip that has no place in the world.

    Programs put pictures with their first pixel at the origin, columns to the left and rows to the back of the patient,
    or write the identity. What was turned from that says so by an origin at the far end.
    """
    if world.matrix is None:
        return Placement(mirrored=(world.flip_columns, world.flip_rows, False))
    matrix = world.matrix
    steps = np.diag(matrix)[:3]
    if (np.abs(matrix[:3, :3]).argmax(axis=0) != range(3)).any() or steps[2] <= 0:
        raise ShapeError("is turned in space, and the clip has no orientation: save it as the clip was stored")
    if (steps[:2] < 0).all() or not (world.flip_columns or world.flip_rows):
        return Placement()
    flips = (world.flip_columns, world.flip_rows)
    for axis, flip in enumerate(flips):
        off = matrix[axis, 3] + (steps[axis] * (sizes[axis] - 1) if flip else 0.0)
        if abs(off) > _TOLERANCE * abs(steps[axis]):
            raise ShapeError("is mirrored in space, and the clip has no orientation: save it as the clip was stored")
    return Placement(mirrored=(*flips, False))
