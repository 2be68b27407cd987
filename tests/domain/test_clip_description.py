from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as some

from nerveapp.domain.annotation import ClipRecord
from nerveapp.domain.calibration import Calibration, CalibrationOrigin, Region
from nerveapp.domain.clip_description import ClipDescription, with_knowledge
from nerveapp.domain.view import Nerve, Side, Site, View
from nerveapp.errors import AnnotationError

CLIP = ClipRecord("a" * 64, 64, 48, 100)
REGION = Calibration(0.1, 0.1, CalibrationOrigin.DICOM_REGION, "region 1", Region(0, 0, 31, 47))
KNOWN = replace(CLIP, subject="S1", view=View(Nerve.ULNAR, Site.ELBOW, Side.LEFT), calibration=REGION)


def test_a_form_left_at_its_defaults_says_nothing() -> None:
    assert with_knowledge(KNOWN, CLIP) == KNOWN
    assert with_knowledge(CLIP, KNOWN) == KNOWN


def test_a_side_is_learnt_without_forgetting_the_nerve() -> None:
    said = replace(CLIP, view=View(side=Side.RIGHT))
    assert with_knowledge(KNOWN, said).view == View(Nerve.ULNAR, Site.ELBOW, Side.RIGHT)


def test_nerve_and_site_go_together() -> None:
    said = replace(CLIP, view=View(Nerve.MEDIAN, Site.FOREARM))
    assert with_knowledge(KNOWN, said).view == View(Nerve.MEDIAN, Site.FOREARM, Side.LEFT)


def test_a_calibration_is_taken_whole() -> None:
    typed = Calibration(0.2, 0.2, CalibrationOrigin.TYPED)
    assert with_knowledge(KNOWN, replace(CLIP, calibration=typed)).calibration == typed, "no detail, no box of the old"


def test_a_clip_read_to_an_earlier_end_is_no_shorter() -> None:
    assert with_knowledge(CLIP, replace(CLIP, frame_count=90)).frame_count == 100
    assert with_knowledge(CLIP, replace(CLIP, frame_count=110)).frame_count == 110


def test_a_clip_of_another_size_is_refused() -> None:
    with pytest.raises(AnnotationError, match="64 x 48 px"):
        with_knowledge(CLIP, replace(CLIP, width=63))


VIEWS = some.builds(View, some.sampled_from(Nerve), some.sampled_from(Site), some.sampled_from(Side))
SAID = some.builds(
    lambda subject, view, calibration: replace(CLIP, subject=subject, view=view, calibration=calibration),
    some.sampled_from(["", "S1", "S2"]),
    VIEWS,
    some.sampled_from([None, REGION, Calibration(0.2, 0.3, CalibrationOrigin.TYPED)]),
)


@given(SAID, SAID)
def test_saying_it_again_adds_nothing_and_nothing_becomes_unknown(first: ClipRecord, second: ClipRecord) -> None:
    known = with_knowledge(first, second)
    assert with_knowledge(known, second) == known
    for before in (first, second):
        assert known.subject or not before.subject
        assert known.calibration or not before.calibration
        assert known.view.side is not Side.UNKNOWN or before.view.side is Side.UNKNOWN


def test_who_describes_a_clip_is_a_code() -> None:
    with pytest.raises(AnnotationError, match="rater code"):
        ClipDescription(CLIP, "Jane Doe", datetime(2026, 1, 1, tzinfo=UTC))
    with pytest.raises(ValueError, match="zone"):
        ClipDescription(CLIP, "", datetime(2026, 1, 1))


def test_the_median_wrist_is_said_like_any_other_place() -> None:
    said = replace(CLIP, view=View(Nerve.MEDIAN, Site.WRIST))
    assert with_knowledge(KNOWN, said).view == View(Nerve.MEDIAN, Site.WRIST, Side.LEFT)
    for unsaid in (View(), View(KNOWN.view.nerve)):
        assert with_knowledge(KNOWN, replace(CLIP, view=unsaid)).view == KNOWN.view
