"""A model's report: splits beside each other, sites, people, worst frames, to look through and to print."""

from __future__ import annotations

from functools import partial

import numpy as np
import streamlit as st

from nerveapp.analysis.pictures import png_of
from nerveapp.analysis.report_metrics import area_agreement, area_differences, area_intervals_in_words, with_both, worst
from nerveapp.bootstrap import Application
from nerveapp.domain.actor import Actor
from nerveapp.domain.clip import Image
from nerveapp.domain.document import Document, Table
from nerveapp.domain.experiments.report import TestedFrame, TrainingReport
from nerveapp.domain.experiments.split import SplitKind
from nerveapp.errors import NerveAppError
from nerveapp.ports import AnnotationStore
from nerveapp.ui.page.actor import actor
from nerveapp.ui.page.charts import bland_altman_figure
from nerveapp.ui.page.failures import show_error
from nerveapp.ui.page.plain_text import plain
from nerveapp.ui.page.task_view import result_of
from nerveapp.workflows.evaluating.judge import score_on_locked
from nerveapp.workflows.execution.tasks import Progress
from nerveapp.workflows.training.report_document import (
    POSTER,
    WORST,
    both_outlines,
    lineage_table,
    people_table,
    report_document,
    sites_table,
    splits_table,
)


def show_report(app: Application, name: str) -> None:
    """Draw the report of a model that was trained here; nothing for others."""
    report = app.models.report(name)
    if report is None:
        return
    st.subheader("Report", anchor=False)
    _downloads(app, report)
    sites, people, area, frames, origin = st.tabs(["Scores", "People", "Area", "Worst frames", "Provenance"])
    with sites:
        table = st.container()
        if _unseen(app, report) is not None:  # the score may have been added since the report was read
            report = app.models.report(name) or report
        table.table(_plain_rows(splits_table(report.splits)))
        if any(one.split is SplitKind.FRAMES for one in report.splits):
            table.caption(POSTER)
        st.table(_plain_rows(sites_table(report.frames)))
        st.caption("Intervals (95 %) are resampled by person; distances are in pixels of the frames.")
    with people:
        st.dataframe(_rows(people_table(report.frames)), hide_index=True)
    with area:
        _area(report)
    with frames:
        _worst(app.annotations, report)
    with origin:
        st.table(_plain_rows(lineage_table(report)))


def _rows(table: Table) -> list[dict[str, str]]:
    return [dict(zip(table.head, row, strict=True)) for row in table.rows]


def _plain_rows(table: Table) -> list[dict[str, str]]:
    """Give the rows for st.table, whose cells are Markdown."""
    return [{plain(head): plain(cell) for head, cell in row.items()} for row in _rows(table)]


def _downloads(app: Application, report: TrainingReport) -> None:
    def written() -> Document:
        return report_document(report, image=lambda one: _image(app.annotations, one), png=png_of)

    def document() -> bytes:
        return app.reports.html(written())

    def printed() -> bytes:
        return app.reports.pdf(written())

    files = (("HTML", "html", document), ("PDF", "pdf", printed), ("JSON", "json", lambda: app.reports.json(report)))
    with st.container(horizontal=True):
        for label, suffix, data in files:
            st.download_button(
                label,
                data,
                f"{report.model}-report.{suffix}",
                on_click="ignore",
                icon=":material/download:",
                key=f"report-{suffix}",
            )


def _unseen(app: Application, report: TrainingReport) -> TrainingReport | None:
    if not app.registry.locked():
        return None
    about = app.models.card(report.model).sha256
    if st.button("Score it on the locked people", icon=":material/lock:", key="score-unseen"):
        app.scorings.locked.start(about, partial(_score, app, report, actor()))
    try:
        return result_of(app.scorings.locked, about, "Outlining the locked frames", key="unseen-stop")
    except NerveAppError as error:
        show_error(error)
        return None


def _score(app: Application, report: TrainingReport, who: Actor, on_progress: Progress) -> TrainingReport:
    return score_on_locked(
        report,
        app.segmenters.segmenter(report.model),
        actor=who,
        models=app.models,
        store=app.annotations,
        registry=app.registry,
        on_progress=on_progress,
    )


def _area(report: TrainingReport) -> None:
    limits = area_agreement(report.frames)
    if limits is None:
        st.caption("There are too few frames for limits of agreement.")
        return
    st.write(
        f"Outlined minus traced, in percent of their mean: bias {limits.bias.value:+.1f} % "
        f"({limits.bias.low:+.1f} to {limits.bias.high:+.1f}), limits of agreement {limits.lower.value:+.1f} % to "
        f"{limits.upper.value:+.1f} %, of {limits.n} frames; {area_intervals_in_words(report.frames, limits)}."
    )
    pairs = with_both(report.frames)
    means_px, differences = np.array(area_differences(pairs)).T
    names = [f"{one.score.group}, frame {one.frame}" for one in pairs]
    figure = bland_altman_figure(
        np.stack([differences, np.zeros_like(differences)], axis=1), limits, names, unit="% of the mean"
    )
    figure.data[0].x = means_px
    figure.update_layout(xaxis_title="mean of both areas (px²)", yaxis_title="outlined minus traced (% of the mean)")
    st.plotly_chart(figure, key="report-area")


def _worst(store: AnnotationStore, report: TrainingReport) -> None:
    columns = st.columns(3)
    for number, one in enumerate(worst(report.frames, WORST)):
        with columns[number % 3]:
            drawn = _drawn(store, one)
            if drawn is None:
                st.caption("The frame is not in this store.")
            else:
                st.image(drawn, width="stretch")
            st.caption(f"{plain(one.score.group)}, frame {one.frame}: Dice {one.score.dice:.3f}")
            if drawn is not None and st.button("Open", key=f"worst-{number}", icon=":material/open_in_full:"):
                _open(drawn, one)
    st.caption("Amber: the model's outline; green: the traced outline.")


@st.dialog("A frame that was held out", width="large")
def _open(drawn: Image, one: TestedFrame) -> None:
    score = one.score
    st.image(drawn, width="stretch")
    distances = (
        ""
        if score.hd95_px is None or score.assd_px is None
        else (f", HD95 {score.hd95_px:.1f} px, ASSD {score.assd_px:.2f} px")
    )
    st.write(
        f"{plain(score.group)}, clip {plain(one.clip[:8])}, frame {one.frame}, part {one.part + 1}: "
        f"Dice {score.dice:.3f}, IoU {score.iou:.3f}{distances}; area {score.area_px:,} px², traced "
        f"{score.traced_px:,} px². Amber: the model's outline; green: the traced outline."
    )


def _drawn(store: AnnotationStore, one: TestedFrame) -> Image | None:
    """Draw both outlines of a frame; None where it is not in this store, or not any more."""
    image = _image(store, one)
    return None if image is None else both_outlines(image, one)


def _image(store: AnnotationStore, one: TestedFrame) -> Image | None:
    if not one.clip:
        return None
    try:
        return store.image(one.clip, one.frame)
    except NerveAppError:
        return None  # trained elsewhere: the frame is not in this store
