"""What the correction displayed changes: metrics, interpretation, and the difference in colour."""

from __future__ import annotations

from datetime import UTC

import streamlit as st

from nerveapp.analysis.outline import component_sizes
from nerveapp.analysis.rendering import close_up, draw_difference, draw_outline
from nerveapp.bootstrap import application
from nerveapp.domain.annotation import State
from nerveapp.domain.measurement import area_in_words, change_in_words
from nerveapp.domain.norms import Norm, limit_in_short
from nerveapp.ui.analysis.limit_view import show_source
from nerveapp.ui.page.plain_text import plain
from nerveapp.workflows.annotating.annotate import Consequence, consequence
from nerveapp.workflows.annotating.annotation_session import AnnotationSession
from nerveapp.workflows.annotating.select_annotations import entries_that_count


def show_consequence(session: AnnotationSession) -> None:
    """Draw the metrics of the outline displayed against the model's."""
    task = session.task
    if task is None:
        return
    analysis = session.analysis
    norm = application().visits.norms.table().limit(analysis.view)
    found = consequence(task.predicted, session.mask, calibration=analysis.calibration, norm=norm)
    with st.container(key="consequence"):
        metrics = (
            ("Dice", f"{found.dice:.3f}"),
            ("IoU", f"{found.iou:.3f}"),
            ("Area", area_in_words(found.area_after, found.unit)),
            ("HD95", _distance(found.hd95_px, found.hd95_mm)),
            ("Mean distance", _distance(found.assd_px, found.assd_mm)),
            ("Change", change_in_words(found.area_after - found.area_before, found.unit)),
        )
        with st.container(horizontal=True, gap="medium"):  # they wrap: no figure is cut on a narrow screen
            for label, value in metrics:
                st.metric(label, value, width="content")
        outside = analysis.calibration is not None and found.unit != "mm²"
        st.caption(
            "Correction against the model's outline."
            + (" One of them lies outside of the calibrated region: there is no mm²." if outside else "")
        )
    _tell_what_counts(session)
    _remark_on_components(session)
    _show_interpretation(found, norm)
    views = (
        ("model", draw_outline(session.source.image(session.frame), task.predicted)),
        ("corrected", draw_outline(session.source.image(session.frame), session.mask)),
        ("difference", draw_difference(session.source.image(session.frame), task.predicted, session.mask)),
    )
    for cell, (label, view) in zip(st.columns(3), views, strict=True):
        cell.image(close_up(view, task.predicted | session.mask), width="stretch", caption=label)
    st.caption("In the difference, green was added, magenta taken away.")


def _tell_what_counts(session: AnnotationSession) -> None:
    """Say where another outline than that displayed counts in the frame: a saved one takes its place, or does not."""
    clip = session.analysis.clip.sha256
    counting = entries_that_count(session.store, clip_sha256=clip).get((clip, session.frame))
    if counting is None:
        return
    if counting.state is State.ADJUDICATED:
        st.caption(":material/gavel: An outline that was agreed upon counts in this frame, also once yours is saved.")
    elif counting.rater != session.rater:
        st.caption(
            f":material/group: {plain(counting.rater)}'s outline counts in this frame: yours takes its place once it "
            "is saved."
        )
    elif counting.id != session.record:
        st.caption(
            f":material/history: The outline you saved on {counting.made_at.astimezone(UTC):%Y-%m-%d at %H:%M} (UTC) "
            "counts in this frame until you save this draft."
        )


def _distance(px: float | None, mm: float | None) -> str:
    if px is None:
        return "–"
    return f"{px:.1f} px" if mm is None else f"{mm:.2f} mm"


def _remark_on_components(session: AnnotationSession) -> None:
    """Remark on an outline in several parts before it is saved: a stray dab is easily overlooked."""
    sizes = component_sizes(session.mask)
    if len(sizes) > 1:
        st.info(
            f"The outline has {len(sizes)} separate components, the smallest of {_size(session, sizes[-1])}. "
            "If the nerve is one structure there, erase the others before you save.",
            icon=":material/scatter_plot:",
        )


def _size(session: AnnotationSession, px: int) -> str:
    calibration = session.analysis.calibration
    if calibration is None or not calibration.holds_for(session.mask):
        return f"{px} px²"
    return area_in_words(px * calibration.pixel_area_mm2, "mm²")


def _show_interpretation(found: Consequence, norm: Norm | None) -> None:
    limit = limit_in_short(norm)
    if norm is None or limit is None or found.interpretation_after is None:
        return
    before = found.interpretation_before
    if before is not None and before is not found.interpretation_after:
        st.warning(
            f"**The interpretation changes: {before} → {found.interpretation_after}.** {plain(limit)}",
            icon=":material/compare_arrows:",
        )
    else:
        st.caption(f"Interpretation: {found.interpretation_after}, as before. {plain(limit)}")
    show_source(norm)
