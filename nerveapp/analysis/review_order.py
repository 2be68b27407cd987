"""Which frames of a clip to look at first, and the fewest that cover its doubt."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from nerveapp.domain.measurement import FrameMeasurement
from nerveapp.domain.segmentation import Flag

FLAG_DOUBT = {
    Flag.NO_NERVE: 0.5,
    Flag.AREA_JUMP: 0.4,
    Flag.LOW_CONFIDENCE: 0.3,
    Flag.SEVERAL_COMPONENTS: 0.2,
    Flag.TOUCHES_BORDER: 0.2,
}
"""What each flag adds to the doubt of a frame; a frame that jumps out of its neighbours is most likely wrong."""

REACH_FRAMES = 12
"""A corrected frame takes doubt from its neighbours up to here: its outline can be carried to them."""

REMAINS = 0.25
"""Doubt of a frame that is still to be covered; a doubtful frame has at least as much to begin with."""


def doubts(frames: Sequence[FrameMeasurement]) -> npt.NDArray[np.float64]:
    """How doubtful each frame's outline is: the Dice it is expected to lack, and what its flags add.

    Returns
    -------
    ndarray of float64, (T,)
        0 and up.
    """
    return np.array([1 - frame.confidence + sum(FLAG_DOUBT[flag] for flag in frame.flags) for frame in frames])


def fewest_to_review(frames: Sequence[FrameMeasurement], *, reach: int = REACH_FRAMES) -> list[int]:
    """Choose the fewest frames that cover a clip's doubtful ones, the most doubtful first, spread in time.

    Each choice takes doubt from its neighbours, the more the nearer they are, until no doubtful frame is left.

    Parameters
    ----------
    frames : sequence of FrameMeasurement
        All frames in order.
    reach : int
        Frames on each side that a correction helps.

    Returns
    -------
    list of int
        Positions in `frames`, of doubtful frames alone.
    """
    doubtful = np.array([frame.flagged for frame in frames], np.bool_)
    left = np.where(doubtful, np.maximum(doubts(frames), REMAINS), 0.0)
    chosen: list[int] = []
    while len(left) and left.max() >= REMAINS:
        worst = int(left.argmax())
        chosen.append(worst)
        distance = np.abs(np.arange(len(left)) - worst)
        left *= np.minimum(1.0, distance / (reach + 1))
    return chosen


def flagged_frames(frames: Sequence[FrameMeasurement]) -> list[int]:
    """Give all doubtful frames in the order in which to look at them: the fewest that cover the others, then those.

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
    doubt = doubts(frames)
    others = {place for place, frame in enumerate(frames) if frame.flagged} - set(first)
    return first + sorted(others, key=lambda place: (-doubt[place], place))
