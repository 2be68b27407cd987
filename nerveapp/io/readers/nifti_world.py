"""Where the voxels of a NIfTI lie in the world, which way its pictures stand up, and how large its pixels are.

The world has x to the right, y to the front and z to the head of the patient. Programs show a picture with the
patient's right, front and head at its left and top, so an axis of the picture that runs the other way was turned when
it was written.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from nerveapp.domain.calibration import Calibration, CalibrationOrigin
from nerveapp.domain.clip import Affine
from nerveapp.errors import CalibrationError
from nerveapp.io.readers.print_resolution import print_dpi

_MM_PER_UNIT = {"meter": 1000.0, "mm": 1.0, "micron": 1e-3}
_SAME = 1e-3
Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class World:
    """The world of a NIfTI.

    Parameters
    ----------
    matrix : ndarray of float64, (4, 4), or None
        Maps stored voxels to mm; None where the header has none.
    flip_columns, flip_rows : bool
        How the stored picture has to be mirrored to stand upright.
    """

    matrix: Matrix | None
    flip_columns: bool = False
    flip_rows: bool = False

    @property
    def notes(self) -> tuple[str, ...]:
        """Remarks for the user."""
        if self.matrix is not None and _lies_on_its_side(self.matrix):
            return ("By the orientation in the header, columns of the pictures are rows; they are not turned.",)
        if not (self.flip_columns or self.flip_rows):
            return ()
        ways = " and ".join(
            way for way, done in (("left to right", self.flip_columns), ("top to bottom", self.flip_rows)) if done
        )
        return (f"The pictures are turned {ways}, as the orientation in the header requires.",)

    def shown(self, width: int, height: int) -> Affine | None:
        """Give the affine of the pictures as they are shown, for (column, row, frame, 1)."""
        if self.matrix is None:
            return None
        turn = np.eye(4)
        if self.flip_columns:
            turn[0, 0], turn[0, 3] = -1, width - 1
        if self.flip_rows:
            turn[1, 1], turn[1, 3] = -1, height - 1
        return cast(Affine, tuple(tuple(float(value) for value in row) for row in self.matrix @ turn))


def world_of(header: Any, width: int, height: int) -> World:
    """Read the world from sform, else qform; where neither counts, from an sform that was filled in all the same.

    Two kinds of headers name a world and mean none. One is positive along both axes and has no origin: what libraries
    write when they are told nothing; its pictures are as stored. The other has no code that says it counts, and an
    origin at the far end of an axis that its writer turned (dcm2niix): that axis is turned back.

    Parameters
    ----------
    header : nibabel header
    width, height : int
        Of the stored picture.
    """
    coded = _coded(header)
    matrix = coded if coded is not None else _filled_in(header)
    if matrix is None or not np.isfinite(matrix).all():
        return World(None)
    sizes = (width, height)
    if coded is None:
        far = [_starts_at_far_end(matrix, axis, sizes[axis]) for axis in (0, 1)]
        return World(None, *far)
    if _lies_on_its_side(matrix):
        return World(matrix)
    directions = [_direction(matrix, axis) for axis in (0, 1)]
    if all(direction > 0 for direction in directions) and not matrix[:3, 3].any():
        return World(matrix)
    return World(matrix, *(direction > 0 for direction in directions))


def _lies_on_its_side(matrix: Matrix) -> bool:
    """Whether the rows of the stored picture run along the world's first axis, and its columns along another."""
    along = [int(np.abs(matrix[:3, axis]).argmax()) for axis in (0, 1)]
    return along[1] == 0 and along[0] != 0


def _coded(header: Any) -> Matrix | None:
    for read in (header.get_sform, header.get_qform):
        matrix, code = read(coded=True)
        if code and matrix is not None and abs(np.linalg.det(matrix[:3, :3])) > 0:
            return np.asarray(matrix, np.float64)
    return None


def _filled_in(header: Any) -> Matrix | None:
    matrix = np.eye(4)
    matrix[:3] = [header["srow_x"], header["srow_y"], header["srow_z"]]
    return matrix if matrix[:3, :3].any() else None


def _direction(matrix: Matrix, axis: int) -> float:
    """Give the largest component of a picture's axis in the world."""
    column = matrix[:3, axis]
    return float(column[np.abs(column).argmax()])


def _starts_at_far_end(matrix: Matrix, axis: int, size: int) -> bool:
    world_axis = int(np.abs(matrix[:3, axis]).argmax())
    step, origin = matrix[world_axis, axis], matrix[world_axis, 3]
    return bool(size > 1 and step > 0 and abs(origin + step * (size - 1)) <= _SAME * step * size)


@dataclass(frozen=True, slots=True)
class NiftiSpacing:
    """What a NIfTI says of the size of its pixels: a calibration, one to be confirmed, and remarks for the user."""

    calibration: Calibration | None = None
    suggestion: Calibration | None = None
    notes: tuple[str, ...] = ()


def spacing_of(header: Any) -> NiftiSpacing:
    """Read the size of a pixel from sform or qform, else from the voxel size.

    1 mm is what programs write that know none, and print resolutions are what they make of a picture's: both are
    suggestions, to be confirmed. So is a size without unit.
    """
    unit = str(_units(header)[0])
    factor = _MM_PER_UNIT.get(unit, 1.0)
    by_voxel = _sizes(float(header.get_zooms()[1]), float(header.get_zooms()[0]))
    used, detail, notes = by_voxel, f"NIfTI voxel size, unit {unit}", list[str]()
    coded = _coded(header)
    if coded is not None:
        by_world = _sizes(*(float(np.linalg.norm(coded[:3, axis])) for axis in (1, 0)))
        if not np.allclose(by_world, by_voxel, rtol=_SAME):
            # A world of 1 mm is what libraries write that are told nothing: it says less than a voxel size does.
            if by_world != (1.0, 1.0):
                used, detail = by_world, f"NIfTI affine (sform or qform), unit {unit}"
            notes.append(_contradiction(used, by_voxel if used == by_world else by_world))
    row, column = (float(f"{size * factor:.7g}") for size in used)
    try:
        found = Calibration(row, column, CalibrationOrigin.FILE_METADATA, detail)
    except CalibrationError as error:
        return NiftiSpacing(notes=(*notes, f"The voxel size of the NIfTI header was not used: {error.message}"))
    if unit not in _MM_PER_UNIT:
        return NiftiSpacing(
            None, found, (*notes, "The NIfTI header gives no unit of length, so its voxel size was not used.")
        )
    if _means_nothing(row, column):
        why = "1 mm" if (row, column) == (1.0, 1.0) else f"a print resolution ({print_dpi(row, column)} dots per inch)"
        note = f"The voxel size of the NIfTI is {why}, as programs write it that know none; confirm it if it is true."
        return NiftiSpacing(None, found, (*notes, note))
    return NiftiSpacing(found, None, tuple(notes))


def _sizes(row: float, column: float) -> tuple[float, float]:
    # Stored as float32: the digits beyond its precision are noise.
    return float(f"{abs(row):.7g}"), float(f"{abs(column):.7g}")


def _means_nothing(row_mm: float, column_mm: float) -> bool:
    return np.allclose((row_mm, column_mm), 1.0, rtol=1e-6) or print_dpi(row_mm, column_mm) is not None


def _contradiction(used: tuple[float, ...], other: tuple[float, ...]) -> str:
    shown = [" x ".join(f"{size:.5g}" for size in sizes) for sizes in (used, other)]
    return (
        f"The NIfTI header contradicts itself: {shown[0]} is used, {shown[1]} stands in its other place "
        "(sform or qform against pixdim; row x column)."
    )


def _units(header: Any) -> tuple[str, str]:
    try:
        space, time = header.get_xyzt_units()
    except KeyError:
        return "unknown", "unknown"
    return str(space), str(time)


def seconds_per_frame(header: Any) -> float | None:
    """Read the step along the fourth axis in seconds; None where it or its unit is not given."""
    factor = {"sec": 1.0, "msec": 1e-3, "usec": 1e-6}.get(_units(header)[1])
    step_s = float(header.get_zooms()[3]) * (factor or 0.0)
    return step_s if np.isfinite(step_s) and step_s > 0 else None
