"""What a visit's values mean together, its conclusion, and its report."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from nerveapp.analysis.pairs import pairs
from nerveapp.bootstrap import application
from nerveapp.clock import now
from nerveapp.domain.findings import Pair
from nerveapp.domain.norms import Interpretation
from nerveapp.domain.worksheet import LONGEST_CONCLUSION, Sheet, Worksheet
from nerveapp.ui.actor import actor
from nerveapp.ui.clip_form import follow, in_words
from nerveapp.ui.plain_text import plain
from nerveapp.workflows.worksheet import write_sheet

_COLOURS = {Interpretation.BELOW: "green", Interpretation.INDETERMINATE: "gray", Interpretation.ABOVE: "red"}


def show_pairs(sheet: Worksheet) -> None:
    """Draw the comparisons of accepted values, as soon as both halves of one exist."""
    found = pairs(sheet)
    st.subheader("Comparisons", anchor=False)
    if not found:
        st.caption("They appear as soon as two values that can be compared are accepted.")
    for pair in found:
        with st.container(border=True):
            side = "" if pair.side is None else f" · {in_words(pair.side)}"
            st.markdown(f"**{plain(pair.what)}**{side} · **{in_figures(pair)}**")
            colour = "gray" if pair.thin or pair.interpretation is None else _COLOURS[pair.interpretation]
            st.markdown(f":{colour}[{plain(pair.verdict)}]")
            for remark in pair.remarks:
                st.caption(plain(remark))
            st.caption(f":small[{plain(pair.source)}]")


def in_figures(pair: Pair) -> str:
    """Give a comparison's value with its standard deviation, such as "3.1 ± 1.0 mm²"."""
    digits = 1 if pair.unit else 2
    return f"{pair.estimate.value:.{digits}f} ± {pair.estimate.sd:.{digits}f} {pair.unit}".strip()


def show_conclusion(sheet: Sheet) -> None:
    """Draw the clinician's own conclusion; it is kept as soon as it is written."""
    follow("visit-conclusion", sheet.conclusion, of=sheet.exam)

    def written() -> None:
        changed = replace(sheet, conclusion=st.session_state["visit-conclusion"])
        write_sheet(changed, application().visits.worksheets, actor=actor(), now=now())

    st.text_area(
        "Conclusion, in your own words",
        max_chars=LONGEST_CONCLUSION,
        height=120,
        key="visit-conclusion",
        on_change=written,
        help="Printed as it is. The app draws no conclusion.",
    )
