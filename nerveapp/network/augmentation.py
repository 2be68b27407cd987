"""Random changes of machine, hand and anatomy that a network is trained on.

Published work fell from a Dice of 0.97 to 0.19 on new stills when trained without changes of intensity, so gain, gamma,
contrast, speckle, blur and compression vary here as well as geometry.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import cv2
import numpy as np
import numpy.typing as npt

from nerveapp.analysis.transforms import Grey, as_grey, averaged

Rng = np.random.Generator

REFINEMENT_SHIFT = np.array([0.18, 0.11])
"""Deviation of a refinement stage's centre along x and y, in square roots of the nerve's area."""

REFINEMENT_ZOOM = 0.25
"""A refinement stage's window is up to exp of this too wide or too narrow."""


def random_view(
    image: Grey,
    masks: npt.NDArray[np.float32],
    *,
    height: int,
    width: int,
    rng: Rng,
    crop: tuple[float, float, float] | None = None,
    crop_zoom: float = REFINEMENT_ZOOM,
    crop_size_factor: float = 1.0,
    strength: float = 1.0,
) -> tuple[Grey, npt.NDArray[np.float32]]:
    """Show a frame scaled, turned, sheared, shifted and mirrored at random, in one resampling.

    The whole frame, because what lies around tells where the nerve is: trained on windows near the nerve, networks took
    other structures of the frame for it. Or, for a refinement stage, a crop about a nerve, off it by as much as the
    outline of a first network is.

    Parameters
    ----------
    image : ndarray of uint8, (H, W)
        Grey image on the source grid.
    masks : ndarray of float32, (H, W, classes)
        1 inside a structure, 0 outside; the nerve first.
    height, width : int
        The network grid.
    rng : numpy.random.Generator
        Source of the random changes.
    crop : tuple of float, optional
        Of a refinement stage: x, y of its centre and the root of the nerve's area, px; whole frames without it.
    crop_zoom : float
        A crop is up to exp of this too wide or too narrow.
    crop_size_factor : float
        Width of a refinement stage's crop in square roots of the nerve's area.
    strength : float
        Every change of position and shape is so many times as large; 0 shows the frame as it is.

    Returns
    -------
    image : ndarray of uint8, (height, width)
    targets : ndarray of float32, (classes, height, width)
        1 inside, 0 outside.
    """
    size = (width, height)
    whole = np.array([image.shape[1], image.shape[0]])
    if crop is None:
        centre = whole / 2 + strength * rng.uniform(-0.1, 0.1, 2) * whole
        zoom = float((np.array(size) / whole).min() * np.exp(strength * rng.uniform(-0.35, 0.35)))
    else:
        x, y, extent = crop
        centre = np.array([x, y]) + strength * rng.normal(0, 1, 2) * REFINEMENT_SHIFT * extent
        zoom = float(width / (crop_size_factor * extent) * np.exp(strength * rng.uniform(-1, 1) * crop_zoom))
    stretch = float(np.exp(strength * rng.uniform(-0.15, 0.15)))
    angle = float(np.deg2rad(strength * rng.normal(0, 8)))
    shear = float(strength * rng.normal(0, 0.08))
    mirror = -1.0 if rng.random() < 0.5 * min(1.0, strength) else 1.0
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    linear = turn @ np.array([[1, shear], [0, 1]]) @ np.diag([mirror * zoom * stretch, zoom / stretch])
    shift = np.array(size) / 2 - linear @ centre
    matrix = np.hstack([linear, shift[:, None]])
    view = cv2.warpAffine(averaged(image, zoom), matrix, size, flags=cv2.INTER_LINEAR)
    targets = cv2.warpAffine(masks, matrix, size, flags=cv2.INTER_LINEAR).reshape(height, width, -1)
    return np.asarray(view, np.uint8), (targets > 0.5).astype(np.float32).transpose(2, 0, 1)


def random_intensity(
    image: Grey, rng: Rng, *, strength: float = 1.0, speckle: float = 0.3, speckle_share: float = 0.3
) -> Grey:
    """Vary what another machine, preset or codec would: each change is applied with a chance of about a third.

    Parameters
    ----------
    image : ndarray of uint8, (H, W)
    rng : numpy.random.Generator
    strength : float
        Each change is so many times as frequent.
    speckle, speckle_share : float
        Of the noise that multiplies the greys: its largest standard deviation, and how often it is applied.

    Returns
    -------
    ndarray of uint8, (H, W)
    """
    changes: tuple[tuple[Callable[[Grey, Rng], Grey], float], ...] = (
        (_clahe, 0.15),
        (_gain, 0.4),
        (_gamma, 0.4),
        (_contrast, 0.4),
        (partial(_speckle, most=speckle), speckle_share),
        (_blur, 0.2),
        (_compression, 0.2),
    )
    for change, chance in changes:
        if rng.random() < chance * strength:
            image = change(image, rng)
    return image


def _gamma(image: Grey, rng: Rng) -> Grey:
    table = 255 * (np.arange(256) / 255) ** np.exp(rng.uniform(-0.6, 0.6))
    return np.asarray(table.astype(np.uint8)[image], np.uint8)


def _contrast(image: Grey, rng: Rng) -> Grey:
    values = image.astype(np.float32)
    mean = values.mean()
    return as_grey((values - mean) * rng.uniform(0.6, 1.5) + mean + rng.uniform(-20, 20))


def _clahe(image: Grey, rng: Rng) -> Grey:
    equaliser = cv2.createCLAHE(clipLimit=float(rng.uniform(1, 4)), tileGridSize=(4, 4))
    return np.asarray(equaliser.apply(image), np.uint8)


def _gain(image: Grey, rng: Rng) -> Grey:
    """Vary the gain with depth (TGC) and across the probe (contact), smoothly, as a few sliders would."""
    height, width = image.shape
    depth = cv2.resize(rng.uniform(0.6, 1.4, (5, 1)), (1, height), interpolation=cv2.INTER_CUBIC)
    across = cv2.resize(rng.uniform(0.75, 1.25, (1, 4)), (width, 1), interpolation=cv2.INTER_CUBIC)
    return as_grey(image * depth * across)


def _speckle(image: Grey, rng: Rng, *, most: float) -> Grey:
    height, width = image.shape
    grains = rng.standard_normal((height, width)).astype(np.float32)
    noise = cv2.GaussianBlur(grains, (0, 0), sigmaX=rng.uniform(0.6, 2), sigmaY=rng.uniform(0.4, 1))
    return as_grey(image * (1 + noise / max(float(noise.std()), 1e-6) * rng.uniform(0.05, most)))


def _blur(image: Grey, rng: Rng) -> Grey:
    blurred = cv2.GaussianBlur(image, (0, 0), sigmaX=rng.uniform(0.4, 1.5), sigmaY=rng.uniform(0.3, 1))
    return np.asarray(blurred, np.uint8)


def _compression(image: Grey, rng: Rng) -> Grey:
    _, coded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(25, 80))])
    return np.asarray(cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE), np.uint8)


def beside_a_vessel(view: Grey, nerve: npt.NDArray[np.float32], rng: Rng) -> Grey:
    """Paint a vessel at one end of the nerve: dark and round, its wall bright, the tissue below it brighter.

    A persistent median artery touches the nerve in a few of the people there are images of; networks that saw no other
    took it for a part of the nerve.

    Parameters
    ----------
    view : ndarray of uint8, (H, W)
    nerve : ndarray of float32, (H, W)
        1 inside; nothing is painted there.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of uint8, (H, W)
    """
    rows, columns = np.nonzero(nerve > 0.5)
    if not len(rows):
        return view
    thickness = float(rows.max() - rows.min() + 1)
    height = thickness * rng.uniform(0.25, 0.6)
    width = height * rng.uniform(0.8, 1.5)
    side = 1 if rng.random() < 0.5 else -1
    end = columns.max() if side > 0 else columns.min()
    x = end + side * width * (1 + rng.uniform(-0.25, 0.8))
    y = rows[np.abs(columns - end) <= 3].mean() + rng.normal(0, 0.35) * thickness
    yy, xx = np.mgrid[: view.shape[0], : view.shape[1]].astype(np.float32)
    free = 1 - nerve
    distance = np.sqrt(((xx - x) / width) ** 2 + ((yy - y) / height) ** 2)
    below = (
        np.clip(1 - np.abs(xx - x) / width, 0, 1) * (yy > y) * np.clip(1 - (yy - y - height) / (1.5 * thickness), 0, 1)
    )
    wall = np.exp(-(((distance - 1.12) / 0.12) ** 2)) * rng.uniform(0, 60)
    around = view * (1 + below * rng.uniform(0, 0.6)) + wall * free
    dark = rng.uniform(0, 30) + rng.normal(0, 6, view.shape)
    share = np.clip((1.08 - distance) / 0.16, 0, 1) * free
    painted = around * (1 - share) + dark * share
    return as_grey(np.where(share > 0, cv2.GaussianBlur(painted, (0, 0), 0.6), around))
