"""Acquiring, filing, opening, deleting and letting go of clips, on stand-ins."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from nerveapp.domain.actor import Actor, Right
from nerveapp.domain.calibration import Calibration, CalibrationOrigin
from nerveapp.domain.clip import Clip
from nerveapp.domain.clip_source import DicomIdentifiers, Origin
from nerveapp.domain.kept_object import clip_key, preview_key
from nerveapp.domain.library import ClipFilter, ListedClip
from nerveapp.domain.retention import Retention
from nerveapp.domain.view import Nerve, Side, Site, View
from nerveapp.errors import ClipError, LibraryError, RightsError, StoreError
from nerveapp.workflows.library import filing, patients
from nerveapp.workflows.library.acquire import acquire_clip
from nerveapp.workflows.library.delete import delete, what_goes_in_words
from nerveapp.workflows.library.retain import release, sweep
from nerveapp.workflows.library.stored_clip import open_stored_clip
from tests.fakes.clip_reader import FakeReader
from tests.fakes.clock import START
from tests.fakes.library import FakeLibrary
from tests.fakes.object_store import FakeObjects

ULNAR = View(Nerve.ULNAR, Site.ELBOW, Side.LEFT)
REGION = Calibration(0.1, 0.1, CalibrationOrigin.DICOM_REGION)
TYPED = Calibration(0.2, 0.2, CalibrationOrigin.TYPED)
WHO = Actor("R1")
NOBODY = Actor("R1", frozenset())


class Place:
    """A library with its files, and files to bring."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "brought"
        self.library = FakeLibrary()
        self.objects = FakeObjects(folder / "data")
        self.reader = FakeReader()

    def file(self, name: str, data: bytes = b"clip") -> Path:
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
        return path

    def acquire(self, *paths: Path, **options: object) -> Clip:
        values: dict[str, object] = {"origin": Origin.UPLOAD, "actor": WHO, "now": START, **options}
        return acquire_clip(paths, self.reader, self.library, self.objects, **values)  # type: ignore[arg-type]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_a_clip_is_kept_known_and_opened_again(place: Place) -> None:
    place.reader = FakeReader(REGION, DicomIdentifiers("1.2", "1.2.3", "1.2.3.4"))
    clip = place.acquire(place.file("Doe_Jane.dcm"), name="wrist", view=ULNAR, credit="by hand")
    sha256 = clip.info.sha256
    found, source = place.library.clip(sha256), place.library.source(sha256)
    assert found is not None
    assert source is not None
    assert (found.record.view, found.record.calibration, found.record.frame_count) == (ULNAR, REGION, 1)
    assert (found.name, found.kept, found.record.names) == ("wrist", True, ())
    assert (source.study_uid, source.series_uid, source.instance_uid) == ("1.2", "1.2.3", "1.2.3.4")
    assert [file.key for file in source.files] == [f"clips/{sha256}/00000/Doe_Jane.dcm"]
    assert place.library.thumbnail(sha256)[:2] == b"\xff\xd8", "a JPEG"
    again = open_stored_clip(sha256, place.library, place.objects, place.reader)
    assert (again.info.sha256, again.info.name) == (sha256, "wrist")


def test_stills_are_read_again_under_their_names_in_their_order(place: Place) -> None:
    stills = [place.file(name, name.encode()) for name in ("b.png", "a.png", "c.png")]
    clip = place.acquire(*stills)
    source = place.library.source(clip.info.sha256)
    assert source is not None
    assert [file.name for file in source.files] == ["a.png", "b.png", "c.png"]
    again = open_stored_clip(clip.info.sha256, place.library, place.objects, place.reader)
    assert again.info.names == clip.info.names


def test_a_clip_that_is_brought_again_keeps_what_was_said_of_it(place: Place) -> None:
    sha256 = place.acquire(place.file("a.mp4"), view=ULNAR, calibration=TYPED).info.sha256
    place.reader = FakeReader(REGION)
    known: list[ListedClip] = []
    place.acquire(place.file("b.mp4"), view=View(Nerve.TIBIAL, Site.MALLEOLUS), on_known=known.append)
    found = place.library.clip(sha256)
    assert found is not None
    assert (found.record.view, found.record.calibration, found.name) == (ULNAR, TYPED, "a.mp4")
    assert [one.name for one in known] == ["a.mp4"], "whoever brings it can be told"
    assert place.library.count(ClipFilter()) == 1


def test_a_known_clip_without_a_calibration_takes_one(place: Place) -> None:
    path = place.file("a.mp4")
    sha256 = place.acquire(path).info.sha256
    place.acquire(path, calibration=TYPED)
    found = place.library.clip(sha256)
    assert found is not None
    assert found.record.calibration == TYPED


def test_what_is_no_clip_leaves_nothing(place: Place) -> None:
    with pytest.raises(ClipError):
        place.acquire(place.file("a.mp4", b"bad"))
    assert ([*place.objects.listed()], place.library.count(ClipFilter())) == ([], 0)


@pytest.mark.parametrize("position", ["00000", "00001"])
def test_a_full_disk_leaves_nothing_half_kept(place: Place, position: str) -> None:
    place.objects.fails_at = position
    with pytest.raises(StoreError, match="No space"):
        place.acquire(place.file("a.png", b"a"), place.file("b.png", b"b"))
    assert ([*place.objects.listed()], place.library.count(ClipFilter())) == ([], 0)


class Failing(FakeLibrary):
    """A library whose database is away."""

    def add_clip(self, *_given: object, **_more: object) -> None:
        raise StoreError("The database server does not answer.")


def test_a_damaged_file_is_mended_by_bringing_the_clip_again(place: Place) -> None:
    path = place.file("a.mp4")
    sha256 = place.acquire(path).info.sha256
    place.objects.put_bytes(next(iter(place.objects.written)), b"other")
    place.acquire(path)
    assert open_stored_clip(sha256, place.library, place.objects, place.reader).info.sha256 == sha256


def test_failing_to_bring_a_known_clip_again_leaves_it_as_it_was(place: Place) -> None:
    stills = place.file("a.png", b"a"), place.file("b.png", b"b")
    sha256 = place.acquire(*stills).info.sha256
    place.library = Failing(**vars(place.library))
    with pytest.raises(StoreError):
        place.acquire(*stills, name="again")
    assert open_stored_clip(sha256, place.library, place.objects, place.reader).info.sha256 == sha256


def test_a_very_long_name_keeps_its_ending(place: Place) -> None:
    sha256 = place.acquire(place.file("ä" * 120 + ".mp4")).info.sha256
    source = place.library.source(sha256)
    assert source is not None
    name = source.files[0].name
    assert name.endswith(".mp4")
    assert len(name.encode()) <= 150


def test_a_clip_whose_files_are_gone_or_changed_is_refused_in_words(place: Place) -> None:
    with pytest.raises(LibraryError, match="not in the library"):
        open_stored_clip("a" * 64, place.library, place.objects, place.reader)
    sha256 = place.acquire(place.file("a.mp4")).info.sha256
    key = next(iter(place.objects.written))
    place.objects.put_bytes(key, b"other")
    with pytest.raises(StoreError, match="damaged"):
        open_stored_clip(sha256, place.library, place.objects, place.reader)
    place.library.forget_files(sha256, actor="", now=START)
    with pytest.raises(LibraryError, match="not kept"):
        open_stored_clip(sha256, place.library, place.objects, place.reader)


def test_clips_move_between_exams_and_are_described_anew(place: Place) -> None:
    sha256 = place.acquire(place.file("a.mp4"), view=ULNAR).info.sha256
    with pytest.raises(LibraryError, match="no patient S01"):
        patients.describe_patient("S01", lambda one: one, place.library, actor=WHO, now=START)
    first = patients.new_exam("S01", place.library, date=date(2026, 1, 1), actor=WHO, now=START)
    patients.describe_patient("S01", lambda one: replace(one, birth_year=1970), place.library, actor=WHO, now=START)
    other = patients.new_exam("S02", place.library, day=0, note="left hand", actor=WHO, now=START)
    assert filing.move_clip(sha256, first.id, place.library, actor=WHO, now=START).subject == "S01"
    assert filing.move_clip(sha256, other.id, place.library, actor=WHO, now=START).subject == "S02"
    filing.set_calibration(sha256, TYPED, place.library, actor=WHO, now=START)
    filing.set_view(sha256, place.library, nerve=Nerve.UNKNOWN, side=Side.UNKNOWN, actor=WHO, now=START)
    found = place.library.clip(sha256)
    assert found is not None
    assert found.exam == other
    assert (found.record.view, found.record.calibration) == (View(), TYPED)
    patients.describe_exam(other.id, lambda one: replace(one, note="right hand"), place.library, actor=WHO, now=START)
    assert place.library.exams("S02")[0].note == "right hand"
    unfiled = filing.move_clip(sha256, "", place.library, actor=WHO, now=START)
    assert (unfiled.subject, unfiled.exam) == ("", "")
    assert filing.set_calibration(sha256, None, place.library, actor=WHO, now=START).calibration is None
    with pytest.raises(LibraryError):
        filing.move_clip(sha256, "9" * 32, place.library, actor=WHO, now=START)
    with pytest.raises(LibraryError):
        filing.move_clip("9" * 64, first.id, place.library, actor=WHO, now=START)


def test_a_clip_of_another_person_is_of_no_visit_any_more(place: Place) -> None:
    sha256 = place.acquire(place.file("a.mp4")).info.sha256
    exam = patients.new_exam("S01", place.library, date=date(2026, 1, 1), actor=WHO, now=START)
    filing.move_clip(sha256, exam.id, place.library, actor=WHO, now=START)
    same = filing.describe_clip(sha256, place.library, subject="S01", side=Side.RIGHT, actor=WHO, now=START)
    assert (same.subject, same.exam) == ("S01", exam.id)
    other = filing.describe_clip(sha256, place.library, subject="S02", actor=WHO, now=START)
    assert (other.subject, other.exam) == ("S02", "")


def test_who_may_not_changes_nothing(place: Place) -> None:
    with pytest.raises(RightsError, match=Right.ANALYSE):
        place.acquire(place.file("a.mp4"), actor=NOBODY)
    sha256 = place.acquire(place.file("a.mp4")).info.sha256
    with pytest.raises(RightsError, match=Right.DESCRIBE):
        patients.new_exam("S01", place.library, actor=NOBODY, now=START)
    with pytest.raises(RightsError, match=Right.DESCRIBE):
        filing.set_view(sha256, place.library, nerve=Nerve.ULNAR, actor=NOBODY, now=START)
    with pytest.raises(RightsError, match=Right.DELETE):
        delete(place.library.what_goes(clip=sha256), place.library, place.objects, actor=NOBODY, now=START)
    assert place.library.count(ClipFilter()) == 1
    assert place.library.exams() == ()


def test_what_goes_is_said_and_goes_with_its_files(place: Place) -> None:
    sha256 = place.acquire(place.file("a.mp4")).info.sha256
    place.acquire(place.file("b.mp4", b"other"))
    gone = place.library.what_goes(clip=sha256)
    assert what_goes_in_words(gone) == (
        "1 clip (1 MB). Trainings that used frames keep their copies, models keep what they were trained on, and where "
        "models were judged the codes of the people stay beside the scores."
    )
    delete(gone, place.library, place.objects, actor=WHO, now=START)
    assert not any(sha256 in key for key in place.objects.written)
    assert len(place.objects.written) == 1


class Unremovable(FakeObjects):
    """Files that stay."""

    def remove(self, prefix: str) -> None:
        raise StoreError("The data folder cannot be used: Input/output error.", "")


def test_files_that_could_not_be_removed_go_with_the_next_sweep(place: Place, tmp_path: Path) -> None:
    sha256 = place.acquire(place.file("a.mp4")).info.sha256
    place.objects.put_bytes(preview_key(sha256), b"what the player shows")
    broken = Unremovable(tmp_path / "data", written=place.objects.written)
    with pytest.raises(StoreError, match="deleted from the library; its files could not be removed yet"):
        delete(place.library.what_goes(clip=sha256), place.library, broken, actor=WHO, now=START)
    assert place.library.clip(sha256) is None
    done = sweep(place.library, place.objects, Retention(), actor=Actor(), now=START + timedelta(minutes=59))
    assert (done.clips, done.orphans) == (0, 0), "it may be of somebody who is bringing it right now"
    done = sweep(place.library, place.objects, Retention(), actor=Actor(), now=START + timedelta(minutes=61))
    assert (done.clips, done.orphans) == (0, 2)
    assert place.objects.written == {}


def test_a_sweep_keeps_what_is_named_and_removes_what_was_kept_long_enough(place: Place) -> None:
    old = place.acquire(place.file("a.mp4")).info.sha256
    now = START + timedelta(days=30, minutes=1)
    place.objects.now = now
    new = place.acquire(place.file("b.mp4", b"other"), now=now).info.sha256
    for clip in (old, new):
        place.objects.put_bytes(preview_key(clip), b"what the player shows")
    assert sweep(place.library, place.objects, Retention(), actor=Actor(), now=now + timedelta(hours=5)).clips == 0
    assert sweep(place.library, place.objects, Retention(30), actor=Actor(), now=now).clips == 1
    found, other = place.library.clip(old), place.library.clip(new)
    assert found is not None
    assert other is not None
    assert (found.kept, other.kept) == (False, True)
    assert all(new in key for key in place.objects.written)
    assert preview_key(new) in place.objects.written
    assert sweep(place.library, place.objects, Retention(30), actor=Actor(), now=now).clips == 0


def test_a_clip_that_is_brought_anew_during_a_sweep_stays(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    path = place.file("a.mp4")
    old = place.acquire(path).info.sha256
    now = START + timedelta(days=31)
    listed = place.library.clips_over

    def and_comes_again(retention: Retention, at: datetime) -> tuple[str, ...]:
        monkeypatch.undo()
        over = listed(retention, at)
        place.acquire(path, now=now)
        return over

    monkeypatch.setattr(place.library, "clips_over", and_comes_again)
    assert sweep(place.library, place.objects, Retention(30), actor=Actor(), now=now).clips == 0
    found = place.library.clip(old)
    assert found is not None
    assert found.kept
    assert any(old in key for key in place.objects.written)


def test_where_no_clips_are_kept_they_go_when_work_ends(place: Place) -> None:
    sha256 = place.acquire(place.file("a.mp4")).info.sha256
    release(sha256, place.library, place.objects, Retention(5), actor=WHO, now=START)
    assert len(place.objects.written) == 1
    release(sha256, place.library, place.objects, Retention(0), actor=WHO, now=START)
    assert place.objects.written == {}
    found = place.library.clip(sha256)
    assert found is not None
    assert not found.kept


def test_files_that_a_sweep_takes_while_their_clip_is_brought_again_are_put_back(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = place.file("a.mp4")
    clip = place.acquire(path)
    add_clip, forget_files = place.library.add_clip, place.library.forget_files

    def swept_meanwhile(*values: Any, **more: Any) -> None:
        place.objects.remove(clip_key(clip.info.sha256))  # the files that were there are about to be named again
        add_clip(*values, **more)

    with monkeypatch.context() as patched:
        patched.setattr(place.library, "add_clip", swept_meanwhile)
        place.acquire(path)
    assert all(place.objects.has(file.key) for file in place.library.sources[clip.info.sha256].files)

    def brought_meanwhile(*values: Any, **more: Any) -> bool:
        gone = forget_files(*values, **more)
        place.acquire(path)
        return gone

    monkeypatch.setattr(place.library, "forget_files", brought_meanwhile)
    release(clip.info.sha256, place.library, place.objects, Retention(0), actor=WHO, now=START)
    assert all(place.objects.has(file.key) for file in place.library.sources[clip.info.sha256].files)
