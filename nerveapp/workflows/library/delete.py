"""Deleting patients, exams and clips: what goes is listed, then rows go, then files."""

from __future__ import annotations

from datetime import datetime

from nerveapp.domain.actor import Actor, Right
from nerveapp.domain.library import Deletion
from nerveapp.errors import StoreError
from nerveapp.ports import Library, ObjectStore

WHAT_STAYS = (
    "Trainings that used frames keep their copies, models keep what they were trained on, and where models were judged "
    "the codes of the people stay beside the scores."
)


def what_goes_in_words(deletion: Deletion) -> str:
    """List what goes and what stays for a person, for them to decide."""
    return f"{deletion.words}. {WHAT_STAYS}"


def delete(deletion: Deletion, library: Library, objects: ObjectStore, *, actor: Actor, now: datetime) -> None:
    """Delete what `Library.what_goes` listed, for ever; the log records it.

    Whoever is stopped between rows and files leaves files that nobody names:
    `workflows.library.retain.sweep` removes them.

    Parameters
    ----------
    deletion : Deletion
    library : Library
    objects : ObjectStore
    actor : Actor
        Needs the right to delete.
    now : datetime
        With a time zone.

    Raises
    ------
    LibraryError
        If more would go by now than was listed; nothing is deleted then.
    StoreError
        If it cannot be deleted now, or its files cannot; the message names which.
    RightsError
        If the actor may not.
    """
    actor.require(Right.DELETE)
    library.delete(deletion, actor=actor.code, now=now)
    try:
        for key in deletion.keys:
            objects.remove(key)
    except StoreError as error:
        raise StoreError(
            f"It is deleted from the library; its files could not be removed yet. {error.message}",
            "Run `python -m nerveapp library sweep` once the data folder can be used again.",
        ) from error
