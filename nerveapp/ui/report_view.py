"""A model's report: splits beside each other, sites, people, worst frames, to look through and to print."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import streamlit as st

from nerveapp import bootstrap
from nerveapp.analysis.pictures import png_of
from nerveapp.analysis.report_figures import area_agreement, worst
from nerveapp.domain.clip import Image
from nerveapp.domain.document import Table
from nerveapp.domain.experiments.report import TestedFrame, TrainingReport
from nerveapp.domain.experiments.split import SplitKind
from nerveapp.errors import NerveAppError
from nerveapp.io.documents import document_html, document_pdf
from nerveapp.io.model_store import FolderModelStore, report_json
from nerveapp.ports import AnnotationStore, ModelRegistry
from nerveapp.ui.charts import bland_altman_figure
from nerveapp.ui.plain_text import plain
from nerveapp.ui.shell import show_error
from nerveapp.workflows.judge import score_unseen, stored_images
from nerveapp.workflows.report_document import (
    POSTER,
    WORST,
    both_outlines,
    lineage_table,
    people_table,
    report_document,
    sites_table,
    splits_table,
)


def show_report(models: FolderModelStore, store: AnnotationStore, registry: ModelRegistry, name: str) -> None:
    """Draw the report of a model that was trained here; nothing for others."""
    report = models.report(name)
    if report is None:
        return
    st.subheader("Report", anchor=False)
    _downloads(store, report)
    sites, people, area, frames, origin = st.tabs(
        ["How honest", "People", "Area", "Worst frames", "Where it comes from"]
    )
    with sites:
        st.table(_plain_rows(splits_table(report.splits)))
        if any(one.split is SplitKind.FRAMES for one in report.splits):
            st.caption(POSTER)
        _unseen(models, store, registry, report)
        st.table(_plain_rows(sites_table(report.frames)))
        st.caption("Intervals (95 %) are resampled by person; distances are in pixels of the frames.")
    with people:
        st.dataframe(_rows(people_table(report.frames)), hide_index=True)
    with area:
        _area(report)
    with frames:
        _worst(store, report)
    with origin:
        st.table(_plain_rows(lineage_table(report)))


def _rows(table: Table) -> list[dict[str, str]]:
    return [dict(zip(table.head, row, strict=True)) for row in table.rows]


def _plain_rows(table: Table) -> list[dict[str, str]]:
    """Give the rows for st.table, whose cells are Markdown."""
    return [{plain(head): plain(cell) for head, cell in row.items()} for row in _rows(table)]


def _downloads(store: AnnotationStore, report: TrainingReport) -> None:
    def document() -> bytes:
        return document_html(report_document(report, image=lambda one: _image(store, one), png=png_of))

    def printed() -> bytes:
        return document_pdf(report_document(report, image=lambda one: _image(store, one), png=png_of))

    files = (("HTML", "html", document), ("PDF", "pdf", printed), ("JSON", "json", lambda: report_json(report)))
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


def _unseen(models: FolderModelStore, store: AnnotationStore, registry: ModelRegistry, report: TrainingReport) -> None:
    locked = registry.locked()
    if not locked or not st.button("Score it on the locked people", icon=":material/lock:", key="score-unseen"):
        return
    try:
        with st.spinner("Outlining the locked frames"):
            sites = {(one.view.nerve, one.view.site) for one in report.frames if one.view}
            images = [
                image
                for image in stored_images(store, locked)
                if image.view and (image.view.nerve, image.view.site) in sites
            ]
            found = score_unseen(images, bootstrap.cached_segmenter(report.model))
    except NerveAppError as error:
        show_error(error)
        return
    others = tuple(one for one in report.splits if one.split is not None)
    models.save_report(replace(report, splits=(*others, found)))
    st.rerun()


def _area(report: TrainingReport) -> None:
    pairs = [one for one in report.frames if one.score.area_px + one.score.traced_px]
    limits = area_agreement(report.frames)
    if limits is None:
        st.caption("There are too few frames for limits of agreement.")
        return
    st.write(
        f"Outlined minus traced, in percent of their mean: bias {limits.bias.value:+.1f} % "
        f"({limits.bias.low:+.1f} to {limits.bias.high:+.1f}), limits of agreement {limits.lower.value:+.1f} % to "
        f"{limits.upper.value:+.1f} %, of {limits.n} frames."
    )
    areas = np.array([[one.score.area_px, one.score.traced_px] for one in pairs], float)
    shares = 200 * areas / areas.sum(axis=1, keepdims=True)
    names = [f"{one.score.group}, frame {one.frame}" for one in pairs]
    figure = bland_altman_figure(shares, limits, names, unit="% of the mean")
    figure.data[0].x = areas.mean(axis=1)
    figure.update_layout(xaxis_title="mean of both areas (px²)", yaxis_title="outlined minus traced (% of the mean)")
    st.plotly_chart(figure, key="report-area")


def _worst(store: AnnotationStore, report: TrainingReport) -> None:
    columns = st.columns(3)
    for number, one in enumerate(worst(report.frames, WORST)):
        with columns[number % 3]:
            image = _image(store, one)
            if image is None:
                st.caption("Its pixels are not in the store.")
            else:
                st.image(both_outlines(image, one), width="stretch")
            st.caption(f"{plain(one.score.group)}, frame {one.frame}: Dice {one.score.dice:.3f}")
            if image is not None and st.button("Open", key=f"worst-{number}", icon=":material/open_in_full:"):
                _open(image, one)
    st.caption("Amber the model's outline, green the traced one.")


@st.dialog("A frame that was held out", width="large")
def _open(image: Image, one: TestedFrame) -> None:
    score = one.score
    st.image(both_outlines(image, one), width="stretch")
    distances = (
        ""
        if score.hd95_px is None or score.assd_px is None
        else (f", HD95 {score.hd95_px:.1f} px, ASSD {score.assd_px:.2f} px")
    )
    st.write(
        f"{plain(score.group)}, clip {plain(one.clip[:8])}, frame {one.frame}, part {one.part + 1}: "
        f"Dice {score.dice:.3f}, IoU {score.iou:.3f}{distances}; area {score.area_px} px², traced "
        f"{score.traced_px} px². Amber the model's outline, green the traced one."
    )


def _image(store: AnnotationStore, one: TestedFrame) -> Image | None:
    if not one.clip:
        return None
    try:
        return store.image(one.clip, one.frame)
    except NerveAppError:
        return None  # trained elsewhere: the frame is not in this store
