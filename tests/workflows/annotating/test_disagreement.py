from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from nerveapp.domain.annotation import Annotation, Source, State
from nerveapp.domain.segmentation import PackedMask
from nerveapp.domain.view import View
from nerveapp.workflows.analysing.analyse import analyse
from nerveapp.workflows.annotating.annotate import new_annotation
from nerveapp.workflows.annotating.disagreement import Comparisons, next_disagreement
from tests.fakes import FakeClip, FakeSegmenter

ANALYSIS = analyse(FakeClip(20), FakeSegmenter(), view=View(), calibration=None)


def outline(
    frame: int, *, moved: int = 0, source: Source = Source.PROPAGATED, state: State = State.DRAFT
) -> Annotation:
    """The model's outline, so many columns to the right."""
    mask = np.roll(ANALYSIS.masks[frame].unpack(), moved, axis=1)
    now = datetime(2026, 5, 1, tzinfo=UTC)
    return new_annotation(
        ANALYSIS, frame, mask, rater="R1", state=state, now=now, seconds=0, supersedes=None, source=source
    )


def test_only_propagated_outlines_that_are_not_reviewed_disagree_with_the_model_s() -> None:
    records = {
        3: outline(3, moved=9),
        4: outline(4, moved=1),
        5: outline(5, moved=9, source=Source.CORRECTED),
        6: outline(6, moved=9, state=State.FINAL),
    }
    assert Comparisons(ANALYSIS).disagreements(records) == {3: pytest.approx(0.55)}


def test_an_outline_is_compared_once_and_its_area_is_that_of_its_pixels() -> None:
    comparisons, one = Comparisons(ANALYSIS), outline(7)
    assert comparisons.of(one).area == 7 * 20
    assert comparisons.of(one) is comparisons.of(one)


def test_where_the_model_found_nothing_they_disagree() -> None:
    assert ANALYSIS.masks[0] == PackedMask.pack(np.zeros((40, 60), np.bool_))
    found = np.zeros((40, 60), np.bool_)
    found[5:20, 10:30] = True
    now = datetime(2026, 5, 1, tzinfo=UTC)
    drawn = new_annotation(
        ANALYSIS, 0, found, rater="R1", state=State.DRAFT, now=now, seconds=0, supersedes=None, source=Source.PROPAGATED
    )
    assert Comparisons(ANALYSIS).disagreements({0: drawn}) == {0: 0.0}
    nowhere = replace(ANALYSIS, summary=replace(ANALYSIS.summary, outlined=0))
    assert Comparisons(nowhere).disagreements({0: drawn}) == {}, "it found nothing in the whole clip"


@pytest.mark.parametrize(("here", "there"), [(0, 4), (3, 4), (4, 9), (5, 9), (9, 4), (30, 4)])
def test_the_worst_frame_of_the_next_stretch_is_gone_to_and_then_round(here: int, there: int) -> None:
    assert next_disagreement({3: 0.8, 4: 0.2, 5: 0.4, 9: 0.7}, here) == there


def test_where_they_agree_there_is_nowhere_to_go() -> None:
    assert next_disagreement({}, 3) is None
