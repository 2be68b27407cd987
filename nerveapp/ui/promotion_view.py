"""Locked outlines, two models on the same frames, and the gate between a model and its use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from nerveapp.bootstrap import Application
from nerveapp.clock import now
from nerveapp.domain.counted import counted
from nerveapp.domain.promotion import TOLERANCE, Gate, Role
from nerveapp.errors import ModelError, NerveAppError
from nerveapp.ui.actor import actor
from nerveapp.ui.plain_text import plain
from nerveapp.ui.shell import show_error
from nerveapp.workflows.choose_model import model_in_use
from nerveapp.workflows.judge import compare_models, judging_images
from nerveapp.workflows.promote import (
    LockCandidate,
    check_gate,
    lock_people,
    people_to_lock,
    promote,
    roll_back,
)
from nerveapp.workflows.select_annotations import locked_people

_JUDGED = "judged"
_LOCK_CONFIRMED = "lock-confirmed"
_LOCKED, _ALL = "locked outlines", "all final outlines"


@dataclass(frozen=True, slots=True)
class _Judged:
    """What was compared, and on what."""

    role: Role
    gate: Gate
    on_locked: bool
    locked: tuple[str, ...]


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
    second = others.index(shown) if shown in others else len(others) - 1
    new = right.selectbox("New model", others, index=second, key=f"promote-new-{role}-{old}-{shown}")
    if st.button("Compare on the same frames", icon=":material/compare:", key="promote-compare"):
        _compare(app, role, (old, new), on_locked=on_locked)
    judged: _Judged | None = st.session_state.get(_JUDGED)
    asked = (role, on_locked, locked, app.models.card(old).sha256, app.models.card(new).sha256)
    if judged is not None and asked == (
        judged.role,
        judged.on_locked,
        judged.locked,
        judged.gate.old_sha256,
        judged.gate.new_sha256,
    ):
        _show(app, judged)
    _history(app, role, used)


def _lock(app: Application) -> None:
    _lock_confirmed(app)
    people = locked_people(app.annotations, app.registry)
    label = f"Locked for testing: {', '.join(one[:24] for one in people)}" if people else "No person is locked"
    with st.expander(plain(label[:80]), icon=":material/lock:"):
        st.write(
            "Models are compared on outlines of locked people, on whom no model is ever trained. Lock people before "
            "you train: a model that was trained on a person cannot be judged on that person. A lock cannot be undone."
        )
        candidates = {one.person: one for one in people_to_lock(app.annotations, app.registry)}
        chosen = st.multiselect("People to lock", list(candidates), key="lock-people", format_func=lambda one: one[:24])
        if st.button("Lock…", disabled=not chosen, icon=":material/lock:", key="lock-now"):
            _ask_to_lock([candidates[one] for one in chosen])


@st.dialog("Lock these people for ever?")
def _ask_to_lock(chosen: Sequence[LockCandidate]) -> None:
    frames = sum(one.frames for one in chosen)
    st.write(
        f"{counted(frames, 'frame')} of {counted(len(chosen), 'person')} will be locked: "
        + plain(", ".join(f"{one.person[:24]} ({one.frames})" for one in chosen))
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


def _compare(app: Application, role: Role, names: tuple[str, str], *, on_locked: bool) -> None:
    try:
        images = judging_images(role, app.annotations, app.registry, locked_only=on_locked)
        bar = st.progress(0.0, "Outlining the same frames with both")

        def show(done: int, whole: int) -> None:
            bar.progress(done / whole, "Outlining the same frames with both")

        old, new = (app.segmenters.segmenter(name) for name in names)
        gate = compare_models(old, new, images, on_progress=show)
        bar.empty()
    except NerveAppError as error:
        show_error(error)
        return
    st.session_state[_JUDGED] = _Judged(role, gate, on_locked, app.registry.locked())


def _show(app: Application, judged: _Judged) -> None:
    gate = judged.gate
    st.dataframe(
        [
            {
                "person": one.person[:24],
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
            people = plain(", ".join(one[:24] for one in seen))
            st.caption(f":material/warning: {plain(name)} was trained on {people}: its Dice there is too high.")
    card = app.models.card(gate.new)
    try:
        check_gate(judged.role, card, gate, models=app.models, store=app.annotations, registry=app.registry)
    except ModelError as why_not:
        st.warning(plain(str(why_not)), icon=":material/block:")
        return
    if st.button(
        f"Use {plain(gate.new)} for {judged.role.words}", type="primary", icon=":material/upgrade:", key="promote"
    ):
        promote(
            judged.role,
            card,
            gate,
            models=app.models,
            store=app.annotations,
            registry=app.registry,
            actor=actor(),
            now=now(),
        )
        st.rerun()


def _history(app: Application, role: Role, used: str) -> None:
    steps = app.registry.promotions(role)
    st.write(f"In use for {role.words}: **{plain(used)}**")
    if used != role.shipped and st.button("Restore the previous model", icon=":material/undo:", key="roll-back"):
        roll_back(role, app.registry, models=app.models, actor=actor(), now=now())
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
