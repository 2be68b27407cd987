"""A rater's work on one analysed clip: which frame is open, what has been drawn, what is stored."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

import numpy as np
import streamlit as st

from nerveapp.analysis.review_order import flagged_frames
from nerveapp.domain.analysis import Analysis
from nerveapp.domain.annotation import Annotation, Source, State, code
from nerveapp.domain.segmentation import Mask
from nerveapp.errors import NerveAppError
from nerveapp.ports import AnnotationStore, Proposer
from nerveapp.ui.editor import Edit, Task
from nerveapp.ui.frame_shelf import FrameShelf
from nerveapp.workflows.annotate import clip_record, new_annotation
from nerveapp.workflows.carry import CarriedReport, carry_through

_KEY = "sitting"


class Queue(StrEnum):
    """Which frames are gone through."""

    DOUBT = "Doubtful first"
    ALL = "All frames"
    CARRIED = "Carried, not reviewed"
    DRAWN = "Drawn so far"


@dataclass(slots=True)
class Sitting:
    """The state of the Correct page for one clip and rater.

    Parameters
    ----------
    analysis : Analysis
        What is corrected, in the calibration in force.
    store : AnnotationStore
    shelf : FrameShelf
        The clip's frames.
    rater : str
        Code of who draws.
    queue : Queue
    doubtful : list of int
        All doubtful frames of the clip, first the fewest that cover the others.
    records : dict
        This rater's newest record of each frame.
    task : Task or None
        The frame that is open, with the outline it was opened with.
    mask : ndarray of bool, (H, W)
        The outline on show, drawn so far.
    record : str or None
        The record that holds it.
    seconds : float
        Time spent on the frame.
    opened_at : float
        When the frame was opened or last drawn upon (monotonic clock).
    taken : set of str
        Strokes that are stored; the editor reports the last one again and again.
    pending : Edit or None
        A stroke that could not be stored yet: it stays on show and is stored before anything else is done.
    obeyed, wish : str
        The last command taken from the editor, and what is still to be done.
    wanted : int
        The frame to go to.
    point : tuple of float
        Where the user pointed, (x, y) in px.
    described : bool
        Whether the store was told what the clip shows: with the first stroke, once.
    """

    analysis: Analysis
    store: AnnotationStore
    shelf: FrameShelf
    rater: str
    queue: Queue = Queue.DOUBT
    doubtful: list[int] = field(default_factory=list)
    records: dict[int, Annotation] = field(default_factory=dict)
    task: Task | None = None
    mask: Mask = field(default_factory=lambda: np.zeros((1, 1), np.bool_))
    record: str | None = None
    seconds: float = 0.0
    opened_at: float = 0.0
    taken: set[str] = field(default_factory=set)
    pending: Edit | None = None
    obeyed: str = ""
    wish: str = ""
    wanted: int = 0
    point: tuple[float, float] = (0.0, 0.0)
    described: bool = False

    def __post_init__(self) -> None:
        """See what this rater has stored of the clip; nothing is written before something is drawn.

        Raises
        ------
        AnnotationError, StoreError
            If the rater's code is none, or the store cannot be used.
        """
        code(self.rater, what="rater")
        self.look_up()
        self.doubtful = flagged_frames(self.analysis.frames)
        if not self.frames():
            self.queue = Queue.ALL
        self.open(self.frames()[0])

    def look_up(self) -> None:
        """Read this rater's newest records."""
        found = self.store.latest(clip_sha256=self.analysis.clip.sha256, rater=self.rater)
        self.records = {one.frame: one for one in found}

    def frames(self) -> list[int]:
        """Give the queue's frames in the order in which they are gone through."""
        if self.queue is Queue.DOUBT:
            return self.doubtful
        if self.queue is Queue.ALL:
            return list(range(len(self.analysis.frames)))
        carried = self.queue is Queue.CARRIED
        return sorted(frame for frame, one in self.records.items() if _unreviewed(one) == carried)

    def open(self, frame: int) -> None:
        """Show a frame: with what this rater drew last, else with the model's outline.

        Raises
        ------
        StoreError
            If the store cannot be read, or a stroke cannot be stored before; the frame on show stays open.
        """
        self.settle()
        predicted = self.analysis.masks[frame].unpack()
        known = self.store.history(self.analysis.clip.sha256, frame)
        own = [
            one for one in known if one.rater == self.rater and one.study is None and one.state is not State.ADJUDICATED
        ]
        last = own[-1] if own else None
        self.mask = last.mask.unpack() if last else predicted
        self.opened_at = time.monotonic()
        self.record, self.seconds = (last.id, last.seconds) if last else (None, 0.0)
        self.task = Task(
            self.analysis.clip.sha256,
            frame,
            self.rater,
            self.mask,
            predicted,
            tuple(one.id for one in own),
            self.seconds,
        )

    @property
    def frame(self) -> int:
        """The frame on show."""
        if self.task is None:
            raise ValueError("expected an open frame")
        return self.task.frame

    def spent(self) -> float:
        """Seconds on the frame so far, for editors that keep no time of their own; a pause counts a minute at most."""
        return self.seconds + min(60.0, time.monotonic() - self.opened_at)

    def draw(self, edit: Edit) -> None:
        """Take a stroke: store it as a draft; a stroke stored before is not taken again.

        Raises
        ------
        StoreError
            If the draft cannot be stored; the outline stays on show and is pending.
        """
        if edit.id in self.taken:
            return
        self.pending = edit
        self.mask, self.seconds, self.opened_at = edit.mask, edit.seconds, time.monotonic()
        self.settle()

    def settle(self) -> None:
        """Store the stroke that is pending, if one is; raises StoreError while that fails."""
        if self.pending is None:
            return
        self._store(self.pending.id, self.pending.mask, State.DRAFT)
        self.taken.add(self.pending.id)
        self.pending = None

    def propose(self, proposer: Proposer) -> bool:
        """Outline anew what the user pointed at, as a draft; False where nothing is seen there.

        Raises
        ------
        StoreError
            If the draft cannot be stored; the outline on show stays as it was.
        """
        self.settle()
        found = proposer.propose(self.shelf.image(self.frame), *self.point)
        if found is None:
            return False
        self._store(uuid.uuid4().hex, found.mask, State.DRAFT)
        self.open(self.frame)
        return True

    def finish(self) -> None:
        """Store the outline on show as final; raises StoreError if that fails."""
        self.settle()
        self._store(uuid.uuid4().hex, self.mask, State.FINAL)
        self.open(self.frame)

    def refresh(self) -> None:
        """Open the frame anew where strokes have come since, so that another editor starts from what is drawn."""
        if self.pending is not None or self.task is None:  # what the store holds is older than what is on show
            return
        if self.record is not None and self.record not in self.task.known:
            self.open(self.frame)

    def _store(self, identity: str, mask: Mask, state: State) -> None:
        made = new_annotation(
            self.analysis,
            self.frame,
            mask,
            rater=self.rater,
            state=state,
            now=datetime.now(UTC),
            seconds=self.seconds,
            supersedes=self.record,
            identity=identity,
        )
        known = None if self.described else clip_record(self.analysis, subject="")
        self.store.save_all([(made, self.shelf.image(self.frame))], clip=known, rater=self.rater)
        self.described = True
        self.record = made.id
        self.records[self.frame] = made

    def step(self, by: int) -> None:
        """Go to a neighbouring frame of the clip."""
        self.open(min(max(0, self.frame + by), len(self.analysis.frames) - 1))

    def next_in_queue(self) -> bool:
        """Go to the queue's next frame that this rater has not finished; False where none is left."""
        frames = self.frames()
        here = frames.index(self.frame) if self.frame in frames else -1
        for frame in [*frames[here + 1 :], *frames[: here + 1]]:
            one = self.records.get(frame)
            if frame != self.frame and (one is None or one.state is State.DRAFT):
                self.open(frame)
                return True
        return False

    def carry(self, on_progress: Callable[[int, int], None]) -> CarriedReport:
        """Carry the outline on show to the neighbours, after storing it as final."""
        self.finish()
        try:
            return carry_through(
                self.shelf.clip,
                self.analysis,
                self.records[self.frame],
                self.store,
                now=datetime.now(UTC),
                on_progress=on_progress,
            )
        finally:
            self.look_up()  # what was carried before a stop counts too


def _unreviewed(one: Annotation) -> bool:
    return one.source is Source.CARRIED and one.state is State.DRAFT


def sitting_for(analysis: Analysis, make: Callable[[], Sitting], *, rater: str) -> Sitting:
    """Give the session's sitting for an analysis and a rater; a new one where either changed.

    Raises
    ------
    AnnotationError, StoreError
        If a new one cannot be made, or a stroke of the old one cannot be stored: it is not left behind.
    """
    known: Sitting | None = st.session_state.get(_KEY)
    if known is None or known.analysis is not analysis or known.rater != rater:
        if known is not None:
            _leave(known, analysis)
        new = make()
        if known is not None and known.analysis is analysis:
            new.queue = known.queue
            new.open(known.frame)
        known = st.session_state[_KEY] = new
    return known


def _leave(known: Sitting, analysis: Analysis) -> None:
    try:
        known.settle()
    except NerveAppError:
        if known.analysis.clip.sha256 == analysis.clip.sha256:
            raise
        # Another clip is on the desk: the browser has the stroke, and gives it back with its clip.


def sitting_of(sha256: str) -> Sitting | None:
    """Give this session's sitting on a clip; None where Correct has not been at this clip last."""
    known: Sitting | None = st.session_state.get(_KEY)
    return known if known is not None and known.analysis.clip.sha256 == sha256 else None
