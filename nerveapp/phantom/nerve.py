"""The nerve: its outline of exactly known area, and what it looks like inside."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nerveapp.phantom.canvas import Canvas, Points
from nerveapp.phantom.sites import Range

OUTLINE_POINTS = 240


@dataclass(frozen=True, slots=True)
class NerveShape:
    """The undeformed nerve.

    Parameters
    ----------
    centre_mm : ndarray of float, (2,)
        Position (x, z) in material coordinates.
    parts : tuple of ndarray of float, (240, 2)
        Closed outlines, just inside the epineurium, in material coordinates; two for a bifid nerve.
    """

    centre_mm: npt.NDArray[np.float64]
    parts: tuple[Points, ...]


def polygon_area(points: Points) -> float:
    """Area of a closed (N, 2) polygon without self-crossings, in the square of its unit."""
    x, z = points[:, 0], points[:, 1]
    return float(abs(np.dot(x, np.roll(z, -1)) - np.dot(z, np.roll(x, -1))) / 2)


def blob(rng: np.random.Generator, area_mm2: float, flattening: float, uneven: float = 0.05) -> Points:
    """Draw a rounded outline about the origin with the given area and width over height, (240, 2)."""
    angle = np.linspace(0, 2 * np.pi, OUTLINE_POINTS, endpoint=False)
    radius = np.ones_like(angle)
    for order in (2, 3, 4, 5):
        radius += rng.normal(0, uneven / order * 2) * np.cos(order * angle + rng.uniform(0, 2 * np.pi))
    power = rng.uniform(0.8, 1.0)
    x = np.sign(np.cos(angle)) * np.abs(np.cos(angle)) ** power * radius * np.sqrt(flattening)
    z = np.sign(np.sin(angle)) * np.abs(np.sin(angle)) ** power * radius / np.sqrt(flattening)
    points = np.stack([x, z], axis=1)
    return np.asarray(points * np.sqrt(area_mm2 / polygon_area(points)))


def nerve_shape(
    rng: np.random.Generator, centre_mm: npt.NDArray[np.float64], area_mm2: float, flattening: Range, bifid: bool
) -> NerveShape:
    """Draw a nerve whose parts add up to `area_mm2`."""
    ratio = rng.uniform(*flattening)
    tilt = rng.normal(0, 0.1 if ratio > 2 else 0.25)
    if bifid:
        share = rng.uniform(0.38, 0.62)
        parts = [blob(rng, area_mm2 * s, max(1.2, ratio * 0.55)) for s in (share, 1 - share)]
        gap = rng.uniform(0.7, 1.1)
        parts[0][:, 0] -= parts[0][:, 0].max() + gap / 2
        parts[1][:, 0] -= parts[1][:, 0].min() - gap / 2
        parts[1][:, 1] += rng.normal(0, 0.2)
    else:
        parts = [blob(rng, area_mm2, ratio)]
    turn = np.array([[np.cos(tilt), np.sin(tilt)], [-np.sin(tilt), np.cos(tilt)]])
    return NerveShape(centre_mm, tuple(part @ turn + centre_mm for part in parts))


def grown(points: Points, by_mm: float) -> Points:
    """Move an outline outwards along its normals."""
    tangent = np.roll(points, -1, axis=0) - np.roll(points, 1, axis=0)
    normal = np.stack([tangent[:, 1], -tangent[:, 0]], axis=1)
    normal /= np.linalg.norm(normal, axis=1, keepdims=True) + 1e-9
    outwards = np.sign(np.sum(normal * (points - points.mean(axis=0))))
    return np.asarray(points + by_mm * outwards * normal)


def fascicles(
    rng: np.random.Generator, outline: Points, radius_mm: Range, tries: int = 220
) -> list[tuple[Points, float]]:
    """Circles (centre, radius in mm) that fit into the outline without touching, large ones first."""
    found: list[tuple[Points, float]] = []
    low, high = outline.min(axis=0), outline.max(axis=0)
    centres = rng.uniform(low, high, (tries, 2))
    radii = np.sort(rng.uniform(*radius_mm, tries))[::-1]
    room = np.linalg.norm(centres[:, None] - outline[None, ::3], axis=2).min(axis=1)
    for centre, radius, space in zip(centres, radii, room, strict=True):
        if space < radius * 0.9 + 0.05 or not _inside(centre, outline):
            continue
        if all(np.hypot(*(centre - other)) > radius + size + 0.06 for other, size in found):
            found.append((centre, float(radius)))
    return found


def _inside(point: Points, outline: Points) -> bool:
    x, z = outline[:, 0] - point[0], outline[:, 1] - point[1]
    next_x, next_z = np.roll(x, -1), np.roll(z, -1)
    crosses = (z > 0) != (next_z > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        right = x - z * (next_x - x) / (next_z - z) > 0
    return bool(np.count_nonzero(crosses & right) % 2)


def paint_nerve(canvas: Canvas, rng: np.random.Generator, shape: NerveShape, level_db: float) -> None:
    """Paint epineurium, matrix and fascicles; the outline itself lies just inside the bright epineurium.

    `level_db` is the scattering of the fascicles; the matrix between them and the epineurium are brighter.
    """
    rim_mm = rng.uniform(0.22, 0.38)
    rim_db = min(level_db + rng.uniform(15, 21), -10.0)
    matrix_db = level_db + rng.uniform(6, 13)
    for part in shape.parts:
        canvas.fill(canvas.scatter_db, grown(part, rim_mm + 0.35), -16.5, 0.3, 0.7)
    for part in shape.parts:
        canvas.fill(canvas.scatter_db, grown(part, rim_mm), rim_db, 0.06)
        loop = np.roll(grown(part, rim_mm * 0.6), int(rng.integers(OUTLINE_POINTS)), axis=0)
        canvas.mirror += np.float32(0.3) * canvas.shaded(rng, [loop], rim_mm * 0.6, 0.05)
    for part in shape.parts:
        canvas.fill(canvas.mirror, part, 0.0, 0.04)
        canvas.fill(canvas.scatter_db, part, matrix_db, 0.05)
        small = np.sqrt(polygon_area(part))
        sizes = (0.06 * small + 0.1, min(0.19 * small + 0.06, 0.65))
        for centre, radius in fascicles(rng, part, sizes):
            round_ = centre + blob(rng, np.pi * radius**2, rng.uniform(1.0, 1.5))[::6]
            canvas.fill(canvas.scatter_db, round_, level_db + rng.normal(0, 1.5), 0.06)
