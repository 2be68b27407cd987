"""Judge models on outlines kept for it: how one does on people it never saw, and whether it may replace another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime

import numpy as np

from nerveapp.analysis.transforms import to_grey
from nerveapp.domain.experiments.report import SplitScore
from nerveapp.domain.experiments.results import ImageScore
from nerveapp.domain.labelled import LabelledImage
from nerveapp.domain.model import ModelCard
from nerveapp.domain.promotion import Gate, PersonGain, Promotion, Role
from nerveapp.errors import ModelError
from nerveapp.ports import AnnotationStore, ModelRegistry, ModelStore, Segmenter
from nerveapp.workflows.evaluate import score_images, summarise_scores

Progress = Callable[[int, int], None]


def stored_images(store: AnnotationStore, annotation_ids: Sequence[str]) -> list[LabelledImage]:
    """Read outlines with their pixels, by ids; their groups are the people."""
    clips = {clip.sha256: clip for clip in store.clips()}
    found = []
    for one in map(store.annotation, annotation_ids):
        clip = clips[one.clip_sha256]
        found.append(
            LabelledImage(
                one.id,
                clip.person,
                to_grey(store.image(one.clip_sha256, one.frame)),
                one.mask.unpack(),
                clip=clip.sha256,
                frame=one.frame,
                view=clip.view,
            )
        )
    return found


def for_role(images: Sequence[LabelledImage], role: Role) -> list[LabelledImage]:
    """Give the images that a role's model is to outline."""
    return [image for image in images if image.view is not None and Role.of(image.view) is role]


def locked_images(role: Role, store: AnnotationStore, registry: ModelRegistry) -> list[LabelledImage]:
    """Read the outlines that a role's models are judged on before one is put to use."""
    return for_role(stored_images(store, registry.locked()), role)


def people_known(images: Sequence[LabelledImage], card: ModelCard) -> tuple[str, ...]:
    """Give the people among images whom a model has learnt from, by their names or by one of their clips, sorted."""
    return tuple(sorted({image.group for image in images if card.knows(image)}))


def score_unseen(
    images: Sequence[LabelledImage], segmenter: Segmenter, *, on_progress: Progress = lambda *_: None
) -> SplitScore:
    """Score a model on the images of people it has not learnt from.

    Raises
    ------
    ModelError
        If there are none.
    """
    card = segmenter.card
    seen = people_known(images, card)
    unseen = [image for image in images if image.group not in seen]
    if not unseen:
        raise ModelError(
            f"There is nobody that {card.name} has not learnt from.", "Lock outlines of people it has not seen."
        )
    score = summarise_scores(
        score_images(unseen, segmenter, on_progress=on_progress),
        dataset="locked outlines",
        split="people never trained on",
        engine=segmenter.engine,
    )
    real = [data for data in card.trained_on if data.members]
    return SplitScore(None, None, sum(data.images for data in real), len(card.people), score)


def paired(old: Sequence[ImageScore], new: Sequence[ImageScore]) -> tuple[PersonGain, ...]:
    """Set two models' scores of the same frames side by side, person by person, the greatest loss first.

    Raises
    ------
    ValueError
        If they are not of the same frames.
    """
    if [one.name for one in old] != [one.name for one in new]:
        raise ValueError("expected scores of the same frames in the same order")
    by_person: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
    for first, second in zip(old, new, strict=True):
        by_person[first.group].append((first.dice, second.dice))
    gains = []
    for person, pairs in by_person.items():
        first, second = np.mean(pairs, axis=0)
        gains.append(PersonGain(person, len(pairs), float(first), float(second)))
    return tuple(sorted(gains, key=lambda one: one.new_dice - one.old_dice))


def compare_models(
    old: Segmenter, new: Segmenter, images: Sequence[LabelledImage], *, on_progress: Progress = lambda *_: None
) -> Gate:
    """Outline the same frames with two models and judge the second beside the first.

    Raises
    ------
    ModelError
        If there are no frames.
    """
    if not images:
        raise ModelError("There are no frames to judge on.", "Lock outlines of some people first.")
    whole = 2 * len(images)
    before = score_images(images, old, on_progress=lambda done, _: on_progress(done, whole))
    after = score_images(images, new, on_progress=lambda done, _: on_progress(len(images) + done, whole))
    return Gate(
        old.card.name,
        new.card.name,
        paired(before, after),
        people_known(images, old.card),
        people_known(images, new.card),
        old.card.sha256,
        new.card.sha256,
        tuple(sorted(image.name for image in images)),
    )


def promote(
    role: Role,
    card: ModelCard,
    gate: Gate,
    *,
    models: ModelStore,
    store: AnnotationStore,
    registry: ModelRegistry,
    now: datetime,
) -> Promotion:
    """Put a model to use, if it has passed the gate; see `check_gate`.

    Raises
    ------
    ModelError
        If it has not.
    """
    check_gate(role, card, gate, models=models, store=store, registry=registry)
    promotion = Promotion(role, card.name, card.sha256, now, gate)
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
    clips = {clip.sha256: clip for clip in store.clips()}
    locked = {one.id: clips[one.clip_sha256].view for one in map(store.annotation, registry.locked())}
    if set(gate.frames) != {one for one, view in locked.items() if Role.of(view) is role}:
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
            f"{card.name} has not passed the gate: it has to be worse for nobody, not worse on average, and have "
            "learnt from none of these people.",
            "Improve it, or go on with the one in use.",
        )


def roll_back(role: Role, registry: ModelRegistry, *, shipped: ModelCard, now: datetime) -> Promotion:
    """Bring back the model that was in use before the present one, or the shipped one if there was none.

    Raises
    ------
    ModelError
        If none was ever promoted.
    """
    steps = registry.promotions(role)
    if not steps:
        raise ModelError("No model was ever promoted here.", "There is nothing to go back to.")
    standing: list[Promotion] = []
    for step in steps:  # going back takes the last promotion away; what remains is the history
        if step.gate is None:
            standing.pop()
        else:
            standing.append(step)
    if not standing:
        raise ModelError("The shipped model is in use.", "There is nothing to go back to.")
    standing.pop()
    model, sha256 = (standing[-1].model, standing[-1].sha256) if standing else (shipped.name, shipped.sha256)
    promotion = Promotion(role, model, sha256, now, None)
    registry.promote(promotion)
    return promotion


def in_use(role: Role, registry: ModelRegistry) -> tuple[str, str]:
    """Give name and hash of the promoted model of a role; the shipped one's name and "" before any was promoted."""
    steps = registry.promotions(role)
    return (steps[-1].model, steps[-1].sha256) if steps else (role.shipped, "")


def model_in_use(role: Role, registry: ModelRegistry, models: ModelStore) -> str:
    """Give the model that was promoted for a role, as long as it is here unchanged; else the shipped one.

    Raises
    ------
    StoreError
        If it cannot be told which was promoted: another model must not measure in its place.
    """
    name, sha256 = in_use(role, registry)
    return name if name in models.stored() and models.card(name).sha256 == sha256 else role.shipped
