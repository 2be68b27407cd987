"""Norms of one's own: built from the healthy of the cohort, brought as CSV, and removed."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from nerveapp.analysis.reference_limits import ENOUGH, GUIDELINE, LimitMethod
from nerveapp.bootstrap import application
from nerveapp.clock import now
from nerveapp.domain.cohort import HEALTHY_WORDS, CohortValue, OneValue, healthy_people
from nerveapp.domain.counted import counted
from nerveapp.errors import NerveAppError
from nerveapp.ui.clips.clip_form import follow
from nerveapp.ui.page.actor import actor
from nerveapp.ui.page.failures import show_error
from nerveapp.ui.page.plain_text import plain
from nerveapp.workflows.visits.cohort import BuiltNorm, build_norms, import_norms, remove_norms, save_norms

_DONE, _POPULATION = "norms-done", "norms-population"
_PEOPLE, _HEALTHY = "norms-people", "norms-healthy-at-first"


def show_norm_building(values: Sequence[CohortValue], everybody: Sequence[CohortValue]) -> None:
    """Draw upper limits of the healthy among values, and the form that keeps them.

    Parameters
    ----------
    values : sequence of CohortValue
        As they are filtered.
    everybody : sequence of CohortValue
        All: whom to choose from.
    """
    people, sides, method = _ask(everybody)
    if not people:
        st.info("Choose who is healthy.", icon=":material/person_check:")
        return
    built = build_norms(values, people, everybody=everybody, sides=sides, method=method)
    if not built:
        st.info("These people have no value in mm² without a reservation.", icon=":material/info:")
        return
    st.dataframe([_row(one) for one in built], hide_index=True)
    _remarks(built, sides)
    if any(one.limit is not None for one in built):
        _save(built, values, people, sides)


def _ask(everybody: Sequence[CohortValue]) -> tuple[list[str], OneValue, LimitMethod]:
    codes = sorted({one.patient.code for one in everybody})
    healthy = sorted(healthy_people(everybody))
    came = _keep_choice(codes, healthy)
    chosen = st.multiselect(
        "Who is healthy", codes, key=_PEOPLE, help="Nobody is taken for healthy but whom you choose."
    )
    if came := [one for one in came if one not in chosen]:
        st.caption(f"Healthy by a visit that came since, and not chosen: {plain(', '.join(came))}.")
    words = ", ".join(f"“{one}”" for one in HEALTHY_WORDS)
    st.caption(
        f"Chosen beforehand are people with a visit whose indication is {words}, alone or before a comma; of these "
        "people only such visits count. Of everybody the first visit counts. Values in px² or with a reservation take "
        "no part, and the filters above hold."
    )
    left, right = st.columns(2)
    sides = left.radio("One value a person and site", [one.value for one in OneValue], key="norms-sides")
    method = right.radio("Upper limit", [one.value for one in LimitMethod], key="norms-method")
    return chosen, OneValue(sides), LimitMethod(method)


def _keep_choice(codes: Sequence[str], healthy: Sequence[str]) -> list[str]:
    """Keep who was chosen, as far as they are still there; gives those who came to be healthy since."""
    state = st.session_state
    if _PEOPLE not in state:
        state[_PEOPLE], state[_HEALTHY] = list(healthy), tuple(healthy)
    ill_since = [one for one in state[_HEALTHY] if one not in healthy]  # their visit was called otherwise
    state[_PEOPLE] = [one for one in state[_PEOPLE] if one in codes and one not in ill_since]
    state[_HEALTHY] = tuple(one for one in state[_HEALTHY] if one in healthy)
    return [one for one in healthy if one not in state[_HEALTHY]]


def _row(one: BuiltNorm) -> dict[str, str]:
    limit = one.limit
    if limit is None:
        return {"nerve and site": one.station.words, "people": str(one.n), "upper limit mm²": "–", "note": one.why_not}
    return {
        "nerve and site": one.station.words,
        "people": str(one.n),
        "upper limit mm²": f"{limit.limit:.1f}",
        "90 % CI": f"{limit.low:.1f} to {limit.high:.1f}",
        "mean ± SD mm²": f"{limit.mean:.1f} ± {limit.sd:.1f}",
        "note": "; ".join(limit.warnings),
    }


def _remarks(built: Sequence[BuiltNorm], sides: OneValue) -> None:
    limits = [one.limit for one in built if one.limit is not None]
    if any(one.n < ENOUGH for one in limits):
        st.warning(
            f"Of fewer than {ENOUGH} people the upper limit is uncertain by as much as its confidence interval says, "
            "and areas are held against it all the same once it is saved.",
            icon=":material/warning:",
        )
    ways = {one.interval_method for one in limits}
    both = (
        " The mean of both sides varies less than one side: a limit of it is a little too low for a single nerve."
        if sides is OneValue.BOTH
        else ""
    )
    if ways:
        st.caption(f"Confidence intervals {'; '.join(sorted(ways))}. {GUIDELINE}.{both}")


def _save(built: Sequence[BuiltNorm], values: Sequence[CohortValue], people: Sequence[str], sides: OneValue) -> None:
    follow(_POPULATION, _population(values, people))  # of whom the norms are now
    with st.form("norms-save", border=True):
        name = st.text_input("Name of the set", max_chars=32, placeholder="such as lab-2026", key="norms-name")
        population = st.text_input("Population", max_chars=200, key=_POPULATION)
        if not st.form_submit_button("Save as own norms", icon=":material/save:", type="primary"):
            return
    try:
        saved = save_norms(
            name.strip(),
            built,
            population=population,
            sides=sides,
            store=application().visits.norms,
            actor=actor(),
            now=now(),
        )
    except NerveAppError as error:
        show_error(error)
        return
    st.session_state[_DONE] = f"{plain(name.strip())} is saved: {counted(len(saved), 'upper limit')}."
    st.rerun()


def _population(values: Sequence[CohortValue], people: Sequence[str]) -> str:
    """Describe the healthy as far as they are known."""
    chosen = {one.patient.code: one for one in values if one.patient.code in people}
    ages = [one.age for one in chosen.values() if one.age is not None]
    known = [one.patient.sex.value for one in chosen.values() if one.patient.sex is not None]
    parts = (
        "own cohort, healthy",
        f"{min(ages)} to {max(ages)} years" if len(ages) == len(chosen) else "",
        f"{known.count('female')} women" if len(known) == len(chosen) else "",
    )
    return ", ".join(filter(None, parts))


def show_norm_sets() -> None:
    """Draw the sets of norms of one's own, and how to bring or remove one."""
    store = application().visits.norms
    st.subheader("Own norms", anchor=False)
    if (done := st.session_state.pop(_DONE, None)) is not None:
        st.success(done, icon=":material/check:")
    names = store.sets()
    st.caption(
        "Areas are held against own norms before the published ones, the newest set first."
        if names
        else "There are none: areas are held against the published norms."
    )
    for name in names:
        with st.container(horizontal=True, vertical_alignment="center", key=f"norm-set-{name}"):
            st.markdown(f"**{plain(name)}**", width="stretch")
            with st.popover("Remove", icon=":material/delete:"):
                st.write(f"Remove {plain(name)}? Areas are held against other norms from then on.")
                if st.button("Remove for ever", key=f"norm-remove-{name}", type="primary"):
                    _do_remove(name)
    with st.expander("All norms at hand, and norms from a CSV file", icon=":material/table:"):
        _table()
        _bring()


def _table() -> None:
    store = application().visits.norms
    norms = store.table().norms
    rows = [
        {
            "nerve": one.nerve.value,
            "site": one.site.value,
            "population": one.population,
            "n": one.n,
            "mean mm²": one.mean_mm2,
            "SD mm²": one.sd_mm2,
            "upper limit mm²": one.upper_limit_mm2,
            "method": one.method,
            "source": one.source,
        }
        for one in norms
    ]
    st.dataframe(rows, hide_index=True, height=280, placeholder="–")
    st.download_button(
        "Download this table (CSV)",
        lambda: store.as_csv(norms),
        "norms.csv",
        "text/csv",
        on_click="ignore",
        icon=":material/download:",
        key="norms-csv",
    )


def _bring() -> None:
    upload = st.file_uploader(
        "A table of norms (CSV with the columns of the download above)", "csv", key="norms-upload"
    )
    name = st.text_input("Name of its set", max_chars=32, placeholder="such as lab-2026", key="norms-upload-name")
    if upload is None or not st.button("Add as own norms", icon=":material/upload:", key="norms-add"):
        return
    try:
        brought = import_norms(name.strip(), upload.getvalue(), application().visits.norms, actor=actor(), now=now())
    except NerveAppError as error:
        show_error(error)
        return
    st.session_state[_DONE] = f"{plain(name.strip())} is added: {counted(len(brought), 'row')}."
    st.rerun()


def _do_remove(name: str) -> None:
    try:
        remove_norms(name, application().visits.norms, actor=actor())
    except NerveAppError as error:
        show_error(error)
        return
    st.session_state[_DONE] = f"{plain(name)} is removed."
    st.rerun()
