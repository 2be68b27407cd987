"""Locked outlines, two models on the same frames, and the gate between a model and its use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import streamlit as st

from nerveapp import bootstrap
from nerveapp.domain.promotion import TOLERANCE, Gate, Role
from nerveapp.errors import ModelError, NerveAppError
from nerveapp.io.model_store import FolderModelStore
from nerveapp.ports import AnnotationStore, ModelRegistry
from nerveapp.ui.plain_text import plain
from nerveapp.ui.shell import show_error
from nerveapp.ui.words import counted
from nerveapp.workflows.judge import (
    check_gate,
    compare_models,
    for_role,
    locked_images,
    promote,
    roll_back,
    stored_images,
)
from nerveapp.workflows.select_annotations import locked_people, outlines_that_count

_JUDGED = "judged"


@dataclass(frozen=True, slots=True)
class _Judged:
    """What was compared, and on what."""

    role: Role
    gate: Gate
    on_locked: bool
    locked: tuple[str, ...]


def show_promotion(models: FolderModelStore, store: AnnotationStore, registry: ModelRegistry, shown: str) -> None:
    """Draw comparing the model shown or another with the one in use, promoting and going back."""
    st.subheader("Compare and promote", anchor=False)
    _lock(store, registry)
    role_column, old_column, new_column, frames_column = st.columns(4)
    roles = [role.value for role in Role]
    role = Role(role_column.selectbox("Use", roles, format_func=lambda one: Role(one).words, key="promote-role"))
    used = bootstrap.model_in_use(role)
    names = models.names()
    first = names.index(used) if used in names else 0
    old = old_column.selectbox("In use or other", names, index=first, key=f"promote-old-{role}-{used}")
    others = [name for name in names if name != old]
    if not others:
        st.caption("There is one model alone: train another to compare.")
        return
    second = others.index(shown) if shown in others else len(others) - 1
    new = new_column.selectbox("New", others, index=second, key=f"promote-new-{role}-{old}-{shown}")
    locked = registry.locked()
    choices = (["the locked ones"] if locked else []) + ["all final outlines"]
    frames = frames_column.selectbox("Frames", choices, key=f"promote-frames-{bool(locked)}")
    on_locked = frames == "the locked ones"
    if st.button("Compare on the same frames", icon=":material/compare:", key="promote-compare"):
        _compare(store, registry, role, (old, new), on_locked=on_locked)
    judged: _Judged | None = st.session_state.get(_JUDGED)
    asked = (role, on_locked, locked, models.card(old).sha256, models.card(new).sha256)
    if judged is not None and asked == (
        judged.role,
        judged.on_locked,
        judged.locked,
        judged.gate.old_sha256,
        judged.gate.new_sha256,
    ):
        _show(models, store, registry, judged)
    _history(models, registry, role, used)


def _lock(store: AnnotationStore, registry: ModelRegistry) -> None:
    people = locked_people(store, registry)
    said = f"Locked: {', '.join(people)}" if people else "Nobody is locked"
    with st.expander(plain(said[:80]), icon=":material/lock:"):
        st.write(
            "Models are judged on outlines of people who are locked: these are never trained on again, and a lock is "
            "never taken off."
        )
        found = [one for one in outlines_that_count(store) if one.clip.person not in people]
        free = sorted({one.clip.person for one in found})
        chosen = st.multiselect("People to lock", free, key="lock-people", format_func=lambda one: one[:24])
        if st.button("Lock them", disabled=not chosen, icon=":material/lock:", key="lock-now"):
            registry.lock([one.entry.id for one in found if one.clip.person in chosen], now=datetime.now(UTC))
            st.rerun()


def _compare(
    store: AnnotationStore, registry: ModelRegistry, role: Role, names: tuple[str, str], *, on_locked: bool
) -> None:
    locked = registry.locked()
    try:
        images = (
            locked_images(role, store, registry)
            if on_locked
            else for_role(stored_images(store, [one.entry.id for one in outlines_that_count(store)]), role)
        )
        told = st.progress(0.0, "Outlining the same frames with both")

        def tell(done: int, whole: int) -> None:
            told.progress(done / whole, "Outlining the same frames with both")

        old, new = (bootstrap.cached_segmenter(name) for name in names)
        gate = compare_models(old, new, images, on_progress=tell)
        told.empty()
    except NerveAppError as error:
        show_error(error)
        return
    st.session_state[_JUDGED] = _Judged(role, gate, on_locked, locked)


def _show(models: FolderModelStore, store: AnnotationStore, registry: ModelRegistry, judged: _Judged) -> None:
    gate = judged.gate
    st.dataframe(
        [
            {
                "person": one.person[:24],
                "frames": one.frames,
                gate.old: round(one.old_dice, 3),
                gate.new: round(one.new_dice, 3),
                "change": round(one.new_dice - one.old_dice, 3),
                "known to": ", ".join(
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
        f"Mean Dice of {counted(len(gate.people), 'person', 'people')}: {before:.3f} with {plain(gate.old)}, "
        f"{after:.3f} with {plain(gate.new)}; worse for {len(gate.worse_for)} by more than {TOLERANCE}."
    )
    if gate.seen_by_old:
        _say_flattered(gate.old, gate.seen_by_old)
    if gate.seen_by_new:
        _say_flattered(gate.new, gate.seen_by_new)
    card = models.card(gate.new)
    try:
        check_gate(judged.role, card, gate, models=models, store=store, registry=registry)
    except ModelError as why_not:
        st.warning(plain(str(why_not)), icon=":material/block:")
        return
    if st.button(
        f"Use {plain(gate.new)} for {judged.role.words}", type="primary", icon=":material/upgrade:", key="promote"
    ):
        promote(judged.role, card, gate, models=models, store=store, registry=registry, now=datetime.now(UTC))
        st.rerun()


def _say_flattered(model: str, people: Sequence[str]) -> None:
    st.caption(f":material/warning: {plain(model)} has learnt from {plain(', '.join(people))}: flattered there.")


def _history(models: FolderModelStore, registry: ModelRegistry, role: Role, used: str) -> None:
    steps = registry.promotions(role)
    st.write(f"In use for {role.words}: **{plain(used)}**")
    if used != role.shipped and st.button("Go back to the one before", icon=":material/undo:", key="roll-back"):
        roll_back(role, registry, shipped=models.card(role.shipped), now=datetime.now(UTC))
        st.rerun()
    if steps:
        with st.expander("What was in use when"):
            st.dataframe(
                [
                    {
                        "from": f"{one.at:%Y-%m-%d %H:%M}",
                        "model": one.model,
                        "sha256": one.sha256[:12],
                        "how": "brought back" if one.gate is None else f"passed on {len(one.gate.people)} people",
                    }
                    for one in reversed(steps)
                ],
                hide_index=True,
            )
