"""From single frames to a clip: displacement, jumps between neighbours, summary."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from nerveapp.analysis.quality import area_jumps
from nerveapp.domain.calibration import Calibration
from nerveapp.domain.clip import ClipInfo
from nerveapp.domain.measurement import FrameMeasurement, Morphometry, StableRun, Summary
from nerveapp.domain.segmentation import Flag

_STABLE_RUN_S = 0.5
"""Length of the run of frames that is searched for the least variation, seconds."""

_STABLE_RUN_FRAMES = 12
"""The same in frames, of a clip without times of its own: half a second at the usual 24 frames a second."""

_FEWEST_STABLE_FRAMES = 5
"""Of slow clips: of fewer frames it is chance that they agree."""

STABLE_WITHIN = 0.15
"""Coefficient of variation of areas above which the calmest run is none: those of a still nerve vary by 1 %."""


def complete_series(frames: Sequence[FrameMeasurement], clip: ClipInfo) -> tuple[FrameMeasurement, ...]:
    """Add what needs the neighbours: displacement from where the nerve was first surely found, and area jumps.

    Parameters
    ----------
    frames : sequence of FrameMeasurement
        All frames in order, measured one by one.
    clip : ClipInfo
        What they are of. Without times of its own neighbours may be of different people, and an area that departs
        from theirs is no jump.
    """
    if not clip.timed:
        return with_displacement(frames, clip)
    jumps = area_jumps([None if frame.px is None else frame.px.area for frame in frames])
    return with_displacement(
        [
            replace(frame, flags=(*frame.flags, Flag.AREA_JUMP)) if jumped else frame
            for frame, jumped in zip(frames, jumps, strict=True)
        ],
        clip,
    )


def with_displacement(frames: Sequence[FrameMeasurement], clip: ClipInfo) -> tuple[FrameMeasurement, ...]:
    """Add each centroid's distance from that of the first outlined frame without a flag, or of the first outlined.

    Frames measured in millimetres go before those outside of the calibrated region, for both units alike. Between
    separate stills nothing moves: none has a displacement.
    """
    outlined = [frame for frame in frames if frame.mm is not None] or [
        frame for frame in frames if frame.px is not None
    ]
    if not outlined or not clip.one_movement:
        return tuple(replace(frame, displacement_px=None, displacement_mm=None) for frame in frames)
    first = next((frame for frame in outlined if not frame.flagged), outlined[0])
    return tuple(
        replace(
            frame,
            displacement_px=_distance(frame.px, first.px),
            displacement_mm=_distance(frame.mm, first.mm),
        )
        for frame in frames
    )


def _distance(here: Morphometry | None, origin: Morphometry | None) -> float | None:
    if here is None or origin is None:
        return None
    return math.hypot(here.centroid_x - origin.centroid_x, here.centroid_y - origin.centroid_y)


def summarise(frames: Sequence[FrameMeasurement], calibration: Calibration | None, clip: ClipInfo) -> Summary:
    """Reduce a clip to its summary, in mm² where calibrated and else in px².

    Areas are of frames without a flag, as long as there are any: the largest of the flagged outlines is no finding.
    An outline that lies outside of the calibrated region counts as outlined and has no area. Separate stills have no
    most stable run.
    """
    outlined = sum(frame.px is not None for frame in frames)
    measured = {
        frame: shape.area for frame in frames if (shape := frame.px if calibration is None else frame.mm) is not None
    }
    sure = {frame.frame: area for frame, area in measured.items() if not frame.flagged}
    areas = sure or {frame.frame: area for frame, area in measured.items()}
    values = np.array(list(areas.values()))
    median = statistics.median_low(areas.values()) if areas else None
    return Summary(
        unit="px²" if calibration is None else "mm²",
        calibration=calibration,
        frames=len(frames),
        outlined=outlined,
        uncalibrated=outlined - len(measured),
        unflagged=len(sure),
        flagged=sum(frame.flagged for frame in frames),
        area_max=float(values.max()) if len(values) else None,
        area_median=median,
        area_mean=float(values.mean()) if len(values) else None,
        area_sd=float(values.std()) if len(values) else None,
        area_max_frame=max(areas, key=areas.__getitem__) if areas else None,
        area_median_frame=next((frame for frame, area in areas.items() if area == median), None),
        most_stable=_most_stable(frames, areas, stable_run_frames(frames, clip)) if clip.one_movement else None,
    )


def stable_run_frames(frames: Sequence[FrameMeasurement], clip: ClipInfo) -> int:
    """Give the length in frames of the run that is searched for the least variation."""
    if not clip.timed or len(frames) < 2:
        return _STABLE_RUN_FRAMES
    step = statistics.median(later.time_s - earlier.time_s for earlier, later in pairwise(frames))
    return max(_FEWEST_STABLE_FRAMES, round(_STABLE_RUN_S / step)) if step > 0 else _STABLE_RUN_FRAMES


def _most_stable(frames: Sequence[FrameMeasurement], areas: dict[int, float], length: int) -> StableRun | None:
    values = np.array([areas.get(frame.frame, math.nan) for frame in frames])
    known = np.isfinite(values)
    if not known.any() or len(values) < length:
        return None
    middle = float(values[known].mean())
    departures = np.where(known, values - middle, 0.0)
    means = _sums(departures, length) / length
    variances = np.maximum(_sums(departures**2, length) / length - means**2, 0.0)
    variations = np.sqrt(variances) / (middle + means)
    variations[_sums(known, length) < length] = math.inf
    first = int(np.round(variations, 9).argmin())  # of runs that are alike the first
    run = values[first : first + length]
    if not np.isfinite(run).all() or (variation := float(run.std() / run.mean())) > STABLE_WITHIN:
        return None
    return StableRun(frames[first].frame, frames[first + length - 1].frame, float(run.mean()), variation)


def _sums(values: npt.NDArray[np.generic], length: int) -> npt.NDArray[np.float64]:
    """Sum each run of so many neighbours."""
    before = np.concatenate([[0.0], np.cumsum(values, dtype=float)])
    return np.asarray(before[length:] - before[:-length], np.float64)
