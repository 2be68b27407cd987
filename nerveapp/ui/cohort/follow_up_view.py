"""A patient over time: charts, a table of all visits, and the same view's pictures next to each other."""

from __future__ import annotations

import streamlit as st

from nerveapp.bootstrap import application, report_sources
from nerveapp.domain.counted import counted
from nerveapp.domain.follow_up import (
    SDC_SOURCE,
    Change,
    FollowUp,
    VisitValue,
    smallest_detectable_change_mm2,
)
from nerveapp.domain.measurement import area_in_words, signed
from nerveapp.domain.norms import READERS_SOURCE, limit_in_short
from nerveapp.domain.uncertainty import CENTRES_SOURCE
from nerveapp.ui.cohort.follow_up_chart import follow_up_figure
from nerveapp.ui.page.plain_text import plain
from nerveapp.workflows.visits.follow_up import follow_up, follow_up_csv
from nerveapp.workflows.visits.visit_report import accepted_picture

_MANUAL, _UP, _DOWN = "M", "▲", "▼"
_PICTURE_PX = 360
_KEPT, _MOST_KEPT = "follow-up-pictures-kept", 24


def show_follow_up(patient_code: str) -> None:
    """Draw a patient's accepted values over all visits; raises LibraryError if the patient is not in the library."""
    app = application()
    found = follow_up(patient_code, app.library, app.visits.worksheets, app.annotations, app.analyses)
    if not found.courses:
        st.info(f"No value of {plain(patient_code)} is accepted yet.", icon=":material/timeline:")
        return
    values = counted(sum(len(one.points) for one in found.courses), "accepted value")
    st.caption(f"{counted(len(found.exams), 'visit')} with {values}.")
    if len(found.exams) > 1 and not found.ordered:
        st.warning(
            "The order of the visits is not known: give all of them a date, or all a day number. Which way an area "
            "changed cannot be told.",
            icon=":material/event_busy:",
        )
    _changes(found)
    _charts(found)
    _table(found)
    _pictures(found)


def _changes(found: FollowUp) -> None:
    """Say which changes exceed the smallest detectable one, and what that is."""
    for one in found.detectable:
        st.markdown(f":material/change_history: {plain(change_in_words(one))}")
    if len(found.exams) > 1 and all(len(one.compared) < 2 for one in found.courses):
        st.markdown("Nothing is compared: no nerve and site has areas in mm², as their clips give them, of two visits.")
    elif len(found.exams) > 1 and found.ordered and not found.detectable:
        st.markdown("No change between two visits exceeds the smallest detectable change.")
    smallest = {
        f"{one.view.nerve.value} nerve {smallest_detectable_change_mm2(one.view.nerve):.1f}" for one in found.courses
    }
    st.caption(
        f"Smallest detectable change in mm²: {', '.join(sorted(smallest))}. Two readings of a nerve that has not "
        "changed differ by less in 95 of 100 cases. It holds for readers alone: another machine, model or calibration "
        "adds to it. Values in px², and those whose clip was moved or calibrated anew since, are not compared."
    )
    with st.expander("Where these numbers come from"):
        for source in (SDC_SOURCE, READERS_SOURCE, CENTRES_SOURCE):
            st.caption(plain(source))


def change_in_words(change: Change) -> str:
    """Say how far an area changed between two visits, such as "Median, wrist, right: +3.1 mm² from … to …"."""
    view = change.after.value.view
    smallest = smallest_detectable_change_mm2(view.nerve)
    before, after = (one.exam.when for one in (change.before, change.after))
    return (
        f"{view.short_words}: {signed(change.difference_mm2)} mm² from {before} to {after}, more than the smallest "
        f"detectable change of {smallest:.1f} mm²."
    )


def _charts(found: FollowUp) -> None:
    norms = application().visits.norms.table()
    columns = st.columns(2)
    drawn = [(station, courses) for station, courses in found.stations.items() if any(one.compared for one in courses)]
    for number, (station, courses) in enumerate(drawn):
        limit = norms.limit(courses[0].view)
        with columns[number % 2]:
            st.markdown(f"**{plain(station.words)}**")
            st.plotly_chart(
                follow_up_figure(courses, found, limit),
                key=f"follow-up-{station.nerve}-{station.site}",
                config={"displaylogo": False},
                alt=f"Area over the visits, {station.words}; the same values are in the table below.",
            )
            if limit is not None:
                st.caption(plain(f"{limit_in_short(limit)} {limit.source}"))
    if drawn:
        bands = "Bands: the first value ± the smallest detectable change. " if found.ordered else ""
        st.caption(f"{bands}Open marks were entered by hand.")


def _table(found: FollowUp) -> None:
    rows = []
    for course in found.courses:
        marks = {change.after.exam.id: change for change in course.changes if change.detectable and found.ordered}
        cells = {exam.when: _cell(course.at(exam), marks.get(exam.id)) for exam in found.exams}
        whole = course.in_all if found.ordered else None
        rows.append(
            {
                "nerve, site, side": course.view.short_words,
                **cells,
                "first to last": "–" if whole is None else f"{signed(whole.difference_mm2)} mm²",
                "detectable": "–" if whole is None else "yes" if whole.detectable else "no",
            }
        )
    st.dataframe(rows, hide_index=True, placeholder="–")
    st.caption(
        f"Areas in mm² unless px² is said. {_UP} {_DOWN}: larger or smaller than at the visit before by more than the "
        f"smallest detectable change. {_MANUAL}: entered by hand. ( ): not compared."
    )
    st.download_button(
        "Download these values (CSV)",
        lambda: follow_up_csv(found, application().visits.tables),
        f"{found.patient.code}-over-time.csv",
        "text/csv",
        on_click="ignore",
        icon=":material/download:",
        key="follow-up-csv",
    )


def _cell(point: VisitValue | None, change: Change | None) -> str:
    if point is None:
        return ""
    area, unit = point.value.area, point.value.unit
    text = f"{area:.1f}" if unit == "mm²" else area_in_words(area, unit)  # the table says mm² below
    if point.comparable_mm2 is None:
        text = f"({text})"
    mark = "" if change is None else _UP if change.difference_mm2 > 0 else _DOWN
    return " ".join(filter(None, (text, mark, _MANUAL if point.manual else "")))


def _pictures(found: FollowUp) -> None:
    shown = [one for one in found.courses if any(point.value.measured for point in one.points)]
    if not shown:
        return
    course = st.selectbox(
        "The same view at each visit",
        shown,
        format_func=lambda one: one.view.short_words,
        key=f"follow-up-view-{found.patient.code}",
    )
    with st.container(horizontal=True, key="follow-up-pictures"):
        for point in course.points:
            with st.container(width=_PICTURE_PX):
                _picture(point, point.exam.when)


def _picture(point: VisitValue, visit: str) -> None:
    """Draw the accepted frame with its outline; the clip's first frame where it cannot be read any more."""
    value, measured = point.value, point.value.measured
    words = [f"{visit}: {area_in_words(value.area, value.unit, digits=1)}", point.outdated]
    if measured is None:
        st.caption(plain(f"{words[0]} · entered by hand"))
        return
    picture = _accepted(point)
    if not picture:
        picture = application().library.thumbnail(measured.clip_sha256)
        words.append("the clip's first frame" if picture else "no picture is kept")
    if picture:
        st.image(picture, width=_PICTURE_PX, alt=f"{value.view.short_words}, {visit}")
    st.caption(plain(" · ".join(filter(None, words))))
    st.page_link(
        "pages/analyse.py",
        label="Open the clip",
        icon=":material/monitoring:",
        query_params={"clip": measured.clip_sha256},
    )


def _accepted(point: VisitValue) -> bytes:
    """Give the accepted frame's picture, drawn once a session: it takes decoding the clip; b"" where there is none."""
    kept: dict[str, bytes] = st.session_state.setdefault(_KEPT, {})
    if point.value.id not in kept:
        with st.spinner("Reading the accepted frame"):
            drawn = accepted_picture(point.value, point.exam, report_sources(application()))
        if drawn is None:
            return b""
        while len(kept) >= _MOST_KEPT:
            kept.pop(next(iter(kept)))
        kept[point.value.id] = drawn.png
    return kept[point.value.id]
