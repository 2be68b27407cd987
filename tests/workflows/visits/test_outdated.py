"""Which accepted values are no longer what their clips would give today."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from nerveapp.domain.accepted_value import AcceptedValue, Choice, Reservation
from nerveapp.domain.analysis import Analysis, NerveSeries
from nerveapp.domain.analysis_job import AnalysisJob, AnalysisRequest
from nerveapp.domain.annotation import Source, State
from nerveapp.domain.job import JobState
from nerveapp.domain.measurement import StableRun
from nerveapp.domain.segmentation import PackedMask
from nerveapp.domain.view import Side
from nerveapp.errors import WorksheetError
from nerveapp.workflows.analysing.correct import with_corrections
from nerveapp.workflows.analysing.corrections import corrections_of
from nerveapp.workflows.annotating.annotate import new_annotation
from tests.fakes import (
    FakeAnalysisStore,
    FakeAnnotationStore,
    FakeClip,
    FakeFrameSource,
    FakeWorksheetStore,
)
from tests.fakes.library import FakeLibrary
from tests.workflows.visits.worksheets import (
    NOW,
    SPACING,
    WRIST,
    accept,
    bring,
    cell,
    measured,
    sheet_of,
    visited,
)


@pytest.fixture
def library() -> FakeLibrary:
    return visited()


def test_a_value_says_when_its_clip_is_not_what_it_was(library: FakeLibrary) -> None:
    store, analysis, drawn = FakeWorksheetStore(), measured(), FakeAnnotationStore()
    record = bring(library, analysis.clip.sha256, calibration=SPACING)
    value = accept(store, analysis, Choice.LARGEST)

    def outdated() -> str:
        return cell(sheet_of(library, store, drawn)).outdated

    assert outdated() == ""
    assert value.measured is not None
    shown = value.measured.first_frame
    drawn.register(replace(record, width=analysis.clip.width, height=analysis.clip.height))

    def draw(frame: int, state: State, minutes: int, *, unchanged: bool = False) -> None:
        mask, then = np.ones((analysis.clip.height, analysis.clip.width), bool), NOW + timedelta(minutes=minutes)
        if unchanged:
            mask = analysis.masks[frame].unpack()
        made = new_annotation(analysis, frame, mask, rater="R2", state=state, now=then, seconds=1.0, supersedes=None)
        drawn.save(made, np.zeros(mask.shape, np.uint8))

    draw(shown, State.DRAFT, 5)
    draw(shown - 1, State.FINAL, 5)
    draw(shown, State.FINAL, -5)
    draw(shown, State.FINAL, 7, unchanged=True)
    assert outdated() == "", "a draft, another frame, before it was accepted, or found right"
    draw(shown, State.FINAL, 9)
    assert outdated() == "its outline was corrected since"
    library.describe(record.sha256, lambda clip: replace(clip, calibration=None), actor="", now=NOW)
    assert "calibrated anew" in outdated()
    library.describe(record.sha256, lambda _: replace(record, view=replace(WRIST, side=Side.RIGHT)), actor="", now=NOW)
    assert "another nerve, site or side" in outdated()
    library.describe(record.sha256, lambda _: replace(record, exam="", subject=""), actor="", now=NOW)
    assert "no longer filed" in outdated()


@dataclass
class Drawing:
    """A visit with one clip, in which people outline the frame that a value is accepted of."""

    library: FakeLibrary
    analysis: Analysis = field(default_factory=measured)
    worksheets: FakeWorksheetStore = field(default_factory=FakeWorksheetStore)
    store: FakeAnnotationStore = field(default_factory=FakeAnnotationStore)
    analyses: FakeAnalysisStore = field(default_factory=FakeAnalysisStore)
    frame: int = 29  # the largest

    def __post_init__(self) -> None:
        record = bring(self.library, self.analysis.clip.sha256, calibration=SPACING)
        self.store.register(replace(record, width=self.analysis.clip.width, height=self.analysis.clip.height))

    def draw(
        self,
        rater: str,
        minutes: int,
        *,
        state: State = State.FINAL,
        confirms: bool = False,
        model: str = "",
        beside: bool = False,
        as_in: int = -5,
    ) -> None:
        card = self.analysis.model
        by = replace(self.analysis, model=replace(card, weights=replace(card.weights, sha256=model or card.sha256)))
        masks = self.analysis.others[0].masks if beside else self.analysis.masks
        mask = masks[self.frame if confirms else self.frame + as_in].unpack()
        made = new_annotation(
            by,
            self.frame,
            mask,
            rater=rater,
            state=state,
            now=NOW + timedelta(minutes=minutes),
            seconds=1.0,
            supersedes=None,
        )
        self.store.save(made, np.zeros(mask.shape, np.uint8))

    def accept(self) -> AcceptedValue:
        return accept(self.worksheets, self.seen(), Choice.FRAME, annotations=self.store, frame=self.frame)

    def seen(self) -> Analysis:
        drawn = corrections_of(self.analysis, self.store).outlines
        return with_corrections(self.analysis, drawn, FakeFrameSource(FakeClip(30)).image)

    @property
    def outdated(self) -> str:
        return cell(sheet_of(self.library, self.worksheets, self.store, self.analyses)).outdated


def beside_another_nerve(library: FakeLibrary) -> Drawing:
    """The same with a second nerve, thirty columns to the right."""
    alone = measured()
    beside = tuple(PackedMask.pack(np.roll(one.unpack(), 30, axis=1)) for one in alone.masks)
    place = Drawing(library, replace(alone, others=(NerveSeries(1, alone.frames, beside),)))
    place.analyses.results["b" * 32] = place.analysis  # the id that values are accepted from here
    return place


def test_a_value_of_a_corrected_outline_says_when_that_was_taken_back(library: FakeLibrary) -> None:
    place = Drawing(library)
    place.draw("R1", -5)
    value = place.accept()
    assert value.measured is not None
    assert value.measured.corrected
    assert place.outdated == ""
    (mine,) = place.store.latest(rater="R1")
    taken_back = replace(mine, id="w" * 32, state=State.DRAFT, source=Source.WITHDRAWN, supersedes=mine.id)
    place.store.save(replace(taken_back, made_at=NOW + timedelta(minutes=5)))
    assert place.outdated == "its corrected outline was taken back since"


def test_a_value_is_outdated_by_what_counts_today_and_by_nothing_else(library: FakeLibrary) -> None:
    place = Drawing(library)
    place.draw("R0", -9, state=State.ADJUDICATED)
    place.accept()
    place.draw("R2", 5)
    assert place.outdated == "", "what was agreed upon goes before what anybody draws later"
    place.draw("R0", 6, state=State.ADJUDICATED, as_in=-9)
    assert place.outdated == "its outline was corrected since"


def test_whoever_confirms_the_models_outline_outdates_a_value_of_another_one(library: FakeLibrary) -> None:
    place = Drawing(library)
    place.accept()
    place.draw("R2", 5, confirms=True)
    assert place.outdated == "", "it is the model's as it was"
    place.draw("R2", 6, confirms=True, model="9" * 64)
    assert place.outdated == "its outline was corrected since", "another model's"


def test_a_confirmation_after_a_correction_outdates_the_corrected_value(library: FakeLibrary) -> None:
    place = Drawing(library)
    place.draw("R1", -5)
    place.accept()
    place.draw("R2", 5, confirms=True)
    assert place.outdated == "its corrected outline was taken back since"


def test_a_correction_in_one_of_several_frames_that_is_taken_back_outdates_their_value(library: FakeLibrary) -> None:
    place = Drawing(library)
    place.draw("R1", -5)
    seen = place.seen()
    stable = StableRun(place.frame - 5, place.frame, 1.0, 0.01)
    seen = replace(seen, summary=replace(seen.summary, most_stable=stable))
    value = accept(place.worksheets, seen, Choice.MOST_STABLE, annotations=place.store)
    assert value.measured is not None
    assert not value.measured.corrected, "not in all of them"
    assert place.outdated == ""
    (mine,) = place.store.latest(rater="R1")
    taken_back = replace(mine, id="w" * 32, state=State.DRAFT, source=Source.WITHDRAWN, supersedes=mine.id)
    place.store.save(replace(taken_back, made_at=NOW + timedelta(minutes=5)))
    assert place.outdated == "its corrected outline was taken back since"


@pytest.mark.parametrize("again", ["R1", "R2"])
def test_to_find_the_same_outline_right_once_more_changes_nothing(library: FakeLibrary, again: str) -> None:
    place = Drawing(library)
    place.draw("R1", -5, confirms=True)
    place.accept()
    place.draw(again, 5, confirms=True)
    assert place.outdated == ""


def test_to_finish_the_same_correction_once_more_changes_nothing(library: FakeLibrary) -> None:
    place = Drawing(library)
    place.draw("R1", -5)
    place.accept()
    place.draw("R1", 5)
    assert place.outdated == ""


def test_an_outline_of_the_nerve_beside_it_takes_none_back(library: FakeLibrary) -> None:
    place = beside_another_nerve(library)
    place.draw("R1", -5, confirms=True)
    place.accept()
    place.draw("R2", 5, beside=True)
    assert place.outdated == "", "the model's outline counts, which was confirmed"


def test_a_value_that_leaves_an_outline_out_on_purpose_stays_as_it_was_accepted(library: FakeLibrary) -> None:
    place = Drawing(library)
    place.draw("R1", -5)
    left_out = (Reservation.CORRECTIONS_LEFT_OUT,)
    accept(
        place.worksheets,
        place.analysis,
        Choice.FRAME,
        annotations=place.store,
        frame=place.frame,
        corrections_left_out=True,
        despite=left_out,
    )
    assert place.outdated == ""


def test_a_value_is_outdated_once_another_nerve_in_its_clip_is_measured(library: FakeLibrary) -> None:
    place = Drawing(library)
    value = place.accept()
    assert value.measured is not None
    request = AnalysisRequest(place.analysis.clip.sha256, "fake", "f" * 64, False, "0")
    job = AnalysisJob(request, JobState.DONE, "", 30, 30, "R1", NOW, 1)
    place.analyses.jobs["b" * 32] = job  # the id that values are accepted from here
    measured_in = replace(value.measured, analysis=request.id)
    place.worksheets.accept(replace(value, measured=measured_in))
    assert place.outdated == ""
    place.analyses.jobs[request.id] = replace(job, nerve=1)
    assert place.outdated == "another nerve in its clip is measured since"
    place.analyses.jobs[request.id] = replace(job, nerve=0)
    assert place.outdated == ""


def test_an_outline_of_the_nerve_beside_it_outdates_no_value(library: FakeLibrary) -> None:
    place = beside_another_nerve(library)
    value = place.accept()
    place.draw("R2", 5, beside=True)
    assert place.outdated == "", "it is of the other nerve"
    assert value.measured is not None
    place.worksheets.accept(replace(value, measured=replace(value.measured, nerve=None, outlines=None)))
    assert place.outdated == "", "by earlier versions, too"
    place.worksheets.accept(value)
    place.draw("R3", 6)
    assert place.outdated == "its outline was corrected since"


def test_values_accepted_by_earlier_versions_are_judged_by_time(library: FakeLibrary) -> None:
    place = Drawing(library)
    place.draw("R1", -5)
    value = place.accept()
    assert value.measured is not None
    place.worksheets.accept(replace(value, measured=replace(value.measured, nerve=None, outlines=None)))
    assert place.outdated == ""
    place.draw("R2", 5)
    assert place.outdated == "its outline was corrected since"


def test_a_value_is_not_accepted_of_an_outline_that_another_one_took_the_place_of(library: FakeLibrary) -> None:
    place = Drawing(library)
    place.draw("R1", -5)
    seen = place.seen()
    place.draw("R2", -4, as_in=-9)
    with pytest.raises(WorksheetError, match="drawn or taken back since"):
        accept(place.worksheets, seen, Choice.FRAME, annotations=place.store, frame=place.frame)
    assert place.worksheets.values() == ()


def test_a_value_is_not_accepted_of_the_models_outline_once_somebody_corrected_it(library: FakeLibrary) -> None:
    place = Drawing(library)
    seen = place.seen()
    place.draw("R1", -5)
    with pytest.raises(WorksheetError, match="drawn or taken back since"):
        accept(place.worksheets, seen, Choice.FRAME, annotations=place.store, frame=place.frame)
    assert accept(place.worksheets, seen, Choice.MEDIAN, annotations=place.store).area > 0, "of another frame"


def test_a_value_is_not_accepted_of_an_outline_that_was_taken_back(library: FakeLibrary) -> None:
    place = Drawing(library)
    place.draw("R1", -5)
    seen = place.seen()
    (mine,) = place.store.latest(rater="R1")
    place.store.save(replace(mine, id="w" * 32, state=State.DRAFT, source=Source.WITHDRAWN, supersedes=mine.id))
    with pytest.raises(WorksheetError, match="drawn or taken back since"):
        accept(place.worksheets, seen, Choice.FRAME, annotations=place.store, frame=place.frame)


def test_an_outline_of_a_nerve_beside_it_keeps_nobody_from_accepting(library: FakeLibrary) -> None:
    place = beside_another_nerve(library)
    seen = place.seen()
    place.draw("R2", -5, beside=True)
    value = accept(place.worksheets, seen, Choice.FRAME, annotations=place.store, frame=place.frame)
    assert (value.measured is not None, place.outdated) == (True, "")


@pytest.mark.parametrize(
    "change",
    [
        {"view": replace(WRIST, side=Side.RIGHT)},
        {"calibration": replace(SPACING, row_spacing_mm=0.2)},
        {"exam": "9" * 32},
    ],
)
def test_a_value_is_not_accepted_of_a_clip_that_is_described_or_filed_otherwise_by_now(
    library: FakeLibrary, change: dict[str, Any]
) -> None:
    place = Drawing(library)
    seen, clip = place.seen(), place.store.clip(place.analysis.clip.sha256)
    assert clip is not None
    place.store.register(replace(clip, **change))
    with pytest.raises(WorksheetError, match="another visit by now"):
        accept(place.worksheets, seen, Choice.FRAME, annotations=place.store, frame=place.frame)


def test_a_correction_counts_on_where_somebody_outlines_the_nerve_beside_it_later(library: FakeLibrary) -> None:
    place = beside_another_nerve(library)
    place.draw("R1", -5)
    corrected = place.seen().masks[place.frame]
    value = place.accept()
    place.draw("R2", 5, beside=True)
    assert place.seen().masks[place.frame] == corrected != place.analysis.masks[place.frame]
    assert place.outdated == ""
    again = accept(place.worksheets, place.seen(), Choice.FRAME, annotations=place.store, frame=place.frame)
    assert (again.area, again.measured and again.measured.corrected) == (value.area, True)
    place.draw("R3", 6, as_in=-9)
    assert place.outdated == "its outline was corrected since"
