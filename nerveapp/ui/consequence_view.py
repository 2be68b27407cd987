"""What the correction on show changes: figures, reading, and the difference in colour."""

from __future__ import annotations

import streamlit as st

from nerveapp.analysis.outline import component_sizes
from nerveapp.analysis.rendering import draw_difference, draw_outline, refinement
from nerveapp.domain.norms import LIMITS_SOURCE, READERS_SOURCE, limit_in_short, limit_in_words
from nerveapp.ui.sitting import Sitting
from nerveapp.workflows.annotate import Consequence, consequence


def show_consequence(sitting: Sitting) -> None:
    """Draw the figures of the outline on show against the model's."""
    task = sitting.task
    if task is None:
        return
    analysis = sitting.analysis
    found = consequence(task.predicted, sitting.mask, calibration=analysis.calibration, view=analysis.view)
    with st.container(key="consequence"):
        cells = [*st.columns(3), *st.columns(3)]
        digits = 2 if found.unit == "mm²" else 0
        change = found.area_after - found.area_before
        figures = (
            ("Dice", f"{found.dice:.3f}"),
            ("IoU", f"{found.iou:.3f}"),
            ("Area", f"{found.area_after:.{digits}f} {found.unit}"),
            ("HD95", _distance(found.hd95_px, found.hd95_mm)),
            ("Mean distance", _distance(found.assd_px, found.assd_mm)),
            ("Change", f"{change:+.{digits}f} {found.unit}"),
        )
        for cell, (label, value) in zip(cells, figures, strict=True):
            cell.metric(label, value)
        outside = analysis.calibration is not None and found.unit != "mm²"
        st.caption(
            "Correction against the model's outline."
            + (" One of them lies outside of the calibrated region: there is no mm²." if outside else "")
        )
    _say_parts(sitting)
    _say_reading(found, sitting)
    views = (
        ("model", draw_outline(sitting.shelf.image(sitting.frame), task.predicted)),
        ("corrected", draw_outline(sitting.shelf.image(sitting.frame), sitting.mask)),
        ("difference", draw_difference(sitting.shelf.image(sitting.frame), task.predicted, sitting.mask)),
    )
    for cell, (label, view) in zip(st.columns(3), views, strict=True):
        cell.image(refinement(view, task.predicted | sitting.mask), width="stretch", caption=label)
    st.caption("In the difference, green was added, magenta taken away.")


def _distance(px: float | None, mm: float | None) -> str:
    if px is None:
        return "–"
    return f"{px:.1f} px" if mm is None else f"{mm:.2f} mm"


def _say_parts(sitting: Sitting) -> None:
    """Remark on an outline in several parts before it is saved: a stray dab is easily overlooked."""
    sizes = component_sizes(sitting.mask)
    if len(sizes) > 1:
        st.info(
            f"The outline has {len(sizes)} separate parts, the smallest of {sizes[-1]} px². "
            "If the nerve is in one piece there, erase the others before you save.",
            icon=":material/scatter_plot:",
        )


def _say_reading(found: Consequence, sitting: Sitting) -> None:
    view = sitting.analysis.view
    limit, in_full = limit_in_short(view), limit_in_words(view)
    if limit is None or found.reading_after is None:
        return
    before = found.reading_before
    if before is not None and before is not found.reading_after:
        st.warning(
            f"**The reading changes: {before} → {found.reading_after}.** {limit}", icon=":material/compare_arrows:"
        )
    else:
        st.caption(f"Reading: {found.reading_after}, as before. {limit}")
    with st.popover("Source of the limit", icon=":material/menu_book:"):
        st.caption(f"{in_full}  \n{LIMITS_SOURCE}.  \n{READERS_SOURCE}.")
