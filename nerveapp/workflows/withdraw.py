"""Making drafts of what was finished, and the other way round, with the outlines as they are."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import replace

from nerveapp.domain.annotation import Annotation, Source, State
from nerveapp.workflows.annotation_session import AnnotationSession


def can_withdraw(session: AnnotationSession) -> bool:
    """Whether a final outline of this rater counts in the frame displayed; raises StoreError."""
    clip = session.analysis.clip.sha256
    return bool(session.store.latest(clip_sha256=clip, frame=session.frame, rater=session.rater, states={State.FINAL}))


def withdraw(session: AnnotationSession) -> bool:
    """Make a draft of the outline displayed: none that this rater finished of the frame counts any more.

    Returns
    -------
    bool
        False where none did.

    Raises
    ------
    StoreError
        If it cannot be stored: what was finished counts then as before.
    """
    session.settle()
    session.look_up()
    if not can_withdraw(session):
        return False
    stored_anew(session, [session.records[session.frame]], State.DRAFT, Source.WITHDRAWN)
    session.open(session.frame)
    return True


def stored_anew(
    session: AnnotationSession, records: Iterable[Annotation], state: State, source: Source
) -> tuple[Annotation, ...]:
    """Store the outlines of records anew, all or none; each of the new records supersedes the one it is made of."""
    now = session.now()
    made = tuple(
        replace(one, id=uuid.uuid4().hex, state=state, source=source, made_at=now, seconds=0.0, supersedes=one.id)
        for one in records
    )
    session.store.save_all([(one, None) for one in made])
    session.records |= {one.frame: one for one in made}
    return made
