"""The grid of a visit's worksheet: a row a station, a column a side."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

import streamlit as st

from nerveapp.bootstrap import application
from nerveapp.domain.exam import Exam
from nerveapp.domain.findings import CellFinding
from nerveapp.domain.measurement import area_in_words, signed
from nerveapp.domain.view import View
from nerveapp.domain.worksheet import SIDES, Cell, CellState, Worksheet
from nerveapp.ui.analysis.accept_view import chosen_in_words
from nerveapp.ui.analysis.progress_view import in_words as job_in_words
from nerveapp.ui.clips.clip_form import in_words
from nerveapp.ui.page.plain_text import capital, plain
from nerveapp.ui.visit.dialogs import ask
from nerveapp.ui.visit.report_view import in_colour

_WIDTHS = (1, 2, 2)
_POLL_S = 1.0
_BADGES = {CellState.TO_REVIEW: "orange", CellState.ACCEPTED: "green"}
_STYLE = (
    ".st-key-worksheet img{max-height:5rem;object-fit:contain;background:#000}"
    ".st-key-worksheet [data-testid=stVerticalBlock]{gap:.4rem}"
    ".st-key-worksheet button em{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}"
)


def show_grid(exam: Exam, sheet: Worksheet, findings: Mapping[View, CellFinding]) -> Callable[[], None]:
    """Draw the cells.

    Returns
    -------
    callable
        Watches them as long as one of their clips is analysed. To be called after all that has buttons: an analysis
        that ends just now draws the page anew, and no press must be lost by that.
    """
    st.html(f"<style>{_STYLE}</style>")
    names = {clip.record.sha256: clip.name for cell in sheet.cells for clip in cell.clips}
    active = {job.request.clip_sha256 for job in application().analyses.active()}
    analysing = {clip: name for clip, name in names.items() if clip in active}
    watched = st.container()
    with st.container(key="worksheet", gap="small"):
        for station in dict.fromkeys(cell.station for cell in sheet.cells):
            row = st.columns(_WIDTHS)
            row[0].markdown(f"**{in_words(station.nerve)}**  \n{in_words(station.site)}")
            for column, side in zip(row[1:], SIDES, strict=True):
                cell = next((one for one in sheet.cells if one.view == station.on(side)), None)
                if cell is not None:
                    with column.container(border=True):
                        st.caption(in_words(side))  # in the cell: on a narrow screen the columns stand below each other
                        _show_cell(exam, cell, findings.get(cell.view), analysing)
    st.caption(f"Values are of this visit, {exam.when}. A value counts once somebody accepted it.")

    def watch() -> None:
        if analysing:
            application().analysis_runner.wake()
            with watched:
                st.fragment(_watch, run_every=_POLL_S)(analysing)

    return watch


def _watch(watched: Mapping[str, str]) -> None:
    """Draw the page anew once one of the clips watched, by hash with their names, is no longer analysed."""
    jobs = [job for job in application().analyses.active() if job.request.clip_sha256 in watched]
    if len(jobs) < len(watched):
        st.rerun()
    said = "; ".join(f"{plain(watched[job.request.clip_sha256])}: {job_in_words(job)}" for job in jobs)
    st.caption(f":material/hourglass: Analysing {said}")


def _show_cell(exam: Exam, cell: Cell, finding: CellFinding | None, analysing: Collection[str]) -> None:
    key = "-".join((cell.view.nerve, cell.view.site, cell.view.side))
    if cell.state is CellState.MISSING:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f":gray-badge[{cell.state}]", width="content")
            if _button("Fill in", cell.view, key=f"fill-{key}", icon=":material/add:"):
                ask(exam, cell.view, review=False)
        return
    words = st.container()
    if cell.clips and (thumbnail := application().library.thumbnail(_shown_clip(cell))):
        picture, words = st.columns([1, 2], vertical_alignment="center")
        picture.image(thumbnail, width="stretch", alt=f"The first frame of {cell.view.words}")
    with words:
        _show_value(cell, finding)
        if any(clip.record.sha256 in analysing for clip in cell.clips):
            st.caption("Being analysed")
        with st.container(horizontal=True, gap="small"):
            if cell.clips and _button("Review", cell.view, key=f"review-{key}", icon=":material/fact_check:"):
                ask(exam, cell.view, review=True)
            if _button("Change", cell.view, key=f"fill-{key}", icon=":material/swap_horiz:"):
                ask(exam, cell.view, review=False)


def _button(what: str, view: View, *, key: str, icon: str) -> bool:
    """Draw what a cell offers; readers of screens hear of which cell, too, which the eye sees."""
    return st.button(f"{what} *{view.words}*", key=key, icon=icon, type="tertiary", help=view.words)


def _shown_clip(cell: Cell) -> str:
    measured = None if cell.value is None else cell.value.measured
    return cell.clips[0].record.sha256 if measured is None else measured.clip_sha256


def _show_value(cell: Cell, finding: CellFinding | None) -> None:
    state = f":{_BADGES[cell.state]}-badge[{cell.state}]"
    value = cell.value
    if value is None:
        several = f" {len(cell.clips)} clips" if len(cell.clips) > 1 else ""
        st.markdown(f"{state}{several}")
        return
    area = area_in_words(value.area, value.unit, digits=1)
    outdated = " :orange-badge[outdated]" if cell.outdated else ""
    st.markdown(f"**{area}** {state}{outdated}  \n:small[{plain(chosen_in_words(value))}]")
    if finding is not None:
        st.markdown(in_colour(capital(finding.verdict), finding.interpretation, thin=finding.thin))
        if finding.personal_verdict:
            st.caption(plain(capital(finding.personal_verdict)))
        scores = [f"z {signed(score)} ({plain(norm.population)})" for norm, score in finding.z_scores]
        if scores:
            st.caption("; ".join(scores))
    for reservation in value.reservations:
        st.caption(f":material/warning: {plain(capital(reservation))}")
    if cell.outdated:
        what = "review it again" if cell.clips else "change it, or take it back"
        st.caption(f":material/update: {plain(capital(cell.outdated))}: {what}.")
