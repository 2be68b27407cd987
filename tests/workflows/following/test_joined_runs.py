from collections.abc import Iterable

import numpy as np
import pytest

from nerveapp.analysis.tracking import NerveAppearance, Track
from nerveapp.analysis.transforms import Window
from nerveapp.domain.clip import Frame
from nerveapp.domain.segmentation import Mask, PredictedMask
from nerveapp.domain.tracking import How
from nerveapp.workflows.following.joined_runs import Joined, Run, Seen

IMAGE = np.zeros((120, 200), np.uint8)
NOTHING = np.zeros((1, 1), np.float32)


def disc(x: float, radius: float) -> Mask:
    across, down = np.meshgrid(np.arange(IMAGE.shape[1]), np.arange(IMAGE.shape[0]))
    return np.asarray(np.hypot(across - x, down - 60) < radius, np.bool_)


def track(x: float, radius: float, confidence: float) -> Track:
    outline = PredictedMask(disc(x, radius), confidence, 1)
    return Track(outline, Window(x, 60, 80, 96, 160), IMAGE, NOTHING, NerveAppearance(1.0, 0.0))


def run(key: int, frames: Iterable[int], radius: float, confidence: float = 0.9, x: float = 80) -> Run:
    """A nerve followed from a key frame, a px to the right with each frame."""
    tracks = {index: track(x + index, radius, confidence) for index in frames}
    start = track(x + key, radius, confidence)
    return Run(Seen(start.outline, start, key, 0.9, nerve=0), tracks)


def areas(joined: Joined, frames: Iterable[int]) -> list[float]:
    outlines = [joined.outline(Frame(index, index / 25, IMAGE)) for index in frames]
    assert all(one.how is How.FOLLOWED for one in outlines)
    return [float(np.count_nonzero(one.predicted.mask)) for one in outlines]


def test_two_directions_that_differ_meet_without_a_jump() -> None:
    joined = Joined(0, run(0, range(1, 13), 20), run(24, range(11, 24), 26))
    along = areas(joined, range(1, 24))
    assert along[0] == pytest.approx(np.pi * 20**2, rel=0.05)
    assert along[-1] == pytest.approx(np.pi * 26**2, rel=0.05)
    steps = np.abs(np.diff(along)) / np.mean(along)
    assert steps.max() < 0.08, "from one to the other at once would be a step of half the area"
    assert joined.outline(Frame(3, 0.1, IMAGE)).source == 0
    assert joined.outline(Frame(20, 0.8, IMAGE)).source == 24


def test_where_they_outline_something_else_the_surer_one_counts() -> None:
    joined = Joined(0, run(0, range(1, 24), 20, 0.5), run(24, range(1, 24), 20, 0.9, x=20))
    outline = joined.outline(Frame(12, 0.5, IMAGE))
    assert np.array_equal(outline.predicted.mask, disc(20 + 12, 20))
    assert outline.source == 24


def test_one_direction_alone_stays_as_it_was_followed() -> None:
    joined = Joined(0, run(0, range(1, 9), 20), None)
    assert np.array_equal(joined.outline(Frame(5, 0.2, IMAGE)).predicted.mask, disc(85, 20))
    assert joined.outline(Frame(9, 0.36, IMAGE)).how is How.LOST
