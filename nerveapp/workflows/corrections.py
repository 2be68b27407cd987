"""Which corrected outlines of a clip stand in the place of the model's, whoever reads it and from whichever page."""

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


def corrections_of(
    clip_sha256: str, store: AnnotationStore, *, rater: str | None = None, frame_count: int | None = None
) -> Corrections:
    """Give the finished outlines of a clip that count: what is agreed upon, the rater's own, or anybody's newest.

    A rater who has finished outlines of this clip sees theirs; whoever has none sees the newest of each frame. An
    adjudicated outline goes before both.

    Parameters
    ----------
    clip_sha256 : str
    store : AnnotationStore
    rater : str, optional
        Code of the reader; None or "" where it was not given.
    frame_count : int, optional
        Frames of the clip as it was analysed: a clip that is cut short has fewer than it had when it was outlined.

    Raises
    ------
    StoreError
        If the store cannot be read.
    """
    final = _within(store.latest(clip_sha256=clip_sha256, states={State.FINAL}), frame_count)
    agreed = _within(store.latest(clip_sha256=clip_sha256, states={State.ADJUDICATED}), frame_count)
    own = [one for one in final if one.rater == rater]
    chosen = {one.frame: one for one in own or final}  # oldest first: the newest of a frame stays
    chosen |= {one.frame: one for one in agreed}
    outlines = tuple(chosen[frame] for frame in sorted(chosen))
    raters = {one.rater for one in outlines if one.state is State.FINAL}
    return Corrections(outlines, tuple(sorted(raters)), sum(one.state is State.ADJUDICATED for one in outlines))


def _within(records: Sequence[Annotation], frame_count: int | None) -> list[Annotation]:
    return [one for one in records if frame_count is None or one.frame < frame_count]
