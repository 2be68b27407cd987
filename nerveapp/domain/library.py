"""What the library lists: clips with their state, what a deletion takes along, and its log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from nerveapp.domain.annotation import ClipRecord
from nerveapp.domain.clip_source import Origin
from nerveapp.domain.view import Nerve, Side, Site


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
        With a time zone.
    kept : bool
        Whether its files are kept: it can be opened.
    analyses : int
        Finished ones.
    annotated : int
        Frames with a final outline.
    """

    record: ClipRecord
    name: str
    origin: Origin | None
    added_at: datetime
    kept: bool
    analyses: int = 0
    annotated: int = 0


@dataclass(frozen=True, slots=True)
class ClipFilter:
    """Which clips to list, newest first. What is None or "" does not matter.

    Parameters
    ----------
    text : str
        Part of the patient's code, of the clip's name or the beginning of its hash; case does not matter.
    patient : str or None
        Code; "" is clips that are filed under nobody.
    exam : str or None
        Id of an exam.
    nerve, site, side
        Of the view.
    offset, limit : int
        Which of them.
    """

    text: str = ""
    patient: str | None = None
    exam: str | None = None
    nerve: Nerve | None = None
    site: Site | None = None
    side: Side | None = None
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
        Of files.
    """

    patients: tuple[str, ...]
    exams: tuple[str, ...]
    clips: tuple[str, ...]
    analyses: int
    annotations: int
    locked: int
    studies: int
    bytes: int


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
