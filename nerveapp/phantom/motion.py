"""How tissue moves under the probe, as an exact map from image to tissue and back for the nerve."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from nerveapp.phantom.anatomy import Anatomy
from nerveapp.phantom.canvas import Map, Points, moved

Vector: TypeAlias = npt.NDArray[np.float64]

_FALLOFF = 2.8
"""Where a local motion has died away, in radii of the region that moves rigidly."""

_SOFT_DEPTH_MM = 9.0
"""Depth over which pressure of the probe is taken up."""


@dataclass(frozen=True, slots=True)
class _Wave:
    """A smooth quantity: two sines of unlike period, at most 1 in size."""

    periods_s: tuple[float, float]
    phases: tuple[float, float]

    def at(self, time_s: float) -> float:
        first, second = (
            np.sin(2 * np.pi * time_s / period + phase)
            for period, phase in zip(self.periods_s, self.phases, strict=True)
        )
        return float(0.72 * first + 0.28 * second)


@dataclass(frozen=True, slots=True)
class Pose:
    """Where everything is at one instant.

    Parameters
    ----------
    slide_mm : float
        Lateral position of the probe.
    pressure : float
        Share by which superficial tissue is compressed.
    glide_mm : ndarray of float, (2,)
        Displacement of the nerve against its surroundings.
    stretch : ndarray of float, (2, 2)
        Affine change of the nerve's shape.
    bed_mm : float
        Lateral displacement of the tissue below the nerve.
    pulse : float
        Radius of the artery relative to rest.
    along : float
        Position of the probe along the limb as an angle; speckle has changed most from -pi / 2 to pi / 2.
    """

    slide_mm: float
    pressure: float
    glide_mm: npt.NDArray[np.float64]
    stretch: npt.NDArray[np.float64]
    bed_mm: float
    pulse: float
    along: float


class Motion:
    """The motion of one clip."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._waves = [self._wave(rng, low, high) for low, high in ((4, 9), (2.5, 5), (2, 5), (3, 6), (3.5, 7), (2, 4))]
        self._slide_mm = rng.uniform(0.6, 2.2)
        self._drift_mm_s = rng.normal(0, 0.12)
        self._pressure = rng.uniform(0.02, 0.07)
        self._glide_mm = rng.uniform(0.5, 1.5)
        self._growth = rng.uniform(0.09, 0.15)
        self._flatten = rng.uniform(0.03, 0.09)
        self._bed_mm = rng.uniform(0.2, 0.9)
        self._beat_hz = rng.uniform(0.95, 1.3)
        self._beat_phase = rng.random()
        self._along = rng.uniform(0.4, 1.0)

    @staticmethod
    def _wave(rng: np.random.Generator, low: float, high: float) -> _Wave:
        period = rng.uniform(low, high)
        first, second = rng.uniform(0, 2 * np.pi, 2)
        return _Wave((period, period * rng.uniform(0.38, 0.6)), (first, second))

    def at(self, time_s: float) -> Pose:
        """Pose at a time in seconds."""
        slide, press, glide, lift, growth, bed = (wave.at(time_s) for wave in self._waves)
        beat = (time_s * self._beat_hz + self._beat_phase) % 1
        pulse = beat / 0.12 * np.exp(1 - beat / 0.12)
        size = np.sqrt(1 + self._growth * growth)
        flat = 1 + self._flatten * press
        turn = 0.06 * glide
        stretch = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) @ np.diag(
            [size * flat, size / flat]
        )
        return Pose(
            slide_mm=self._slide_mm * slide + float(np.clip(self._drift_mm_s * time_s, -2.5, 2.5)),
            pressure=self._pressure * (1 + press) / 2,
            glide_mm=np.array([self._glide_mm * glide, 0.18 * lift]),
            stretch=stretch,
            bed_mm=self._bed_mm * bed,
            pulse=1 + 0.13 * float(pulse),
            along=self._along * (growth + 0.5 * slide),
        )


class Deformation:
    """The map between image and tissue at one pose.

    Around the nerve it is affine apart from slide and pressure, so its outline is carried into the image exactly.
    """

    def __init__(self, anatomy: Anatomy, pose: Pose) -> None:
        self._anatomy = anatomy
        self._pose = pose
        outline = np.concatenate(anatomy.nerve.parts) - anatomy.nerve.centre_mm
        moved = outline @ pose.stretch.T
        box = np.abs(moved).max(axis=0)
        farthest = np.sqrt(((moved / box) ** 2).sum(axis=1)).max()
        self._radii = box * farthest * 1.04 + 0.3
        self._inverse = np.asarray(np.linalg.inv(pose.stretch), np.float64)

    def outlines(self) -> list[Points]:
        """Outlines of the nerve's parts in the image, (240, 2) each, in mm."""
        centre, pose = self._anatomy.nerve.centre_mm, self._pose
        outlines = []
        for part in self._anatomy.nerve.parts:
            settled = (part - centre) @ pose.stretch.T + centre + pose.glide_mm
            depth = settled[:, 1].copy()
            for _ in range(40):  # a contraction, as pressure is far below 1
                depth = settled[:, 1] - self._sinking(depth)
            outlines.append(np.stack([settled[:, 0] - pose.slide_mm, depth], axis=1))
        return outlines

    def tissue(self, x_mm: Map, z_mm: Map) -> tuple[Map, Map]:
        """Material coordinates (x, z) of image columns and rows at the given positions, (H, W) float32 each."""
        pose = self._pose
        x = x_mm + np.float32(pose.slide_mm)
        z = z_mm + self._sinking(z_mm.astype(np.float64)).astype(np.float32)
        field = _Field(x, z)
        centre = self._anatomy.nerve.centre_mm
        field.add(centre + pose.glide_mm, centre, self._radii, self._inverse)
        ax, az, radius = self._anatomy.artery_mm
        artery = np.array([ax, az])
        field.add(artery, artery, np.full(2, radius * 1.2), np.diag([1 / pose.pulse] * 2))
        bed = np.array(self._anatomy.bed_mm)
        field.add(moved(bed, pose.bed_mm, 0), bed, np.array([6.0, 3.0]), np.eye(2))
        return field.x, field.z

    def _sinking(self, depth_mm: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """How much deeper the tissue seen at a depth lies when the probe does not press."""
        return self._pose.pressure * _SOFT_DEPTH_MM * (1 - np.exp(-np.maximum(depth_mm, 0) / _SOFT_DEPTH_MM))


class _Field:
    """Material coordinates under construction: local motions are added in the order of their importance."""

    def __init__(self, columns_mm: Map, rows_mm: Map) -> None:
        self._columns, self._rows = columns_mm, rows_mm
        self.x = np.repeat(columns_mm[None, :], len(rows_mm), axis=0)
        self.z = np.repeat(rows_mm[:, None], len(columns_mm), axis=1)
        self._left_over = np.ones_like(self.x)

    def add(self, seen_at: Vector, rest_at: Vector, radii: Vector, matrix: Vector) -> None:
        """Add a motion that is affine within an ellipse and dies away around it.

        Parameters
        ----------
        seen_at, rest_at : ndarray of float, (2,)
            Centre (x, z) of the ellipse in the image and in the tissue, in mm.
        radii : ndarray of float, (2,)
            Half axes along x and z in mm.
        matrix : ndarray of float, (2, 2)
            From offsets in the image to offsets in the tissue.
        """
        reach = radii * _FALLOFF
        x0, x1 = np.searchsorted(self._columns, (seen_at[0] - reach[0], seen_at[0] + reach[0]))
        z0, z1 = np.searchsorted(self._rows, (seen_at[1] - reach[1], seen_at[1] + reach[1]))
        if x0 >= x1 or z0 >= z1:
            return
        dx = (self._columns[x0:x1] - np.float32(seen_at[0]))[None, :]
        dz = (self._rows[z0:z1] - np.float32(seen_at[1]))[:, None]
        rho = np.sqrt((dx / np.float32(radii[0])) ** 2 + (dz / np.float32(radii[1])) ** 2)
        step = np.clip((np.float32(_FALLOFF) - rho) / np.float32(_FALLOFF - 1), 0, 1)
        window = (slice(z0, z1), slice(x0, x1))
        weight = step * step * (3 - 2 * step) * self._left_over[window]
        m = (matrix - np.eye(2)).astype(np.float32)
        shift = (rest_at - seen_at).astype(np.float32)
        self.x[window] += weight * (m[0, 0] * dx + m[0, 1] * dz + shift[0])
        self.z[window] += weight * (m[1, 0] * dx + m[1, 1] * dz + shift[1])
        self._left_over[window] -= weight
