"""Where the nerve is, as a refinement stage is told: by a click, or by an outline of the frame before.

Both are a second input channel beside the grey image, on the network's grid: a disc about the click, or the outline's
inside. Nothing there means that nobody knows.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from nerveapp.analysis.transforms import Grey

Rng = np.random.Generator
PromptMap = npt.NDArray[np.float32]
"""(height, width) of the network grid, 0 to 1."""

CLICK_RADIUS = 4
"""Of the disc about a click, px of the network grid."""

_CLICKED, _OUTLINED = 0.35, 0.4
"""Shares of the training views that have a click or an outline; the rest has neither."""

_MISLED = 0.5
"""Share of the views away from the nerve that have an outline nonetheless, of something that is no nerve."""

_NEARLY_NOTHING = 0.1
"""An outline that covers a smaller share of a nerve is not of it."""


@dataclass(frozen=True, slots=True)
class PromptedView:
    """A training view with its prompt.

    Parameters
    ----------
    prompt : ndarray of float32, (height, width)
    nerve : ndarray of float32, (height, width)
        What is to be outlined: all nerves where there is no prompt, else the one that the prompt is about, or none.
    """

    prompt: PromptMap
    nerve: npt.NDArray[np.float32]


def click_prompt(height: int, width: int, x: float, y: float) -> PromptMap:
    """Draw a click at (x, y), px of the network grid from its top left corner."""
    drawn = np.zeros((height, width), np.float32)
    cv2.circle(drawn, (int(x), int(y)), CLICK_RADIUS, 1.0, cv2.FILLED)
    return drawn


def outline_prompt(placed: Grey) -> PromptMap:
    """Take an outline's inside (0 to 255) on the network grid."""
    return np.asarray(placed / np.float32(255), np.float32)


def random_prompt(nerves: npt.NDArray[np.float32], chosen: npt.NDArray[np.float32], rng: Rng) -> PromptedView:
    """Choose a prompt for a training view, or none.

    Parameters
    ----------
    nerves, chosen : ndarray of float32, (height, width)
        1 inside any nerve of the view, and inside the one that the view is about.
    rng : numpy.random.Generator
    """
    nothing = PromptedView(np.zeros_like(nerves), nerves)
    central = chosen[_middle(chosen, 0.3)].any()
    kind = rng.random()
    if not central:
        if kind >= _MISLED or not chosen.any():
            return nothing
        return _misled(nerves, chosen, rng) or nothing
    if kind < _CLICKED:
        rows, columns = np.nonzero(chosen > 0.5)
        at = int(rng.integers(len(rows)))
        height, width = chosen.shape
        return PromptedView(click_prompt(height, width, columns[at] + 0.5, rows[at] + 0.5), chosen)
    if kind < _CLICKED + _OUTLINED:
        return PromptedView(_deformed(chosen, rng), chosen)
    return nothing


def _middle(values: npt.NDArray[np.float32], share: float) -> tuple[slice, slice]:
    height, width = values.shape
    top, left = round(height * (1 - share) / 2), round(width * (1 - share) / 2)
    return slice(top, height - top), slice(left, width - left)


def _misled(nerves: npt.NDArray[np.float32], chosen: npt.NDArray[np.float32], rng: Rng) -> PromptedView | None:
    """Outline the middle of a view that shows no nerve there; None if there is one after all."""
    rows, columns = np.nonzero(chosen > 0.5)
    height, width = chosen.shape
    matrix = np.array([[1, 0, width / 2 - columns.mean()], [0, 1, height / 2 - rows.mean()]], np.float64)
    prompt = _deformed(np.asarray(cv2.warpAffine(chosen, matrix, (width, height)), np.float32), rng)
    if (prompt * nerves).sum() > _NEARLY_NOTHING * min(prompt.sum(), nerves.sum()):
        return None
    return PromptedView(prompt, np.zeros_like(nerves))


def _deformed(mask: npt.NDArray[np.float32], rng: Rng) -> PromptMap:
    """Deform an outline as that of another frame, or of a first network, differs: moved, scaled, bent or cut."""
    height, width = mask.shape
    rows, columns = np.nonzero(mask > 0.5)
    size = float(np.sqrt(len(rows)))
    x, y = float(columns.mean()), float(rows.mean())
    scale = np.exp(rng.normal(0, 0.12, 2))
    angle = rng.normal(0, 0.12)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) @ np.diag(scale)
    moved = np.array([x, y]) + rng.normal(0, 0.12, 2) * size
    matrix = np.hstack([turn, (moved - turn @ np.array([x, y]))[:, None]])
    warped = cv2.warpAffine(mask, matrix, (width, height), flags=cv2.INTER_LINEAR)
    field = cv2.GaussianBlur(
        rng.standard_normal((height, width)).astype(np.float32), (0, 0), sigmaX=max(1.0, 0.25 * size)
    )
    smooth = cv2.GaussianBlur(np.asarray(warped, np.float32), (0, 0), sigmaX=max(0.5, 0.12 * size))
    level = 0.5 + 0.35 * field / max(float(np.abs(field).max()), 1e-6) + rng.normal(0, 0.08)
    bent = (smooth > np.clip(level, 0.08, 0.92)).astype(np.float32)
    return bent if bent.any() else mask
