"""What is said of deletions, retention and of where a clip is filed."""

from dataclasses import replace
from datetime import timedelta

import pytest

from nerveapp.domain.annotation import ClipRecord
from nerveapp.domain.clip_description import filed_under, with_knowledge
from nerveapp.domain.exam import Exam
from nerveapp.domain.library import Deletion
from nerveapp.domain.patient import Patient
from nerveapp.domain.retention import Retention
from nerveapp.errors import AnnotationError, LibraryError, SettingsError
from tests.fakes.clock import START

CLIP = ClipRecord("a" * 64, 64, 48, 100)
EXAM = Exam("1" * 32, "S01")
GONE = Deletion(("S01",), ("1" * 32, "2" * 32), tuple("abcde"), 4, 36, 3, 0, 210_000_000)


def test_what_goes_is_counted_in_words() -> None:
    assert GONE.words == (
        "1 patient, 2 visits, 5 clips (210 MB), 4 analyses, 36 outlines of which 3 locked for judging models"
    )
    assert Deletion((), (), (), 0, 0, 0, 0, 0).words == "nothing"


def test_a_tombstone_names_codes_and_counts_what_is_too_much() -> None:
    many = replace(GONE, clips=tuple(f"{number:064x}" for number in range(100, 123)))
    assert many.tombstone.startswith("deleted 1 patient, 2 visits, 23 clips (210 MB)")
    assert many.tombstone.endswith(" and 3 clips more")
    assert ": S01, 000000000000, " in many.tombstone


@pytest.mark.parametrize(
    "more", [{"patients": ("S02",)}, {"clips": ("f",)}, {"analyses": 5}, {"annotations": 37}, {"locked": 4}], ids=str
)
def test_more_than_was_told_is_noticed(more: dict[str, object]) -> None:
    assert GONE.holds(GONE)
    assert GONE.holds(replace(GONE, clips=("a",), annotations=1))
    assert not GONE.holds(replace(GONE, **more))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "days"), [("until-deleted", None), ("none", 0), ("30", 30)], ids=["until-deleted", "none", "30"]
)
def test_a_rule_is_read(text: str, days: int | None) -> None:
    rule = Retention.parse(text)
    assert rule.days == days
    assert rule.words
    with pytest.raises(SettingsError):
        Retention.parse(f"{text} days")


@pytest.mark.parametrize(
    ("rule", "kept"),
    [(Retention(30), timedelta(days=30)), (Retention(0), timedelta(hours=12)), (Retention(), timedelta(days=9999))],
    ids=["30 days", "none", "until deleted"],
)
def test_files_go_when_their_time_is_over(rule: Retention, kept: timedelta) -> None:
    before = rule.came_before(START + kept)
    assert (before is None) == (rule.days is None)
    assert before in (None, START)


def test_a_filed_clip_is_of_the_patient_of_its_exam() -> None:
    filed = replace(CLIP, exam=EXAM.id)
    assert filed_under(CLIP, None) == CLIP
    assert filed_under(filed, EXAM).subject == "S01"
    assert filed_under(replace(filed, subject="S01"), EXAM).subject == "S01"
    with pytest.raises(LibraryError, match="of S02; the visit is of S01"):
        filed_under(replace(filed, subject="S02"), EXAM)
    with pytest.raises(LibraryError, match="not in the library"):
        filed_under(filed, None)


def test_another_person_takes_a_clip_from_its_exam_and_another_exam_from_its_person() -> None:
    known = replace(CLIP, exam=EXAM.id, subject="S01")
    assert with_knowledge(known, CLIP) == known, "saying nothing forgets nothing"
    assert with_knowledge(known, replace(CLIP, subject="S01")) == known
    assert with_knowledge(known, replace(CLIP, subject="S02")) == replace(CLIP, subject="S02")
    moved = with_knowledge(known, replace(CLIP, exam="2" * 32))
    assert (moved.exam, moved.subject) == ("2" * 32, ""), "whose exam that is, the library knows"


@pytest.mark.parametrize(
    "wrong", [{"birth_year": 1850}, {"height_cm": 1.7}, {"wrist_mm": float("nan")}], ids=lambda one: next(iter(one))
)
def test_numbers_that_no_person_has_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(LibraryError):
        Patient("S01", **wrong)  # type: ignore[arg-type]
    with pytest.raises(AnnotationError):
        Patient("Jane Doe")


def test_an_exam_has_a_date_or_a_day() -> None:
    assert (replace(EXAM, day=3).when, replace(EXAM, date=START.date()).when, EXAM.when) == (
        "day 3",
        "2026-01-01",
        "undated",
    )
    with pytest.raises(LibraryError, match="not both"):
        replace(EXAM, day=3, date=START.date())
    with pytest.raises(LibraryError, match="501 characters"):
        replace(EXAM, note="x" * 501)
