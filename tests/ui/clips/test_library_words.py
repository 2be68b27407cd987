from datetime import date

import pytest

from nerveapp.domain.annotation import ClipRecord
from nerveapp.domain.exam import Exam
from nerveapp.domain.library import ListedClip
from nerveapp.domain.patient import Patient, Sex
from nerveapp.ui.clips.library_words import annotated, known_of, name_of, state_of, visit_of, whose
from tests.fakes.clock import START


def clip(name: str = "clip.mp4", *, subject: str = "", exam: Exam | None = None, **known: int) -> ListedClip:
    record = ClipRecord("ab" * 32, 64, 48, 100, subject=subject)
    return ListedClip(record, name, None, START, True, exam=exam, **known)


@pytest.mark.parametrize(
    ("analyses", "analysing", "words"),
    [(0, False, "Not analysed"), (1, False, "Analysed"), (2, False, "2 analyses"), (1, True, "Analysing")],
    ids=["none", "one", "two", "under-way"],
)
def test_the_state_is_of_the_newest_analysis(analyses: int, analysing: bool, words: str) -> None:
    assert state_of(clip(analyses=analyses), analysing=analysing) == words


def test_a_clip_is_named_by_its_hash_where_only_its_outlines_are_known() -> None:
    assert name_of(clip()) == "clip.mp4"
    assert name_of(clip("")) == "Clip abababab"


def test_whose_clip_it_is() -> None:
    exam = Exam("1" * 32, "S01", day=3)
    assert whose(clip()) == "No patient's code"
    assert whose(clip(subject="S01")) == "S01"
    assert whose(clip(subject="S01", exam=exam)) == "S01 · visit day 3"


def test_annotated_frames_are_counted() -> None:
    assert [annotated(clip(annotated=number)) for number in (0, 1, 2)] == [
        "",
        "1 frame annotated",
        "2 frames annotated",
    ]


def test_a_visit_is_told_by_its_date_and_a_short_indication() -> None:
    assert visit_of(Exam("1" * 32, "S01", date=date(2026, 1, 2))) == "2026-01-02"
    long = visit_of(Exam("1" * 32, "S01", day=0, indication="numb\nfingers " + "x" * 100, number=2))
    assert long.startswith("day 0 (2) · numb fingers x")
    assert len(long) < 80


def test_what_is_known_of_a_patient() -> None:
    assert known_of(Patient("S01", 1970, 171.5, 160.0, Sex.FEMALE)) == "born 1970, female, 171.5 cm, wrist 160 mm"
    assert known_of(Patient("S01")) == "no year of birth, sex or height is known"
