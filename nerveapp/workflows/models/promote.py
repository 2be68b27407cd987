"""Lock people for judging models, put a model to use if it passes the gate, and restore an earlier one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from nerveapp.domain.actor import Actor, Right
from nerveapp.domain.model import ModelCard
from nerveapp.domain.promotion import Gate, Promotion, Role
from nerveapp.domain.view import nerve_at_site
from nerveapp.errors import ModelError
from nerveapp.ports import AnnotationStore, ModelRegistry, ModelStore
from nerveapp.workflows.annotating.select_annotations import clips_of_outlines, locked_people, outlines_that_count
from nerveapp.workflows.models.choose_model import is_unchanged, model_in_use


@dataclass(frozen=True, slots=True)
class LockCandidate:
    """A person whose outlines may be locked.

    Parameters
    ----------
    person : str
    frames : int
        Final or adjudicated outlines that would be locked.
    """

    person: str
    frames: int


def people_to_lock(store: AnnotationStore, registry: ModelRegistry) -> tuple[LockCandidate, ...]:
    """List the people with final outlines who are not locked yet, sorted by code."""
    locked = set(locked_people(store, registry))
    frames = Counter(one.clip.person for one in outlines_that_count(store))
    return tuple(LockCandidate(person, count) for person, count in sorted(frames.items()) if person not in locked)


def lock_people(
    people: Collection[str], *, store: AnnotationStore, registry: ModelRegistry, actor: Actor, now: datetime
) -> int:
    """Lock the outlines of people: models are judged on them from now on, and none is ever trained on them again.

    Parameters
    ----------
    people : collection of str
        From `people_to_lock`.
    store, registry : AnnotationStore, ModelRegistry
    actor : Actor
    now : datetime
        With a time zone.

    Returns
    -------
    int
        How many outlines were locked.

    Raises
    ------
    RightsError
        If the actor may not.
    ModelError
        If there is nothing to lock.
    """
    actor.require(Right.PROMOTE)
    free = {one.person for one in people_to_lock(store, registry)} & set(people)
    ids = [one.entry.id for one in outlines_that_count(store) if one.clip.person in free]
    if not ids:
        raise ModelError("There are no outlines of these people to lock.", "Choose people with final outlines.")
    registry.lock(ids, now=now, by=actor.code)
    return len(ids)


def promote(
    role: Role,
    card: ModelCard,
    gate: Gate,
    *,
    models: ModelStore,
    store: AnnotationStore,
    registry: ModelRegistry,
    actor: Actor,
    now: datetime,
) -> Promotion:
    """Put a model to use, if it has passed the gate; see `check_gate`.

    Raises
    ------
    ModelError
        If it has not.
    RightsError
        If the actor may not.
    """
    actor.require(Right.PROMOTE)
    check_gate(role, card, gate, models=models, store=store, registry=registry)
    promotion = Promotion(role, card.name, card.sha256, now, gate, actor.code)
    registry.promote(promotion)
    return promotion


def check_gate(
    role: Role, card: ModelCard, gate: Gate, *, models: ModelStore, store: AnnotationStore, registry: ModelRegistry
) -> None:
    """Check that a model may be put to use: judged on all frames locked for the role, beside the model in use, passed.

    Raises
    ------
    ModelError
        If the judgement is of another model or other weights, on other frames, beside another model than the one that
        is in use now, or not passed.
    """
    if (gate.new, gate.new_sha256) != (card.name, card.sha256):
        raise ModelError(f"{card.name} has not passed the gate: another model was judged.", "Compare it first.")
    locked = clips_of_outlines(store, registry.locked())
    if set(gate.frames) != {one for one, clip in locked.items() if role.judged_on(clip.view)}:
        raise ModelError(
            f"{card.name} was not judged on the frames that are locked for {role.words}.",
            "To promote, compare with the model in use on the locked frames.",
        )
    used = models.card(model_in_use(role, registry, models))
    if (gate.old, gate.old_sha256) != (used.name, used.sha256):
        raise ModelError(
            f"{card.name} was compared with {gate.old}, and {used.name} is in use.",
            "To promote, compare with the model in use on the locked frames.",
        )
    if not gate.passed:
        raise ModelError(
            f"{card.name} has not passed the gate: {'; '.join(gate.why_not)}.", "Improve it, or keep the one in use."
        )


def judged_sites(gate: Gate, store: AnnotationStore) -> tuple[str, ...]:
    """Name the nerves and sites that a judgement is of, sorted; whoever promotes learns nothing of others from it."""
    views = {clip.view for clip in clips_of_outlines(store, gate.frames).values()}
    return tuple(sorted({nerve_at_site(view.nerve, view.site) for view in views}))


def roll_back(
    role: Role, registry: ModelRegistry, *, models: ModelStore, actor: Actor, now: datetime, used: str | None = None
) -> Promotion:
    """Restore the model that was in use before the present one, or the shipped one if there was none.

    Parameters
    ----------
    role : Role
    registry : ModelRegistry
    models : ModelStore
    actor : Actor
        Needs the right to promote.
    now : datetime
        With a time zone.
    used : str, optional
        The model in use as whoever goes back sees it.

    Raises
    ------
    ModelError
        If none was ever promoted, or another model is in use by now.
    RightsError
        If the actor may not.
    """
    actor.require(Right.PROMOTE)
    steps = registry.promotions(role)
    if not steps:
        raise ModelError("No model was ever promoted here.", "There is nothing to go back to.")
    if used is not None and used != (newest := steps[-1].model):
        raise ModelError(f"{newest} is in use by now, and not {used}.", "Look again before you go back.")
    standing: list[Promotion] = []
    for step in steps:  # going back takes promotions away down to the model it went back to; the rest is the history
        if step.gate is not None:
            standing.append(step)
            continue
        standing.pop()
        while standing and (standing[-1].model, standing[-1].sha256) != (step.model, step.sha256):
            standing.pop()
    if not standing:
        raise ModelError("The shipped model is in use.", "There is nothing to go back to.")
    standing.pop()
    while standing and not is_unchanged(standing[-1].model, standing[-1].sha256, models):  # it was removed since
        standing.pop()
    if standing:
        model, sha256 = standing[-1].model, standing[-1].sha256
    else:
        model, sha256 = role.shipped, models.card(role.shipped).sha256
    promotion = Promotion(role, model, sha256, now, None, actor.code)
    registry.promote(promotion)
    return promotion
