"""Accepting propagated drafts that an annotator has seen, many at once, and taking that back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from nerveapp.domain.annotation import Annotation, Source, State
from nerveapp.workflows.annotating.annotation_session import AnnotationSession
from nerveapp.workflows.annotating.withdraw import stored_anew


@dataclass(slots=True)
class Acceptance:
    """What an annotator has seen of the propagated drafts of a clip, and accepted last.

    Parameters
    ----------
    seen : set of str
        Ids of the records that were displayed: an outline that is propagated anew has not been seen.
    accepted : tuple of Annotation
        The records made by the last acceptance, while it can be taken back.
    """

    seen: set[str] = field(default_factory=set)
    accepted: tuple[Annotation, ...] = ()

    def see(self, records: Mapping[int, Annotation], frames: Iterable[int]) -> None:
        """Note that frames were displayed with what the records hold of them."""
        self.seen |= {records[frame].id for frame in frames if frame in records and records[frame].unreviewed}

    def ready(self, session: AnnotationSession) -> list[int]:
        """List the frames whose propagated draft was seen and agrees with the model's outline."""
        disagreements = session.comparisons.disagreements(session.records)
        drafts = (frame for frame, one in session.records.items() if one.unreviewed and one.id in self.seen)
        return sorted(frame for frame in drafts if frame not in disagreements)

    def accept(self, session: AnnotationSession) -> list[int]:
        """Store what is ready as final, and go on to the queue's next frame.

        The records say that they were accepted together, with no time spent on any of them.

        Returns
        -------
        list of int
            The frames accepted.

        Raises
        ------
        StoreError
            If they cannot be stored: none of them is then.
        """
        session.settle()
        session.look_up()
        drafts = [session.records[frame] for frame in self.ready(session)]
        self.accepted = stored_anew(session, drafts, State.FINAL, Source.ACCEPTED)
        frames = [one.frame for one in self.accepted]
        if session.frame in frames and not session.next_in_queue():
            session.open(session.frame)
        return frames

    def take_back(self, session: AnnotationSession) -> list[int]:
        """Make drafts again of what was accepted last, but for frames that were drawn upon since.

        They are to be seen anew before they can be accepted.

        Returns
        -------
        list of int
            The frames taken back.

        Raises
        ------
        StoreError
            If that cannot be stored: all stay accepted then.
        """
        session.settle()
        session.look_up()
        standing = {one.id for one in session.records.values()}
        untouched = [one for one in self.accepted if one.id in standing]
        drafts = stored_anew(session, untouched, State.DRAFT, Source.PROPAGATED)
        self.accepted = ()
        frames = [one.frame for one in drafts]
        if frames:
            session.open(frames[0])
        return frames
