"""What limits the use of a clip's metrics."""

from __future__ import annotations

from nerveapp.domain.analysis import Analysis
from nerveapp.domain.measurement import FrameMeasurement, Summary
from nerveapp.domain.norms import LARGEST_NERVE_MM2, LONGEST_DIAMETER_MM, SMALLEST_NERVE_MM2, is_area_of_a_nerve

LARGEST_SHARE = 0.5
"""An outline of a larger share of its frame is no nerve, whatever the scale."""


def outside_region(summary: Summary) -> str | None:
    """State how many outlines lie, at least in part, outside of the calibrated region; None where none does."""
    if summary.uncalibrated == 0:
        return None
    if summary.outside:
        return "The nerve lies outside of the calibrated region wherever it was found: there are no areas in mm²."
    return (
        f"In {summary.uncalibrated} of {summary.outlined} outlined frames the nerve lies outside of the calibrated "
        "region, at least in part: these have no area in mm² and are not in the metrics."
    )


def implausible(analysis: Analysis) -> tuple[str, ...]:
    """List why a clip's areas are no findings, though they can be computed.

    Returns
    -------
    tuple of str
        Reasons in words, each a clause without a full stop: most frames are flagged for review, or the largest or the
        median outline is none of a nerve. () where nothing speaks against the areas, and where there are none.
    """
    summary = analysis.summary
    reasons = []
    if mostly_flagged(summary):
        one = summary.frames == 1
        frames = "the frame is" if one else f"{summary.flagged} of {summary.frames} frames are"
        reasons.append(f"{frames} flagged for review")
    return (*reasons, *implausible_outlines(analysis))


def implausible_outlines(analysis: Analysis) -> tuple[str, ...]:
    """List why the largest or the median outline of a clip is none of a nerve, as `implausible` does."""
    summary, frame_px = analysis.summary, analysis.clip.width * analysis.clip.height
    judged = {summary.area_max_frame: "largest"}
    judged.setdefault(summary.area_median_frame, "median")
    return tuple(
        f"the {which} outline, of frame {index}, {fault}"
        for index, which in judged.items()
        for fault in ([] if index is None else faults_of(analysis.frames[index], frame_px))
    )


def mostly_flagged(summary: Summary) -> bool:
    """Say whether most frames of a clip that has areas are flagged for review."""
    return summary.area_max is not None and summary.flagged > summary.frames / 2


def faults_of(frame: FrameMeasurement, frame_px: int) -> list[str]:
    """List why an outline is none of a nerve, each a clause without a subject; `frame_px` is the frame's area."""
    faults = []
    if frame.px is not None and frame.px.area > LARGEST_SHARE * frame_px:
        faults.append(f"fills {frame.px.area / frame_px:.0%} of the frame")
    if frame.mm is None:
        return faults
    if not is_area_of_a_nerve(frame.mm.area):
        nerves = f"{SMALLEST_NERVE_MM2:g} to {LARGEST_NERVE_MM2:g} mm²"
        faults.append(f"has {frame.mm.area:.2f} mm², which no nerve has ({nerves})")
    if frame.mm.major_diameter > LONGEST_DIAMETER_MM:
        faults.append(f"is {frame.mm.major_diameter:.1f} mm across, and no nerve more than {LONGEST_DIAMETER_MM:g} mm")
    return faults
