"""What the library lists: clips with their state, what a deletion takes along, and its log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from nerveapp.domain.annotation import ClipRecord
from nerveapp.domain.clip_source import Origin
from nerveapp.domain.counted import counted
from nerveapp.domain.exam import Exam
from nerveapp.domain.view import Nerve, Side, Site

MOST_NAMED = 20
"""Clips that a tombstone names; it counts the others."""


@dataclass(frozen=True, slots=True)
class ListedClip:
    """A clip in a list.

    Parameters
    ----------
    record : ClipRecord
        As it was described last.
    name : str
        What it is called on the pages; "" where only its outlines are known.
    origin : Origin or None
        None for clips of stores older than the library.
    added_at : datetime
        When it was brought last, with a time zone.
    kept : bool
        Whether its files are kept: it can be opened.
    analyses : int
        Finished ones.
    annotated : int
        Frames with a final outline.
    exam : Exam or None
        Under which it is filed.
    """

    record: ClipRecord
    name: str
    origin: Origin | None
    added_at: datetime
    kept: bool
    analyses: int = 0
    annotated: int = 0
    exam: Exam | None = None


@dataclass(frozen=True, slots=True)
class ClipFilter:
    """Which clips to list, newest first. What is None or "" does not matter.

    Parameters
    ----------
    text : str
        Words, each a part of the patient's code, of the clip's name, nerve, site or side, or the beginning of its
        hash; case does not matter.
    patient : str or None
        Code; "" is clips that are filed under nobody.
    exam : str or None
        Id of an exam.
    nerve, site, side
        Of the view.
    hash_start : str
        Beginning of the clip's hash.
    offset, limit : int
        Which of them.
    """

    text: str = ""
    patient: str | None = None
    exam: str | None = None
    nerve: Nerve | None = None
    site: Site | None = None
    side: Side | None = None
    hash_start: str = ""
    offset: int = 0
    limit: int = 50


@dataclass(frozen=True, slots=True)
class Deletion:
    """What goes when something is deleted.

    Parameters
    ----------
    patients, exams : tuple of str
        Codes, ids.
    clips : tuple of str
        Hashes.
    analyses, annotations, locked, studies : int
        How many analyses and outlines go, how many of these are locked for judging models, how many reader studies
        lose frames.
    bytes : int
        Of the clips' files.
    keys : tuple of str
        Below which files go, in the `ObjectStore`.
    values : int
        Accepted values that go from worksheets.
    values_elsewhere : int
        How many of these go from visits that stay: they were measured on a clip that goes.
    """

    patients: tuple[str, ...]
    exams: tuple[str, ...]
    clips: tuple[str, ...]
    analyses: int
    annotations: int
    locked: int
    studies: int
    bytes: int
    keys: tuple[str, ...] = ()
    values: int = 0
    values_elsewhere: int = 0

    def holds(self, other: Deletion) -> bool:
        """Whether nothing goes in another one that does not go in this one."""
        things = ((self.patients, other.patients), (self.exams, other.exams), (self.clips, other.clips))
        numbers = (
            (self.analyses, other.analyses),
            (self.annotations, other.annotations),
            (self.locked, other.locked),
            (self.studies, other.studies),
            (self.values, other.values),
            (self.values_elsewhere, other.values_elsewhere),
        )
        return all(set(some) <= set(all_) for all_, some in things) and all(few <= many for many, few in numbers)

    @property
    def words(self) -> str:
        """What goes, counted, such as "1 patient, 2 visits, 5 clips (210 MB), 36 outlines"."""
        megabytes = f" ({max(1, round(self.bytes / 1e6))} MB)" if self.bytes else ""
        locked = f" of which {self.locked} locked for judging models" if self.locked else ""
        elsewhere = f" of which {self.values_elsewhere} in visits that stay" if self.values_elsewhere else ""
        parts = (
            (len(self.patients), "patient", ""),
            (len(self.exams), "visit", ""),
            (len(self.clips), "clip", megabytes),
            (self.analyses, "analysis", ""),
            (self.annotations, "outline", locked),
            (self.values, "accepted value", elsewhere),
            (self.studies, "reader study", " with fewer frames"),
        )
        counts = [f"{counted(count, what)}{more}" for count, what, more in parts if count]
        return ", ".join(counts) or "nothing"

    @property
    def tombstone(self) -> str:
        """What the log says once it is gone: codes, beginnings of hashes and counts, no name of a file."""
        named = [*self.patients, *(clip[:12] for clip in self.clips[:MOST_NAMED])]
        more = len(self.clips) - MOST_NAMED
        rest = f" and {counted(more, 'clip')} more" if more > 0 else ""
        return f"deleted {self.words}" + (f": {', '.join(named)}{rest}" if named else "")


@dataclass(frozen=True, slots=True)
class LogEntry:
    """What was done in the library: the tombstone of what was deleted, too.

    Parameters
    ----------
    at : datetime
        With a time zone.
    actor : str
        Code; "" where nobody said who they are.
    what : str
        In words, without names of files.
    """

    at: datetime
    actor: str
    what: str
