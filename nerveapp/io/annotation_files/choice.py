"""Choosing annotations of the store to write: one per frame."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from nerveapp.domain.annotation import State
from nerveapp.errors import AnnotationError
from nerveapp.io.annotation_files.frames import Exported
from nerveapp.ports import AnnotationStore, ModelRegistry
from nerveapp.workflows.training_set import locked_people


def chosen(
    store: AnnotationStore, *, rater: str | None = None, clip_sha256: str | None = None, adjudicated: bool = False
) -> list[Exported]:
    """Give the newest final outline of each frame, with its picture.

    Parameters
    ----------
    store : AnnotationStore
    rater : str, optional
        Whose; without it each frame's newest by anybody.
    clip_sha256 : str, optional
        Of this clip alone; its first digits are enough.
    adjudicated : bool
        The adjudicated outlines instead, where there are any.

    Raises
    ------
    AnnotationError
        If nothing fits.
    """
    states = {State.ADJUDICATED} if adjudicated else {State.FINAL}
    clips = {clip.sha256: clip for clip in store.clips() if clip.sha256.startswith(clip_sha256 or "")}
    newest = {
        (one.clip_sha256, one.frame): one
        for one in store.latest(rater=rater, states=states)  # oldest first: the newest stays
        if one.clip_sha256 in clips
    }
    if not newest:
        raise AnnotationError("No annotations fit the choice.", "Save some on the Correct page, or choose others.")
    return [Exported(clips[clip], one, store.image(clip, frame)) for (clip, frame), one in sorted(newest.items())]


def without_locked(
    frames: Sequence[Exported], store: AnnotationStore, registry: ModelRegistry
) -> tuple[list[Exported], tuple[str, ...]]:
    """Leave out the people that models are judged on: what leaves as a training set must not hold them.

    Returns
    -------
    frames : list of Exported
    locked : tuple of str
        Who was left out, of those among the frames.

    Raises
    ------
    AnnotationError
        If nobody is left.
    """
    locked = set(locked_people(store, registry)) & {one.clip.person for one in frames}
    kept = [one for one in frames if one.clip.person not in locked]
    if not kept:
        raise AnnotationError("All these outlines are locked: models are judged on them.", "Choose other people.")
    return kept, tuple(sorted(locked))


def loaded(store: AnnotationStore, annotation_ids: Iterable[str]) -> list[Exported]:
    """Give outlines by their ids, each with its picture, in the order of clips and frames."""
    clips = {clip.sha256: clip for clip in store.clips()}
    found = sorted((store.annotation(one) for one in annotation_ids), key=lambda one: (one.clip_sha256, one.frame))
    return [Exported(clips[one.clip_sha256], one, store.image(one.clip_sha256, one.frame)) for one in found]
