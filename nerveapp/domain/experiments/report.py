"""What a training found out about its model, and what was measured of it later."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from nerveapp.domain.experiments.recipe import Recipe
from nerveapp.domain.experiments.results import ImageScore
from nerveapp.domain.experiments.split import SplitKind
from nerveapp.domain.score import Score
from nerveapp.domain.segmentation import Polygon
from nerveapp.domain.view import View


@dataclass(frozen=True, slots=True)
class TestedFrame:
    """A frame that was held out, and how it was outlined.

    Parameters
    ----------
    score : ImageScore
        Its group is the person.
    part : int
        In which part of the split it was held out, from 0.
    clip : str
        Hash of its clip; "" for a still.
    frame : int
        Index of the decoded frame.
    view : View or None
        Nerve, site and side, where they are known.
    traced : tuple of polygons
        Points (x, y) on the source grid of each traced part.
    """

    score: ImageScore
    part: int
    clip: str
    frame: int
    view: View | None
    traced: tuple[Polygon, ...] = ()

    __test__ = False  # pytest takes names that begin with Test for tests


@dataclass(frozen=True, slots=True)
class SplitScore:
    """The metrics of one way of keeping frames apart.

    Parameters
    ----------
    split : SplitKind or None
        None for a set that nobody was trained on, measured later.
    leakage : float or None
        Share of test frames within two frames of a training frame; None where nothing was trained, or clips are
        not known.
    training_frames, training_people : int
        Learnt from, on average over the parts.
    score : Score
        Over all test frames.
    """

    split: SplitKind | None
    leakage: float | None
    training_frames: int
    training_people: int
    score: Score


@dataclass(frozen=True, slots=True)
class TrainingReport:
    """A model, how it was made and how it did.

    Parameters
    ----------
    model, sha256 : str
        Name, and hash of its weights.
    made_at : datetime
        With a time zone.
    recipe : Recipe
        Every setting.
    splits : tuple of SplitScore
        Its own split first, then frames at random where that was asked for, then sets measured later.
    frames : tuple of TestedFrame
        Of its own split.
    versions : tuple of (str, str)
        Software.
    """

    model: str
    sha256: str
    made_at: datetime
    recipe: Recipe
    splits: tuple[SplitScore, ...]
    frames: tuple[TestedFrame, ...]
    versions: tuple[tuple[str, str], ...]
