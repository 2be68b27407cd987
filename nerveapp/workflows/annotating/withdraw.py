"""Taking back what was finished or adjudicated, and finishing it again, with the outlines as they are."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from nerveapp.domain.actor import Actor, Right
from nerveapp.domain.annotation import Annotation, Source, State
from nerveapp.errors import RightsError
from nerveapp.ports import AnnotationStore
from nerveapp.workflows.annotating.annotation_session import AnnotationSession


def can_withdraw(session: AnnotationSession) -> bool:
    """Whether a final outline of this rater counts in the frame displayed; raises StoreError."""
    clip = session.analysis.clip.sha256
    return bool(session.store.latest(clip_sha256=clip, frame=session.frame, rater=session.rater, states={State.FINAL}))


def withdraw(session: AnnotationSession) -> bool:
    """Make a draft of the outline displayed: none that this rater finished of the frame counts any more.

    Returns
    -------
    bool
        False where none did, or another one was made in another window meanwhile.

    Raises
    ------
    StoreError
        If it cannot be stored: what was finished counts then as before.
    """
    session.settle()
    session.look_up()
    if not can_withdraw(session):
        return False
    done = stored_anew(session, [session.records[session.frame]], State.DRAFT, Source.WITHDRAWN)
    session.open(session.frame)
    return bool(done)


def withdraw_adjudicated(store: AnnotationStore, agreed: Annotation, *, actor: Actor, now: datetime) -> None:
    """Take back what somebody adjudicated of a frame: nothing counts as agreed upon by them there any more.

    Raises
    ------
    RightsError
        If the actor may not, or it was adjudicated by another.
    StoreError
        If it cannot be stored: it counts then as before.
    """
    actor.require(Right.ANNOTATE)
    if actor.code != agreed.rater:
        raise RightsError(f"{agreed.rater} adjudicated it.", "Whoever did withdraws it, or adjudicate it anew.")
    taken_back = replace(agreed, id=uuid.uuid4().hex, source=Source.WITHDRAWN, made_at=now, supersedes=agreed.id)
    store.save(taken_back)


def stored_anew(
    session: AnnotationSession, records: Iterable[Annotation], state: State, source: Source
) -> tuple[Annotation, ...]:
    """Store the outlines of records anew, but for those that were drawn upon in another window meanwhile.

    Each of the new records supersedes the one it is made of.
    """
    now = session.now()
    made = tuple(
        replace(one, id=uuid.uuid4().hex, state=state, source=source, made_at=now, seconds=0.0, supersedes=one.id)
        for one in records
    )
    stored = session.store.save_onto([(one, None) for one in made])
    session.records |= {one.frame: one for one in stored}
    return stored
