"""The Compare page: two readers, their metrics, a Bland-Altman plot whose points open the frames behind them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from nerveapp.analysis.rater_agreement import FEWEST_PAIRS, BlandAltman, Interval, bland_altman, icc_agreement
from nerveapp.analysis.rendering import draw_difference
from nerveapp.clock import now
from nerveapp.domain.actor import Actor
from nerveapp.domain.annotation import State
from nerveapp.domain.counted import counted
from nerveapp.ports import AnnotationStore
from nerveapp.ui.charts import bland_altman_figure
from nerveapp.ui.plain_text import plain
from nerveapp.ui.view_filter import choose_by_view
from nerveapp.workflows.blinded_reading import adjudicate
from nerveapp.workflows.compare import FramePair, Outlines, Reader, ReaderKind, all_calibrated, compare, gather
from nerveapp.workflows.withdraw import withdraw_adjudicated

_GATHERED = "gathered-to-compare"
_NO_ICC = "ICC of area: none, since all areas are the same; it says how much of their variation readers share."


@dataclass(frozen=True, slots=True)
class _Gathered:
    """What the store held, and what was compared of it: read anew only where something was drawn or described since."""

    asked: tuple[object, ...]
    outlines: Outlines
    compared: dict[tuple[Reader, Reader], list[FramePair]]

    def pairs_of(self, first: Reader, second: Reader) -> list[FramePair]:
        if (first, second) not in self.compared:
            self.compared[first, second] = compare(self.outlines, first, second)
        return self.compared[first, second]


def compare_readers(store: AnnotationStore) -> None:
    """Draw the page."""
    found = _gathered(store)
    if len(found.outlines.readers) < 2:
        st.info(
            "Nothing to compare yet. Save corrections on the Correct page: the model and each rater are readers then.",
            icon=":material/compare:",
        )
        return
    pairs, first, second = _choose(found)
    if not pairs:
        st.info("These two have no frame in common.", icon=":material/join_inner:")
        return
    if not any(reader.kind is ReaderKind.MODEL for reader in found.outlines.readers):
        st.caption("A model is a reader of the frames whose outline by it was corrected: none was yet.")
    pairs = _of_one_unit(pairs)
    calibrated = all_calibrated(pairs)
    _metrics(pairs, first, second, calibrated=calibrated)
    plot_column, frame_column = st.columns([1.3, 1], gap="medium")
    with plot_column:
        chosen = _plot(pairs, calibrated=calibrated)
    with frame_column:
        _frame(store, pairs[chosen], first, second)
        _adjudicate(store, pairs[chosen], first, second)
    table = st.expander(f"All {len(pairs)} frames as a table", key="compare-table", on_change="rerun")
    if table.open:
        table.dataframe([_row(pair, calibrated=calibrated) for pair in pairs], hide_index=True, height=320)


def _gathered(store: AnnotationStore) -> _Gathered:
    asked = (store.revision(), store.clips())
    known: _Gathered | None = st.session_state.get(_GATHERED)
    if known is None or known.asked != asked:
        known = st.session_state[_GATHERED] = _Gathered(asked, gather(store), {})
    return known


def _choose(found: _Gathered) -> tuple[list[FramePair], Reader, Reader]:
    columns = st.columns([1.3, 1.3, 1, 1])
    readers = found.outlines.readers
    likely_first, likely_second = found.outlines.likely_pair
    first = columns[0].selectbox(
        "First reader", readers, readers.index(likely_first), format_func=str, key="first", bind="query-params"
    )
    others = [reader for reader in readers if reader != first]
    likely = others.index(likely_second) if likely_second in others else 0
    second = columns[1].selectbox("Second reader", others, likely, format_func=str, key="second", bind="query-params")
    keep = choose_by_view(columns[2], columns[3], key="compare")
    return [pair for pair in found.pairs_of(first, second) if keep(pair.clip)], first, second


def _of_one_unit(pairs: list[FramePair]) -> list[FramePair]:
    """Offer the frames in millimetres alone, where there are others beside them."""
    in_mm = [pair for pair in pairs if pair.calibrated]
    if not 0 < len(in_mm) < len(pairs):
        return pairs
    others = len(pairs) - len(in_mm)
    alone = st.toggle(
        f"Only the {counted(len(in_mm), 'frame')} in millimetres: {others} more have pixels alone",
        value=len(in_mm) >= FEWEST_PAIRS,
        key="compare-mm",
    )
    return in_mm if alone else pairs


def _metrics(pairs: Sequence[FramePair], first: Reader, second: Reader, *, calibrated: bool) -> None:
    clips = {pair.clip.sha256 for pair in pairs}
    people = {pair.clip.subject or pair.clip.sha256 for pair in pairs}
    of = f"{counted(len(clips), 'clip')}, {counted(len(people), 'person')}"
    st.caption(f"{counted(len(pairs), 'frame')} of {of}. First minus second.")
    if ReaderKind.MODEL in (first.kind, second.kind):
        st.caption(
            "A correction starts from the model's outline, so the two agree more than for a tracing made without it."
        )
    outside = sum(pair.clip.calibration is not None and not pair.calibrated for pair in pairs)
    if outside:
        st.caption(
            f"Areas are in px²: in {counted(outside, 'frame')} an outline lies outside of the region that the clip's "
            "calibration holds for."
        )
    if not calibrated and len(clips) > 1:
        st.warning(
            "These areas are in pixels, whose size differs from clip to clip: ICC, bias and limits of agreement over "
            "several clips mix them. Calibrate the clips on Analyse, or choose one nerve and site of one scale.",
            icon=":material/straighten:",
        )
    sized = [pair for pair in pairs if pair.both_outlined]
    _tell_of_empty_ones(pairs)
    values = [
        ("Dice", _mean_sd([pair.dice for pair in pairs], 3)),
        ("IoU", _mean_sd([pair.iou for pair in pairs], 3)),
        ("HD95", _distances([(pair.hd95_px, pair.hd95_mm) for pair in pairs], 1)),
        ("Mean distance", _distances([(pair.assd_px, pair.assd_mm) for pair in pairs], 2)),
    ]
    interval = f"ICC of area: not of fewer than {FEWEST_PAIRS} frames that both outline."
    if len(sized) >= FEWEST_PAIRS:
        areas = np.array([pair.areas(calibrated=calibrated) for pair in sized])
        icc = icc_agreement(areas[:, 0].tolist(), areas[:, 1].tolist())
        known = not math.isnan(icc.value)
        values.append(("ICC(2,1) of area", f"{icc.value:.3f}" if known else "–"))
        interval = f"ICC of area, 95 %: {icc.low:.3f} to {icc.high:.3f}." if known else _NO_ICC
    with st.container(horizontal=True, gap="medium"):  # they wrap: no figure is cut on a narrow screen
        for label, value in values:
            st.metric(label, value, width="content")
    st.caption(interval)


def _tell_of_empty_ones(pairs: Sequence[FramePair]) -> None:
    neither = sum(not any(pair.areas_px) for pair in pairs)
    one = sum(not pair.both_outlined for pair in pairs) - neither
    said = [f"In {counted(one, 'frame')} one of both outlines no nerve (Dice 0)"] if one else []
    said += [f"{'in' if said else 'In'} {counted(neither, 'frame')} neither outlines one (Dice 1)"] if neither else []
    if said:
        st.caption(f"{', '.join(said)}: that counts in Dice and IoU, and not in ICC, bias and limits of agreement.")


def _distances(values: Sequence[tuple[float | None, float | None]], digits: int) -> str:
    """Give distances in mm where every pair has them, else in px."""
    found = [(px, mm) for px, mm in values if px is not None]
    if found and all(mm is not None for _, mm in found):
        return f"{_mean_sd([mm for _, mm in found], digits + 1)} mm"
    return f"{_mean_sd([px for px, _ in found], digits)} px" if found else "–"


def _mean_sd(values: Sequence[float | None], digits: int) -> str:
    """Give mean and standard deviation of a sample (over n - 1); of one value there is no deviation."""
    there = np.array([value for value in values if value is not None])
    if len(there) == 0:
        return "–"
    deviation = f" ± {there.std(ddof=1):.{digits}f}" if len(there) > 1 else ""
    return f"{there.mean():.{digits}f}{deviation}"


def _plot(pairs: Sequence[FramePair], *, calibrated: bool) -> int:
    """Draw areas against each other; returns the pair whose point was clicked, or the one that differs most."""
    unit = "mm²" if calibrated else "px²"
    sized = [number for number, pair in enumerate(pairs) if pair.both_outlined]
    drawn = sized or list(range(len(pairs)))
    areas = np.array([pairs[number].areas(calibrated=calibrated) for number in drawn])
    limits = bland_altman(areas[:, 0].tolist(), areas[:, 1].tolist()) if len(sized) >= FEWEST_PAIRS else None
    names = [f"{pairs[one].clip.subject or pairs[one].clip.sha256[:8]}, frame {pairs[one].frame}" for one in drawn]
    event: Any = st.plotly_chart(
        bland_altman_figure(areas, limits, names, unit=unit),
        key="bland-altman",
        on_select="rerun",
        selection_mode="points",
        config={"displaylogo": False},
        alt="Difference of the areas against their mean; the same values are in the table below.",
    )
    if limits is not None:
        _show_limits(limits, unit)
    points = [point["point_index"] for point in event.selection.points if point.get("curve_number") == 0]
    at = points[0] if points and points[0] < len(drawn) else int(np.abs(areas[:, 0] - areas[:, 1]).argmax())
    return drawn[at]


def _show_limits(limits: BlandAltman, unit: str) -> None:
    digits = 2 if unit == "mm²" else 0

    def written(interval: Interval) -> str:
        return f"{interval.value:+.{digits}f} ({interval.low:+.{digits}f} to {interval.high:+.{digits}f}) {unit}"

    st.caption(
        f"Bias {written(limits.bias)}; limits of agreement {written(limits.lower)} and {written(limits.upper)}. "
        "In brackets 95 % intervals, as if frames were independent: those of one clip are not, and the true intervals "
        "are wider. "
        "Click a point to see its frame."
    )


def _frame(store: AnnotationStore, pair: FramePair, first: Reader, second: Reader) -> None:
    image = store.image(pair.clip.sha256, pair.frame)
    st.image(
        draw_difference(image, pair.first.mask.unpack(), pair.second.mask.unpack()),
        width="stretch",
        caption=f"{plain(pair.clip.subject or pair.clip.sha256[:8])}, frame {pair.frame}. Green: outlined by "
        f"{plain(str(second))} only, magenta: by {plain(str(first))} only. Dice {pair.dice:.3f}.",
    )


def _adjudicate(store: AnnotationStore, pair: FramePair, first: Reader, second: Reader) -> None:
    with st.popover("Adjudicate this frame", icon=":material/gavel:"):
        rater = st.text_input("Adjudicated by (code)", placeholder="Your code", key="adjudicator")
        for which, reader, outline in (("first", first, pair.first), ("second", second, pair.second)):
            if st.button(f"{plain(str(reader))} is right", disabled=not rater, key=f"adjudicate-{which}"):
                key = (pair.clip.sha256, pair.frame)
                adjudicate(store, key, outline, actor=Actor(rater), now=now())
                st.success("It stands beside the raters' outlines as adjudicated.", icon=":material/check:")
        _withdraw(store, pair, rater)


def _withdraw(store: AnnotationStore, pair: FramePair, rater: str) -> None:
    for agreed in store.latest(clip_sha256=pair.clip.sha256, frame=pair.frame, states={State.ADJUDICATED}):
        line, button = st.columns([2, 1], vertical_alignment="center")
        line.caption(f"Adjudicated by {plain(agreed.rater)}, {agreed.made_at:%Y-%m-%d}.")
        own = agreed.rater == rater
        if button.button("Withdraw", disabled=not own, help="By whoever adjudicated.", key=f"withdraw-{agreed.rater}"):
            withdraw_adjudicated(store, agreed, actor=Actor(rater), now=now())
            st.rerun()


def _row(pair: FramePair, *, calibrated: bool) -> dict[str, str | int | float | None]:
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
        "HD95 mm": pair.hd95_mm,
        "ASSD px": pair.assd_px,
        "ASSD mm": pair.assd_mm,
        f"first area {unit}": one,
        f"second area {unit}": other,
        f"difference {unit}": one - other,
    }
