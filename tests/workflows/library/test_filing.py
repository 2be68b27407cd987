"""Filing a clip under a patient from the page that shows it, and telling stills from clips."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from nerveapp.domain.actor import Actor
from nerveapp.domain.annotation import ClipRecord
from nerveapp.domain.clip_source import ClipSource, Origin
from nerveapp.domain.view import Nerve, Side, Site, View
from nerveapp.errors import AnnotationError, ClipError, LibraryError, RightsError
from nerveapp.workflows.library.acquire import are_stills
from nerveapp.workflows.library.filing import file_under_patient
from nerveapp.workflows.library.patients import new_exam
from tests.fakes import FakeClip
from tests.fakes.clip_reader import FakeClipReader, FakeReader
from tests.fakes.clock import START
from tests.fakes.library import FakeLibrary

WHO = Actor("R1")
ULNAR = View(Nerve.ULNAR, Site.ELBOW, Side.LEFT)
CLIP, OTHER = ClipRecord("a" * 64, 64, 48, 100, view=ULNAR), ClipRecord("b" * 64, 64, 48, 100)


@pytest.fixture
def library() -> FakeLibrary:
    """A library with two clips of nobody."""
    found = FakeLibrary()
    for clip in (CLIP, OTHER):
        found.add_clip(clip, ClipSource(clip.sha256, (), Origin.UPLOAD, "clip"), b"", actor="", now=START)
    return found


def file(library: FakeLibrary, patient: str, clip: ClipRecord = CLIP, *, days: int = 0) -> ClipRecord:
    return file_under_patient(
        clip.sha256, patient, library, today=START.date() + timedelta(days=days), actor=WHO, now=START
    )


def filed(library: FakeLibrary, clip: ClipRecord = CLIP) -> ClipRecord:
    found = library.clip(clip.sha256)
    assert found is not None
    return found.record


def test_a_code_adds_the_patient_and_todays_visit(library: FakeLibrary) -> None:
    file(library, "S01")
    clip = filed(library)
    (visit,) = library.exams("S01")
    assert (clip.subject, clip.exam, visit.date) == ("S01", visit.id, START.date())
    assert clip.view == ULNAR, "what it shows stays"
    assert library.patient("S01") is not None


def test_clips_of_one_day_share_the_visit_and_those_of_another_do_not(library: FakeLibrary) -> None:
    assert file(library, "S01").exam == file(library, "S01", OTHER).exam
    file(library, "")
    assert file(library, "S01", days=1).exam != filed(library, OTHER).exam
    assert len(library.exams("S01")) == 2


def test_a_visit_of_today_that_is_there_is_taken(library: FakeLibrary) -> None:
    new_exam("S01", library, date=date(2020, 1, 1), actor=WHO, now=START)
    today = new_exam("S01", library, date=START.date(), indication="numb hand", actor=WHO, now=START)
    assert file(library, "S01").exam == today.id
    assert len(library.exams("S01")) == 2


def test_the_same_code_again_leaves_the_clip_in_its_visit(library: FakeLibrary) -> None:
    earlier = file(library, "S01").exam
    lines = library.log()
    assert file(library, "S01", days=3).exam == earlier
    assert library.log() == lines, "nothing is written"


def test_no_code_files_it_under_nobody(library: FakeLibrary) -> None:
    file(library, "S01")
    file(library, "")
    assert (filed(library).subject, filed(library).exam) == ("", "")
    assert library.patient("S01") is not None, "the patient stays"


def test_another_code_moves_it(library: FakeLibrary) -> None:
    file(library, "S01")
    file(library, "S02")
    assert filed(library).subject == "S02"
    assert library.exam(filed(library).exam) == library.exams("S02")[0]


@pytest.mark.parametrize("code", ["Jane Doe", "a" * 80, "<b>"])
def test_what_is_no_code_changes_nothing(library: FakeLibrary, code: str) -> None:
    file(library, "S01")
    before = filed(library)
    with pytest.raises(AnnotationError):
        file(library, code)
    assert filed(library) == before
    assert [patient.code for patient in library.patients()] == ["S01"]


def test_who_may_not_describe_files_nothing(library: FakeLibrary) -> None:
    with pytest.raises(RightsError):
        file_under_patient(
            CLIP.sha256, "S01", library, today=START.date(), actor=replace(WHO, rights=frozenset()), now=START
        )
    assert filed(library) == CLIP
    assert library.patients() == ()


def test_a_clip_that_is_gone_is_told(library: FakeLibrary) -> None:
    with pytest.raises(LibraryError, match="not in the library"):
        file_under_patient("c" * 64, "S01", library, today=START.date(), actor=WHO, now=START)
    assert library.patients() == ()


def paths(folder: Path, **data: bytes) -> list[Path]:
    for name, content in data.items():
        (folder / name).write_bytes(content)
    return [folder / name for name in data]


def test_files_of_one_picture_each_are_stills(tmp_path: Path) -> None:
    assert are_stills(paths(tmp_path, a=b"1", b=b"2", c=b"3"), FakeReader())


def test_a_clip_or_a_bad_file_among_them_makes_them_no_stills(tmp_path: Path) -> None:
    assert not are_stills(paths(tmp_path, a=b"1", b=b"bad"), FakeReader())
    reader = FakeClipReader({"a": FakeClip(1), "b": FakeClip(30)})
    assert not are_stills([Path("a"), Path("b")], reader)
    assert are_stills([Path("a")], reader)


def test_pictures_that_do_not_go_together_are_clips_of_their_own(tmp_path: Path) -> None:
    """Single DICOM images, or stills of two sizes: to join them would be refused."""

    class Alone(FakeReader):
        def open(self, paths, *, name=None):  # type: ignore[no-untyped-def]
            if len(paths) > 1:
                raise ClipError("They are not of one kind.", "Open each by itself.")
            return super().open(paths, name=name)

    assert not are_stills(paths(tmp_path, a=b"1", b=b"2"), Alone())


def test_of_many_files_the_first_ones_decide(tmp_path: Path) -> None:
    many = paths(tmp_path, **{f"still-{number:03d}": str(number).encode() for number in range(40)})
    opened: list[Path] = []

    class Counting(FakeReader):
        def open(self, paths, *, name=None):  # type: ignore[no-untyped-def]
            opened.extend(paths)
            return super().open(paths, name=name)

    assert are_stills(many, Counting())
    assert 0 < len(opened) < 20
