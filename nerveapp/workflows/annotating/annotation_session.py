"""Annotating one analysed clip: which frame is open, what has been drawn, what is stored."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

import nerveapp.clock
from nerveapp.analysis.review_order import flagged_frames
from nerveapp.domain.actor import Actor, Right
from nerveapp.domain.analysis import Analysis
from nerveapp.domain.annotation import OWN, Annotation, State, code
from nerveapp.domain.editing import Edit, FrameToCorrect
from nerveapp.domain.segmentation import Mask
from nerveapp.errors import AnnotationError
from nerveapp.ports import AnnotationStore, FrameSource, Tracker
from nerveapp.workflows.annotating.annotate import new_annotation, note_subject, stated_by_drawing
from nerveapp.workflows.annotating.annotation_queue import Queue, frames_in, next_unfinished
from nerveapp.workflows.annotating.disagreement import Comparisons, next_disagreement
from nerveapp.workflows.annotating.propagate import PropagationReport, propagate


@dataclass(slots=True)
class AnnotationSession:
    """The work of one annotator on one analysed clip.

    Parameters
    ----------
    analysis : Analysis
        What is corrected, in the calibration in force.
    store : AnnotationStore
    source : FrameSource
        The clip's frames.
    actor : Actor
        Who draws: their code is the rater of every record.
    now : callable
        The time, with its zone.
    clock : callable
        Monotonic seconds, by which the time on a frame is counted.
    without_subject : bool
        Whether outlines are kept though nobody has said whose clip it is.
    queue : Queue
    flagged : list of int
        All frames flagged for review, first the fewest that cover the others.
    records : dict
        This rater's newest record of each frame.
    task : FrameToCorrect or None
        The frame that is open, with the outline it was opened with.
    mask : ndarray of bool, (H, W)
        The outline displayed, drawn so far.
    record : str or None
        The record that holds it.
    seconds : float
        Time spent on the frame.
    opened_at : float
        When the frame was opened or last drawn upon (`clock`).
    taken : set of str
        Strokes that are stored; the editor reports the last one again and again.
    unsaved : Edit or None
        A stroke that could not be stored yet: it stays displayed and is stored before anything else is done.
    described : bool
        Whether the store was told what the clip shows: with the first stroke, once.
    subject : str
        Code of the person, as the store knows it; "" where nobody has given one.
    overtaken : bool
        Whether this rater stored another outline of the frame in another window while it was open here.
    comparisons : Comparisons
        Of this rater's outlines with the model's.
    """

    analysis: Analysis
    store: AnnotationStore
    source: FrameSource
    actor: Actor
    now: Callable[[], datetime] = nerveapp.clock.now
    clock: Callable[[], float] = time.monotonic
    without_subject: bool = False
    queue: Queue = Queue.FLAGGED
    flagged: list[int] = field(default_factory=list)
    records: dict[int, Annotation] = field(default_factory=dict)
    task: FrameToCorrect | None = None
    mask: Mask = field(default_factory=lambda: np.zeros((1, 1), np.bool_))
    record: str | None = None
    seconds: float = 0.0
    opened_at: float = 0.0
    taken: set[str] = field(default_factory=set)
    unsaved: Edit | None = None
    described: bool = False
    subject: str = ""
    overtaken: bool = False
    comparisons: Comparisons = field(init=False)

    def __post_init__(self) -> None:
        """See what this rater has stored of the clip; nothing is written before something is drawn.

        Raises
        ------
        AnnotationError, StoreError
            If the actor has no code, or the store cannot be used.
        RightsError
            If they may not draw.
        """
        self.actor.require(Right.ANNOTATE)
        code(self.rater, what="rater")
        self.comparisons = Comparisons(self.analysis)
        self.look_up()
        self.flagged = flagged_frames(self.analysis.frames)
        if not self.frames():
            self.queue = Queue.ALL
        self.open(self.frames()[0])

    @property
    def rater(self) -> str:
        """Code of who draws."""
        return self.actor.code

    @property
    def needs_subject(self) -> bool:
        """Whether somebody must say whose clip it is, or that this is not known, before a first outline is kept."""
        return not (self.subject or self.without_subject or self.records)

    def name_subject(self, subject: str) -> None:
        """Note whose clip it is; saying nothing takes no code off.

        Raises
        ------
        AnnotationError
            If it is no code.
        StoreError
            If it cannot be stored now.
        """
        note_subject(self.analysis, subject, self.store, actor=self.actor, now=self.now())
        self.look_up()

    def look_up(self) -> None:
        """Read this rater's newest records of the frames that there are, and whose clip it is."""
        clip, count = self.analysis.clip.sha256, len(self.analysis.frames)  # cut short, it has fewer than were outlined
        newest = self.store.latest(clip_sha256=clip, rater=self.rater, states=OWN)
        self.records = {one.frame: one for one in newest if one.frame < count}
        self.subject = known.subject if (known := self.store.clip(clip)) is not None else ""

    def frames(self) -> list[int]:
        """Give the queue's frames in the order in which they are gone through."""
        return frames_in(self.queue, self.records, flagged=self.flagged, count=len(self.analysis.frames))

    def go_through(self, queue: Queue) -> None:
        """Choose a queue and open its first frame, where it has one; raises StoreError as `open` does."""
        self.settle()
        self.queue = queue
        if frames := self.frames():
            self.open(frames[0])

    def open(self, frame: int) -> None:
        """Show a frame: with what this rater drew last, else with the model's outline.

        Raises
        ------
        StoreError
            If the store cannot be read, or a stroke cannot be stored before; the frame displayed stays open.
        """
        self.settle()
        predicted = self.analysis.masks[frame].unpack()
        stored = self.store.history(self.analysis.clip.sha256, frame)
        own = [
            one
            for one in stored
            if one.rater == self.rater and one.study is None and one.state is not State.ADJUDICATED
        ]
        last = own[-1] if own else None
        self.mask = last.mask.unpack() if last else predicted
        self.opened_at, self.overtaken = self.clock(), False
        self.record, self.seconds = (last.id, last.seconds) if last else (None, 0.0)
        known = tuple(one.id for one in own)
        self.task = FrameToCorrect(
            self.analysis.clip.sha256, frame, self.rater, self.mask, predicted, known, self.seconds
        )

    @property
    def frame(self) -> int:
        """The frame displayed."""
        if self.task is None:
            raise ValueError("expected an open frame")
        return self.task.frame

    def spent(self) -> float:
        """Seconds on the frame so far, for editors that keep no time of their own; a pause counts a minute at most."""
        return self.seconds + min(60.0, self.clock() - self.opened_at)

    def draw(self, edit: Edit) -> None:
        """Take a stroke: store it as a draft; a stroke stored before is not taken again.

        Raises
        ------
        StoreError
            If the draft cannot be stored; the outline stays displayed and is unsaved.
        """
        if edit.id in self.taken:
            return
        self.unsaved = edit
        self.mask, self.seconds, self.opened_at = edit.mask, edit.seconds, self.clock()
        self.settle()

    def settle(self) -> None:
        """Store the stroke that is unsaved, if one is; raises StoreError while that fails."""
        if self.unsaved is None:
            return
        self._store(self.unsaved.id, self.unsaved.mask, State.DRAFT)
        self.taken.add(self.unsaved.id)
        self.unsaved = None

    def point(self, tracker: Tracker, at: tuple[float, float], *, larger: int = 0) -> bool:
        """Outline anew what the user pointed at, (x, y) in px, as a draft; False where nothing is seen there.

        Or, of what may be meant there, what is so many sizes `larger` than the outline displayed. Raises StoreError if
        the draft cannot be stored; the outline displayed stays as it was.
        """
        self.settle()
        found = tracker.point(self.source.image(self.frame), *at)
        chosen = found and found.beside(int(self.mask.sum()), larger) if larger else found
        if chosen is None:
            return False
        self._store(uuid.uuid4().hex, chosen.outline.mask, State.DRAFT)
        self.open(self.frame)
        return True

    def finish(self) -> bool:
        """Store the outline displayed as final, and give whether it was `overtaken`; raises StoreError."""
        self.settle()
        self._store(uuid.uuid4().hex, self.mask, State.FINAL)
        overtaken = self.overtaken
        self.open(self.frame)
        return overtaken

    def refresh(self) -> None:
        """Open the frame anew where strokes have come since, so that another editor starts from what is drawn."""
        if self.unsaved is not None or self.task is None:  # what the store holds is older than what is displayed
            return
        if self.record is not None and self.record not in self.task.known:
            self.open(self.frame)

    def _store(self, identity: str, mask: Mask, state: State) -> None:
        if self.needs_subject:
            raise AnnotationError(
                "The clip has no patient code yet, so nothing is saved.",
                "Enter the patient's code, or mark that there is none.",
            )
        clip = self.analysis.clip.sha256
        newest = self.store.latest(clip_sha256=clip, frame=self.frame, rater=self.rater, states=OWN)
        self.overtaken |= any(one.id not in (self.record, identity) for one in newest)
        made = new_annotation(
            self.analysis,
            self.frame,
            mask,
            rater=self.rater,
            state=state,
            now=self.now(),
            seconds=self.seconds,
            supersedes=self.record,
            identity=identity,
        )
        known = None if self.described else stated_by_drawing(self.analysis, self.store)
        self.store.save_all([(made, self.source.image(self.frame))], clip=known, rater=self.rater)
        self.described = True
        self.record = made.id
        self.records[self.frame] = made

    def step(self, by: int) -> None:
        """Go to a neighbouring frame of the clip."""
        self.open(min(max(0, self.frame + by), len(self.analysis.frames) - 1))

    def next_in_queue(self) -> bool:
        """Go to the queue's next frame that this rater has not finished; False where none is left."""
        return self._go_to(next_unfinished(self.frames(), self.frame, self.records))

    def next_disagreement(self) -> bool:
        """Go where a propagated outline disagrees with the model's next; False where none does elsewhere."""
        return self._go_to(next_disagreement(self.comparisons.disagreements(self.records), self.frame))

    def _go_to(self, frame: int | None) -> bool:
        if frame is None or frame == self.frame:
            return False
        self.open(frame)
        return True

    def propagate(
        self, tracker: Tracker, on_progress: Callable[[int, int], None], *, frames: int | None = None
    ) -> PropagationReport:
        """Propagate the outline displayed through the clip, or so many frames, after storing it as final."""
        self.finish()
        start, clip, now = self.records[self.frame], self.source.clip, self.now()
        try:
            found = self.analysis, start, tracker, self.store
            return propagate(clip, *found, actor=self.actor, now=now, frames=frames, on_progress=on_progress)
        finally:
            self.look_up()  # what was propagated before a stop counts too
