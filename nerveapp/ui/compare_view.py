"""The Compare page: two readers, their figures, a Bland-Altman plot whose points open the frames behind them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import streamlit as st

from nerveapp.analysis.rater_agreement import FEWEST_PAIRS, BlandAltman, Interval, bland_altman, icc_agreement
from nerveapp.analysis.rendering import draw_difference
from nerveapp.domain.view import Nerve, Site
from nerveapp.ports import AnnotationStore
from nerveapp.ui.charts import bland_altman_figure
from nerveapp.ui.plain_text import plain
from nerveapp.ui.view_form import in_words
from nerveapp.ui.words import counted
from nerveapp.workflows.blinded_reading import adjudicated
from nerveapp.workflows.compare import Outlines, Pair, Reader, ReaderKind, all_calibrated, compare, gather, of_view


def compare_readers(store: AnnotationStore) -> None:
    """Draw the page."""
    found = gather(store)
    if len(found.readers) < 2:
        st.info(
            "Nothing to compare yet. Save corrections on the Correct page: the model and each rater are readers then.",
            icon=":material/compare:",
        )
        return
    pairs, first, second = _choose(found)
    if not pairs:
        st.info("These two have no frame in common.", icon=":material/join_inner:")
        return
    calibrated = all_calibrated(pairs)
    _figures(pairs, first, second, calibrated=calibrated)
    plot_column, frame_column = st.columns([1.3, 1], gap="medium")
    with plot_column:
        chosen = _plot(pairs, calibrated=calibrated)
    with frame_column:
        _frame(store, pairs[chosen], first, second)
        _adjudicate(store, pairs[chosen], first, second)
    with st.expander(f"All {len(pairs)} frames as a table"):
        st.dataframe([_row(pair, calibrated=calibrated) for pair in pairs], hide_index=True, height=320)


def _choose(found: Outlines) -> tuple[list[Pair], Reader, Reader]:
    columns = st.columns([1.3, 1.3, 1, 1])
    likely_first, likely_second = found.likely_pair
    first = columns[0].selectbox(
        "First reader", found.readers, found.readers.index(likely_first), format_func=str, key="compare-first"
    )
    others = [reader for reader in found.readers if reader != first]
    likely = others.index(likely_second) if likely_second in others else 0
    second = columns[1].selectbox("Second reader", others, likely, format_func=str, key="compare-second")
    nerve = columns[2].selectbox("Nerve", [None, *Nerve], format_func=_any, key="compare-nerve")
    site = columns[3].selectbox("Site", [None, *Site], format_func=_any, key="compare-site")
    return compare(found, first, second, keep=of_view(nerve, site)), first, second


def _any(value: Nerve | Site | None) -> str:
    return "Any" if value is None else in_words(value)


def _figures(pairs: Sequence[Pair], first: Reader, second: Reader, *, calibrated: bool) -> None:
    clips = {pair.clip.sha256 for pair in pairs}
    people = {pair.clip.subject or pair.clip.sha256 for pair in pairs}
    of = f"{counted(len(clips), 'clip')}, {counted(len(people), 'person', 'people')}"
    st.caption(f"{counted(len(pairs), 'frame')} of {of}. First minus second.")
    if ReaderKind.MODEL in (first.kind, second.kind):
        st.caption(
            "A correction starts from the model's outline, so the two agree more than a tracing made without it would."
        )
    outside = sum(pair.clip.calibration is not None and not pair.calibrated for pair in pairs)
    if outside:
        st.caption(
            f"Areas are in px²: in {counted(outside, 'frame')} an outline lies outside of the region that the clip's "
            "calibration holds for."
        )
    cells = st.columns(6)
    values = (
        ("Dice", _mean_sd([pair.dice for pair in pairs], 3)),
        ("IoU", _mean_sd([pair.iou for pair in pairs], 3)),
        ("HD95, px", _mean_sd([pair.hd95_px for pair in pairs], 1)),
        ("ASSD, px", _mean_sd([pair.assd_px for pair in pairs], 2)),
    )
    for cell, (label, value) in zip(cells, values, strict=False):
        cell.metric(label, value)
    if len(pairs) < FEWEST_PAIRS:
        return
    areas = np.array([pair.areas(calibrated=calibrated) for pair in pairs])
    icc = icc_agreement(areas[:, 0].tolist(), areas[:, 1].tolist())
    cells[4].metric("ICC(2,1) of area", "–" if math.isnan(icc.value) else f"{icc.value:.3f}")
    cells[4].caption("" if math.isnan(icc.value) else f"95 %: {icc.low:.3f} to {icc.high:.3f}")


def _mean_sd(values: Sequence[float | None], digits: int) -> str:
    there = np.array([value for value in values if value is not None])
    return f"{there.mean():.{digits}f} ± {there.std():.{digits}f}" if len(there) else "–"


def _plot(pairs: Sequence[Pair], *, calibrated: bool) -> int:
    """Draw areas against each other; returns the pair whose point was clicked, or the one that differs most."""
    unit = "mm²" if calibrated else "px²"
    areas = np.array([pair.areas(calibrated=calibrated) for pair in pairs])
    limits = bland_altman(areas[:, 0].tolist(), areas[:, 1].tolist()) if len(pairs) >= FEWEST_PAIRS else None
    names = [f"{pair.clip.subject or pair.clip.sha256[:8]}, frame {pair.frame}" for pair in pairs]
    event: Any = st.plotly_chart(
        bland_altman_figure(areas, limits, names, unit=unit),
        key="bland-altman",
        on_select="rerun",
        selection_mode="points",
        config={"displaylogo": False},
        alt="Difference of the areas against their mean; the same values are in the table below.",
    )
    if limits is not None:
        _say_limits(limits, unit)
    points = [point["point_index"] for point in event.selection.points if point.get("curve_number") == 0]
    return points[0] if points else int(np.abs(areas[:, 0] - areas[:, 1]).argmax())


def _say_limits(limits: BlandAltman, unit: str) -> None:
    digits = 2 if unit == "mm²" else 0

    def say(interval: Interval) -> str:
        return f"{interval.value:+.{digits}f} ({interval.low:+.{digits}f} to {interval.high:+.{digits}f}) {unit}"

    st.caption(
        f"Bias {say(limits.bias)}; limits of agreement {say(limits.lower)} and {say(limits.upper)}. In brackets 95 % "
        "intervals, as if frames were independent: those of one clip are not, and the true intervals are wider. "
        "Click a point to see its frame."
    )


def _frame(store: AnnotationStore, pair: Pair, first: Reader, second: Reader) -> None:
    image = store.image(pair.clip.sha256, pair.frame)
    st.image(
        draw_difference(image, pair.first.unpack(), pair.second.unpack()),
        width="stretch",
        caption=f"{plain(pair.clip.subject or pair.clip.sha256[:8])}, frame {pair.frame}: green {plain(str(second))} "
        f"alone, magenta {plain(str(first))} alone. Dice {pair.dice:.3f}.",
    )


def _adjudicate(store: AnnotationStore, pair: Pair, first: Reader, second: Reader) -> None:
    with st.popover("Adjudicate this frame", icon=":material/gavel:"):
        rater = st.text_input("Adjudicated by (code)", placeholder="R0", key="adjudicator")
        for which, reader, mask in (("first", first, pair.first), ("second", second, pair.second)):
            if st.button(f"{plain(str(reader))} is right", disabled=not rater, key=f"adjudicate-{which}"):
                place = (pair.clip.sha256, pair.frame)
                store.save(adjudicated(place, mask, rater=rater, now=datetime.now(UTC)))
                st.success("It stands beside the raters' outlines as adjudicated.", icon=":material/check:")


def _row(pair: Pair, *, calibrated: bool) -> dict[str, str | int | float | None]:
    unit = "mm²" if calibrated else "px²"
    one, other = pair.areas(calibrated=calibrated)
    return {
        "subject": pair.clip.subject,
        "clip": pair.clip.sha256[:8],
        "frame": pair.frame,
        "nerve": pair.clip.view.nerve.value,
        "site": pair.clip.view.site.value,
        "Dice": round(pair.dice, 4),
        "IoU": round(pair.iou, 4),
        "HD95 px": pair.hd95_px,
        "ASSD px": pair.assd_px,
        f"first area {unit}": one,
        f"second area {unit}": other,
        f"difference {unit}": one - other,
    }
