"""Locked outlines, two models on the same frames, and the gate between a model and its use."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import streamlit as st

from nerveapp.bootstrap import Application
from nerveapp.clock import now
from nerveapp.domain.counted import counted
from nerveapp.domain.promotion import FEW_PEOPLE, TOLERANCE, Gate, Role
from nerveapp.errors import ModelError, NerveAppError
from nerveapp.ui.page.actor import actor
from nerveapp.ui.page.failures import show_error
from nerveapp.ui.page.labels import labels_apart, person_in_words
from nerveapp.ui.page.plain_text import plain
from nerveapp.ui.page.task_view import result_of
from nerveapp.workflows.annotating.select_annotations import locked_people
from nerveapp.workflows.evaluating.judge import compare_models, judging_frames
from nerveapp.workflows.evaluating.score_own_clips import own_outlines
from nerveapp.workflows.execution.tasks import Progress
from nerveapp.workflows.models.choose_model import model_in_use
from nerveapp.workflows.models.promote import (
    LockCandidate,
    check_gate,
    judged_sites,
    lock_people,
    people_to_lock,
    promote,
    roll_back,
)

_LOCK_CONFIRMED = "lock-confirmed"
_LOCKED, _ALL = "locked outlines", "all final outlines"


def show_promotion(app: Application, shown: str) -> None:
    """Draw comparing the model shown or another with the one in use, promoting and going back."""
    st.subheader("Compare and promote", anchor=False)
    _lock(app)
    left, right = st.columns(2)  # four in a row are cut on narrow screens
    roles = [role.value for role in Role]
    role = Role(left.selectbox("Use for", roles, format_func=lambda one: Role(one).words, key="promote-role"))
    used = model_in_use(role, app.registry, app.models)
    locked = app.registry.locked()
    choices = ([_LOCKED] if locked else []) + [_ALL]
    on_locked = right.selectbox("Compare on", choices, key=f"promote-frames-{bool(locked)}") == _LOCKED
    names = app.models.names()
    first = names.index(used) if used in names else 0
    old = left.selectbox("Model in use, or another", names, index=first, key=f"promote-old-{role}-{used}")
    others = [name for name in names if name != old]
    if not others:
        st.caption("There is only one model: train another to compare.")
        return
    own = [name for name in others if name not in {one.shipped for one in Role}]
    likely = shown if shown in others else (own or others)[-1]
    second = others.index(likely)
    new = right.selectbox("New model", others, index=second, key=f"promote-new-{role}-{old}-{shown}")
    frames = app.registry.locked() if on_locked else own_outlines(app.annotations)
    about = (role, frames, *((name, app.models.card(name).sha256) for name in (old, new)))
    if st.button("Compare on the same frames", icon=":material/compare:", key="promote-compare"):
        app.scorings.comparisons.start(about, partial(_compare, app, role, (old, new), on_locked))
    try:
        gate = result_of(app.scorings.comparisons, about, "Outlining the same frames with both", key="promote-stop")
    except NerveAppError as error:
        show_error(error)
    else:
        if gate is not None:
            _show(app, role, gate)
    _history(app, role, used)


def _lock(app: Application) -> None:
    _lock_confirmed(app)
    people = locked_people(app.annotations, app.registry)
    label = f"Locked for testing: {', '.join(map(person_in_words, people))}" if people else "No person is locked"
    with st.expander(plain(label[:80]), icon=":material/lock:"):
        st.write(
            "Models are compared on outlines of locked people, on whom no model is ever trained. Lock people before "
            "you train: a model that was trained on a person cannot be judged on that person. A lock cannot be undone."
        )
        candidates = {one.person: one for one in people_to_lock(app.annotations, app.registry)}
        named = labels_apart(candidates, person_in_words)
        chosen = st.multiselect("People to lock", list(named), key="lock-people", format_func=named.__getitem__)
        if st.button("Lock…", disabled=not chosen, icon=":material/lock:", key="lock-now"):
            _ask_to_lock([candidates[one] for one in chosen])


@st.dialog("Lock these people for ever?")
def _ask_to_lock(chosen: Sequence[LockCandidate]) -> None:
    frames = sum(one.frames for one in chosen)
    st.write(
        f"{counted(frames, 'frame')} of {counted(len(chosen), 'person')} will be locked: "
        + plain(", ".join(f"{person_in_words(one.person)} ({one.frames})" for one in chosen))
    )
    st.write(
        "From then on they only serve to test models. They are left out of every training and training set, of all "
        "their clips, now and later. This cannot be undone."
    )

    def confirm() -> None:
        st.session_state[_LOCK_CONFIRMED] = [one.person for one in chosen]

    with st.container(horizontal=True):
        yes = st.button("Lock for ever", type="primary", icon=":material/lock:", key="lock-yes", on_click=confirm)
        no = st.button("Cancel", key="lock-no")
    if yes or no:
        st.rerun()


def _lock_confirmed(app: Application) -> None:
    people = st.session_state.pop(_LOCK_CONFIRMED, None)
    if people is None:
        return
    try:
        count = lock_people(people, store=app.annotations, registry=app.registry, actor=actor(), now=now())
    except NerveAppError as error:
        show_error(error)
        return
    st.success(f"{counted(count, 'frame')} of {counted(len(people), 'person')} locked.", icon=":material/lock:")


def _compare(app: Application, role: Role, names: tuple[str, str], on_locked: bool, on_progress: Progress) -> Gate:
    frames = judging_frames(role, app.annotations, app.registry, locked_only=on_locked)
    old, new = (app.segmenters.segmenter(name) for name in names)
    return compare_models(old, new, frames, on_progress=on_progress)


def _show(app: Application, role: Role, gate: Gate) -> None:
    st.dataframe(
        [
            {
                "person": person_in_words(one.person),
                "frames": one.frames,
                gate.old: round(one.old_dice, 3),
                gate.new: round(one.new_dice, 3),
                "change": round(one.new_dice - one.old_dice, 3),
                "trained on by": ", ".join(
                    name
                    for name, seen in ((gate.old, gate.seen_by_old), (gate.new, gate.seen_by_new))
                    if one.person in seen
                ),
            }
            for one in gate.people
        ],
        hide_index=True,
    )
    before = sum(one.old_dice for one in gate.people) / len(gate.people)
    after = sum(one.new_dice for one in gate.people) / len(gate.people)
    st.write(
        f"Mean Dice of {counted(len(gate.people), 'person')}: {before:.3f} with {plain(gate.old)}, "
        f"{after:.3f} with {plain(gate.new)}. Dice falls by more than {TOLERANCE} for "
        f"{counted(len(gate.worse_for), 'person')}."
    )
    for name, seen in ((gate.old, gate.seen_by_old), (gate.new, gate.seen_by_new)):
        if seen:
            people = plain(", ".join(map(person_in_words, seen)))
            st.caption(f":material/warning: {plain(name)} was trained on {people}: its Dice there is too high.")
    card = app.models.card(gate.new)
    try:
        check_gate(role, card, gate, models=app.models, store=app.annotations, registry=app.registry)
    except ModelError as why_not:
        st.warning(plain(str(why_not)), icon=":material/block:")
        return
    _say_what_it_rests_on(app, role, gate)
    if st.button(f"Use {plain(gate.new)} for {role.words}", type="primary", icon=":material/upgrade:", key="promote"):
        promote(
            role,
            card,
            gate,
            models=app.models,
            store=app.annotations,
            registry=app.registry,
            actor=actor(),
            now=now(),
        )
        st.rerun()


def _say_what_it_rests_on(app: Application, role: Role, gate: Gate) -> None:
    """Say beside the button that puts a model to use on how little that may rest."""
    sites = plain(", ".join(judged_sites(gate, app.annotations)))
    said = f"Judged on {counted(len(gate.people), 'person')}: {sites}."
    if role is Role.OTHER_NERVES:
        said += " It would outline all other nerves and sites too, of which this says nothing."
    if len(gate.people) < FEW_PEOPLE:
        said += " So few people say little of others: lock more before you use it."
    if role is Role.OTHER_NERVES or len(gate.people) < FEW_PEOPLE:
        st.warning(said, icon=":material/groups:")
    else:
        st.caption(said)


def _history(app: Application, role: Role, used: str) -> None:
    steps = app.registry.promotions(role)
    st.write(f"In use for {role.words}: **{plain(used)}**")
    if used != role.shipped and st.button("Restore the previous model", icon=":material/undo:", key="roll-back"):
        roll_back(role, app.registry, models=app.models, actor=actor(), now=now(), used=used)
        st.rerun()
    if steps:
        with st.expander("Models in use over time"):
            st.dataframe(
                [
                    {
                        "from (UTC)": f"{one.at:%Y-%m-%d %H:%M}",
                        "model": one.model,
                        "sha256": one.sha256[:12],
                        "by": one.by or "–",
                        "how": "restored"
                        if one.gate is None
                        else f"promoted on {counted(len(one.gate.people), 'person')}",
                    }
                    for one in reversed(steps)
                ],
                hide_index=True,
            )
