"""The report of a visit, on stand-ins: the values accepted, what they mean, and the pictures of the frames behind."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

import numpy as np
import pytest

from nerveapp.analysis.findings import cell_finding
from nerveapp.analysis.pairs import pairs
from nerveapp.analysis.pictures import image_of
from nerveapp.analysis.report_words import how_in_words, legend_of, sites_of
from nerveapp.domain.accepted_value import Choice, Reservation
from nerveapp.domain.actor import Actor
from nerveapp.domain.analysis import Analysis
from nerveapp.domain.analysis_job import AnalysisJob, AnalysisRequest
from nerveapp.domain.annotation import Annotation, ClipRecord, State
from nerveapp.domain.calibration import Calibration, CalibrationOrigin
from nerveapp.domain.clip import Clip, ClipInfo, Frame
from nerveapp.domain.clip_source import ClipSource, Origin
from nerveapp.domain.exam import Exam
from nerveapp.domain.follow_up import SDC_SOURCE
from nerveapp.domain.job import JobState
from nerveapp.domain.norms import Norm, NormTable
from nerveapp.domain.patient import Patient
from nerveapp.domain.tracking import How
from nerveapp.domain.view import Nerve, Side, Site, View
from nerveapp.domain.visit_report import Letterhead, VisitReport
from nerveapp.errors import LibraryError
from nerveapp.workflows.analysing.analyse import analyse
from nerveapp.workflows.analysing.recalibrate import recalibrate
from nerveapp.workflows.annotating.annotate import new_annotation
from nerveapp.workflows.visits.accept_value import accept_value, enter_value, withdraw_value
from nerveapp.workflows.visits.candidates import candidates
from nerveapp.workflows.visits.visit_report import ReportSources, visit_report
from tests.fakes import FakeAnnotationStore, FakeClip, FakeSegmenter, FakeWorksheetStore
from tests.fakes.analysis_store import FakeAnalysisStore
from tests.fakes.library import FakeLibrary

NOW = datetime(2026, 6, 1, tzinfo=UTC)
R1 = Actor("R1")
VISIT = Exam("1" * 32, "S01", date=date(2026, 6, 1), indication="tingling")
WRIST = View(Nerve.MEDIAN, Site.WRIST, Side.LEFT)
FOREARM = View(Nerve.MEDIAN, Site.FOREARM, Side.LEFT)
SPACING = Calibration(0.1, 0.2, CalibrationOrigin.TYPED)
NORM = Norm(Nerve.MEDIAN, Site.WRIST, "somebody", 50, 4.0, 1.0, upper_limit_mm2=6.0, citation="A et al. 2020")
FRAMES = 30


@dataclass
class NamedClip(FakeClip):
    """A clip under a hash of its own."""

    sha256: str = ""

    @property
    def info(self) -> ClipInfo:
        return replace(super().info, sha256=self.sha256)


class Place:
    """A visit with clips that are analysed."""

    def __init__(self) -> None:
        self.library, self.worksheets = FakeLibrary(), FakeWorksheetStore()
        self.analyses, self.annotations = FakeAnalysisStore(), FakeAnnotationStore()
        self.clips: dict[str, NamedClip] = {}
        self.library.add_exam(VISIT, actor="R1", now=NOW)
        self.library.describe_patient("S01", lambda _: Patient("S01", wrist_mm=160), actor="R1", now=NOW)

    def clip(self, view: View, letter: str, calibration: Calibration | None = SPACING) -> tuple[str, Analysis]:
        clip = NamedClip(FRAMES, sha256=letter * 64)
        record = ClipRecord(clip.sha256, 60, 40, FRAMES, "S01", view, calibration, exam=VISIT.id)
        self.library.add_clip(record, ClipSource(clip.sha256, (), Origin.UPLOAD, "clip"), b"", actor="R1", now=NOW)
        self.annotations.register(record)
        self.clips[clip.sha256] = clip
        found = analyse(clip, FakeSegmenter(), view=view, calibration=None)
        request = AnalysisRequest(clip.sha256, "fake", "f" * 64, False, "0")
        self.analyses.jobs[request.id] = AnalysisJob(request, JobState.DONE, "", FRAMES, FRAMES, "R1", NOW, 1)
        self.analyses.results[request.id] = found
        return request.id, recalibrate(found, calibration)

    def accept(self, view: View, letter: str, choice: Choice, calibration: Calibration | None = SPACING) -> None:
        analysis_id, analysis = self.clip(view, letter, calibration)
        offered = next(one for one in candidates(analysis, frame=20) if one.choice is choice)
        accept_value(
            offered,
            analysis,
            analysis_id=analysis_id,
            exam=VISIT,
            despite=offered.reservations,
            model_error=0.06,
            annotations=self.annotations,
            store=self.worksheets,
            actor=R1,
            now=NOW,
        )

    def correct(self, letter: str, frame: int, rows: int = 38) -> Annotation:
        analysis = next(one for one in self.analyses.results.values() if one.clip.sha256 == letter * 64)
        mask = np.zeros((40, 60), bool)
        mask[2:rows, 2:58] = True
        made = new_annotation(analysis, frame, mask, rater="R1", state=State.FINAL, now=NOW, seconds=1, supersedes=None)
        self.annotations.save(made, np.zeros((40, 60), np.uint8))
        return made

    def open_clip(self, sha256: str) -> Clip:
        if sha256 not in self.clips:
            raise LibraryError("The clip's file is not kept on this server (any more).")
        return self.clips[sha256]

    def report(self, *, pictures: bool = True) -> VisitReport:
        sources = ReportSources(
            self.library,
            self.worksheets,
            NormTable((NORM,)),
            self.analyses,
            self.annotations,
            self.open_clip,
            Letterhead("Clinic"),
        )
        return visit_report(VISIT, sources, now=NOW, pictures=pictures)


def visit_before(place: Place, area: float, when: date) -> Exam:
    before = Exam("9" * 32, "S01", date=when)
    place.library.add_exam(before, actor="R1", now=NOW)
    enter_value(FOREARM, area, exam=before, store=place.worksheets, actor=R1, now=NOW)
    return before


@pytest.fixture
def place() -> Place:
    return Place()


def test_it_says_how_areas_changed_since_the_visit_before(place: Place) -> None:
    enter_value(FOREARM, 5.5, exam=VISIT, store=place.worksheets, actor=R1, now=NOW)
    enter_value(WRIST, 9.0, exam=VISIT, store=place.worksheets, actor=R1, now=NOW)
    assert place.report().changes == ()
    before = visit_before(place, 9.0, date(2020, 1, 2))
    report = place.report()
    (change,) = report.changes
    assert (change.before.exam, change.after.exam, change.difference_mm2) == (before, VISIT, -3.5)
    assert SDC_SOURCE in report.sources
    words = next(one for row in sites_of(report) for one in row.sides if one.value.startswith("5.5"))
    assert words.meaning[-1] == "−3.5 mm² since 2020-01-02, more than the smallest detectable change"
    assert "2.0 mm² (median)" in legend_of(report)[-1]


def test_what_comes_after_a_visit_or_in_no_known_order_is_no_change_of_it(place: Place) -> None:
    enter_value(FOREARM, 5.5, exam=VISIT, store=place.worksheets, actor=R1, now=NOW)
    visit_before(place, 9.0, date(2099, 1, 2))
    assert place.report().changes == ()
    undated = Exam("8" * 32, "S01")
    place.library.add_exam(undated, actor="R1", now=NOW)
    visit_before(place, 9.0, date(2020, 1, 2))
    enter_value(FOREARM, 7.5, exam=undated, store=place.worksheets, actor=R1, now=NOW)
    assert place.report().changes == ()


def test_it_holds_the_findings_and_comparisons_that_the_page_shows(place: Place) -> None:
    place.accept(WRIST, "a", Choice.LARGEST)
    enter_value(FOREARM, 5.5, exam=VISIT, store=place.worksheets, actor=R1, now=NOW)
    report = place.report()
    patient, norms = Patient("S01", wrist_mm=160), NormTable((NORM,))
    assert report.findings == tuple(filter(None, (cell_finding(one, norms, patient) for one in report.worksheet.cells)))
    assert [one.cell.view for one in report.findings] == [WRIST, FOREARM]
    assert report.pairs == pairs(report.worksheet)
    assert (report.patient, report.exam, report.letterhead.clinic, report.made_at) == (patient, VISIT, "Clinic", NOW)
    assert report.version


def test_a_picture_and_a_curve_come_of_every_measured_value_and_none_of_one_entered_by_hand(place: Place) -> None:
    place.accept(WRIST, "a", Choice.FRAME)
    enter_value(FOREARM, 5.5, exam=VISIT, store=place.worksheets, actor=R1, now=NOW)
    report = place.report()
    (value,) = [one.cell.value for one in report.findings if one.cell.view == WRIST]
    assert value is not None
    (shown,) = report.pictures
    (curve,) = report.curves
    assert (shown.view, curve.view) == (WRIST, WRIST)
    assert image_of(shown.png).shape == (shown.height, shown.width, 3)
    for said in ("S01, 2026-06-01", "Median, wrist, left", f"{value.area:.1f} mm²", "frame 20", "Research use only"):
        assert said in shown.caption
    assert "this frame" not in shown.caption, "it is the frame that was accepted"
    assert (curve.unit, curve.accepted) == ("mm²", value.area)
    assert curve.areas[curve.times_s.index(1.0)] == pytest.approx(value.area), "frame 20, a second from the first"
    assert place.clips["a" * 64].decoded == 21, "no more is decoded than is needed"


def test_a_value_of_several_frames_says_how_large_the_one_shown_is(place: Place) -> None:
    place.accept(WRIST, "a", Choice.MOST_STABLE)
    assert "this frame: " in place.report().pictures[0].caption


def test_the_outline_shown_is_the_one_that_was_accepted(place: Place) -> None:
    place.accept(WRIST, "a", Choice.FRAME)
    before = place.report().pictures[0]
    place.correct("a", 20)
    assert place.report().pictures[0] == before, "the model's was accepted, and it was corrected later"


def test_a_value_accepted_without_corrections_is_shown_by_the_models_outlines(place: Place) -> None:
    place.accept(WRIST, "a", Choice.MOST_STABLE)
    before = place.report()
    measured = place.worksheets.values()[0].measured
    assert measured is not None
    place.correct("a", measured.first_frame)
    (value,) = place.worksheets.values()
    left_out = replace(value, id="2" * 32, reservations=(Reservation.CORRECTIONS_LEFT_OUT,))
    place.worksheets.accept(left_out)
    after = place.report()
    assert (after.pictures, after.curves) == (before.pictures, before.curves)


def test_a_value_of_outlines_that_were_drawn_anew_since_shows_those_of_then(place: Place) -> None:
    place.accept(WRIST, "a", Choice.MOST_STABLE)
    (value,) = place.worksheets.values()
    assert value.measured is not None
    first = place.correct("a", value.measured.first_frame)
    then = replace(value, id="2" * 32, measured=replace(value.measured, outlines=(first.id,)))
    place.worksheets.accept(then)
    before = place.report()
    assert before.pictures != ()
    place.correct("a", value.measured.first_frame, rows=8)
    after = place.report()
    assert after.worksheet.cells[0].outdated == "its outline was corrected since"
    assert (after.pictures, after.curves) == (before.pictures, before.curves)


def test_a_value_keeps_the_calibration_it_was_accepted_in(place: Place) -> None:
    place.accept(WRIST, "a", Choice.FRAME)
    before = place.report().curves
    record = place.library.clip("a" * 64)
    assert record is not None
    other = replace(record.record, calibration=Calibration(0.3, 0.3, CalibrationOrigin.TYPED))
    place.library.describe(other.sha256, lambda _: other, actor="R1", now=NOW)
    report = place.report()
    assert report.curves == before
    assert report.findings[0].cell.outdated


def test_pixels_are_shown_as_such_and_compared_with_nothing(place: Place) -> None:
    place.accept(WRIST, "a", Choice.LARGEST, calibration=None)
    report = place.report()
    assert report.findings == ()
    assert report.pairs == ()
    assert report.curves[0].unit == "px²"
    assert any("not calibrated, in pixels: Median, wrist, left" in one for one in report.methods)


def test_a_clip_that_is_not_kept_has_a_curve_and_a_reason_in_place_of_a_picture(place: Place) -> None:
    place.accept(WRIST, "a", Choice.LARGEST)
    place.clips.clear()
    report = place.report()
    assert (len(report.curves), report.pictures) == (1, ())
    assert any("No picture of Median, wrist, left" in one and "not kept" in one for one in report.methods)
    place.analyses.results.clear()
    assert place.report().curves == ()


def test_tables_alone_decode_nothing(place: Place) -> None:
    place.accept(WRIST, "a", Choice.LARGEST)
    report = place.report(pictures=False)
    assert (report.pictures, report.curves) == ((), ())
    assert report.findings == place.report().findings
    place.clips["a" * 64].decoded = 0
    place.report(pictures=False)
    assert place.clips["a" * 64].decoded == 0


def test_methods_name_model_calibration_and_who_outlined_and_sources_stand_once(place: Place) -> None:
    place.accept(WRIST, "a", Choice.LARGEST)
    enter_value(FOREARM, 5.5, exam=VISIT, store=place.worksheets, actor=R1, now=NOW)
    report = place.report(pictures=False)
    said = " ".join(report.methods)
    for words in (
        "Outlined by model ",
        "6.0 %",
        "origin: typed in",
        "corrected by hand: none",
        "entered by hand: Median",
    ):
        assert words in said
    assert len(set(report.sources)) == len(report.sources)
    cited = " ".join(report.sources)
    for words in ("A et al. 2020", "somebody, 50 people", "Philipps", "Olde Dubbelink", "JCGM 100", "Tawfik"):
        assert words in cited


def test_an_empty_worksheet_has_a_report_too(place: Place) -> None:
    place.accept(WRIST, "a", Choice.LARGEST)
    (value,) = place.worksheets.values(VISIT.id)
    withdraw_value(value, store=place.worksheets, actor=R1, now=NOW)
    report = place.report()
    assert (report.findings, report.pairs, report.pictures, report.methods) == ((), (), (), ())


def test_frames_are_those_of_the_clip(place: Place) -> None:
    def shorter() -> Iterator[Frame]:
        yield Frame(0, 0.0, np.zeros((40, 60), np.uint8))

    place.accept(WRIST, "a", Choice.LARGEST)
    place.clips["a" * 64].frames = shorter  # type: ignore[method-assign]
    report = place.report()
    assert report.pictures == ()
    assert any("no frame" in one for one in report.methods)


def test_a_value_of_frames_of_which_a_person_drew_some_says_so(place: Place) -> None:
    _, analysis = place.clip(WRIST, "a", SPACING)
    frames = tuple(
        replace(one, how=How.CORRECTED if at % 3 == 0 else one.how) for at, one in enumerate(analysis.frames)
    )
    drawn = replace(analysis, frames=frames)
    offered = next(one for one in candidates(drawn, frame=20) if one.first_frame < one.last_frame)
    value = accept_value(
        offered,
        drawn,
        analysis_id=next(iter(place.analyses.results)),
        exam=VISIT,
        despite=offered.reservations,
        model_error=0.06,
        annotations=place.annotations,
        store=place.worksheets,
        actor=R1,
        now=NOW,
    )
    assert value.measured is not None
    count = value.measured.frame_count
    by_hand = sum(index % 3 == 0 for index in range(offered.first_frame, offered.last_frame + 1))
    assert (value.measured.drawn_frames, value.measured.is_mixed) == (by_hand, True)
    methods = " ".join(place.report(pictures=False).methods)
    assert f"in {by_hand} of {count} frames" in methods
    assert "corrected by hand: none" not in methods
    assert f"corrected by hand in {by_hand} of {count} frames" in " ".join(how_in_words(value))
