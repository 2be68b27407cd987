"""What a visit's values mean together, its conclusion, and its report."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from functools import partial

import streamlit as st

from nerveapp.analysis.pairs import pairs
from nerveapp.analysis.report_words import LEGEND, pair_value
from nerveapp.bootstrap import application, report_sources
from nerveapp.clock import now
from nerveapp.domain.exam import Exam
from nerveapp.domain.norms import Interpretation
from nerveapp.domain.uncertainty import PROPAGATION_SOURCE
from nerveapp.domain.visit_report import ReportKind, ReportOptions
from nerveapp.domain.worksheet import LONGEST_CONCLUSION, Sheet, Worksheet
from nerveapp.errors import WrittenMeanwhileError
from nerveapp.ui.clips.clip_form import follow, in_words
from nerveapp.ui.page.actor import actor
from nerveapp.ui.page.failures import errors_shown
from nerveapp.ui.page.plain_text import plain
from nerveapp.workflows.visits.visit_report import visit_report
from nerveapp.workflows.visits.worksheet import write_sheet

_COLOURS = {Interpretation.BELOW: "green", Interpretation.INDETERMINATE: "gray", Interpretation.ABOVE: "red"}

_MINE = "visit-conclusion-of-mine"

_STYLE = """
.stApp:has(.st-key-visit-conclusion textarea:focus) .st-key-visit-report { pointer-events: none; opacity: 0.4; }
.st-key-visit-unsaved { display: none; }
.stApp:has(.st-key-visit-conclusion textarea:focus) .st-key-visit-unsaved { display: block; }
"""
"""Words that are still being typed are not stored: a click beside them stores them, the next one makes the report."""

_ZIP = "application/zip"
_KINDS: Mapping[ReportKind, tuple[str, str, str]] = {
    ReportKind.PDF: ("PDF", "pdf", "application/pdf"),
    ReportKind.HTML: ("HTML", "html", "text/html"),
    ReportKind.CSV: ("CSV", "csv.zip", _ZIP),
    ReportKind.SR: ("DICOM SR", "dicom.zip", _ZIP),
    ReportKind.FHIR: ("FHIR JSON", "json", "application/json"),
}
"""Label, ending and type of what each button gives; a ZIP where there may be several files."""


def show_pairs(sheet: Worksheet) -> None:
    """Draw the comparisons of accepted values, as soon as both halves of one exist."""
    found = pairs(sheet)
    st.subheader("Comparisons", anchor=False)
    if not found:
        st.caption("They appear as soon as two values that can be compared are accepted.")
    else:
        st.caption(f"{plain(LEGEND)} {plain(PROPAGATION_SOURCE)}.")
    for pair in found:
        with st.container(border=True):
            side = "" if pair.side is None else f" · {in_words(pair.side)}"
            st.markdown(f"**{plain(pair.what)}**{side} · **{pair_value(pair.estimate, pair.unit)}**")
            st.markdown(in_colour(pair.verdict, pair.interpretation, thin=pair.thin))
            st.caption("  \n".join([*map(plain, pair.remarks), f":small[{plain(pair.source)}]"]))


def in_colour(verdict: str, interpretation: Interpretation | None, *, thin: bool) -> str:
    """Write a verdict in the colour of its interpretation; grey where there is none, or the evidence is thin."""
    colour = "gray" if thin or interpretation is None else _COLOURS[interpretation]
    return f":{colour}[{plain(verdict)}]"


def show_conclusion(sheet: Sheet) -> None:
    """Draw the clinician's own conclusion; it is kept as soon as it is written, unless somebody else wrote another."""
    store = application().visits.worksheets
    follow("visit-conclusion", sheet.conclusion, of=sheet.exam)

    def write(words: str) -> None:
        with errors_shown():
            try:
                write_sheet(sheet.exam, store, conclusion=words, instead_of=sheet.conclusion, actor=actor(), now=now())
            except WrittenMeanwhileError:
                st.session_state[_MINE] = (sheet.exam, words)
            else:
                st.session_state.pop(_MINE, None)

    def written() -> None:
        write(st.session_state["visit-conclusion"])

    st.text_area(
        "Conclusion, in your own words",
        max_chars=LONGEST_CONCLUSION,
        height=120,
        key="visit-conclusion",
        on_change=written,
        help="Printed as it is. The app draws no conclusion.",
    )
    exam, mine = st.session_state.get(_MINE, ("", ""))
    if exam == sheet.exam:
        st.warning(
            f"Another conclusion was written meanwhile: it is shown above. Yours is not saved: {plain(mine)}",
            icon=":material/call_split:",
        )
        with st.container(horizontal=True):
            st.button("Save mine in its place", key="visit-conclusion-mine", on_click=write, args=(mine,))
            st.button("Leave it", key="visit-conclusion-leave", on_click=lambda: st.session_state.pop(_MINE, None))
    elif st.session_state["visit-conclusion"] != sheet.conclusion:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.warning("The conclusion is not saved yet.", icon=":material/warning:", width="stretch")
            st.button("Save it", key="visit-conclusion-save", on_click=written)


def show_report(exam: Exam, *, accepted: int) -> None:
    """Draw the report's downloads."""
    st.subheader("Report", anchor=False)
    if not accepted:
        st.caption("Accept a value first.")
        return
    st.html(f"<style>{_STYLE}</style>")
    with st.container(key="visit-unsaved"):
        st.caption(":material/edit: The conclusion is being typed: click beside it to save it first.")
    with st.container(horizontal=True, vertical_alignment="center", key="visit-report"):
        europe = bool(st.session_state.get("report-europe", False))
        for kind, (label, ending, mime) in _KINDS.items():
            st.download_button(
                label,
                partial(_written, exam, kind, europe=europe),
                f"nerveapp-{exam.patient}-{exam.when_in_file_name}-report.{ending}",
                mime,
                on_click="ignore",
                icon=":material/download:",
                key=f"report-{kind}",
            )
        st.checkbox(
            "CSV for a European Excel", key="report-europe", help="Semicolons between columns, commas in numbers."
        )


def _written(exam: Exam, kind: ReportKind, *, europe: bool) -> bytes:
    """Write the report in one form; several files come as one ZIP."""
    app = application()
    report = visit_report(exam, report_sources(app), now=now(), pictures=kind.has_pictures)
    files = app.visits.reports.write(report, kind, options=ReportOptions(europe=europe))
    if _KINDS[kind][2] != _ZIP:
        return next(iter(files.values()))
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return data.getvalue()
