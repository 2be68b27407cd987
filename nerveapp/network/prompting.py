"""Where the nerve is, as a refinement stage is told by a click: a second input channel beside the grey image.

It holds a disc about the click, on the network's grid; nothing there means that nobody knows. The outline of the frame
before was tried as a prompt too: its errors feed on themselves (on phantom forearms areas grew by a fifth in ten
frames), so a nerve that is followed is told of by its middle alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Rng = np.random.Generator
PromptMap = npt.NDArray[np.float32]
"""(height, width) of the network grid, 0 to 1."""

CLICK_RADIUS = 4
"""Of the disc about a click, px of the network grid."""

CLICKED = 0.6
"""Share of the training views that have a click."""

_MIDDLE = 0.3
"""A click away from every nerve lies within this share of the view about its middle."""


@dataclass(frozen=True, slots=True)
class PromptedView:
    """A training view with its prompt.

    Parameters
    ----------
    prompt : ndarray of float32, (height, width)
    nerve : ndarray of float32, (height, width)
        What is to be outlined: the nerve that was clicked, or none; all nerves where nobody clicked.
    """

    prompt: PromptMap
    nerve: npt.NDArray[np.float32]


def click_prompt(height: int, width: int, x: float, y: float) -> PromptMap:
    """Draw a click at (x, y), px of the network grid from its top left corner."""
    drawn = np.zeros((height, width), np.float32)
    cv2.circle(drawn, (int(x), int(y)), CLICK_RADIUS, 1.0, cv2.FILLED)
    return drawn


def random_click(nerves: npt.NDArray[np.float32], chosen: npt.NDArray[np.float32], rng: Rng) -> PromptedView:
    """Click into a training view: on the nerve it is about or, where that is not in sight, near the middle.

    Parameters
    ----------
    nerves, chosen : ndarray of float32, (height, width)
        1 inside any nerve of the view, and inside the one that the view is about.
    rng : numpy.random.Generator
    """
    height, width = nerves.shape
    rows, columns = np.nonzero(chosen > 0.5)
    if len(rows):
        at = int(rng.integers(len(rows)))
        row, column = int(rows[at]), int(columns[at])
    else:
        middle = np.array([height, width]) / 2 * (1 + rng.uniform(-_MIDDLE, _MIDDLE, 2))
        row, column = int(middle[0]), int(middle[1])
    _, labels = cv2.connectedComponents((nerves > 0.5).astype(np.uint8), connectivity=8)
    here = labels[row, column]
    clicked = chosen if chosen[row, column] > 0.5 else ((labels == here) & (here > 0)).astype(np.float32)
    return PromptedView(click_prompt(height, width, column + 0.5, row + 0.5), clicked)
