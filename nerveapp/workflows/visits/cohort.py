"""All accepted values of all visits as one table, and upper limits of normal from the healthy among them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from nerveapp import NOTICE
from nerveapp.analysis.reference_limits import LimitMethod, ReferenceLimit, reference_limit
from nerveapp.domain.actor import Actor, Right
from nerveapp.domain.cohort import CohortValue, OneValue, healthy_people, one_value_a_person
from nerveapp.domain.counted import counted
from nerveapp.domain.norms import Norm
from nerveapp.domain.protocols import Station
from nerveapp.errors import NormsError
from nerveapp.ports import AnalysisStore, AnnotationStore, Library, NormStore, TableFiles, WorksheetStore
from nerveapp.workflows.visits.outdated import today_of, why_outdated

COLUMNS = (
    "patient", "sex", "age", "visit", "indication", "nerve", "site", "side", "area", "unit", "how chosen", "reserved",
    "echo intensity", "hypoechoic fraction", "model", "corrected", "accepted by", "accepted at", "visit id",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class BuiltNorm:
    """What one's own cohort gives for a station.

    Parameters
    ----------
    station : Station
    n : int
        People.
    limit : ReferenceLimit or None
        In mm²; None where there is none.
    why_not : str
        Why there is none, in words; "" where there is one.
    """

    station: Station
    n: int
    limit: ReferenceLimit | None
    why_not: str = ""


def cohort(
    library: Library, worksheets: WorksheetStore, annotations: AnnotationStore, analyses: AnalysisStore
) -> tuple[CohortValue, ...]:
    """Give the accepted values of all visits, by patient and visit.

    Parameters
    ----------
    library, worksheets : Library, WorksheetStore
    annotations, analyses : AnnotationStore, AnalysisStore
        Know how clips are described, outlined and measured today: values that are outdated are told apart.
    """
    people = {one.code: one for one in library.patients()}
    exams = {one.id: one for one in library.exams()}
    order = {exam: number for number, exam in enumerate(exams)}
    clips, values = {clip.sha256: clip for clip in annotations.clips()}, worksheets.values()
    today = today_of(values, clips, annotations=annotations, analyses=analyses)
    found = []
    for value in values:
        exam = exams.get(value.exam)
        if exam is not None and exam.patient in people:  # else it was deleted meanwhile
            found.append(CohortValue(people[exam.patient], exam, value, why_outdated(value, today)))
    return tuple(sorted(found, key=lambda one: (one.patient.code, order[one.exam.id])))


def cohort_row(one: CohortValue) -> tuple[object, ...]:
    """Give a value's cells, in the order of `COLUMNS`."""
    value, measured = one.value, one.value.measured
    return (
        one.patient.code,
        one.patient.sex and one.patient.sex.value,
        one.age,
        one.exam.when,
        one.exam.indication or None,
        value.view.nerve.value,
        value.view.site.value,
        value.view.side.value,
        round(value.area, 2),
        value.unit,
        value.choice.value,
        "; ".join((*value.reservations, *([one.outdated] if one.outdated else []))) or None,
        None if value.echo_intensity is None else round(value.echo_intensity, 1),
        None if value.hypoechoic_fraction is None else round(value.hypoechoic_fraction, 3),
        measured and measured.model,
        None if measured is None else "yes" if measured.corrected else "in part" if measured.is_mixed else "no",
        value.by or None,
        value.at.isoformat(timespec="seconds"),
        one.exam.id,  # tells visits of one day apart
    )


def cohort_csv(values: Sequence[CohortValue], tables: TableFiles, *, europe: bool = False) -> bytes:
    """Write values as CSV, one a row, with the notice above; with `europe` as a European Excel opens it."""
    people = len({one.patient.code for one in values})
    counts = f"{counted(len(values), 'accepted value')} of {counted(people, 'person')}"
    return tables.csv(COLUMNS, map(cohort_row, values), remarks=(NOTICE, counts), europe=europe)


def build_norms(
    values: Iterable[CohortValue],
    people: Collection[str],
    *,
    everybody: Iterable[CohortValue],
    sides: OneValue,
    method: LimitMethod,
) -> tuple[BuiltNorm, ...]:
    """Find upper limits of normal of one's own cohort, station by station.

    Parameters
    ----------
    values : iterable of CohortValue
        As they are filtered.
    people : collection of str
        Codes of the healthy; which they are is the user's choice.
    everybody : iterable of CohortValue
        All: who has a visit that says "healthy" is told by it alone.
    sides : OneValue
    method : LimitMethod
    """
    areas_of = one_value_a_person(values, people, sides, said=healthy_people(everybody))
    built = []
    for station, areas in sorted(areas_of.items()):
        try:
            built.append(BuiltNorm(station, len(areas), reference_limit(list(areas.values()), method)))
        except NormsError as error:
            built.append(BuiltNorm(station, len(areas), None, str(error)))
    return tuple(built)


def save_norms(
    name: str,
    built: Sequence[BuiltNorm],
    *,
    population: str,
    sides: OneValue,
    store: NormStore,
    actor: Actor,
    now: datetime,
) -> tuple[Norm, ...]:
    """Keep what was built as a set of norms of one's own; areas are held against it before any published one.

    Parameters
    ----------
    name : str
        Of the set; none has it yet.
    built : sequence of BuiltNorm
        Those without a limit are left out.
    population : str
        Whose nerves they were, in words.
    sides : OneValue
        As they were built.
    store : NormStore
    actor : Actor
    now : datetime
        With a time zone.

    Raises
    ------
    NormsError
        If there is nothing to save, name or population are missing, or there is a set of this name.
    RightsError
        If the actor may not.
    """
    actor.require(Right.DESCRIBE)
    norms = tuple(_norm(one.station, one.limit, population, sides) for one in built if one.limit is not None)
    store.put(name, norms, by=actor.code, at=now)
    return norms


def import_norms(name: str, data: bytes, store: NormStore, *, actor: Actor, now: datetime) -> tuple[Norm, ...]:
    """Keep a table of norms from a CSV file as a set of one's own, under a new name; raises NormsError, RightsError."""
    actor.require(Right.DESCRIBE)
    norms = store.read_csv(data)
    store.put(name, norms, by=actor.code, at=now)
    return norms


def remove_norms(name: str, store: NormStore, *, actor: Actor) -> None:
    """Remove a set of norms of one's own; raises RightsError if the actor may not."""
    actor.require(Right.DESCRIBE)
    store.remove(name)


def _norm(station: Station, limit: ReferenceLimit, population: str, sides: OneValue) -> Norm:
    method = (
        f"own cohort, {sides}, one value a person; upper limit: {limit.method}, 90 % CI {limit.low:.1f} to "
        f"{limit.high:.1f} mm² {limit.interval_method}"
    )
    return Norm(
        station.nerve,
        station.site,
        population.strip(),
        n=limit.n,
        mean_mm2=round(limit.mean, 2),
        sd_mm2=round(limit.sd, 2),
        upper_limit_mm2=round(limit.limit, 1),
        method="; ".join((method, *limit.warnings)),
    )
