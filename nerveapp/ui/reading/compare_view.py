"""The Compare page: two readers, their metrics, a Bland-Altman plot whose points open the frames behind them."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from nerveapp.analysis.rendering import draw_difference
from nerveapp.bootstrap import application
from nerveapp.clock import now
from nerveapp.domain.annotation import State
from nerveapp.domain.counted import counted
from nerveapp.domain.measurement import with_minus
from nerveapp.ports import AnnotationStore
from nerveapp.ui.clips.clip_names import whose_and_called
from nerveapp.ui.clips.view_filter import choose_by_view
from nerveapp.ui.page.actor import actor, ask_who
from nerveapp.ui.page.charts import bland_altman_figure
from nerveapp.ui.page.plain_text import plain
from nerveapp.ui.page.today import local
from nerveapp.workflows.annotating.withdraw import withdraw_adjudicated
from nerveapp.workflows.reading.blinded_reading import adjudicate, whose_agreed
from nerveapp.workflows.reading.compare import FramePair, Outlines, Reader, ReaderKind, compare, gather
from nerveapp.workflows.reading.reader_agreement import (
    MODEL_REMARK,
    Agreement,
    Spread,
    agreement_csv,
    agreement_of,
    icc_words,
    limits_words,
    of_one_unit,
)

_GATHERED = "gathered-to-compare"
_EUROPE = "compare-europe"


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
    agreement = agreement_of(_of_one_unit(pairs))
    _metrics(agreement, first, second)
    plot_column, frame_column = st.columns([1.3, 1], gap="medium")
    with plot_column:
        chosen = agreement.pairs[_plot(agreement)]
    with frame_column:
        _frame(store, chosen, first, second)
        _adjudicate(store, chosen, first, second)
    table = st.expander(f"All {len(agreement.pairs)} frames as a table", key="compare-table", on_change="rerun")
    if table.open:
        rows = [_row(pair, calibrated=agreement.calibrated) for pair in agreement.pairs]
        table.dataframe(rows, hide_index=True, height=320, placeholder="–")
    _download(agreement, first, second)


def _download(agreement: Agreement, first: Reader, second: Reader) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        europe = bool(st.session_state.get(_EUROPE))
        st.download_button(
            "Download this comparison (CSV)",
            lambda: agreement_csv(agreement, first, second, application().visits.tables, europe=europe),
            f"nerveapp-{re.sub(r'[^A-Za-z0-9._-]+', '-', f'{first} and {second}')}.csv",
            "text/csv",
            on_click="ignore",
            icon=":material/download:",
            key="compare-csv",
        )
        st.checkbox("For a European Excel", key=_EUROPE, help="Semicolons between columns, commas in numbers.")


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
        value=len(of_one_unit(pairs)) < len(pairs),
        key="compare-mm",
    )
    return of_one_unit(pairs, in_mm=alone)


def _metrics(found: Agreement, first: Reader, second: Reader) -> None:
    st.caption(f"{found.of_words}. First minus second.")
    if ReaderKind.MODEL in (first.kind, second.kind):
        st.caption(MODEL_REMARK)
    outside = sum(pair.clip.calibration is not None and not pair.calibrated for pair in found.pairs)
    if outside:
        st.caption(
            f"Areas are in px²: in {counted(outside, 'frame')} an outline lies outside of the region that the clip's "
            "calibration holds for."
        )
    if not found.calibrated and found.clips > 1:
        st.warning(
            "These areas are in pixels, whose size differs from clip to clip: ICC, bias and limits of agreement over "
            "several clips mix them. Calibrate the clips on Analyse, or choose one nerve and site of one scale.",
            icon=":material/straighten:",
        )
    _tell_of_empty_ones(found)
    values = [
        ("Dice", found.dice.words(3)),
        ("IoU", found.iou.words(3)),
        ("HD95", _distance(found.hd95, 1)),
        ("Mean distance", _distance(found.assd, 2)),
    ]
    if found.icc is not None:
        values.append(
            ("ICC(2,1) of area", "–" if math.isnan(found.icc.value) else with_minus(f"{found.icc.value:.3f}"))
        )
    with st.container(horizontal=True, gap="medium"):  # they wrap: no figure is cut on a narrow screen
        for label, value in values:
            st.metric(label, value, width="content")
    st.caption(icc_words(found))


def _tell_of_empty_ones(found: Agreement) -> None:
    one, neither = found.one_empty, found.both_empty
    said = [f"In {counted(one, 'frame')} one of both outlines no nerve (Dice 0)"] if one else []
    said += [f"{'in' if said else 'In'} {counted(neither, 'frame')} neither outlines one (Dice 1)"] if neither else []
    if said:
        st.caption(f"{', '.join(said)}: that counts in Dice and IoU, and not in ICC, bias and limits of agreement.")


def _distance(found: Spread | None, digits: int) -> str:
    return "–" if found is None else found.words(digits + (found.unit == "mm"))


def _plot(found: Agreement) -> int:
    """Draw areas against each other; returns the pair whose point was clicked, or the one that differs most."""
    pairs = found.pairs
    drawn = [number for number, pair in enumerate(pairs) if pair.both_outlined] or list(range(len(pairs)))
    areas = np.array([pairs[number].areas(calibrated=found.calibrated) for number in drawn])
    names = [f"{whose_and_called(pairs[one].clip)}, frame {pairs[one].frame}" for one in drawn]
    event: Any = st.plotly_chart(
        bland_altman_figure(areas, found.limits, names, unit=found.unit),
        key="bland-altman",
        on_select="rerun",
        selection_mode="points",
        config={"displaylogo": False},
        alt="Difference of the areas against their mean; the same values are in the table below.",
    )
    if found.limits is not None:
        st.caption(f"{limits_words(found)} Click a point to see its frame.")
    points = [point["point_index"] for point in event.selection.points if point.get("curve_number") == 0]
    at = points[0] if points and points[0] < len(drawn) else int(np.abs(areas[:, 0] - areas[:, 1]).argmax())
    return drawn[at]


def _frame(store: AnnotationStore, pair: FramePair, first: Reader, second: Reader) -> None:
    image = store.image(pair.clip.sha256, pair.frame)
    st.image(
        draw_difference(image, pair.first.mask.unpack(), pair.second.mask.unpack()),
        width="stretch",
        caption=f"{plain(whose_and_called(pair.clip))}, frame {pair.frame}. Green: outlined by "
        f"{plain(str(second))} only, magenta: by {plain(str(first))} only. Dice {pair.dice:.3f}.",
    )


def _adjudicate(store: AnnotationStore, pair: FramePair, first: Reader, second: Reader) -> None:
    with st.popover("Adjudicate this frame", icon=":material/gavel:"):
        ask_who()
        for which, reader, outline in (("first", first, pair.first), ("second", second, pair.second)):
            if st.button(f"{plain(str(reader))} is right", disabled=not actor().code, key=f"adjudicate-{which}"):
                key = (pair.clip.sha256, pair.frame)
                adjudicate(store, key, outline, actor=actor(), now=now())
                st.success("It stands beside the raters' outlines as adjudicated.", icon=":material/check:")
        _withdraw(store, pair)


def _withdraw(store: AnnotationStore, pair: FramePair) -> None:
    for agreed in store.latest(clip_sha256=pair.clip.sha256, frame=pair.frame, states={State.ADJUDICATED}):
        line, button = st.columns([2, 1], vertical_alignment="center")
        whose = whose_agreed(store, agreed)
        line.caption(f"Adjudicated by {plain(agreed.rater)}, {local(agreed.made_at):%Y-%m-%d}: {plain(whose)}.")
        own = agreed.rater == actor().code
        if button.button("Withdraw", disabled=not own, help="By whoever adjudicated.", key=f"withdraw-{agreed.rater}"):
            withdraw_adjudicated(store, agreed, actor=actor(), now=now())
            st.rerun()


def _row(pair: FramePair, *, calibrated: bool) -> dict[str, str | int | float | None]:
    unit = "mm²" if calibrated else "px²"
    one, other = pair.areas(calibrated=calibrated)
    return {
        "clip": whose_and_called(pair.clip),
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
