"""The tissue of one subject at one site, painted in material coordinates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nerveapp.phantom.canvas import Canvas, Map, Points, moved
from nerveapp.phantom.nerve import NerveShape, blob, nerve_shape, paint_nerve
from nerveapp.phantom.sites import SiteProfile

MARGIN_MM = 7.0
"""Tissue beyond the image on either side, so that a sliding probe finds some."""


@dataclass(frozen=True, slots=True)
class Anatomy:
    """Painted tissue and where the moving structures are.

    Parameters
    ----------
    canvas : Canvas
        The tissue.
    nerve : NerveShape
        The outline whose mask is exact.
    artery_mm : tuple of float
        Centre x, z and radius of the artery in mm.
    bed_mm : tuple of float
        Centre x, z of the tissue (tendons, muscle) that moves against the nerve.
    """

    canvas: Canvas
    nerve: NerveShape
    artery_mm: tuple[float, float, float]
    bed_mm: tuple[float, float]


def build_anatomy(
    rng: np.random.Generator,
    site: SiteProfile,
    spacing_mm: tuple[float, float],
    view_mm: tuple[float, float],
    bifid: bool,
) -> Anatomy:
    """Draw and paint one subject.

    Parameters
    ----------
    rng : Generator
        Source of the subject's particulars.
    site : SiteProfile
        The ranges they are drawn from.
    spacing_mm : tuple of float
        (row, column) spacing of the grid to paint on.
    view_mm : tuple of float
        Depth and width of the image.
    bifid : bool
        Whether the nerve is in two parts.
    """
    side = rng.choice((-1.0, 1.0))
    area = site.area_mm2 * float(np.exp(np.clip(rng.normal(0, 0.14), -0.3, 0.3)))
    depth = min(rng.uniform(*site.nerve_depth_mm), view_mm[0] * 0.6)
    centre = np.array([rng.uniform(-0.14, 0.14) * view_mm[1], depth])
    shape = nerve_shape(rng, centre, area, site.flattening, bifid)
    canvas = _blank(spacing_mm, view_mm)
    reach = np.concatenate(shape.parts)
    fat_mm = min(rng.uniform(*site.fat_mm), float(reach[:, 1].min()) - 0.7)
    bone_mm = max(rng.uniform(*site.bone_mm), float(reach[:, 1].max()) + 2.0)
    fine = canvas.noise(rng, 1.1, 0.16)

    canvas.scatter_db += 3.5 * canvas.noise(rng, 4.0, 1.8) + 4.5 * fine + 9 * _streaks(canvas, rng, 0.5, 1.2, 0.0)
    if site.muscle:
        _paint_muscles(canvas, rng, fine, fat_mm=fat_mm, nerve_mm=depth, bone_mm=bone_mm)
    else:
        _paint_deep_muscle(canvas, rng, bone_mm, fine)
    if site.tendons:
        _paint_tendons(canvas, rng, shape, fine, count=site.tendons, tunnel=site.retinaculum)
    _paint_fat(canvas, rng, fat_mm, fine)
    if site.retinaculum:
        _paint_retinaculum(canvas, rng, float(reach[:, 1].min()) - 0.45, centre[0])
    _paint_bones(canvas, rng, bone_mm, site.bones, centre[0])
    artery = _paint_artery(canvas, rng, site, shape, side)
    paint_nerve(canvas, rng, shape, rng.uniform(-37, -29))
    _paint_skin(canvas, rng)
    _roughen(canvas, rng)
    return Anatomy(canvas, shape, artery, (float(centre[0]), float(reach[:, 1].max()) + 4.0))


def _roughen(canvas: Canvas, rng: np.random.Generator) -> None:
    """Break up smooth reflectors, and dim and brighten whole beams by what lies above, more so with depth."""
    canvas.mirror *= np.clip(0.8 + 0.6 * canvas.noise(rng, 0.9, 0.2), 0.1, 2)
    x = canvas.x_mm
    beams = np.zeros_like(x)
    for period in (14.0, 6.0, 3.5):
        beams += rng.normal(0, 1.3) * np.sin(2 * np.pi * (x / (period * rng.uniform(0.8, 1.25)) + rng.random()))
    for centre_mm in rng.uniform(x[0], x[-1], rng.integers(0, 5)):
        beams -= rng.uniform(2, 7) * np.exp(-(((x - centre_mm) / rng.uniform(0.4, 1.5)) ** 2))
    canvas.passing_db += np.clip(canvas.z_mm[:, None] / 9, 0, 1) * beams


def _blank(spacing_mm: tuple[float, float], view_mm: tuple[float, float]) -> Canvas:
    top, bottom = -1.5, 3.0
    rows = int((view_mm[0] + bottom - top) / spacing_mm[0])
    columns = int((view_mm[1] + 2 * MARGIN_MM) / spacing_mm[1])
    left = -columns * spacing_mm[1] / 2
    return Canvas(left, top, spacing_mm[1], spacing_mm[0], (rows, columns))


def _between(upper: Points, lower: Points) -> Points:
    return np.concatenate([upper, lower[::-1]])


def _streaks(canvas: Canvas, rng: np.random.Generator, per_mm2: float, length_mm: float, tilt: float) -> Map:
    """Draw short bright dashes as perimysium gives in cross-section."""
    rows, columns = canvas.shape
    size = (columns * canvas.column_mm, rows * canvas.row_mm)
    count = int(per_mm2 * size[0] * size[1])
    start = rng.random((count, 2)) * size + (canvas.left_mm, canvas.top_mm)
    length = rng.exponential(length_mm, count)
    angle = tilt + rng.normal(0, 0.16, count)
    middle = start + np.stack([length / 2, length * np.sin(angle) / 2 + rng.normal(0, 0.05, count)], axis=1)
    end = start + np.stack([length, length * np.sin(angle)], axis=1)
    lines = np.stack([start, middle, end], axis=1)
    half = count // 2
    cover = canvas.strokes(lines[:half], 0.06, 0.05) + np.float32(1.5) * canvas.strokes(lines[half:], 0.12, 0.06)
    return np.clip(cover, 0, 1)


def _paint_muscles(
    canvas: Canvas, rng: np.random.Generator, fine: Map, *, fat_mm: float, nerve_mm: float, bone_mm: float
) -> None:
    """Paint muscle bellies above and below the plane of the nerve, with fasciae around them."""
    level = rng.uniform(-34, -28)
    middle = canvas.curve(rng, nerve_mm, 0.9, 24.0)
    floor = canvas.curve(rng, bone_mm - 0.5, 0.8, 24.0)
    top = canvas.curve(rng, fat_mm, 0.2)
    end = canvas.top_mm + canvas.row_mm * canvas.shape[0] + 1
    bottom = np.stack([middle[:, 0], np.full(len(middle), end)], axis=1)
    clumps = canvas.noise(rng, 3.0, 1.6)
    for upper, lower, darker in ((top, middle, 0.0), (middle, floor, -1.5), (floor, bottom, 2.0)):
        streaks = _streaks(canvas, rng, rng.uniform(0.5, 1.1), rng.uniform(0.5, 1.3), rng.normal(0, 0.12))
        inside = level + darker + (11 + 3 * clumps) * streaks + 2.5 * clumps + 2.5 * fine
        canvas.fill(canvas.scatter_db, _between(upper, lower), inside.astype(np.float32), 0.1)
    lines = [middle, floor, *_septa(rng, top, middle), *_septa(rng, middle, floor)]
    _paint_fascia(canvas, rng, lines, rng.uniform(0.08, 0.16), 0.45)
    beside = [moved(line, 0, rng.uniform(-0.5, 0.5)) for line in (middle, middle, floor, floor)]
    _paint_fascia(canvas, rng, beside, 0.06, 0.3)


def _septa(rng: np.random.Generator, upper: Points, lower: Points) -> list[Points]:
    """Draw oblique borders between neighbouring bellies."""
    lines = []
    for _ in range(int(rng.integers(1, 4))):
        start, end = upper[int(rng.integers(5, 75))], lower[int(rng.integers(5, 75))]
        if abs(start[0] - end[0]) > 18:
            continue
        step = np.linspace(0, 1, 25)[:, None]
        line = start + step * (end - start)
        line[:, 0] += rng.normal(0, 1.2) * np.sin(np.pi * step[:, 0])
        lines.append(line)
    return lines


def _paint_fascia(
    canvas: Canvas, rng: np.random.Generator, lines: list[Points], width_mm: float, mirror: float
) -> None:
    cover = canvas.shaded(rng, lines, width_mm, 0.05)
    canvas.scatter_db += np.clip(cover * 1.5, 0, 0.8) * (-13.0 - canvas.scatter_db)
    canvas.mirror += mirror * cover


def _paint_deep_muscle(canvas: Canvas, rng: np.random.Generator, bone_mm: float, fine: Map) -> None:
    """Paint pronator quadratus or its like: a dark sheet on the bone."""
    lower = canvas.curve(rng, bone_mm + 3, 0.8)
    upper = moved(lower, 0, -rng.uniform(4, 6.5))
    streaks = _streaks(canvas, rng, 0.5, 1.0, 0.0)
    inside = rng.uniform(-37, -32) + 12 * streaks + 2.5 * fine
    canvas.fill(canvas.scatter_db, _between(upper, lower), inside.astype(np.float32), 0.4, 0.85)
    start = int(rng.integers(0, 50))
    _paint_fascia(canvas, rng, [upper[start : start + 30]], 0.1, 0.3)


def _paint_tendons(
    canvas: Canvas, rng: np.random.Generator, shape: NerveShape, fine: Map, *, count: int, tunnel: bool
) -> None:
    """Paint rows of fibrillar tendons below the nerve, some slack muscle or synovium between them."""
    fibres = canvas.noise(rng, 0.7, 0.15)
    facing = canvas.noise(rng, 4.0, 6.0)
    reach = np.concatenate(shape.parts)
    bottom = float(reach[:, 1].max())
    centre = shape.centre_mm
    spread = rng.uniform(4.0, 5.2)
    if tunnel:
        bed = moved(centre, rng.normal(0, 1.5), bottom - centre[1] + 3.4)
        canvas.fill(canvas.scatter_db, bed + blob(rng, 115, 2.0, 0.06), -30.0 + 3 * fine, 0.7, 0.7)
    for index in range(count):
        row, column = divmod(index, 4 if count > 5 else 3)
        offset = (column - 1.5 + 0.5 * (row % 2)) * spread + rng.normal(0, 0.5)
        radius = rng.uniform(1.6, 2.5)
        spot = np.array([centre[0] + offset, bottom + 0.9 + radius + row * 3.7 + rng.normal(0, 0.35)])
        outline = blob(rng, np.pi * radius**2, rng.uniform(1.1, 1.8), 0.12)
        level = rng.uniform(-25, -17)
        canvas.fill(canvas.scatter_db, spot + outline * 1.15, -33.0, 0.2, 0.6)
        inside = level + 5 * fibres + 2.5 * facing
        canvas.fill(canvas.scatter_db, spot + outline, inside.astype(np.float32), 0.3)


def _paint_fat(canvas: Canvas, rng: np.random.Generator, fat_mm: float, fine: Map) -> None:
    lower = canvas.curve(rng, fat_mm, 0.15)
    upper = np.array([[lower[0, 0], -3.0], [lower[-1, 0], -3.0]])
    level = rng.uniform(-25, -20)
    inside = level + 3 * canvas.noise(rng, 3.5, 0.4) + 4 * fine
    canvas.fill(canvas.scatter_db, _between(upper, lower), inside, 0.12)
    septa = []
    for _ in range(int(fat_mm * rng.uniform(3, 7))):
        line = canvas.curve(rng, rng.uniform(1.0, fat_mm), 0.25, 9.0)
        start = int(rng.integers(0, 60))
        septa.append(line[start : start + int(rng.integers(8, 40))])
    _paint_fascia(canvas, rng, septa, 0.06, 0.3)
    _paint_fascia(canvas, rng, [lower, moved(lower, 0, 0.3)], 0.08, 0.4)


def _paint_retinaculum(canvas: Canvas, rng: np.random.Generator, depth_mm: float, centre_mm: float) -> None:
    """Paint a bright band over the nerve, bowed towards the skin, made of several fine layers."""
    half = rng.uniform(7, 11)
    x = np.linspace(-half, half, 40)
    layers = []
    for layer in range(4):
        depth = depth_mm - 0.16 * layer + rng.uniform(0.5, 1.6) * (x / half) ** 2 + 0.06 * np.sin(x + layer)
        ends = rng.integers(0, 10, 2)
        layers.append(np.stack([x + centre_mm, depth], axis=1)[ends[0] : 40 - ends[1]])
    _paint_fascia(canvas, rng, layers, 0.1, 0.4)


def _paint_bones(canvas: Canvas, rng: np.random.Generator, bone_mm: float, count: int, centre_mm: float) -> None:
    """Paint bright arcs with shadow below them."""
    for index in range(count):
        half = rng.uniform(4.5, 8.0)
        middle = centre_mm + rng.normal(0, 3) + (0 if index == 0 else rng.choice((-1, 1)) * rng.uniform(12, 17))
        depth = bone_mm + (0 if index == 0 else rng.uniform(-2.0, 2.5))
        x = np.linspace(-1, 1, 40)
        z = depth + rng.uniform(1.0, 3.0) * np.abs(x) ** rng.uniform(1.8, 3.0) + 0.12 * np.sin(7 * x + rng.random())
        arc = np.stack([middle + half * x, z], axis=1)
        cover = canvas.shaded(rng, [arc], 0.2, 0.08) + 0.5 * canvas.shaded(rng, [moved(arc, 0, 0.3)], 0.25, 0.12)
        canvas.scatter_db += np.clip(cover * 2.5, 0, 0.9) * (-7.0 - canvas.scatter_db)
        canvas.mirror += 2.0 * cover
        under = _between(moved(arc, 0, 0.5), np.array([[arc[0, 0], 90.0], [arc[-1, 0], 90.0]]))
        canvas.fill(canvas.passing_db, under, float(rng.uniform(-24, -15)), 0.9)


def _paint_artery(
    canvas: Canvas, rng: np.random.Generator, site: SiteProfile, shape: NerveShape, side: float
) -> tuple[float, float, float]:
    """Paint the vessel with its wall and the brighter echo behind it; return its centre and radius."""
    radius = rng.uniform(*site.artery_mm) / 2
    reach = np.concatenate(shape.parts)
    dx, dz = (rng.uniform(*span) for span in site.artery_offset_mm)
    spot = moved(shape.centre_mm, side * dx, dz)
    if dz < 4:  # beside the nerve, never in it
        edge = float(np.abs(reach[:, 0] - shape.centre_mm[0]).max()) + radius + 0.8
        spot[0] = shape.centre_mm[0] + side * max(dx, edge)
    else:
        spot[1] = max(spot[1], float(reach[:, 1].max()) + radius + 1.0)
    spot[1] = max(spot[1], radius + 1.8)
    lumen = blob(rng, np.pi * radius**2, 1.08, 0.02)
    length = rng.uniform(2.0, 4.8)
    cone = np.array([[-0.85 * radius, 0.0], [0.85 * radius, 0.0], [0.8 * radius, length], [-0.8 * radius, length]])
    behind = moved(cone, spot[0], spot[1] + 0.9 * radius)
    canvas.fill(canvas.passing_db, behind, float(rng.uniform(3, 7)), 0.4)
    canvas.fill(canvas.scatter_db, spot + lumen * (1 + 0.4 / radius), -17.0, 0.18, 0.7)
    canvas.fill(canvas.mirror, spot + lumen * (1 + 0.3 / radius), 0.08, 0.08)
    canvas.fill(canvas.mirror, spot + lumen, 0.0, 0.05)
    canvas.fill(canvas.scatter_db, spot + lumen, float(rng.uniform(-56, -43)), 0.1)
    return float(spot[0]), float(spot[1]), radius


def _paint_skin(canvas: Canvas, rng: np.random.Generator) -> None:
    z = canvas.z_mm[:, None]
    thickness = rng.uniform(0.9, 1.6)
    dermis = np.clip((thickness - z) / 0.15, 0, 1) * np.ones((1, canvas.shape[1]), np.float32)
    canvas.scatter_db += dermis * (rng.uniform(-23, -17) + 3 * canvas.noise(rng, 1.5, 0.2) - canvas.scatter_db)
    entry = np.clip((0.28 - z) / 0.08, 0, 1)
    canvas.scatter_db += entry * (-4.0 - canvas.scatter_db)
    canvas.mirror += np.float32(0.4) * entry.astype(np.float32)
