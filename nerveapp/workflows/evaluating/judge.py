"""Judge models on locked outlines: how one outlines people it never saw, and how two compare on the same frames."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import numpy as np

from nerveapp.analysis.transforms import to_grey
from nerveapp.domain.actor import Actor, Right
from nerveapp.domain.annotated_frame import AnnotatedFrame
from nerveapp.domain.experiments.report import SplitScore, TrainingReport
from nerveapp.domain.experiments.results import ImageScore
from nerveapp.domain.labelled import LabelledImage
from nerveapp.domain.model import ModelCard
from nerveapp.domain.promotion import Gate, PersonGain, Role
from nerveapp.errors import ModelError
from nerveapp.ports import AnnotationStore, ModelRegistry, ModelStore, Segmenter
from nerveapp.workflows.annotating.select_annotations import outlines_that_count, read_frames
from nerveapp.workflows.evaluating.evaluate import score_images, summarise_scores
from nerveapp.workflows.execution.tasks import Progress


def labelled(frame: AnnotatedFrame) -> LabelledImage:
    """Read the pixels of an outline; its name is the outline's id, its group the person."""
    return LabelledImage(
        frame.annotation.id,
        frame.clip.person,
        to_grey(frame.image()),
        frame.annotation.mask.unpack(),
        clip=frame.clip.sha256,
        frame=frame.frame,
        view=frame.clip.view,
    )


def for_role(frames: Sequence[AnnotatedFrame], role: Role) -> list[AnnotatedFrame]:
    """Give the frames that a role's model is to outline; one of which nobody said what it shows is no role's."""
    return [one for one in frames if role.judged_on(one.clip.view)]


def locked_frames(role: Role, store: AnnotationStore, registry: ModelRegistry) -> list[AnnotatedFrame]:
    """Read the outlines that a role's models are judged on before one is put to use."""
    return for_role(read_frames(store, registry.locked()), role)


def judging_frames(
    role: Role, store: AnnotationStore, registry: ModelRegistry, *, locked_only: bool
) -> list[AnnotatedFrame]:
    """Read the outlines to compare two models on: the locked ones of a role, or all that count, locked or not."""
    if locked_only:
        return locked_frames(role, store, registry)
    return for_role(read_frames(store, [one.entry.id for one in outlines_that_count(store)]), role)


def people_known(people: Iterable[tuple[str, str]], card: ModelCard) -> tuple[str, ...]:
    """Give the people whom a model has learnt from, by their names or by one of their clips, sorted.

    Parameters
    ----------
    people : iterable of (str, str)
        Names, each with a clip of theirs.
    card : ModelCard
    """
    return tuple(sorted({person for person, clip in people if card.knows(person, clip)}))


def _known(frames: Sequence[AnnotatedFrame], card: ModelCard) -> tuple[str, ...]:
    return people_known(((one.clip.person, one.clip.sha256) for one in frames), card)


def _scores(
    frames: Sequence[AnnotatedFrame], segmenter: Segmenter, on_progress: Callable[[int], None]
) -> list[ImageScore]:
    """Outline frames and compare, one after another: a cohort fills no memory."""
    return score_images(map(labelled, frames), segmenter, on_progress=on_progress)


def score_unseen(
    frames: Sequence[AnnotatedFrame], segmenter: Segmenter, *, on_progress: Progress = lambda *_: None
) -> SplitScore:
    """Score a model on the frames of people it was not trained on.

    Raises
    ------
    ModelError
        If there are none, or the card does not name the people of a set it was trained on.
    """
    card = segmenter.card
    if card.unnamed_sets:
        raise ModelError(
            f"Whom {card.name} was trained on is not known: its card names nobody of {', '.join(card.unnamed_sets)}.",
            "Score a model whose card names them.",
        )
    seen = _known(frames, card)
    unseen = [one for one in frames if one.clip.person not in seen]
    if not unseen:
        raise ModelError(
            f"There is nobody that {card.name} was not trained on.", "Lock outlines of people it has not seen."
        )
    score = summarise_scores(
        _scores(unseen, segmenter, lambda done: on_progress(done, len(unseen))),
        dataset="locked outlines",
        split="people never trained on",
        engine=segmenter.engine,
        unseen_people=True,
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
    old: Segmenter, new: Segmenter, frames: Sequence[AnnotatedFrame], *, on_progress: Progress = lambda *_: None
) -> Gate:
    """Outline the same frames with two models and judge the second beside the first.

    Raises
    ------
    ModelError
        If there are no frames.
    """
    if not frames:
        raise ModelError(
            "There are no frames to judge on: no outline of this choice is of a clip of that nerve and site.",
            "Say on the Library page what the clips show, choose other outlines, or lock some first.",
        )
    whole = 2 * len(frames)
    before = _scores(frames, old, lambda done: on_progress(done, whole))
    after = _scores(frames, new, lambda done: on_progress(len(frames) + done, whole))
    return Gate(
        old.card.name,
        new.card.name,
        paired(before, after),
        _known(frames, old.card),
        _known(frames, new.card),
        old.card.sha256,
        new.card.sha256,
        tuple(sorted(one.annotation.id for one in frames)),
        new.card.unnamed_sets,
    )


def score_on_locked(
    report: TrainingReport,
    segmenter: Segmenter,
    *,
    actor: Actor,
    models: ModelStore,
    store: AnnotationStore,
    registry: ModelRegistry,
    on_progress: Progress = lambda *_: None,
) -> TrainingReport:
    """Score a model on the locked people it has not learnt from, at the sites it was tested on, and keep that.

    The report is kept with the new score in place of an earlier one of this kind.

    Raises
    ------
    ModelError
        If there is nobody to score it on.
    RightsError
        If the actor may not train.
    """
    actor.require(Right.TRAIN)
    sites = {(one.view.nerve, one.view.site) for one in report.frames if one.view}
    frames = [
        one for one in read_frames(store, registry.locked()) if (one.clip.view.nerve, one.clip.view.site) in sites
    ]
    others = tuple(one for one in report.splits if one.split is not None)
    scored = replace(report, splits=(*others, score_unseen(frames, segmenter, on_progress=on_progress)))
    models.save_report(scored)
    return scored
