"""What a library does, on SQLite, on PostgreSQL and for the stand-in that workflows are tested with."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from threading import Event

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, event

from nerveapp.domain.annotation import COUNTING, ClipRecord, Source, State
from nerveapp.domain.calibration import Calibration, CalibrationOrigin
from nerveapp.domain.clip_source import ClipSource, Origin, SourceFile
from nerveapp.domain.exam import Exam
from nerveapp.domain.library import ClipFilter, LogEntry
from nerveapp.domain.patient import Patient, Sex
from nerveapp.domain.reader_study import ReaderStudy
from nerveapp.domain.retention import Retention
from nerveapp.domain.view import Nerve, Side, Site, View
from nerveapp.errors import AnnotationError, LibraryError
from nerveapp.io.store.annotations import SqlAnnotationStore
from nerveapp.io.store.backup import back_up, restore
from nerveapp.io.store.connection import open_database
from nerveapp.io.store.library import SqlLibrary
from nerveapp.io.store.registry import SqlModelRegistry
from nerveapp.io.store.worksheets import SqlWorksheetStore
from nerveapp.ports import Library
from tests.fakes.clock import START
from tests.fakes.library import FakeLibrary
from tests.io.store.large_library import fill
from tests.io.store.records import IMAGE, annotation
from tests.stores import empty_database, empty_store
from tests.workflows.visits.samples import measured

ULNAR = View(Nerve.ULNAR, Site.ELBOW, Side.LEFT)
TYPED = Calibration(0.1, 0.1, CalibrationOrigin.TYPED, "0.1")
FIRST = Exam("1" * 32, "S01", date=date(2026, 1, 1), indication="CTS?")
SECOND = Exam("2" * 32, "S01", day=3)
OTHERS = Exam("3" * 32, "S02")


@pytest.fixture(params=["fake", "sqlite", "postgresql"])
def library(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Library:
    if request.param == "fake":
        return FakeLibrary()
    return SqlLibrary(request.getfixturevalue("engines")(request.param))


@pytest.fixture
def engines(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Engine]:
    def opened(kind: str) -> Engine:
        if kind == "sqlite":
            return open_database(empty_store(tmp_path_factory.mktemp("library") / "store.db"))
        return open_database(empty_database(request.getfixturevalue("postgres")))

    return opened


def record(letter: str, **known: object) -> ClipRecord:
    return replace(ClipRecord(letter * 64, 64, 48, 100), **known)  # type: ignore[arg-type]


def source(letter: str, *, name: str = "clip.mp4", size: int = 1_000_000) -> ClipSource:
    file = SourceFile("Doe_Jane.mp4", f"clips/{letter * 64}/00000/Doe_Jane.mp4", "f" * 64, size)
    return ClipSource(letter * 64, (file,), Origin.UPLOAD, name, "by hand", "1.2", "1.2.3", "1.2.3.4")


def add(library: Library, letter: str, *, now: datetime = START, name: str = "clip.mp4", **known: object) -> None:
    library.add_clip(record(letter, **known), source(letter, name=name), b"jpeg", actor="R1", now=now)


def found(library: Library, wanted: ClipFilter = ClipFilter()) -> str:  # noqa: B008 (it is frozen)
    return "".join(one.record.sha256[0] for one in library.clips(wanted))


def filled(library: Library) -> None:
    """Two patients: S01 with two exams and three clips, S02 with one clip that is filed under none; one of nobody."""
    for exam in (FIRST, SECOND, OTHERS):
        library.add_exam(exam, actor="R1", now=START)
    add(library, "a", exam=FIRST.id, view=ULNAR, calibration=TYPED)
    add(library, "b", exam=FIRST.id, name="Handgelenk 50%.mp4", now=START + timedelta(hours=1))
    add(library, "c", exam=SECOND.id, now=START + timedelta(hours=2))
    add(library, "d", subject="S02", now=START + timedelta(hours=3))
    add(library, "e", now=START + timedelta(hours=4))


def test_a_patient_is_known_by_code_and_described_anew(library: Library) -> None:
    library.describe_patient("S02", lambda _: Patient("S02"), actor="R1", now=START)
    library.describe_patient("S01", lambda _: Patient("S01", 1970, 171.5, 160.0, Sex.FEMALE), actor="R1", now=START)
    library.describe_patient("S02", lambda _: Patient("S02", 1980), actor="R1", now=START)
    assert library.patients() == (Patient("S01", 1970, 171.5, 160.0, Sex.FEMALE), Patient("S02", 1980))
    assert library.patients("s02") == (Patient("S02", 1980),)
    assert library.patient("S03") is None


def test_an_exam_is_of_one_patient_and_brings_who_is_unknown(library: Library) -> None:
    for exam in (OTHERS, SECOND, FIRST):
        library.add_exam(exam, actor="R1", now=START)
    library.describe_exam(FIRST.id, lambda one: replace(one, note="left hand"), actor="R1", now=START)
    assert library.exams("S01") == (replace(FIRST, note="left hand"), SECOND)
    assert library.exams() == (replace(FIRST, note="left hand"), SECOND, OTHERS)
    assert library.exam(OTHERS.id) == OTHERS
    assert library.exam("9" * 32) is None
    assert [patient.code for patient in library.patients()] == ["S01", "S02"]


def test_of_two_who_describe_one_thing_neither_undoes_what_the_other_said(library: Library) -> None:
    filled(library)
    library.describe_exam(FIRST.id, lambda one: replace(one, patient="S02"), actor="R1", now=START)
    stale = library.describe_exam(FIRST.id, lambda one: replace(one, note="left hand"), actor="R2", now=START)
    assert stale == library.exam(FIRST.id) == replace(FIRST, patient="S02", note="left hand")
    library.describe_patient("S01", lambda one: replace(one, wrist_mm=165.0), actor="R1", now=START)
    library.describe_patient("S01", lambda one: replace(one, birth_year=1970), actor="R2", now=START)
    assert library.patient("S01") == Patient("S01", birth_year=1970, wrist_mm=165.0)


def test_another_code_is_the_patients_everywhere(library: Library) -> None:
    filled(library)
    add(library, "f", subject="S01")
    library.describe("f" * 64, lambda clip: replace(clip, view=ULNAR), actor="R1", now=START)
    library.describe_patient("S01", lambda one: replace(one, birth_year=1970), actor="R1", now=START)
    library.rename_patient("S01", "S09", actor="R2", now=START)
    assert [one.code for one in library.patients()] == ["S02", "S09"]
    assert library.patient("S09") == Patient("S09", birth_year=1970)
    assert library.exams("S09") == (replace(FIRST, patient="S09"), replace(SECOND, patient="S09"))
    assert set(found(library, ClipFilter(patient="S09"))) == set("abcf")
    assert library.log(1)[0] == LogEntry(START, "R2", "gave a patient the code S09")
    assert not any("S01" in line.what for line in library.log()), "a code may have been a name"
    assert any("S02" in line.what for line in library.log())
    for code, new, said in (("S01", "S10", "not in the library"), ("S09", "S02", "S02 already")):
        with pytest.raises(LibraryError, match=said):
            library.rename_patient(code, new, actor="R2", now=START)


def test_visits_of_one_patient_and_day_are_numbered_wherever_they_are_named(library: Library) -> None:
    again, of_another = replace(FIRST, id="7" * 32), replace(FIRST, id="8" * 32, patient="S02")
    undated = [Exam(letter * 32, "S01") for letter in "ab"]
    for number, exam in enumerate((FIRST, again, of_another, *undated)):
        library.add_exam(exam, actor="R1", now=START + timedelta(minutes=number))
    assert [exam.when for exam in library.exams("S01")] == ["2026-01-01", "2026-01-01 (2)", "undated", "undated (2)"]
    assert [exam.when for exam in library.exams() if exam.patient == "S02"] == ["2026-01-01"]
    found = library.exam(again.id)
    assert (found, found and found.when, found and found.when_in_file_name) == (again, "2026-01-01 (2)", "2026-01-01-2")
    add(library, "a", exam=again.id, subject="S01")
    (clip,) = library.clips(ClipFilter())
    assert clip.exam is not None
    assert clip.exam.when == "2026-01-01 (2)"
    moved = library.describe_exam(again.id, lambda exam: replace(exam, date=None, day=3), actor="R1", now=START)
    assert moved.day == 3
    assert [exam.when for exam in library.exams("S01")] == ["2026-01-01", "day 3", "undated", "undated (2)"]


def test_once_a_day_a_patient_has_one_exam(library: Library) -> None:
    first = library.add_exam(FIRST, once_a_day=True, actor="R1", now=START)
    again = library.add_exam(replace(FIRST, id="e" * 32), once_a_day=True, actor="R2", now=START)
    assert first == again == FIRST
    library.add_exam(replace(FIRST, id="e" * 32), actor="R2", now=START)
    assert len(library.exams("S01")) == 2, "unless somebody begins another"


def test_a_clip_is_listed_with_all_that_is_known_of_it(library: Library) -> None:
    filled(library)
    clip = library.clip("a" * 64)
    assert clip is not None
    assert clip.record == record("a", exam=FIRST.id, subject="S01", view=ULNAR, calibration=TYPED)
    assert (clip.name, clip.origin, clip.added_at, clip.kept) == ("clip.mp4", Origin.UPLOAD, START, True)
    assert clip.exam == FIRST
    assert library.source("a" * 64) == source("a")
    assert library.thumbnail("a" * 64) == b"jpeg"
    assert (library.clip("f" * 64), library.source("f" * 64), library.thumbnail("f" * 64)) == (None, None, b"")


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (ClipFilter(), "edcba"),
        (ClipFilter(offset=1, limit=2), "dc"),
        (ClipFilter(text="s01"), "cba"),
        (ClipFilter(text="50%"), "b"),
        (ClipFilter(text="HANDGELENK"), "b"),
        (ClipFilter(text="AAA"), "a"),
        (ClipFilter(text="S01 elbow"), "a"),
        (ClipFilter(text=" s01  handgelenk "), "b"),
        (ClipFilter(text="S02 elbow"), ""),
        (ClipFilter(patient="S02"), "d"),
        (ClipFilter(patient=""), "e"),
        (ClipFilter(exam=FIRST.id), "ba"),
        (ClipFilter(nerve=Nerve.ULNAR), "a"),
        (ClipFilter(site=Site.UNKNOWN, side=Side.UNKNOWN, patient="S01"), "cb"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_filter_lets_through_what_it_says(library: Library, wanted: ClipFilter, expected: str) -> None:
    filled(library)
    assert found(library, wanted) == expected
    assert library.count(replace(wanted, offset=0)) == (5 if wanted.limit == 2 else len(expected))


def test_a_clip_that_is_brought_again_is_one_clip_and_the_newest(library: Library) -> None:
    filled(library)
    add(library, "a", name="again.mp4", now=START + timedelta(days=1))
    assert found(library) == "aedcb"
    clip = library.clip("a" * 64)
    assert clip is not None
    assert (clip.name, clip.record.view, clip.record.exam) == ("clip.mp4", ULNAR, FIRST.id)


def test_a_clip_of_another_size_changes_nothing(library: Library) -> None:
    filled(library)
    with pytest.raises(AnnotationError, match="64 x 48"):
        add(library, "a", name="other.mp4", height=40)
    clip = library.clip("a" * 64)
    assert clip is not None
    assert clip.name == "clip.mp4"


def test_of_two_who_describe_a_clip_in_one_moment_neither_undoes_the_others_word(library: Library) -> None:
    filled(library)
    looking = Event()

    def view_slowly(clip: ClipRecord) -> ClipRecord:
        looking.set()
        time.sleep(0.2)  # the other has come to describe it by now
        return replace(clip, view=ULNAR)

    with ThreadPoolExecutor() as pool:
        first = pool.submit(library.describe, "e" * 64, view_slowly, actor="R1", now=START)
        assert looking.wait(10)
        second = pool.submit(
            library.describe, "e" * 64, lambda clip: replace(clip, calibration=TYPED), actor="R2", now=START
        )
        said = [one.result(30) for one in (first, second)]
    clip = library.clip("e" * 64)
    assert clip is not None
    assert (clip.record.view, clip.record.calibration) == (ULNAR, TYPED)
    assert said[1].view == ULNAR


def test_a_clip_moves_to_another_patient_with_its_exam(library: Library) -> None:
    filled(library)
    library.describe("a" * 64, lambda _: record("a", exam=OTHERS.id), actor="R2", now=START)
    clip = library.clip("a" * 64)
    assert clip is not None
    assert (clip.record.subject, clip.record.exam, clip.record.view) == ("S02", OTHERS.id, View())
    with pytest.raises(LibraryError, match="of S01; the visit is of S02"):
        library.describe("a" * 64, lambda _: record("a", exam=OTHERS.id, subject="S01"), actor="R2", now=START)
    with pytest.raises(LibraryError, match="visit is not in the library"):
        library.describe("a" * 64, lambda _: record("a", exam="9" * 32), actor="R2", now=START)
    with pytest.raises(LibraryError, match="not in the library"):
        library.describe("f" * 64, lambda clip: clip, actor="R2", now=START)
    assert library.clip("a" * 64) == clip


def test_a_clip_that_is_filed_anew_on_opening_is_of_that_patient(library: Library) -> None:
    filled(library)
    add(library, "a", exam=OTHERS.id)
    add(library, "b", subject="S07")
    first, second = library.clip("a" * 64), library.clip("b" * 64)
    assert first is not None
    assert second is not None
    assert (first.record.subject, first.record.exam) == ("S02", OTHERS.id)
    assert (second.record.subject, second.record.exam) == ("S07", ""), "not under an exam of somebody else"


def test_files_are_forgotten_and_what_is_known_stays(library: Library) -> None:
    assert library.bytes_kept() == 0
    filled(library)
    before = library.bytes_kept()
    library.forget_files("a" * 64, actor="", now=START)
    assert library.bytes_kept() == before - 1_000_000
    library.forget_files("a" * 64, actor="", now=START)
    clip, origin = library.clip("a" * 64), library.source("a" * 64)
    assert clip is not None
    assert origin is not None
    assert (clip.kept, clip.name, origin.files) == (False, "clip.mp4", ())
    assert library.log(2)[0].what == f"removed the files of clip {'a' * 12}"
    assert "removed" not in library.log(2)[1].what
    assert library.keys() == {
        key for letter in "bcde" for key in (f"clips/{letter * 64}/00000/Doe_Jane.mp4", f"previews/{letter * 64}.mp4")
    }


def test_retention_names_the_clips_that_came_too_long_ago(library: Library) -> None:
    filled(library)
    library.forget_files("a" * 64, actor="", now=START)
    now = START + timedelta(days=2, hours=2)
    assert library.clips_over(Retention(2), now) == ("b" * 64,), "c came two days ago to the second"
    assert not library.forget_files("c" * 64, actor="", now=now, by_rule=Retention(2)), "it may stay"
    assert not library.forget_files("b" * 64, actor="", now=now, by_rule=Retention(None))
    assert [clip.kept for letter in "bc" if (clip := library.clip(letter * 64))] == [True, True]
    assert library.clips_over(Retention(None), now) == ()
    assert library.clips_over(Retention(0), START + timedelta(hours=13, minutes=1)) == ("b" * 64,)
    assert library.forget_files("b" * 64, actor="", now=now, by_rule=Retention(2))
    assert library.clips_over(Retention(2), now) == ()


def test_a_patient_goes_with_exams_and_clips_and_leaves_a_tombstone(library: Library) -> None:
    filled(library)
    gone = library.what_goes(patient="S01")
    assert gone.words == "1 patient, 2 visits, 3 clips (3 MB)"
    assert gone.keys == (
        *(f"clips/{letter * 64}" for letter in "abc"),
        *(f"previews/{letter * 64}.mp4" for letter in "abc"),
    )
    library.delete(gone, actor="R9", now=START)
    assert found(library) == "ed"
    assert [patient.code for patient in library.patients()] == ["S02"]
    assert library.exams() == (OTHERS,)
    assert (library.source("a" * 64), library.thumbnail("a" * 64)) == (None, b"")
    tombstone = library.log(1)[0]
    assert tombstone == LogEntry(
        START, "R9", f"deleted 1 patient, 2 visits, 3 clips (3 MB): S01, {'a' * 12}, {'b' * 12}, {'c' * 12}"
    )
    assert "Doe" not in "".join(entry.what for entry in library.log())
    with pytest.raises(LibraryError, match="not in the library"):
        library.delete(gone, actor="R9", now=START)


def test_an_exam_or_a_clip_goes_alone(library: Library) -> None:
    filled(library)
    library.delete(library.what_goes(clip="a" * 64), actor="R9", now=START)
    assert (found(library), library.exam(FIRST.id)) == ("edcb", FIRST)
    library.delete(library.what_goes(exam=FIRST.id), actor="R9", now=START)
    assert (found(library), library.exams("S01")) == ("edc", (SECOND,))
    assert library.patient("S01") is not None


def test_nothing_goes_that_nobody_was_told_of(library: Library) -> None:
    filled(library)
    gone = library.what_goes(patient="S01")
    add(library, "f", subject="S01")
    with pytest.raises(LibraryError, match="More would be deleted"):
        library.delete(gone, actor="R9", now=START)
    assert found(library, ClipFilter(patient="S01")) == "cbaf"
    with pytest.raises(LibraryError):
        library.what_goes(patient="S77")


def test_nothing_of_a_patient_is_left_with_a_clip_that_was_once_theirs(library: Library) -> None:
    filled(library)
    library.describe("a" * 64, lambda _: record("a", exam=OTHERS.id), actor="R2", now=START)
    library.delete(library.what_goes(patient="S01"), actor="R9", now=START)
    assert found(library, ClipFilter(patient="S02")) == "da"


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, engines: Callable[[str], Engine]) -> Engine:
    return engines(request.param)


def annotated(engine: Engine) -> SqlLibrary:
    """A filled library with outlines of two clips, a lock and a study on the first."""
    library, store = SqlLibrary(engine), SqlAnnotationStore(engine)
    filled(library)
    outline = annotation(3)
    study = ReaderStudy("e" * 32, "both", (("a" * 64, 3), ("d" * 64, 3)), START)
    store.save_all([(outline, IMAGE), (annotation(3, clip_sha256="d" * 64), IMAGE)])
    store.save(annotation(3, seed=4, supersedes=outline.id))
    store.add_study(study)
    store.save(annotation(3, rater="R2", study=study.id, study_round=1))
    SqlModelRegistry(engine).lock([outline.id], now=START)
    return library


def test_an_outline_that_was_withdrawn_is_not_counted(engine: Engine) -> None:
    library, store = annotated(engine), SqlAnnotationStore(engine)
    (mine,) = store.latest(clip_sha256="a" * 64)
    store.save(replace(mine, id="9" * 32, state=State.DRAFT, source=Source.WITHDRAWN, supersedes=mine.id))
    clip = library.clip("a" * 64)
    assert clip is not None
    assert clip.annotated == len(store.latest(clip_sha256="a" * 64, states=COUNTING)) == 0


def test_outlines_locks_and_frames_of_studies_go_with_their_clip(engine: Engine) -> None:
    library, store = annotated(engine), SqlAnnotationStore(engine)
    clip = library.clip("a" * 64)
    assert clip is not None
    assert clip.annotated == 1
    gone = library.what_goes(clip="a" * 64)
    assert gone.words == (
        "1 clip (1 MB), 2 outlines of which 1 locked for judging models, 1 reader study with fewer frames"
    )
    library.delete(gone, actor="R9", now=START)
    assert {one.clip_sha256 for one in store.entries()} == {"d" * 64}
    assert SqlModelRegistry(engine).locked() == ()
    assert store.studies()[0].frames == (("d" * 64, 3),)
    library.delete(library.what_goes(patient="S02"), actor="R9", now=START)
    assert store.studies() == ()


def test_an_outline_drawn_meanwhile_is_not_deleted_unsaid(engine: Engine) -> None:
    library = annotated(engine)
    gone = library.what_goes(clip="a" * 64)
    SqlAnnotationStore(engine).save(annotation(4), IMAGE)
    with pytest.raises(LibraryError, match="More would be deleted"):
        library.delete(gone, actor="R9", now=START)
    assert len(SqlAnnotationStore(engine).latest(clip_sha256="a" * 64)) == 2


def test_a_backup_carries_the_library(engine: Engine, tmp_path: Path) -> None:
    library = annotated(engine)
    library.forget_files("b" * 64, actor="", now=START)
    back_up(engine, tmp_path / "monday.db")
    second = open_database(f"sqlite:///{tmp_path / 'second.db'}")
    restore(tmp_path / "monday.db", second)
    restored = SqlLibrary(second)
    assert restored.clips(ClipFilter()) == library.clips(ClipFilter())
    assert restored.patients() == library.patients()
    assert restored.log() == library.log()
    assert restored.source("a" * 64) == library.source("a" * 64)


class StoppedError(Exception):
    """What stands for the end of the process."""


@pytest.mark.parametrize("nth", [1, 4, 8, 12, 16])
def test_who_is_stopped_in_the_middle_deletes_nothing(engine: Engine, nth: int) -> None:
    library = annotated(engine)
    gone = library.what_goes(patient="S01")
    _stop_at(engine, ("DELETE", "UPDATE", "INSERT"), nth)
    with pytest.raises(StoppedError):
        library.delete(gone, actor="R9", now=START)
    event.remove(engine, "before_cursor_execute", _stop_at.last)  # type: ignore[attr-defined]
    assert library.what_goes(patient="S01") == gone
    assert "deleted" not in library.log(1)[0].what


@pytest.mark.parametrize("nth", [1, 2, 3, 4, 5, 6])
def test_who_is_stopped_in_the_middle_adds_nothing(engine: Engine, nth: int) -> None:
    library = SqlLibrary(engine)
    _stop_at(engine, ("INSERT", "UPDATE"), nth)
    with pytest.raises(StoppedError):
        add(library, "a", subject="S01")
    event.remove(engine, "before_cursor_execute", _stop_at.last)  # type: ignore[attr-defined]
    assert (library.clip("a" * 64), library.patients(), library.log()) == (None, (), ())
    add(library, "a", subject="S01")
    assert found(library) == "a"


def _stop_at(engine: Engine, verbs: tuple[str, ...], nth: int) -> None:
    seen = 0

    def stop(_c: object, _cursor: object, statement: str, *_others: object) -> None:
        nonlocal seen
        seen += statement.startswith(verbs)
        if seen == nth and statement.startswith(verbs):
            raise StoppedError

    _stop_at.last = stop  # type: ignore[attr-defined]
    event.listen(engine, "before_cursor_execute", stop)


LETTERS = "abcdef"
TEXTS = st.sampled_from(["", "s0", "S01", "%", "_", "É", "clip", "aa", "straße", "\\"])
STEPS = st.lists(
    st.tuples(
        st.sampled_from(LETTERS),
        st.sampled_from(["", FIRST.id, SECOND.id, OTHERS.id]),
        st.sampled_from(["clip.mp4", "é_1.png", "50%.mp4", "STRASSE", "a\\b"]),
        st.sampled_from([View(), ULNAR]),
        st.integers(0, 3),
    ),
    max_size=8,
)
FILTERS = st.builds(
    ClipFilter,
    text=TEXTS,
    patient=st.sampled_from([None, "", "S01", "S02"]),
    exam=st.sampled_from([None, FIRST.id]),
    nerve=st.sampled_from([None, Nerve.ULNAR]),
    side=st.sampled_from([None, Side.UNKNOWN]),
    offset=st.integers(0, 2),
    limit=st.integers(1, 4),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, wanted=st.lists(FILTERS, min_size=1, max_size=4))
def test_sql_lists_what_a_plain_model_lists(
    steps: list[tuple[str, str, str, View, int]], wanted: list[ClipFilter], engines: Callable[[str], Engine]
) -> None:
    plain, sql = FakeLibrary(), SqlLibrary(engines("sqlite"))
    for library in (plain, sql):
        for exam in (FIRST, SECOND, OTHERS):
            library.add_exam(exam, actor="", now=START)
        for letter, exam_id, name, view, hours in steps:
            add(library, letter, exam=exam_id, name=name, view=view, now=START + timedelta(hours=hours))
    for one in wanted:
        assert sql.clips(one) == plain.clips(one)
        assert sql.count(one) == plain.count(one)


def test_a_page_of_a_large_library_takes_no_more_questions_than_one_of_a_small_one(engine: Engine) -> None:
    library = SqlLibrary(engine)
    asked: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda _one, _cursor, statement, *_rest: asked.append(statement))
    fill(engine)
    for wanted in (ClipFilter(), ClipFilter(patient="S7"), ClipFilter(text="s12"), ClipFilter(nerve=Nerve.MEDIAN)):
        asked.clear()
        assert 1 <= len(library.clips(wanted)) <= wanted.limit
        assert library.count(wanted)
        assert len(asked) <= 4, wanted


def test_an_exam_under_a_mistyped_code_goes_to_the_right_patient_with_its_clips(library: Library) -> None:
    filled(library)
    moved = replace(FIRST, patient="S09", note="moved")
    library.describe_exam(FIRST.id, lambda _: moved, actor="R2", now=START)
    assert library.exam(FIRST.id) == moved
    assert {one.record.sha256[0] for one in library.clips(ClipFilter(patient="S09"))} == {"a", "b"}
    assert {one.record.exam for one in library.clips(ClipFilter(patient="S09"))} == {FIRST.id}
    assert library.patient("S09") is not None
    assert "from S01 to S09" in library.log(1)[0].what
    library.describe_exam(FIRST.id, lambda one: replace(one, note="again"), actor="R2", now=START)
    assert "moved" not in library.log(1)[0].what, "of the same patient it is only described anew"
    with pytest.raises(LibraryError):
        library.describe_exam("f" * 32, lambda one: one, actor="R2", now=START)


def test_what_is_locked_under_a_deleted_persons_code_is_locked_as_whose_it_is_since(engine: Engine) -> None:
    library, store, registry = SqlLibrary(engine), SqlAnnotationStore(engine), SqlModelRegistry(engine)
    add(library, "a", subject="MUELLER")
    made = annotation(clip_sha256="a" * 64)
    store.save(made, IMAGE)
    registry.lock([made.id], by="R1", now=START)
    assert registry.locked_people() == ("MUELLER",)
    library.describe("a" * 64, lambda clip: replace(clip, subject="S02"), actor="R1", now=START)
    library.delete(library.what_goes(patient="MUELLER"), actor="R1", now=START)
    assert registry.locked_people() == ("S02",)
    assert {one.clip.subject for one in store.descriptions("a" * 64)} == {"", "S02"}, "what was said before, too"
    library.rename_patient("S02", "S03", actor="R1", now=START)
    assert registry.locked_people() == ("S03",)


def test_values_that_go_from_visits_that_stay_are_counted_apart(engine: Engine) -> None:
    library, worksheets = SqlLibrary(engine), SqlWorksheetStore(engine)
    filled(library)
    worksheets.accept(measured(OTHERS.id, 9.0, clip="a" * 64))
    assert "1 accepted value of which 1 in visits that stay" in library.what_goes(patient="S01").words
    assert "1 accepted value," in f"{library.what_goes(patient='S02').words},"
