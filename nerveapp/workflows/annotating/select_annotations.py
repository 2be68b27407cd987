"""Which outline of a frame counts, for training, files and judging alike; and whose are kept for judging."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import partial

from nerveapp.domain.annotated_frame import AnnotatedFrame
from nerveapp.domain.annotation import ClipRecord, Entry, FrameKey, State
from nerveapp.errors import AnnotationError, StoreError
from nerveapp.ports import AnnotationStore, ModelRegistry
from nerveapp.workflows.annotating.dataset import Listed


def outlines_that_count(
    store: AnnotationStore, *, rater: str | None = None, clip_sha256: str = "", adjudicated_only: bool = False
) -> list[Listed]:
    """List the outline of each frame that counts, by clip and frame: the adjudicated one, or else the newest final one.

    What raters have agreed on goes before what one of them drew, however late.

    Parameters
    ----------
    store : AnnotationStore
    rater : str, optional
        Whose; of anybody by default. What a rater adjudicated may have been drawn by another: it is none of theirs.
    clip_sha256 : str
        Of this clip alone; its first digits are enough.
    adjudicated_only : bool
        Leave out frames without an adjudicated outline.
    """
    clips = {clip.sha256: clip for clip in store.clips() if clip.sha256.startswith(clip_sha256)}
    found = entries_that_count(store, rater=rater, adjudicated_only=adjudicated_only)
    return [Listed(clips[clip], entry) for (clip, _), entry in sorted(found.items()) if clip in clips]


def entries_that_count(
    store: AnnotationStore,
    *,
    clip_sha256: str | None = None,
    rater: str | None = None,
    adjudicated_only: bool = False,
) -> dict[FrameKey, Entry]:
    """Give the same, by clip and frame, of one clip by its whole hash or of all."""
    found = finished_entries(store, clip_sha256=clip_sha256, rater=rater, adjudicated_only=adjudicated_only)
    return {key: entries[-1] for key, entries in found.items()}


def finished_entries(
    store: AnnotationStore,
    *,
    clip_sha256: str | None = None,
    rater: str | None = None,
    adjudicated_only: bool = False,
) -> dict[FrameKey, list[Entry]]:
    """Give all outlines of each frame that may count, that last which does.

    In a frame with several nerves that may be of another one than is asked about: of this one an earlier one counts.
    """
    drawn = (State.FINAL,) if rater is not None else (State.FINAL, State.ADJUDICATED)
    found: dict[FrameKey, list[Entry]] = {}
    for state in (State.ADJUDICATED,) if adjudicated_only else drawn:
        for one in store.entries(states={state}, clip_sha256=clip_sha256):  # oldest first
            if rater in (None, one.rater):
                found.setdefault((one.clip_sha256, one.frame), []).append(one)
    return found


def select_frames(
    store: AnnotationStore, *, rater: str | None = None, clip_sha256: str = "", adjudicated_only: bool = False
) -> list[AnnotatedFrame]:
    """Give the outlines that count, each with where its picture is; see `outlines_that_count`.

    Raises
    ------
    AnnotationError
        If nothing fits.
    StoreError
        If they cannot be read.
    """
    found = outlines_that_count(store, rater=rater, clip_sha256=clip_sha256, adjudicated_only=adjudicated_only)
    if not found:
        raise AnnotationError("No annotations fit the choice.", "Save some on the Correct page, or choose others.")
    return read_frames(store, [one.entry.id for one in found])


def read_frames(store: AnnotationStore, annotation_ids: Iterable[str]) -> list[AnnotatedFrame]:
    """Read outlines by their ids, in the order of clips and frames; their pictures are read when they are needed.

    Raises
    ------
    StoreError
        If they cannot be read, or their clip was deleted meanwhile.
    """
    found = sorted(store.annotations(tuple(annotation_ids)), key=lambda one: (one.clip_sha256, one.frame))
    clips = {clip.sha256: clip for clip in store.clips()}  # last, so that a clip that came meanwhile is among them
    if any(one.clip_sha256 not in clips for one in found):
        raise StoreError("A clip of these outlines was deleted meanwhile.", "Choose the outlines anew.")
    return [
        AnnotatedFrame(clips[one.clip_sha256], one, partial(store.image, one.clip_sha256, one.frame)) for one in found
    ]


def clips_of_outlines(store: AnnotationStore, annotation_ids: Collection[str]) -> dict[str, ClipRecord]:
    """Give the clip of each outline by the outline's id; outlines that are deleted meanwhile are none of them."""
    found = store.clips_of(annotation_ids)
    clips = {clip.sha256: clip for clip in store.clips()}  # last, so that a clip that came meanwhile is among them
    return {outline: clips[clip] for outline, clip in found.items() if clip in clips}


def locked_people(store: AnnotationStore, registry: ModelRegistry) -> tuple[str, ...]:
    """Give the people of the locked outlines, sorted, under the codes they had then and have now."""
    locked = registry.locked()
    if not locked:
        return ()
    now = {clip.person for clip in clips_of_outlines(store, locked).values()}
    # A clip that had no code then stands for itself, and by its code of today for the person.
    then = set(registry.locked_people()) - {clip.sha256 for clip in store.clips()}
    return tuple(sorted(now | then))
