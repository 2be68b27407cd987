"""Which corrected outlines of a clip stand in the place of the model's, the same for whoever reads it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nerveapp.domain.annotation import Annotation, State
from nerveapp.ports import AnnotationStore


@dataclass(frozen=True, slots=True)
class Corrections:
    """The finished outlines of a clip that count.

    Parameters
    ----------
    outlines : tuple of Annotation
        One per frame, by frame.
    raters : tuple of str
        Codes of whose they are, sorted; those of adjudicated outlines are not among them.
    adjudicated : int
        How many of them were agreed upon.
    """

    outlines: tuple[Annotation, ...] = ()
    raters: tuple[str, ...] = ()
    adjudicated: int = 0


def corrections_of(clip_sha256: str, store: AnnotationStore, *, frame_count: int | None = None) -> Corrections:
    """Give the finished outline of each frame that counts: what is agreed upon, or else anybody's newest.

    It is the rule by which outlines are chosen for training and for files, `outlines_that_count`: an area does not
    depend on who looks at it.

    Parameters
    ----------
    clip_sha256 : str
    store : AnnotationStore
    frame_count : int, optional
        Frames of the clip as it was analysed: a clip that is cut short has fewer than it had when it was outlined.

    Raises
    ------
    StoreError
        If the store cannot be read.
    """
    final = _within(store.latest(clip_sha256=clip_sha256, states={State.FINAL}), frame_count)
    agreed = _within(store.latest(clip_sha256=clip_sha256, states={State.ADJUDICATED}), frame_count)
    chosen = {one.frame: one for one in (*final, *agreed)}  # oldest first: the newest of a frame stays
    return counting([chosen[frame] for frame in sorted(chosen)])


def counting(outlines: Sequence[Annotation]) -> Corrections:
    """Say of outlines that count whose they are."""
    raters = {one.rater for one in outlines if one.state is State.FINAL}
    agreed = sum(one.state is State.ADJUDICATED for one in outlines)
    return Corrections(tuple(outlines), tuple(sorted(raters)), agreed)


def _within(records: Sequence[Annotation], frame_count: int | None) -> list[Annotation]:
    return [one for one in records if frame_count is None or one.frame < frame_count]
