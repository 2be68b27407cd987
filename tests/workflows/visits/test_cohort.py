"""All accepted values as a table, and norms of the healthy among them."""

from dataclasses import replace
from datetime import date

import pytest

from nerveapp import NOTICE
from nerveapp.analysis.reference_limits import LimitMethod
from nerveapp.domain.actor import Actor
from nerveapp.domain.annotation import ClipRecord
from nerveapp.domain.cohort import CohortValue, OneValue
from nerveapp.domain.exam import Exam
from nerveapp.domain.norms import Norm
from nerveapp.domain.patient import Patient, Sex
from nerveapp.domain.view import Nerve, Site
from nerveapp.errors import NormsError, RightsError
from nerveapp.workflows.visits.cohort import build_norms, cohort, cohort_csv, import_norms, remove_norms, save_norms
from tests.fakes import FakeAnalysisStore, FakeAnnotationStore, FakeNormStore, FakeTableFiles, FakeWorksheetStore
from tests.fakes.clock import START
from tests.fakes.library import FakeLibrary
from tests.workflows.visits.samples import LEFT, RIGHT, SPACING, manual, measured

EXAM = Exam("1" * 32, "S01", date=date(2026, 3, 1), indication="healthy")


def cohort_of(library: FakeLibrary, store: FakeWorksheetStore) -> tuple[CohortValue, ...]:
    return cohort(library, store, FakeAnnotationStore(), FakeAnalysisStore())


@pytest.fixture
def library() -> FakeLibrary:
    found = FakeLibrary()
    found.describe_patient("S01", lambda one: replace(one, birth_year=1980, sex=Sex.FEMALE), actor="R1", now=START)
    for exam in (EXAM, Exam("2" * 32, "S00")):
        found.add_exam(exam, actor="R1", now=START)
    return found


def healthy(count: int) -> list[CohortValue]:
    """People whose wrists measure 7.0, 7.1, ... mm², at one visit each."""
    found = []
    for number in range(count):
        exam = Exam(f"{number:032x}", f"H{number:03}")
        found.append(CohortValue(Patient(exam.patient), exam, manual(exam.id, 7 + number / 10)))
    return found


def test_values_stand_by_patient_and_say_what_changed_since(library: FakeLibrary) -> None:
    store, annotations = FakeWorksheetStore(), FakeAnnotationStore()
    annotations.register(
        ClipRecord("a" * 64, 64, 48, 9, "S01", LEFT, replace(SPACING, row_spacing_mm=0.1), exam=EXAM.id)
    )
    store.accept(measured(EXAM.id, 9.0))
    store.accept(manual("2" * 32, 10.0))
    store.accept(manual("9" * 32, 10.0))  # of a visit that was deleted meanwhile
    found = cohort(library, store, annotations, FakeAnalysisStore())
    assert [one.patient.code for one in found] == ["S00", "S01"]
    assert [one.outdated for one in found] == ["", "its clip was calibrated anew since"]
    assert [one.reserved for one in found] == [False, True]


def test_the_table_says_whose_value_it_is_and_how_it_was_found(library: FakeLibrary) -> None:
    store = FakeWorksheetStore()
    store.accept(manual(EXAM.id, 9.0, RIGHT))
    text = cohort_csv(cohort_of(library, store), FakeTableFiles()).decode()
    first, second, head, row = text.splitlines()
    assert NOTICE in first
    assert "1 accepted value of 1 person" in second
    assert head.startswith("patient,sex,age,visit,indication,nerve,site,side,area,unit")
    assert "S01;female;46" in cohort_csv(cohort_of(library, store), FakeTableFiles(), europe=True).decode()
    assert row.startswith("S01,female,46,2026-03-01,healthy,median,wrist,right,9.0,mm²,entered by hand,")


def test_norms_of_30_people_are_kept_with_n_method_and_interval() -> None:
    values = healthy(30)
    people = [one.patient.code for one in values]
    (built,) = build_norms(values, people, everybody=values, sides=OneValue.LEFT, method=LimitMethod.PARAMETRIC)
    assert built.limit is not None
    assert (built.n, round(built.limit.mean, 2), round(built.limit.sd, 3)) == (30, 8.45, 0.880)
    assert built.limit.limit == pytest.approx(8.45 + 1.96 * 0.8803, abs=1e-3)
    store = FakeNormStore()
    save_norms(
        "lab", (built,), population="own, healthy", sides=OneValue.LEFT, store=store, actor=Actor("R1"), now=START
    )
    (norm,) = store.own["lab"]
    assert (norm.nerve, norm.site, norm.n, norm.population) == (Nerve.MEDIAN, Site.WRIST, 30, "own, healthy")
    assert (norm.mean_mm2, norm.sd_mm2, norm.upper_limit_mm2) == (8.45, 0.88, 10.2)
    for words in ("left side", "mean + 1.96 SD", "90 % CI", "30 people: EP28-A3c asks for 120"):
        assert words in norm.method
    assert norm.source == "own values"


def test_a_station_with_too_few_people_says_so_and_is_not_kept() -> None:
    values = healthy(19)
    (built,) = build_norms(
        values,
        [one.patient.code for one in values],
        everybody=values,
        sides=OneValue.BOTH,
        method=LimitMethod.PARAMETRIC,
    )
    assert (built.n, built.limit) == (19, None)
    assert "At least 20 people" in built.why_not
    store = FakeNormStore()
    with pytest.raises(NormsError):
        save_norms("lab", (built,), population="own", sides=OneValue.BOTH, store=store, actor=Actor(), now=START)
    assert store.sets() == ()


def test_norms_without_a_population_are_refused() -> None:
    values = healthy(25)
    built = build_norms(
        values,
        [one.patient.code for one in values],
        everybody=values,
        sides=OneValue.BOTH,
        method=LimitMethod.PARAMETRIC,
    )
    with pytest.raises(NormsError, match="population is missing"):
        save_norms("lab", built, population=" ", sides=OneValue.BOTH, store=FakeNormStore(), actor=Actor(), now=START)


def test_norms_are_brought_and_removed_by_who_may() -> None:
    norm = Norm(Nerve.MEDIAN, Site.WRIST, "own", upper_limit_mm2=10.0)
    store = FakeNormStore(read=(norm,))
    assert import_norms("lab", b"", store, actor=Actor(), now=START) == (norm,)
    with pytest.raises(NormsError, match="a set lab already"):
        import_norms("lab", b"", store, actor=Actor(), now=START)
    assert store.table().limit(LEFT) == norm
    nobody = Actor(rights=frozenset())
    with pytest.raises(RightsError):
        remove_norms("lab", store, actor=nobody)
    remove_norms("lab", store, actor=Actor())
    assert store.sets() == ()
