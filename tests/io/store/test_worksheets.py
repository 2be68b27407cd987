"""What a store of worksheets does, on SQLite, on PostgreSQL and for the stand-in that workflows are tested with."""

import json
import uuid
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone

import pytest
from sqlalchemy import Engine, text

from nerveapp.domain.accepted_value import AcceptedValue, Choice, Measured, Reservation
from nerveapp.domain.annotation import ClipRecord
from nerveapp.domain.calibration import Calibration, CalibrationOrigin, Region
from nerveapp.domain.clip_source import ClipSource, Origin
from nerveapp.domain.exam import Exam
from nerveapp.domain.protocols import PROTOCOLS, Protocol, Station
from nerveapp.domain.view import Nerve, Side, Site, View
from nerveapp.domain.worksheet import Sheet
from nerveapp.errors import LibraryError, WrittenMeanwhileError
from nerveapp.io.store.connection import open_database
from nerveapp.io.store.library import SqlLibrary
from nerveapp.io.store.worksheets import SqlWorksheetStore
from nerveapp.ports import WorksheetStore
from tests.fakes import FakeWorksheetStore
from tests.fakes.clock import START
from tests.stores import empty_database, empty_store, migrate

VISIT = Exam("1" * 32, "S01", date=date(2026, 1, 1))
OTHER = Exam("2" * 32, "S02")
CLIP = "a" * 64
WRIST = View(Nerve.MEDIAN, Site.WRIST, Side.LEFT)
REGION = Calibration(0.1, 0.12, CalibrationOrigin.DICOM_REGION, "region 1", Region(0, 0, 50, 40), (Region(1, 1, 2, 2),))
MEASURED = Measured(CLIP, "b" * 32, 7, 7, REGION, "median-wrist", "c" * 64, corrected=False, confidence=0.9)


def value(area: float = 9.5, *, exam: Exam = VISIT, view: View = WRIST, **other: object) -> AcceptedValue:
    known = AcceptedValue(
        uuid.uuid4().hex, exam.id, view, Choice.LARGEST, area, "mm²", MEASURED, (), "R1", START, 61.5, 0.4
    )
    return replace(known, **other)  # type: ignore[arg-type]


def manual(area: float = 8.0, *, view: View = WRIST) -> AcceptedValue:
    return value(area, view=view, choice=Choice.MANUAL, measured=None)


def fill(engine: Engine) -> Engine:
    library = SqlLibrary(engine)
    for exam in (VISIT, OTHER):
        library.add_exam(exam, actor="R1", now=START)
    library.add_clip(
        ClipRecord(CLIP, 64, 48, 100, view=WRIST, subject="S01", exam=VISIT.id),
        ClipSource(CLIP, (), Origin.UPLOAD, "clip.mp4", "", "", "", ""),
        b"",
        actor="R1",
        now=START,
    )
    return engine


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Engine:
    if request.param == "sqlite":
        return fill(open_database(empty_store(tmp_path_factory.mktemp("worksheets") / "store.db")))
    return fill(open_database(empty_database(request.getfixturevalue("postgres"))))


@pytest.fixture(params=["fake", "sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> WorksheetStore:
    if request.param == "fake":
        return FakeWorksheetStore()
    if request.param == "sqlite":
        return SqlWorksheetStore(fill(open_database(empty_store(tmp_path_factory.mktemp("store") / "store.db"))))
    return SqlWorksheetStore(fill(open_database(empty_database(request.getfixturevalue("postgres")))))


def test_a_value_is_kept_with_all_that_is_known_of_it(store: WorksheetStore) -> None:
    kept = value(reservations=(Reservation.FLAGGED, Reservation.WEAK_MODEL))
    store.accept(kept)
    assert store.values(VISIT.id) == (kept,)
    assert store.values(OTHER.id) == ()


AS_BEFORE = (
    "the frame is flagged for review",
    "most frames of the clip are flagged for review: its figures are of the few others",
    "the clip is not calibrated: the area is in pixels and is compared with nothing",
    "no nerve has such an area",
    "the largest or the median outline of its clip is none of a nerve",
    "outlines that people drew in the clip were left out",
    "the images are unlike those the model was trained on",
    "the model was not made for this nerve and site, or is weak there",
)
"""As versions before stored what speaks against a value."""


def test_values_of_before_keep_how_they_were_chosen_and_what_spoke_against_them(engine: Engine) -> None:
    store = SqlWorksheetStore(engine)
    kept = [
        value(id=f"{number:032x}", choice=choice, reservations=tuple(Reservation)[number:])
        for number, choice in enumerate(one for one in Choice if one is not Choice.MANUAL)
    ]
    for one in kept:
        store.accept(one)
    store.withdraw(kept[-1], by="R1", at=START)
    migrate(engine, "downgrade", "0011")
    with engine.connect() as connection:
        query = "SELECT choice, reservations FROM worksheet_value ORDER BY sequence"
        first, *others, last = connection.execute(text(query)).all()
    assert [one[0] for one in (first, *others)] == ["largest", "median", "most stable run", "frame chosen by hand"]
    assert json.loads(first[1]) == list(AS_BEFORE)
    assert tuple(last) == ("", "[]")
    migrate(engine, "upgrade", "head")
    assert store.history(VISIT.id, WRIST) == tuple(kept)


def test_the_newest_value_of_a_cell_counts_and_the_others_are_kept(store: WorksheetStore) -> None:
    first, second, beside = value(9.0), manual(8.0), value(5.0, view=replace(WRIST, side=Side.RIGHT))
    for one in (first, beside, second):
        store.accept(one)
    assert store.values(VISIT.id) == (beside, second)
    assert store.history(VISIT.id, WRIST) == (first, second)


def test_a_value_of_a_site_that_its_nerve_has_not_breaks_nothing(engine: Engine) -> None:
    store = SqlWorksheetStore(engine)
    store.accept(kept := value())
    store.accept(manual(view=View(Nerve.TIBIAL, Site.POPLITEAL, Side.LEFT)))
    with engine.begin() as connection:  # as earlier versions took it
        connection.execute(text("UPDATE worksheet_value SET site = 'wrist' WHERE nerve = 'tibial'"))
    assert store.values() == store.values(VISIT.id) == (kept,)


def test_a_value_is_taken_back_and_another_accepted(store: WorksheetStore) -> None:
    first, second = value(9.0), value(10.0)
    store.accept(first)
    assert store.withdraw(first, by="R1", at=START)
    assert store.values(VISIT.id) == ()
    assert not store.withdraw(first, by="R1", at=START), "none stands"
    assert store.history(VISIT.id, WRIST) == (first,)
    store.accept(second)
    assert not store.withdraw(first, by="R1", at=START), "another one stands"
    assert store.values() == (second,)


def test_a_sheet_is_empty_until_it_is_written_and_then_as_it_was_written_last(store: WorksheetStore) -> None:
    assert store.sheet(VISIT.id) == Sheet(VISIT.id)
    store.write_sheet(VISIT.id, protocol="carpal-tunnel", by="R1", at=START)
    assert store.sheet(VISIT.id).by == ""
    store.write_sheet(VISIT.id, conclusion="Ödem?\n<b>", by="R2", at=START)
    assert store.sheet(VISIT.id) == Sheet(VISIT.id, "carpal-tunnel", (), "Ödem?\n<b>", "R2", START)
    later = START + timedelta(hours=1)
    store.write_sheet(VISIT.id, bifid=(Side.LEFT, Side.RIGHT), by="R1", at=later)
    both = (Side.LEFT, Side.RIGHT)
    assert store.sheet(VISIT.id) == Sheet(VISIT.id, "carpal-tunnel", both, "Ödem?\n<b>", "R2", START), "R2 concluded"
    store.write_sheet(VISIT.id, bifid=(), conclusion="", by="R1", at=later)
    assert store.sheet(VISIT.id) == Sheet(VISIT.id, "carpal-tunnel", (), "", "R1", later)


def test_a_conclusion_takes_the_place_of_the_one_that_was_read_and_of_no_other(store: WorksheetStore) -> None:
    store.write_sheet(VISIT.id, conclusion="First.", instead_of="", by="R1", at=START)
    for stale in ("", "Older."):
        with pytest.raises(WrittenMeanwhileError):
            store.write_sheet(VISIT.id, protocol="ours", conclusion="Mine.", instead_of=stale, by="R2", at=START)
    assert store.sheet(VISIT.id) == Sheet(VISIT.id, "", (), "First.", "R1", START), "nothing is written"
    store.write_sheet(VISIT.id, conclusion="First.", instead_of="", by="R2", at=START)
    store.write_sheet(VISIT.id, conclusion="Mine.", instead_of="First.", by="R2", at=START)
    assert store.sheet(VISIT.id).conclusion == "Mine."


def test_the_visits_of_a_protocol_are_counted(store: WorksheetStore) -> None:
    assert store.visits_with("ours") == 0
    store.write_sheet(VISIT.id, protocol="ours", by="R1", at=START)
    assert (store.visits_with("ours"), store.visits_with("our")) == (1, 0)


def test_protocols_of_ones_own_are_kept_by_name(store: WorksheetStore) -> None:
    own = Protocol("ours", "Our own", (Station(Nerve.RADIAL, Site.SPIRAL_GROOVE), Station(Nerve.MEDIAN, Site.WRIST)))
    store.put_protocol(replace(PROTOCOLS[0], name="a", title="B", source=""), by="R1", at=START)
    store.put_protocol(replace(own, title="Old"), by="R1", at=START)
    store.put_protocol(own, by="R2", at=START)
    assert not store.add_protocol(replace(own, title="Another's"), by="R3", at=START)
    assert [one.name for one in store.protocols()] == ["a", "ours"]
    assert store.protocols()[1] == own
    store.remove_protocol("ours")
    store.remove_protocol("ours")
    assert [one.name for one in store.protocols()] == ["a"]


def test_what_is_not_in_the_library_gets_no_value(engine: Engine) -> None:
    store = SqlWorksheetStore(engine)
    with pytest.raises(LibraryError, match="visit"):
        store.accept(value(exam=Exam("9" * 32, "S01")))
    with pytest.raises(LibraryError, match="clip"):
        store.accept(value(measured=replace(MEASURED, clip_sha256="f" * 64)))
    with pytest.raises(LibraryError, match="visit"):
        store.write_sheet("9" * 32, conclusion="none", by="", at=START)
    with pytest.raises(LibraryError, match="visit"):
        store.withdraw(value(exam=Exam("9" * 32, "S01")), by="", at=START)


def test_values_go_with_their_clip_and_with_their_visit_and_are_counted_before(engine: Engine) -> None:
    library, store = SqlLibrary(engine), SqlWorksheetStore(engine)
    entered = manual(view=replace(WRIST, side=Side.RIGHT))
    for one in (value(), value(), entered):
        store.accept(one)
    store.write_sheet(VISIT.id, conclusion="none", by="", at=START)
    goes = library.what_goes(clip=CLIP)
    assert "1 accepted value" in goes.words, "of a cell the one that stands"
    store.accept(value(view=View(Nerve.ULNAR, Site.ELBOW, Side.LEFT)))
    with pytest.raises(LibraryError):  # one more than was listed
        library.delete(goes, actor="R1", now=START)
    library.delete(library.what_goes(clip=CLIP), actor="R1", now=START)
    assert store.values() == (entered,)
    assert store.history(VISIT.id, WRIST) == ()
    library.delete(library.what_goes(patient="S01"), actor="R1", now=START)
    assert store.values() == ()
    assert store.sheet(VISIT.id) == Sheet(VISIT.id)


def test_where_a_value_goes_with_its_clip_no_older_one_comes_back(engine: Engine) -> None:
    library, store = SqlLibrary(engine), SqlWorksheetStore(engine)
    older = manual()
    store.accept(older)
    store.accept(value())
    later = START + timedelta(days=2)
    library.delete(library.what_goes(clip=CLIP), actor="R1", now=later)
    assert store.values() == ()
    assert store.history(VISIT.id, WRIST) == (older,), "it can be seen, and accepted anew"
    assert store.changed_at(VISIT.id) == later, "a conclusion written before says so"


def test_a_withdrawn_value_is_none_that_goes(engine: Engine) -> None:
    library, store = SqlLibrary(engine), SqlWorksheetStore(engine)
    store.accept(given := value())
    store.withdraw(given, by="R1", at=START)
    assert library.what_goes(exam=VISIT.id).values == 0


def test_moments_in_any_zone_come_back_as_they_were(engine: Engine) -> None:
    store, at = SqlWorksheetStore(engine), datetime(2026, 6, 1, 12, tzinfo=timezone(timedelta(hours=2)))
    store.accept(replace(manual(), at=at))
    store.write_sheet(VISIT.id, conclusion="none", by="R1", at=at)
    assert [store.values()[0].at, store.sheet(VISIT.id).at] == [at, at]


def test_it_is_known_when_a_value_was_last_accepted_or_taken_back(store: WorksheetStore) -> None:
    assert store.changed_at(VISIT.id) is None
    store.accept(given := manual())
    assert store.changed_at(VISIT.id) == given.at
    store.withdraw(given, by="R1", at=START + timedelta(days=3))
    assert store.changed_at(VISIT.id) == START + timedelta(days=3)
