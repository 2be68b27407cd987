"""The Cohort page: all accepted values as a table, how they are spread, and norms of one's own."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

import streamlit as st

from nerveapp.bootstrap import application
from nerveapp.domain.cohort import CohortFilter, CohortValue, by_station
from nerveapp.domain.counted import counted
from nerveapp.domain.patient import Sex
from nerveapp.domain.view import SITES, Side, Site
from nerveapp.domain.worksheet import SIDES
from nerveapp.ui.clips.clip_form import in_words
from nerveapp.ui.cohort.cohort_chart import distribution_figure
from nerveapp.ui.cohort.norms_view import show_norm_building, show_norm_sets
from nerveapp.workflows.visits.cohort import COLUMNS, cohort, cohort_csv, cohort_row

_OLDEST = 110
_EUROPE = "cohort-europe"
_MOST_AT_ONCE = 11
"""Longer tables scroll."""


def show_cohort() -> None:
    """Draw the page."""
    app = application()
    everybody = cohort(app.library, app.visits.worksheets, app.annotations, app.analyses)
    if not everybody:
        st.info(
            "No value is accepted yet. Accept areas on the worksheet of a visit: they are gathered here.",
            icon=":material/bar_chart:",
        )
    else:
        _show(everybody)
    show_norm_sets()


def _show(everybody: Sequence[CohortValue]) -> None:
    wanted = _ask()
    values = [one for one in everybody if wanted.wants(one)]
    people = len({one.patient.code for one in values})
    st.caption(
        f"{counted(len(values), 'accepted value')} of {counted(people, 'person')}, of {len(everybody)} in all. One row "
        "is one nerve, site and side at one visit."
    )
    if not values:
        return
    table, spread, norms = st.tabs(["Table", "Distribution", "Build norms"])
    with table:
        st.dataframe(
            [dict(zip(COLUMNS, cohort_row(one), strict=True)) for one in values],
            hide_index=True,
            height="content" if len(values) < _MOST_AT_ONCE else 420,
            placeholder="–",
        )
        with st.container(horizontal=True, vertical_alignment="center"):
            europe = bool(st.session_state.get(_EUROPE))
            st.download_button(
                "Download these values (CSV)",
                lambda: cohort_csv(values, application().visits.tables, europe=europe),
                "cohort.csv",
                "text/csv",
                on_click="ignore",
                icon=":material/download:",
                key="cohort-csv",
            )
            st.checkbox("For a European Excel", key=_EUROPE, help="Semicolons between columns, commas in numbers.")
    with spread:
        _spread(values)
    with norms:
        show_norm_building(values, everybody)


def _ask() -> CohortFilter:
    """Draw the filters."""
    text, nerve, site, side, sex = st.columns([2, 1.2, 1.2, 1, 1], vertical_alignment="bottom")
    age, manual, reserved = st.columns([3, 1.5, 1.5], vertical_alignment="bottom")
    wanted_text = text.text_input("Patient's code", placeholder="Part of it", key="cohort-text")
    wanted_nerve = nerve.selectbox(
        "Nerve", list(SITES), index=None, format_func=in_words, placeholder="Any", key="cohort-nerve"
    )
    sites = [one for one in Site if one is not Site.UNKNOWN]
    wanted_site = site.selectbox("Site", sites, index=None, format_func=in_words, placeholder="Any", key="cohort-site")
    wanted_side: Side | None = side.selectbox(
        "Side", SIDES, index=None, format_func=in_words, placeholder="Both", key="cohort-side"
    )
    wanted_sex = sex.selectbox(
        "Sex", list(Sex), index=None, format_func=lambda one: one.value, placeholder="Any", key="cohort-sex"
    )
    youngest, oldest = age.slider(
        "Age at the visit, in years",
        0,
        _OLDEST,
        (0, _OLDEST),
        key="cohort-age",
        help="From the year of birth and the date of the visit. Any narrower range leaves out people of unknown age.",
    )
    with_manual = manual.toggle("With values entered by hand", value=True, key="cohort-manual")
    with_reserved = reserved.toggle(
        "With reservations",
        value=True,
        key="cohort-reserved",
        help="Values that were accepted although something spoke against them, and those whose clip was moved or "
        "calibrated anew since.",
    )
    return CohortFilter(
        wanted_text.strip(),
        wanted_nerve,
        wanted_site,
        wanted_side,
        wanted_sex,
        youngest or None,
        oldest if oldest < _OLDEST else None,
        manual=with_manual,
        reserved=with_reserved,
    )


def _spread(values: Sequence[CohortValue]) -> None:
    stations = by_station(values)
    if not stations:
        st.caption("None of these values is in mm².")
        return
    st.plotly_chart(
        distribution_figure(stations),
        key="cohort-distribution",
        config={"displaylogo": False},
        alt="Areas of each nerve and site as boxes; their median and range are in the table below.",
    )
    rows = []
    for station, ones in stations.items():
        areas = [one.value.area_mm2 or 0.0 for one in ones]
        rows.append(
            {
                "nerve and site": station.words,
                "values": len(areas),
                "people": len({one.patient.code for one in ones}),
                "median mm²": round(median(areas), 1),
                "smallest mm²": round(min(areas), 1),
                "largest mm²": round(max(areas), 1),
            }
        )
    st.dataframe(rows, hide_index=True)
    left_out = len(values) - sum(map(len, stations.values()))
    st.caption(
        "Values, not people: both sides and all visits of a person are among them."
        + (f" {counted(left_out, 'value')} in px² left out." if left_out else "")
    )
