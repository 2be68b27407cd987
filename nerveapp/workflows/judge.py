"""Judge models on outlines kept for it: how one does on people it never saw, and whether it may replace another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime

import numpy as np

from nerveapp.analysis.transforms import to_grey
from nerveapp.domain.labelled import LabelledImage
from nerveapp.domain.model import ModelCard
from nerveapp.domain.promotion import Gate, PersonGain, Promotion, Role
from nerveapp.domain.report import SplitScore
from nerveapp.domain.study import ImageScore
from nerveapp.errors import ModelError
from nerveapp.ports import AnnotationStore, ModelRegistry, Segmenter
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
                exam=clip.exam,
            )
        )
    return found


def for_role(images: Sequence[LabelledImage], role: Role) -> list[LabelledImage]:
    """Give the images that a role's model is to outline."""
    return [image for image in images if image.exam is not None and Role.of(image.exam) is role]


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
    seen = {image.group for image in images if card.knows(image)}
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
    seen_by_old, seen_by_new = (
        tuple(sorted({image.group for image in images if one.card.knows(image)})) for one in (old, new)
    )
    return Gate(
        old.card.name, new.card.name, paired(before, after), seen_by_old, seen_by_new, old.card.sha256, new.card.sha256
    )


def promote(role: Role, card: ModelCard, gate: Gate, registry: ModelRegistry, *, now: datetime) -> Promotion:
    """Put a model to use.

    Raises
    ------
    ModelError
        If the gate is of another model or other weights, or was not passed.
    """
    if (gate.new, gate.new_sha256) != (card.name, card.sha256) or not gate.passed:
        raise ModelError(f"{card.name} has not passed the gate.", "Improve it, or go on with the one in use.")
    promotion = Promotion(role, card.name, card.sha256, now, gate)
    registry.promote(promotion)
    return promotion


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
