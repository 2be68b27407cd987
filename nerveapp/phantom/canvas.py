"""A map of tissue in mm, painted shape by shape: how strongly it scatters and how strongly it reflects."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
import numpy.typing as npt

Map = npt.NDArray[np.float32]
Points = npt.NDArray[np.float64]

_SUBPIXEL_BITS = 4


def moved(points_mm: Points, x_mm: float, z_mm: float) -> Points:
    """Shift points, (..., 2), by a distance in mm."""
    return np.asarray(points_mm + np.array((x_mm, z_mm)))


@dataclass(slots=True)
class Canvas:
    """Tissue in material coordinates: x lateral in mm from the image's centre, z depth in mm below the skin.

    Parameters
    ----------
    left_mm, top_mm : float
        Position of the centre of the first column and row.
    column_mm, row_mm : float
        Spacing of the grid.
    shape : tuple of int
        Rows and columns of the grid.
    """

    left_mm: float
    top_mm: float
    column_mm: float
    row_mm: float
    shape: tuple[int, int]
    scatter_db: Map = field(init=False)
    """Strength of diffuse scattering in dB."""
    mirror: Map = field(init=False)
    """Strength of coherent reflection, linear; what makes fasciae continuous lines instead of rows of speckle."""
    passing_db: Map = field(init=False)
    """Change of the echo by what lies above: negative in shadows, positive behind fluid."""

    def __post_init__(self) -> None:
        self.scatter_db = np.full(self.shape, -26.0, np.float32)
        self.mirror = np.zeros(self.shape, np.float32)
        self.passing_db = np.zeros(self.shape, np.float32)

    @property
    def x_mm(self) -> Map:
        """Lateral positions of the columns, (columns,)."""
        return (self.left_mm + self.column_mm * np.arange(self.shape[1])).astype(np.float32)

    @property
    def z_mm(self) -> Map:
        """Depths of the rows, (rows,)."""
        return (self.top_mm + self.row_mm * np.arange(self.shape[0])).astype(np.float32)

    def pixels(self, points_mm: Points) -> npt.NDArray[np.int32]:
        """Fixed-point grid coordinates, as cv2 draws them, of (..., 2) points (x, z) in mm."""
        grid = (points_mm - (self.left_mm, self.top_mm)) / (self.column_mm, self.row_mm)
        return np.round(grid * (1 << _SUBPIXEL_BITS)).astype(np.int32)

    def blur(self, layer: Map, sigma_mm: float) -> Map:
        """Gaussian blur by the same distance in both directions."""
        sigma_x, sigma_z = max(sigma_mm / self.column_mm, 0.3), max(sigma_mm / self.row_mm, 0.3)
        return np.asarray(cv2.GaussianBlur(layer, (0, 0), sigmaX=sigma_x, sigmaY=sigma_z), np.float32)

    def fill(
        self, target: Map, polygon_mm: Points, value: float | Map, soft_mm: float = 0.05, opacity: float = 1.0
    ) -> None:
        """Paint `value` (a number, or a map of the whole grid) into a polygon with soft edges."""
        reach = 4 * soft_mm + 2 * max(self.column_mm, self.row_mm)
        low = np.floor((polygon_mm.min(axis=0) - reach - (self.left_mm, self.top_mm)) / (self.column_mm, self.row_mm))
        high = np.ceil((polygon_mm.max(axis=0) + reach - (self.left_mm, self.top_mm)) / (self.column_mm, self.row_mm))
        x0, z0 = (int(v) for v in np.maximum(low, 0))
        x1, z1 = (int(v) for v in np.minimum(high + 1, (self.shape[1], self.shape[0])))
        if x0 >= x1 or z0 >= z1:
            return
        cover = np.zeros((z1 - z0, x1 - x0), np.uint8)
        corner = np.array((x0, z0), np.int32) << _SUBPIXEL_BITS
        cv2.fillPoly(cover, [self.pixels(polygon_mm) - corner], 255, cv2.LINE_AA, _SUBPIXEL_BITS)
        weight = self.blur(cover.astype(np.float32) * np.float32(opacity / 255), soft_mm)
        window = target[z0:z1, x0:x1]
        paint = value[z0:z1, x0:x1] if isinstance(value, np.ndarray) else value
        window += weight * (paint - window)

    def strokes(self, lines_mm: Points, width_mm: float, soft_mm: float) -> Map:
        """Cover, 0 to 1, of (K, N, 2) open lines of N points each."""
        cover = np.zeros(self.shape, np.uint8)
        thickness = max(1, round(width_mm / self.row_mm))
        cv2.polylines(cover, list(self.pixels(lines_mm)), False, 255, thickness, cv2.LINE_AA, _SUBPIXEL_BITS)
        return self.blur(cover.astype(np.float32) / np.float32(255), soft_mm)

    def shaded(self, rng: np.random.Generator, lines_mm: list[Points], width_mm: float, soft_mm: float) -> Map:
        """Cover, 0 to 1, of open lines that reflect best where they lie across the beam, and unevenly.

        A smooth border sends the echo back to the probe only where it faces it; elsewhere it all but disappears.
        """
        cover = np.zeros(self.shape, np.uint8)
        thickness = max(1, round(width_mm / self.row_mm))
        for line in lines_mm:
            if len(line) < 2:
                continue
            step = np.diff(line, axis=0)
            facing = step[:, 0] ** 2 / (np.sum(step**2, axis=1) + 1e-12)
            along = np.arange(len(step))
            knots = np.clip(rng.normal(0.45, 0.4, max(3, len(step) // 5 + 2)), 0, 1)
            uneven = np.interp(along, np.linspace(0, len(step), len(knots)), knots)
            ends = np.clip(np.minimum(along + 1, len(step) - along) / 4, 0, 1)
            shade = np.round(255 * uneven * ends * np.maximum(facing**3, 0.12)).astype(int)
            pixels = self.pixels(line)
            for start, end, grey in zip(pixels[:-1], pixels[1:], shade.tolist(), strict=True):
                cv2.line(cover, start.tolist(), end.tolist(), grey, thickness, cv2.LINE_AA, _SUBPIXEL_BITS)
        return self.blur(cover.astype(np.float32) / np.float32(255), soft_mm)

    def noise(self, rng: np.random.Generator, grain_x_mm: float, grain_z_mm: float) -> Map:
        """Smooth texture of zero mean and unit deviation with grains of about the given size."""
        rows = max(4, int(self.shape[0] * self.row_mm / grain_z_mm))
        columns = max(4, int(self.shape[1] * self.column_mm / grain_x_mm))
        coarse = rng.standard_normal((min(rows, self.shape[0]), min(columns, self.shape[1])), np.float32)
        fine = cv2.resize(coarse, self.shape[::-1], interpolation=cv2.INTER_CUBIC)
        return np.asarray((fine - fine.mean()) / fine.std(), np.float32)

    def curve(self, rng: np.random.Generator, depth_mm: float, sway_mm: float, wave_mm: float = 15.0) -> Points:
        """Draw a wavy horizontal line across the grid at about the given depth, (N, 2)."""
        x = np.linspace(self.left_mm, self.left_mm + self.column_mm * (self.shape[1] - 1), 80)
        z = np.full_like(x, depth_mm)
        for part in range(1, 4):
            period = wave_mm * rng.uniform(1.2, 2.4) / part
            z += sway_mm / part * rng.normal() * np.sin(2 * np.pi * (x / period + rng.random())) * 0.6
        return np.stack([x, z], axis=1)
