"""Keeping files no longer than they are to be kept, and none that nobody knows of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import PurePosixPath

from nerveapp.domain.actor import Actor
from nerveapp.domain.kept_object import ANALYSES, CLIPS, PREVIEWS, clip_key, preview_key
from nerveapp.domain.retention import Retention
from nerveapp.ports import Library, ObjectStore

ORPHANED_AFTER = timedelta(hours=1)
"""Whoever keeps a file names it in the library sooner."""

SWEPT = (CLIPS, PREVIEWS, ANALYSES)


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep removed.

    Parameters
    ----------
    clips : int
        Whose files were kept long enough.
    orphans : int
        Files that nobody knew of.
    """

    clips: int
    orphans: int


def sweep(library: Library, objects: ObjectStore, retention: Retention, *, actor: Actor, now: datetime) -> Swept:
    """Remove the files of clips that were kept long enough, and files that a crash left behind.

    Measurements and outlines stay. Doing it again, or by two at once, does no harm.

    Parameters
    ----------
    library : Library
    objects : ObjectStore
    retention : Retention
    actor : Actor
        Anybody: the rule is the host's.
    now : datetime
        With a time zone.

    Raises
    ------
    StoreError
        If either cannot be read or written now; the next sweep goes on.
    """
    over = library.clips_over(retention, now)
    gone = [clip for clip in over if _let_go(clip, library, objects, actor, now, by_rule=retention)]
    old = [
        one.key for prefix in SWEPT for one in objects.listed(prefix) if now - one.written_at > ORPHANED_AFTER
    ]  # first, then the names: whoever names one meanwhile is seen
    named = library.keys()
    orphans = [key for key in old if not _is_named(key, named)]
    for key in orphans:
        objects.remove(key)
    return Swept(len(gone), len(orphans))


def release(
    sha256: str, library: Library, objects: ObjectStore, retention: Retention, *, actor: Actor, now: datetime
) -> None:
    """Say that work on a clip has ended: where no clips are kept, its files go now.

    Raises
    ------
    StoreError
        If they cannot be removed now; a later sweep does.
    """
    if retention.days == 0:
        _let_go(sha256, library, objects, actor, now)


def _let_go(
    sha256: str,
    library: Library,
    objects: ObjectStore,
    actor: Actor,
    now: datetime,
    *,
    by_rule: Retention | None = None,
) -> bool:
    if not library.forget_files(sha256, actor=actor.code, now=now, by_rule=by_rule):
        return False
    if (source := library.source(sha256)) is not None and source.files:  # it was brought again at this moment
        return True
    objects.remove(clip_key(sha256))
    objects.remove(preview_key(sha256))
    return True


def _is_named(key: str, named: frozenset[str]) -> bool:
    return key in named or any(str(above) in named for above in PurePosixPath(key).parents)
