"""From tissue to a picture: scatterers, point spread, gain and log compression."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from nerveapp.domain.clip import Image
from nerveapp.phantom.canvas import Canvas, Map

_BANDS = 4
_LOWEST, _HIGHEST = -20.0, 8.0
"""Natural logarithms of the weakest and strongest power distinguished."""

_GRID_BLUR_PX = 0.5
"""Blur of the scatterers on their own grid; without it, interpolation dims them between grid points: they flicker."""


@dataclass(frozen=True, slots=True)
class Machine:
    """Settings and properties of a scanner.

    Parameters
    ----------
    gain_db, range_db, gamma : float
        Echo level displayed white, dynamic range, and exponent of the grey curve.
    axial_mm, lateral_mm : float
        Standard deviations of the point spread at the focus.
    focus_mm, focal_length_mm : float
        Depth of the focus and distance over which the beam stays narrow.
    fading_db : float
        Attenuation left at the bottom of the image after time gain compensation.
    noise_db : float
        Electronic noise at the bottom of the image.
    aperture_mm : float
        Width of the probe; black beyond.
    top_mm : float
        Black above the skin line.
    poor_db : tuple of float
        Loss at the left and right end of the probe by poor contact.
    poor_mm : tuple of float
        How far in it reaches.
    """

    gain_db: float
    range_db: float
    gamma: float
    axial_mm: float
    lateral_mm: float
    focus_mm: float
    focal_length_mm: float
    fading_db: float
    noise_db: float
    aperture_mm: float
    top_mm: float
    poor_db: tuple[float, float]
    poor_mm: tuple[float, float]


def draw_machine(rng: np.random.Generator, depth_mm: float) -> Machine:
    """Draw a scanner with its settings for a view of the given depth in mm."""
    poor = [float(rng.uniform(8, 35)) if rng.random() < 0.35 else 0.0 for _ in range(2)]
    return Machine(
        gain_db=float(rng.uniform(-1.5, 3.5)),
        range_db=float(rng.uniform(46, 60)),
        gamma=float(rng.uniform(0.95, 1.3)),
        axial_mm=float(rng.uniform(0.026, 0.044)),
        lateral_mm=float(rng.uniform(0.1, 0.19)),
        focus_mm=float(rng.uniform(0.25, 0.5)) * depth_mm,
        focal_length_mm=float(rng.uniform(9, 16)),
        fading_db=float(rng.uniform(10, 32)),
        noise_db=float(rng.uniform(-70, -58)),
        aperture_mm=float(rng.uniform(37, 52)),
        top_mm=float(rng.choice((0.0, 0.0, rng.uniform(0.2, 1.2)))),
        poor_db=(poor[0], poor[1]),
        poor_mm=(float(rng.uniform(2, 9)), float(rng.uniform(2, 9))),
    )


def scatterers(rng: np.random.Generator, canvas: Canvas, machine: Machine) -> npt.NDArray[np.float32]:
    """Tissue as complex scatterers in two uncorrelated slices, (rows, columns, 4) float32.

    The channels are the real and imaginary part of one slice and of another. The picture compounds both, and as the
    probe moves along the limb, the one fades into the other.
    """
    level = np.power(np.float32(10), (canvas.scatter_db + canvas.passing_db) / np.float32(20))
    spread_px = (machine.axial_mm / canvas.row_mm, machine.lateral_mm / canvas.column_mm)
    # White noise loses this much in the point spread; made up for, the level is the mean echo.
    whole = np.sqrt(4 * np.pi * np.hypot(spread_px[0], _GRID_BLUR_PX) * np.hypot(spread_px[1], _GRID_BLUR_PX) / 2)
    field = rng.standard_normal((*canvas.shape, 4), np.float32) * (level * np.float32(max(whole, 0.8)))[..., None]
    lit = canvas.mirror * np.power(np.float32(10), canvas.passing_db / np.float32(20)) * np.float32(0.7)
    field += lit[..., None]
    return np.asarray(cv2.GaussianBlur(field, (0, 0), _GRID_BLUR_PX), np.float32)


def _grey_curve(machine: Machine) -> Image:
    """Grey levels for logarithms of power from _LOWEST to _HIGHEST, with a soft shoulder before white."""
    level_db = np.linspace(_LOWEST, _HIGHEST, 4096) * 10 / np.log(10)
    shade = np.clip((level_db - machine.gain_db) / machine.range_db + 1, 0, None) ** machine.gamma
    return np.asarray(np.round(255 * shade / (1 + shade**5) ** 0.2), np.uint8)


class Scanner:
    """Makes pictures of a fixed size with fixed settings.

    Parameters
    ----------
    machine : Machine
        The settings.
    x_mm, z_mm : ndarray of float32, (W,) and (H,)
        Lateral positions of the columns and depths of the rows.
    rng : Generator
        Source of the electronic noise.
    """

    def __init__(self, machine: Machine, x_mm: Map, z_mm: Map, rng: np.random.Generator) -> None:
        self._machine = machine
        self._rng = rng
        self._spacing = (float(z_mm[1] - z_mm[0]), float(x_mm[1] - x_mm[0]))
        self._depths = np.linspace(0, float(z_mm[-1]), _BANDS)
        self._z = z_mm
        deep = np.clip(z_mm / z_mm[-1], 0, 1)
        beam = -machine.fading_db * deep[:, None] ** 1.2 + self._contact(x_mm)[None, :]
        seen = (np.abs(x_mm) <= machine.aperture_mm / 2)[None, :] & (z_mm >= 0)[:, None]
        self._seen = seen
        self._beam = np.where(seen, np.power(10.0, beam / 20), 0).astype(np.float32)
        noise = np.power(10.0, (machine.noise_db - 10 * (1 - deep)) / 20)
        white = rng.standard_normal((len(z_mm), len(x_mm), 2), np.float32)
        self._tile = np.concatenate([white, white[:, ::-1]], axis=2) * noise[:, None, None].astype(np.float32)
        self._curve = _grey_curve(machine)

    def _contact(self, x_mm: Map) -> Map:
        half = min(self._machine.aperture_mm / 2, float(-x_mm[0]))
        left, right = (
            -loss * np.clip(1 - (half + sign * x_mm) / reach, 0, 1) ** 1.3
            for loss, reach, sign in zip(self._machine.poor_db, self._machine.poor_mm, (1, -1), strict=True)
        )
        return np.asarray(left + right, np.float32)

    def picture(self, echoes: npt.NDArray[np.float32], share: float) -> Image:
        """Grey picture, (H, W) uint8, of two slices of scatterers on the image grid, (H, W, 4) float32.

        `share`, 0 to 1, is the weight of the first slice.
        """
        signal = self._spread(echoes) * self._beam[..., None]
        signal += np.roll(self._tile, tuple(self._rng.integers(0, 40, 2)), axis=(0, 1))
        signal *= signal
        power = cv2.transform(signal, np.array([[share, share, 1 - share, 1 - share]], np.float32))
        # Scan conversion averages a little, which closes the hairline gaps between speckles.
        power = cv2.GaussianBlur(power, (5, 3), sigmaX=0.8, sigmaY=0.45)
        level = cv2.log(power + np.float32(1e-9))
        steps = (level + np.float32(-_LOWEST)) * np.float32((len(self._curve) - 1) / (_HIGHEST - _LOWEST))
        grey = self._curve[np.clip(steps, 0, len(self._curve) - 1).astype(np.intp)]
        return np.where(self._seen, grey, np.uint8(0))

    def _spread(self, echoes: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Convolve with a point spread that widens away from the focus: a few widths, blended by depth."""
        out = np.zeros_like(echoes)
        step = self._depths[1]
        for depth in self._depths:
            share = np.clip(1 - np.abs(self._z - depth) / step, 0, 1)
            rows = np.flatnonzero(share > 0)
            if not len(rows):
                continue
            away = (depth - self._machine.focus_mm) / self._machine.focal_length_mm
            sigma_x = self._machine.lateral_mm * np.sqrt(1 + away**2) / self._spacing[1]
            sigma_z = self._machine.axial_mm * (1 + 0.012 * depth) / self._spacing[0]
            halo = int(4 * sigma_z) + 2
            first, last = max(rows[0] - halo, 0), min(rows[-1] + 1 + halo, len(echoes))
            blurred = cv2.GaussianBlur(
                echoes[first:last], (0, 0), sigmaX=max(sigma_x, 0.3), sigmaY=max(sigma_z, 0.3),
                borderType=cv2.BORDER_REFLECT,
            )  # fmt: skip
            window = slice(rows[0], rows[-1] + 1)
            out[window] += share[window, None, None] * blurred[rows[0] - first : rows[-1] + 1 - first]
        return out
