"""Which frames of a clip to review first, and the fewest that cover its uncertainty."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from nerveapp.domain.measurement import FrameMeasurement
from nerveapp.domain.segmentation import Flag

FLAG_UNCERTAINTY = {
    Flag.NO_NERVE: 0.5,
    Flag.AREA_JUMP: 0.4,
    Flag.LOW_CONFIDENCE: 0.3,
    Flag.SEVERAL_COMPONENTS: 0.2,
    Flag.TOUCHES_BORDER: 0.2,
}
"""What each flag adds to the uncertainty of a frame; a frame that jumps out of its neighbours is most likely wrong."""

REACH_FRAMES = 12
"""A corrected frame takes uncertainty from its neighbours up to here: its outline can be propagated to them."""

REMAINS = 0.25
"""Uncertainty of a frame that is still to be covered; a flagged frame has at least as much to begin with."""


def uncertainties(frames: Sequence[FrameMeasurement]) -> npt.NDArray[np.float64]:
    """How uncertain each frame's outline is: the Dice it is expected to lack, and what its flags add.

    Returns
    -------
    ndarray of float64, (T,)
        0 and up.
    """
    return np.array([1 - frame.confidence + sum(FLAG_UNCERTAINTY[flag] for flag in frame.flags) for frame in frames])


def fewest_to_review(frames: Sequence[FrameMeasurement], *, reach: int = REACH_FRAMES) -> list[int]:
    """Choose the fewest frames that cover a clip's flagged ones, the most uncertain first, spread in time.

    Each choice takes uncertainty from its neighbours, the more the nearer they are, until no flagged frame is left.

    Parameters
    ----------
    frames : sequence of FrameMeasurement
        All frames in order.
    reach : int
        Frames on each side that a correction helps.

    Returns
    -------
    list of int
        Positions in `frames`, of flagged frames alone.
    """
    flagged = np.array([frame.flagged for frame in frames], np.bool_)
    left = np.where(flagged, np.maximum(uncertainties(frames), REMAINS), 0.0)
    chosen: list[int] = []
    while len(left) and left.max() >= REMAINS:
        worst = int(left.argmax())
        chosen.append(worst)
        distance = np.abs(np.arange(len(left)) - worst)
        left *= np.minimum(1.0, distance / (reach + 1))
    return chosen


def flagged_frames(frames: Sequence[FrameMeasurement]) -> list[int]:
    """Give all flagged frames in the order in which to review them: the fewest that cover the others, then those.

    Parameters
    ----------
    frames : sequence of FrameMeasurement
        All frames in order.

    Returns
    -------
    list of int
        Positions in `frames`; as many as the summary counts as flagged.
    """
    first = fewest_to_review(frames)
    uncertainty = uncertainties(frames)
    others = {position for position, frame in enumerate(frames) if frame.flagged} - set(first)
    return first + sorted(others, key=lambda position: (-uncertainty[position], position))
