"""Saying anew what a clip shows and whose it is, where that was stored wrongly."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from nerveapp.domain.actor import Actor, Right
from nerveapp.domain.annotation import ClipRecord, code
from nerveapp.domain.clip_description import ClipDescription
from nerveapp.domain.view import View
from nerveapp.ports import AnnotationStore


def describe_clip(
    clip: ClipRecord, store: AnnotationStore, *, subject: str, view: View, actor: Actor, now: datetime
) -> ClipDescription:
    """Describe a clip in place of what was known of it; calibration and size stay as they are.

    Parameters
    ----------
    clip : ClipRecord
        As the store knows it.
    store : AnnotationStore
    subject : str
        Study code of the person; "" takes the code off. Of another person, it is filed under no exam any more.
    view : View
        Stands as it is: an unknown side is unknown from now on.
    actor : Actor
        Who says so, by their code.
    now : datetime
        With a time zone.

    Raises
    ------
    AnnotationError
        If a code is none.
    StoreError
        If it cannot be stored now.
    """
    actor.require(Right.DESCRIBE)
    exam = clip.exam if subject == clip.subject else ""  # exams are of one person
    described = replace(clip, subject=subject, view=view, exam=exam)
    description = ClipDescription(described, code(actor.code, what="rater"), now)
    store.describe(description)
    return description
