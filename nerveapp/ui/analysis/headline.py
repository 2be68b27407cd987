"""The metrics of a clip in big type, and the warnings above them."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from nerveapp.analysis.plausibility import implausible, outside_region
from nerveapp.analysis.series import STABLE_WITHIN, stable_run_frames
from nerveapp.domain.analysis import Analysis
from nerveapp.domain.counted import counted
from nerveapp.domain.measurement import Summary, area_in_words
from nerveapp.ui.page.plain_text import plain

_STYLE = """
.st-key-headline [data-testid=stMetricValue] { font-size: clamp(1rem, 2.2vw, 2rem); }
.st-key-headline :is([data-testid=stMetricValue], [data-testid=stMetricLabel]) * {
    white-space: normal; overflow: visible;
}
"""
"""On a tablet a third of half the page is too narrow for big type, and a number that is cut off is none."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric as it is displayed.

    Parameters
    ----------
    label : str
        What it is.
    value : str
        In big type; a dash where there is none, or none to be trusted.
    below : str
        In small type under it.
    """

    label: str
    value: str
    below: str


def headline(analysis: Analysis) -> tuple[Metric, ...]:
    """Choose the figures of a clip; an implausible area stands in small type only, as withheld."""
    summary = analysis.summary
    withheld = bool(implausible(analysis))
    found = Metric(
        "Nerve found", f"{summary.outlined} of {summary.frames}", "frame" if summary.frames == 1 else "frames"
    )
    largest = _area("Largest area", summary.area_max, summary.area_max_frame, summary, withheld=withheld)
    if summary.frames == 1:
        return (_area("Area", summary.area_max, None, summary, withheld=withheld), found, _flagged(summary))
    median = _area("Median area", summary.area_median, summary.area_median_frame, summary, withheld=withheld)
    if summary.frames < stable_run_frames(analysis.frames, analysis.clip):
        return (largest, median, found, _flagged(summary))
    return (largest, median, _most_stable(summary, withheld=withheld), found, _flagged(summary))


def show_headline(analysis: Analysis) -> None:
    """Draw the figures in rows of three."""
    with st.container(key="headline"):
        st.html(f"<style>{_STYLE}</style>")
        # The same three columns twice, so that figures stand below figures.
        cells = [*st.columns(3), *st.columns(3)]
        for cell, figure in zip(cells, headline(analysis), strict=False):
            cell.metric(figure.label, figure.value)
            cell.caption(figure.below)


def _flagged(summary: Summary) -> Metric:
    below = "frame" if summary.flagged == 1 else "frames"
    if summary.flagged and summary.area_max is not None:
        below += ", not in the areas" if summary.unflagged else "; the areas are of flagged frames too"
    return Metric("Flagged for review", str(summary.flagged), below)


def _most_stable(summary: Summary, *, withheld: bool) -> Metric:
    label, run = "Most stable area", summary.most_stable
    if run is None:
        return Metric(label, "–", f"no half second of unflagged frames varies by less than {STABLE_WITHIN:.0%}")
    number, where = area_in_words(run.mean_area, summary.unit), f"frames {run.first}–{run.last}, ± {run.variation:.1%}"
    return Metric(label, "–", f"not to be used: {number}, {where}") if withheld else Metric(label, number, where)


def _area(label: str, value: float | None, frame: int | None, summary: Summary, *, withheld: bool) -> Metric:
    if value is None:
        return Metric(label, "–", "outside of the calibrated region" if summary.outside else "no frame")
    number, where = area_in_words(value, summary.unit), "" if frame is None else f"frame {frame}"
    if not withheld:
        return Metric(label, number, where)
    return Metric(label, "–", f"not to be used: {', '.join(filter(None, (number, where)))}")


def show_remarks(analysis: Analysis) -> None:
    """Draw the warnings above the metrics."""
    summary = analysis.summary
    if analysis.truncation:
        st.warning(f"The clip is incomplete: {plain(analysis.truncation)}", icon=":material/warning:")
    if analysis.calibration is None:
        st.info(
            "**Uncalibrated.** Areas are in px² and cannot be compared between clips or with normal values. Say in the "
            "panel above how large a pixel is.",
            icon=":material/straighten:",
        )
    if (outside := outside_region(summary)) is not None:
        st.warning(f"{outside} Choose another calibration if the region is not the nerve's.", icon=":material/crop:")
    if (reasons := implausible(analysis)) != ():
        st.warning(no_finding(summary, reasons), icon=":material/visibility:")
    if summary.outlined == 0:
        st.warning(
            "**No nerve was found. Click it** in the picture below, choose the model that fits the site, or check that "
            "the clip shows a nerve in cross-section.",
            icon=":material/search_off:",
        )


def no_finding(summary: Summary, reasons: tuple[str, ...]) -> str:
    """Explain why the areas are withheld, what they are of, and what to do."""
    of = f"of {counted(summary.unflagged, 'frame')} not flagged" if summary.unflagged else "of flagged frames too"
    return (
        f"**No area is given as a result:** {'; '.join(reasons)}. What was measured is {of}. Review the outlines and "
        "the calibration before using any number; another model or a clearer clip may do better."
    )
