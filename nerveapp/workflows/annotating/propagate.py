"""Propagating a correction through its clip by following the nerve, as drafts to review."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import islice

from nerveapp.domain.actor import Actor, Right
from nerveapp.domain.analysis import Analysis
from nerveapp.domain.annotation import OWN, Annotation, Source, State
from nerveapp.domain.clip import Clip, Frame
from nerveapp.domain.segmentation import Mask
from nerveapp.errors import AnnotationError
from nerveapp.ports import AnnotationStore, Tracker
from nerveapp.workflows.annotating.annotate import new_annotation
from nerveapp.workflows.following.backward import frames_backward
from nerveapp.workflows.following.followed_drawing import FollowedDrawing

BYTES_HELD = 1 << 28
"""Decoded frames that are held while a nerve is followed backward, together."""


class Ending(StrEnum):
    """Why propagation ended on one side."""

    LIMIT = "as far as was asked for"
    CLIP = "the clip has no further frame"
    DRAWN = "the next frame is drawn or reviewed already"
    LOST = "the nerve is lost in the next frame"
    UNSEEN = "the model sees no nerve in the outline"


@dataclass(frozen=True, slots=True)
class PropagationReport:
    """How far an outline was propagated.

    Parameters
    ----------
    start : int
        The corrected frame.
    first, last : int
        The outermost frames reached; the corrected frame itself if none was.
    before, after : Ending
        Why propagation ended there.
    """

    start: int
    first: int
    last: int
    before: Ending
    after: Ending


def propagate(
    clip: Clip,
    analysis: Analysis,
    corrected: Annotation,
    tracker: Tracker,
    store: AnnotationStore,
    *,
    actor: Actor,
    now: datetime,
    frames: int | None = None,
    bytes_held: int = BYTES_HELD,
    on_progress: Callable[[int, int], None] = lambda *_: None,
) -> PropagationReport:
    """Follow a corrected nerve forward and back, and save its outline in each frame as a draft not yet reviewed.

    Frames that this rater has drawn or reviewed are not touched: propagation ends before them.

    Parameters
    ----------
    clip : Clip
    analysis : Analysis
        Of the clip.
    corrected : Annotation
        Where to start.
    tracker : Tracker
        Follows the nerve; what was corrected of its outline is kept.
    store : AnnotationStore
    actor : Actor
        Whose outline it is.
    now : datetime
    frames : int or None
        How far at most, on each side; None goes through the clip.
    bytes_held : int
        Decoded frames that are held at a time, together; one at least may always.
    on_progress : callable
        Called with frames done and the most that may be reached; what it raises ends it, and what was done is kept.

    Raises
    ------
    AnnotationError
        If the outline is empty, or the clip ends before its frame.
    """
    actor.require(Right.ANNOTATE)
    start = corrected.frame
    if corrected.no_nerve:
        raise AnnotationError("There is no outline in this frame to follow.", "Draw the nerve first.")
    own = store.latest(clip_sha256=corrected.clip_sha256, rater=corrected.rater, states=OWN)
    drawn = {one.frame for one in own if not one.unreviewed} - {start}
    count = len(analysis.frames)
    ahead, behind = _free_frames(start, 1, frames, drawn, count), _free_frames(start, -1, frames, drawn, count)
    most = len(ahead) + len(behind)
    drafts = _Drafts(analysis, corrected.rater, store, now, drawn, lambda done: on_progress(done, most))
    onward = islice(clip.frames(), start, start + len(ahead) + 1)
    here = next(onward, None)
    if here is None:
        raise AnnotationError(f"The clip has no frame {start} any more.", "Open the clip again from its file.")
    begun = FollowedDrawing.begun(tracker, here.image, corrected.mask.unpack())
    if begun is None:
        return PropagationReport(start, start, start, Ending.UNSEEN, Ending.UNSEEN)

    def follow(onward: Iterable[Frame], direction: int, free: range) -> tuple[int, Ending]:
        reached, ended = drafts.follow(begun, onward, tracker)
        reached = start if reached is None else reached
        if ended is None and frames is not None and len(free) == frames:
            ended = Ending.LIMIT
        return reached, ended or (Ending.DRAWN if reached + direction in drawn else Ending.CLIP)

    last, after = follow(onward, 1, ahead)
    held = max(1, bytes_held // here.image.nbytes)
    first, before = follow(frames_backward(clip, before=start, down_to=start - len(behind), held=held), -1, behind)
    return PropagationReport(start, first, last, before, after)


@dataclass(slots=True)
class _Drafts:
    """Saves propagated outlines as drafts, and remembers in which frames their rater drew meanwhile."""

    analysis: Analysis
    rater: str
    store: AnnotationStore
    now: datetime
    drawn: set[int]
    on_progress: Callable[[int], None]
    done: int = 0

    def follow(
        self, begun: FollowedDrawing, onward: Iterable[Frame], tracker: Tracker
    ) -> tuple[int | None, Ending | None]:
        """Follow a drawing and save it; gives the last frame it was saved in, and what ended it before the frames."""
        reached, followed = None, begun
        for frame in onward:
            further = followed.followed(tracker, frame.image)
            if further is None:
                return reached, Ending.LOST
            if not self._save(frame, further.correction.mask):
                return reached, Ending.DRAWN
            reached, followed = frame.index, further
        return reached, None

    def _save(self, frame: Frame, mask: Mask) -> bool:
        """Save an outline, unless its rater has drawn or reviewed the frame in another window meanwhile."""
        sha256 = self.analysis.clip.sha256
        newest = self.store.latest(clip_sha256=sha256, frame=frame.index, rater=self.rater, states=OWN)
        before = newest[-1] if newest else None
        draft = new_annotation(
            self.analysis,
            frame.index,
            mask,
            rater=self.rater,
            state=State.DRAFT,
            now=self.now,
            seconds=0.0,
            supersedes=None if before is None else before.id,
            source=Source.PROPAGATED,
        )
        reviewed = before is not None and not before.unreviewed
        if reviewed or not self.store.save_onto([(draft, frame.image)]):
            self.drawn.add(frame.index)
            return False
        self.done += 1
        self.on_progress(self.done)
        return True


def _free_frames(start: int, direction: int, frames: int | None, drawn: set[int], count: int) -> range:
    """Give the frames on one side up to the first that is drawn, the clip's end or as far as was asked for."""
    end = count if direction > 0 else -1
    if frames is not None:
        end = min(end, start + frames + 1) if direction > 0 else max(end, start - frames - 1)
    beyond = range(start + direction, end, direction)
    return range(start + direction, next((number for number in beyond if number in drawn), end), direction)
