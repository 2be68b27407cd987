"""Where the nerve moved to over a clip: the path of its centre across the image."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np

from nerveapp.domain.measurement import FrameMeasurement, Morphometry


@dataclass(frozen=True, slots=True)
class PathPoint:
    """The centre of the outline in one frame.

    Parameters
    ----------
    frame : int
        Index of the decoded frame.
    time_s : float
        Presentation time from the first frame.
    x, y : float
        Position relative to the start, in the path's unit; x to the image's right, y down.
    """

    frame: int
    time_s: float
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class DisplacementPath:
    """The path of the nerve's centre in the plane of the image.

    Parameters
    ----------
    unit : str
        "mm", or "px" where no frame has millimetres.
    start : int
        Frame that it is relative to: the first sure one, as for the displacement of a frame.
    runs : tuple of tuple of PathPoint
        Uninterrupted stretches in order: a frame without a sure position ends one. At least one, none empty.
    left_out : int
        Outlined frames without a sure position: flagged, or outside of the calibrated region.
    """

    unit: str
    start: int
    runs: tuple[tuple[PathPoint, ...], ...]
    left_out: int

    @property
    def points(self) -> tuple[PathPoint, ...]:
        """All points in order."""
        return tuple(point for run in self.runs for point in run)

    @property
    def range_x(self) -> float:
        """How far it moved from side to side, in the unit."""
        return float(np.ptp([point.x for point in self.points]))

    @property
    def range_y(self) -> float:
        """How far it moved in depth, in the unit."""
        return float(np.ptp([point.y for point in self.points]))

    @property
    def excursion(self) -> float:
        """Total excursion: the distance between its two positions farthest apart, in the unit."""
        places = np.array([(point.x, point.y) for point in self.points], np.float32)
        places[places == 0] = 0.0  # of a zero and a minus zero alone OpenCV gives no hull
        hull = cv2.convexHull(places)[:, 0]
        return max(math.dist(here, there) for here in hull for there in hull)

    @property
    def length(self) -> float:
        """Length of the path, all runs together, in the unit; the outline's jitter from frame to frame adds to it."""
        return sum(math.dist((a.x, a.y), (b.x, b.y)) for run in self.runs for a, b in pairwise(run))


def displacement_path(frames: Sequence[FrameMeasurement]) -> DisplacementPath | None:
    """Follow the centre of the outline through a clip.

    Parameters
    ----------
    frames : sequence of FrameMeasurement
        All frames in order.

    Returns
    -------
    DisplacementPath or None
        In millimetres if any frame has them, else in pixels. Flagged frames are left out as long as there are others:
        a doubtful outline is no movement. None where nothing is outlined.
    """
    unit = "mm" if any(frame.mm is not None for frame in frames) else "px"
    placed = {frame.frame: shape for frame in frames if (shape := _shape(frame, unit)) is not None}
    if not placed:
        return None
    sure = {frame.frame for frame in frames if frame.frame in placed and not frame.flagged} or set(placed)
    start = min(sure)
    origin, runs, run = placed[start], list[tuple[PathPoint, ...]](), list[PathPoint]()
    for frame in frames:
        if frame.frame in sure:
            here = placed[frame.frame]
            x, y = here.centroid_x - origin.centroid_x, here.centroid_y - origin.centroid_y
            run.append(PathPoint(frame.frame, frame.time_s, x, y))
        elif run:
            runs.append(tuple(run))
            run = []
    if run:
        runs.append(tuple(run))
    outlined = sum(frame.px is not None for frame in frames)
    return DisplacementPath(unit=unit, start=start, runs=tuple(runs), left_out=outlined - len(sure))


def _shape(frame: FrameMeasurement, unit: str) -> Morphometry | None:
    return frame.mm if unit == "mm" else frame.px
