"""The worksheet of a visit: what is scanned, what is accepted, what is still missing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from nerveapp.domain.actor import Actor, Right
from nerveapp.domain.exam import Exam
from nerveapp.domain.library import ClipFilter
from nerveapp.domain.protocols import CARPAL_TUNNEL, PROTOCOLS, Protocol, Station
from nerveapp.domain.view import Side
from nerveapp.domain.worksheet import SIDES, Cell, Sheet, Worksheet
from nerveapp.errors import WorksheetError
from nerveapp.ports import AnalysisStore, AnnotationStore, Library, WorksheetStore
from nerveapp.workflows.visits.outdated import clips_behind, today_of, why_outdated

MOST_CLIPS = 500
MOST_ALIKE = 1000
"""So many protocols may have titles of the same letters."""


def protocols(store: WorksheetStore) -> tuple[Protocol, ...]:
    """Give the protocols at hand: those that the app brings along, then one's own."""
    return (*PROTOCOLS, *(one for one in store.protocols() if all(one.name != known.name for known in PROTOCOLS)))


def save_protocol(
    title: str,
    stations: tuple[Station, ...],
    store: WorksheetStore,
    *,
    instead_of: str = "",
    actor: Actor,
    now: datetime,
) -> Protocol:
    """Save a protocol of one's own as a template.

    Parameters
    ----------
    title : str
        No other protocol has it.
    stations : tuple of Station
    store : WorksheetStore
    instead_of : str
        Name of the protocol that was looked at: it is changed where its title stays, for all its visits.
    actor : Actor
    now : datetime
        With a time zone.

    Raises
    ------
    WorksheetError
        If it cannot be a protocol, or another one has this title.
    RightsError
        If the actor may not.
    """
    actor.require(Right.DESCRIBE)
    title = title.strip()
    own = {one.name: one for one in store.protocols()}
    alike = [one for one in (*PROTOCOLS, *own.values()) if one.title.casefold() == title.casefold()]
    if any(one.name != instead_of or one.name not in own for one in alike):
        raise WorksheetError(f"There is a protocol “{title}” already.", "Choose that one, or give another title.")
    if alike:
        protocol = Protocol(alike[0].name, title, stations)
        store.put_protocol(protocol, by=actor.code, at=now)
        return protocol
    for name in _names_for(title):
        if store.visits_with(name):  # of one that was removed: they do not become visits of this one
            continue
        protocol = Protocol(name, title, stations)
        # Another title may leave the same letters, of somebody who saves at this very moment, too.
        if store.add_protocol(protocol, by=actor.code, at=now):
            return protocol
    raise WorksheetError("The protocol cannot be saved under any name.", "Give it another title.")


def _names_for(title: str) -> Iterator[str]:
    """Make names of a title, of which letters beyond a to z leave nothing; none of a protocol of the app."""
    stem = re.sub(r"[^a-z0-9]+", "-", title.casefold()).strip("-")[:27].strip("-") or "protocol"
    names = (stem, *(f"{stem}-{number}" for number in range(2, MOST_ALIKE)))
    yield from (name for name in names if all(name != one.name for one in PROTOCOLS))


def remove_protocol(name: str, store: WorksheetStore, *, actor: Actor) -> None:
    """Remove a protocol of one's own; worksheets of it go back to that of the carpal tunnel.

    Raises
    ------
    RightsError
        If the actor may not.
    """
    actor.require(Right.DESCRIBE)
    store.remove_protocol(name)


def worksheet(
    exam: Exam, library: Library, store: WorksheetStore, annotations: AnnotationStore, analyses: AnalysisStore
) -> Worksheet:
    """Give a visit's worksheet; without a protocol chosen it is that of the carpal tunnel."""
    sheet = store.sheet(exam.id)
    known = {one.name: one for one in protocols(store)}
    protocol = known.get(sheet.protocol, CARPAL_TUNNEL)
    clips = library.clips(ClipFilter(exam=exam.id, limit=MOST_CLIPS))
    values = {one.view: one for one in store.values(exam.id)}
    clips_now = clips_behind(values.values(), library)
    today = today_of(values.values(), clips_now, annotations=annotations, analyses=analyses)
    views = [station.on(side) for station in protocol.stations for side in SIDES]
    views += [view for view in values if view not in views]  # accepted under another protocol: nothing is hidden
    cells = []
    for view in views:
        shown = tuple(clip for clip in clips if clip.record.view == view)
        value = values.get(view)
        cells.append(Cell(view, shown, value, "" if value is None else why_outdated(value, today)))
    others = tuple(clip for clip in clips if clip.record.view not in views)
    return Worksheet(sheet, protocol, tuple(cells), others, store.changed_at(exam.id))


def write_sheet(
    exam: str,
    store: WorksheetStore,
    *,
    protocol: str | None = None,
    bifid: tuple[Side, ...] | None = None,
    conclusion: str | None = None,
    instead_of: str | None = None,
    actor: Actor,
    now: datetime,
) -> None:
    """Choose a visit's protocol, say on which sides the median nerve is bifid, or write its conclusion.

    What is not given stays as it is: somebody else may have written it since the page was drawn.

    Parameters
    ----------
    exam : str
        Id of the visit.
    store : WorksheetStore
    protocol, bifid, conclusion
        See `Sheet`.
    instead_of : str, optional
        The conclusion that stood when this one was written; any may stand by default.
    actor : Actor
        Needs the right to describe.
    now : datetime
        With a time zone.

    Raises
    ------
    LibraryError
        If the visit is not in the library.
    RightsError
        If the actor may not.
    WorksheetError
        If the conclusion is too long; WrittenMeanwhileError if another one stands by now.
    """
    actor.require(Right.DESCRIBE)
    Sheet(exam, conclusion=conclusion or "")
    store.write_sheet(
        exam, protocol=protocol, bifid=bifid, conclusion=conclusion, instead_of=instead_of, by=actor.code, at=now
    )
