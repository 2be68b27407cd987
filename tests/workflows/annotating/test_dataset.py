from dataclasses import replace

import pytest

from nerveapp.domain.annotation import ClipRecord, State
from nerveapp.domain.view import Nerve, Side, Site, View
from nerveapp.workflows.annotating.dataset import Listed, OutlineFilter, frames_by_person, listed, what_is_missing
from tests.fakes.annotation_store import FakeAnnotationStore
from tests.io.store.records import CLIP, IMAGE, annotation

WRIST, FOREARM = (Nerve.MEDIAN, Site.WRIST), (Nerve.MEDIAN, Site.FOREARM)


def clip(letter: str, subject: str, site: Site, side: Side = Side.LEFT) -> ClipRecord:
    return replace(CLIP, sha256=letter * 64, subject=subject, view=View(Nerve.MEDIAN, site, side))


@pytest.fixture
def found() -> list[Listed]:
    store = FakeAnnotationStore()
    for record in (clip("a", "S02", Site.WRIST), clip("b", "S01", Site.FOREARM, Side.RIGHT), clip("c", "", Site.WRIST)):
        store.register(record)
        for frame in range(3):
            store.save(annotation(frame, clip_sha256=record.sha256), IMAGE)
    store.save(annotation(0, clip_sha256="a" * 64, rater="R2", state=State.DRAFT))
    return listed(store)


def test_outlines_are_listed_by_person_clip_frame_and_rater(found: list[Listed]) -> None:
    assert [(one.subject, one.entry.frame, one.entry.rater) for one in found[:5]] == [
        ("S01", 0, "R1"), ("S01", 1, "R1"), ("S01", 2, "R1"), ("S02", 0, "R1"), ("S02", 0, "R2"),
    ]  # fmt: skip
    assert found[-1].subject == "clip cccccccc"


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        (OutlineFilter(), 10),
        (OutlineFilter(subjects=["S02"]), 4),
        (OutlineFilter(subjects=["S02"], raters=["R2"]), 1),
        (OutlineFilter(sites=[FOREARM]), 3),
        (OutlineFilter(sides=[Side.LEFT], states=[State.FINAL]), 6),
        (OutlineFilter(subjects=["S01"], sites=[WRIST]), 0),
    ],
)
def test_filters_leave_what_fits_all_of_them(found: list[Listed], wanted: OutlineFilter, count: int) -> None:
    assert sum(wanted.fits(one) for one in found) == count


def test_a_frame_traced_twice_counts_once(found: list[Listed]) -> None:
    assert frames_by_person(found) == {"S01": {FOREARM: 3}, "S02": {WRIST: 3}, "clip cccccccc": {WRIST: 3}}


def test_what_stands_in_the_way_of_training_is_told(found: list[Listed]) -> None:
    said = " ".join(what_is_missing(found))
    assert "no patient's code" in said
    assert said.count("3 people") == 1
    assert "one nerve and site" not in said
    assert "Fewer than 50 frames" in said
    assert "one nerve and site" in " ".join(what_is_missing([one for one in found if one.site == WRIST]))
    assert what_is_missing([]) == ()
