from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from nerveapp.analysis.series import summarise
from nerveapp.domain.actor import Actor
from nerveapp.domain.analysis import Analysis
from nerveapp.domain.annotation import ClipRecord, State
from nerveapp.domain.calibration import Calibration, CalibrationOrigin
from nerveapp.domain.clip_source import ClipSource, Origin
from nerveapp.domain.exam import Exam
from nerveapp.domain.protocols import CARPAL_TUNNEL, PROTOCOLS, Protocol, Station
from nerveapp.domain.segmentation import Flag
from nerveapp.domain.view import Nerve, Side, Site, View
from nerveapp.domain.worksheet import AcceptedValue, Cell, CellState, Choice, Reservation, Worksheet
from nerveapp.errors import RightsError, WorksheetError
from nerveapp.workflows.accept_value import accept_value, candidates, enter_value, withdraw_value
from nerveapp.workflows.analyse import analyse
from nerveapp.workflows.annotate import new_annotation
from nerveapp.workflows.library import place_clip
from nerveapp.workflows.recalibrate import recalibrate
from nerveapp.workflows.worksheet import protocols, remove_protocol, save_protocol, worksheet, write_sheet
from tests.fakes import FakeAnnotationStore, FakeClip, FakeSegmenter, FakeWorksheetStore
from tests.fakes.library import FakeLibrary

NOW = datetime(2026, 6, 1, tzinfo=UTC)
R1 = Actor("R1")
VISIT = Exam("1" * 32, "S01", date=date(2026, 6, 1))
WRIST = View(Nerve.MEDIAN, Site.WRIST, Side.LEFT)
SPACING = Calibration(0.1, 0.1, CalibrationOrigin.DICOM_REGION, "region 1")
STATION = Station(Nerve.MEDIAN, Site.WRIST)


def measured(calibration: Calibration | None = SPACING, *, view: View = WRIST, frames: int = 30) -> Analysis:
    """Boxes of 20 pixels' width and as many rows as the frame's number: 2 mm² a ten rows."""
    return analyse(FakeClip(frames), FakeSegmenter(), view=view, calibration=calibration)


def accept(store: FakeWorksheetStore, analysis: Analysis, choice: Choice, **other: object) -> AcceptedValue:
    offered = {one.choice: one for one in candidates(analysis, frame=20)}
    settings: dict[str, object] = {"despite": (), "model_error": 0.06, **other}
    return accept_value(
        offered[choice],
        analysis,
        analysis_id="b" * 32,
        exam=VISIT,
        store=store,
        actor=R1,
        now=NOW,
        **settings,  # type: ignore[arg-type]
    )


@pytest.fixture
def library() -> FakeLibrary:
    found = FakeLibrary()
    found.put_exam(VISIT, actor="R1", now=NOW)
    return found


def bring(library: FakeLibrary, sha256: str, view: View = WRIST, **other: object) -> ClipRecord:
    record = replace(ClipRecord(sha256, 64, 48, 30, view=view, subject="S01", exam=VISIT.id), **other)  # type: ignore[arg-type]
    library.add_clip(record, ClipSource(sha256, (), Origin.UPLOAD, "c.mp4", "", "", "", ""), b"", actor="", now=NOW)
    return record


def cell(sheet: Worksheet, side: Side = Side.LEFT) -> Cell:
    return sheet.cell(STATION, side)


def test_what_is_still_to_be_scanned_is_missing_until_a_clip_comes_and_a_value_is_accepted(
    library: FakeLibrary,
) -> None:
    store = FakeWorksheetStore()
    empty = worksheet(VISIT, library, store, FakeAnnotationStore())
    assert empty.protocol == CARPAL_TUNNEL
    assert len(empty.missing) == 2 * len(CARPAL_TUNNEL.stations)
    analysis = measured()
    bring(library, analysis.clip.sha256, calibration=SPACING)
    assert cell(worksheet(VISIT, library, store, FakeAnnotationStore())).state is CellState.TO_REVIEW
    accept(store, analysis, Choice.LARGEST)
    sheet = worksheet(VISIT, library, store, FakeAnnotationStore())
    assert cell(sheet).state is CellState.ACCEPTED
    assert cell(sheet, Side.RIGHT).state is CellState.MISSING
    assert len(sheet.missing) == 2 * len(CARPAL_TUNNEL.stations) - 1


def test_largest_median_and_a_frame_are_the_areas_of_the_analysis() -> None:
    analysis = measured()
    offered = {one.choice: one for one in candidates(analysis, frame=20)}
    assert (offered[Choice.LARGEST].area, offered[Choice.LARGEST].unit) == (analysis.summary.area_max, "mm²")
    assert offered[Choice.MEDIAN].area == analysis.summary.area_median
    shape = analysis.frames[20].mm
    assert shape is not None
    assert (offered[Choice.FRAME].area, offered[Choice.FRAME].first_frame) == (shape.area, 20)
    run = analysis.summary.most_stable
    assert run is not None
    stable = offered[Choice.MOST_STABLE]
    assert (stable.area, stable.first_frame, stable.last_frame) == (run.mean_area, run.first, run.last)


def test_a_value_is_kept_with_who_when_and_where_it_was_measured() -> None:
    store, analysis = FakeWorksheetStore(), measured()
    kept = accept(store, analysis, Choice.FRAME)
    assert store.values(VISIT.id) == (kept,)
    assert (kept.by, kept.at, kept.view) == ("R1", NOW, WRIST)
    where = kept.measured
    assert where is not None
    assert (where.clip_sha256, where.analysis, where.first_frame) == (analysis.clip.sha256, "b" * 32, 20)
    assert (where.model, where.model_error, where.corrected) == ("fake", 0.06, False)
    assert kept.echo_intensity == analysis.frames[20].echo_intensity


def test_a_value_that_something_speaks_against_is_accepted_only_by_saying_so() -> None:
    store, analysis = FakeWorksheetStore(), measured(None)
    (largest,) = (one for one in candidates(analysis) if one.choice is Choice.LARGEST)
    assert largest.reservations == (Reservation.UNCALIBRATED,)
    with pytest.raises(WorksheetError, match="not calibrated"):
        accept(store, analysis, Choice.LARGEST)
    assert store.values() == ()
    kept = accept(store, analysis, Choice.LARGEST, despite={Reservation.UNCALIBRATED})
    assert kept.reservations == (Reservation.UNCALIBRATED,)
    assert (kept.unit, kept.area_mm2) == ("px²", None)


def test_a_flagged_frame_an_impossible_area_and_strange_images_speak_against_a_value() -> None:
    analysis = measured()
    frames = list(analysis.frames)
    frames[20] = replace(frames[20], flags=(Flag.LOW_CONFIDENCE,))
    doubtful = replace(analysis, frames=tuple(frames), unlike_training="darker than all of them")
    (*_, chosen) = candidates(doubtful, frame=20)
    assert set(chosen.reservations) == {Reservation.FLAGGED, Reservation.UNLIKE_TRAINING}
    tiny = recalibrate(analysis, replace(SPACING, row_spacing_mm=0.001, column_spacing_mm=0.001))
    assert all(Reservation.IMPLAUSIBLE in one.reservations for one in candidates(tiny))


def test_a_still_has_one_value_that_of_its_frame() -> None:
    clip = measured()
    alone = replace(clip.frames[20], frame=0)
    still = replace(clip, frames=(alone,), masks=clip.masks[20:21], summary=summarise([alone], SPACING, clip.clip))
    for frame in (None, 0):
        (only,) = candidates(still, frame=frame)
        assert (only.choice, only.first_frame, only.last_frame) == (Choice.FRAME, 0, 0)
        assert only.area == pytest.approx(4.0)


def test_the_figures_of_a_clip_that_is_flagged_for_the_most_part_are_accepted_only_by_saying_so() -> None:
    analysis = measured()
    few = replace(analysis, summary=replace(analysis.summary, flagged=analysis.summary.frames // 2 + 1))
    *figures, frame = candidates(few, frame=20)
    assert Reservation.MOSTLY_FLAGGED not in frame.reservations, "one frame stands for itself"
    assert figures
    assert all(Reservation.MOSTLY_FLAGGED in one.reservations for one in figures)


def test_a_value_needs_a_side() -> None:
    with pytest.raises(WorksheetError, match="side"):
        accept(FakeWorksheetStore(), measured(view=View()), Choice.LARGEST)


def test_a_value_says_when_its_clip_is_not_what_it_was(library: FakeLibrary) -> None:
    store, analysis, drawn = FakeWorksheetStore(), measured(), FakeAnnotationStore()
    record = bring(library, analysis.clip.sha256, calibration=SPACING)
    value = accept(store, analysis, Choice.LARGEST)

    def outdated() -> str:
        return cell(worksheet(VISIT, library, store, drawn)).outdated

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
    library.describe(replace(record, calibration=None), actor="", now=NOW)
    assert "calibrated anew" in outdated()
    library.describe(replace(record, view=replace(WRIST, side=Side.RIGHT)), actor="", now=NOW)
    assert "another nerve, site or side" in outdated()
    library.describe(replace(record, exam="", subject=""), actor="", now=NOW)
    assert "no longer filed" in outdated()


def test_a_value_of_a_corrected_outline_says_when_that_was_taken_back(library: FakeLibrary) -> None:
    store, analysis, drawn = FakeWorksheetStore(), measured(), FakeAnnotationStore()
    record = bring(library, analysis.clip.sha256, calibration=SPACING)
    value = accept(store, analysis, Choice.LARGEST)
    assert value.measured is not None
    store.accept(replace(value, measured=replace(value.measured, corrected=True)))
    assert cell(worksheet(VISIT, library, store, drawn)).outdated == "its corrected outline was taken back since"
    drawn.register(replace(record, width=analysis.clip.width, height=analysis.clip.height))
    mask = np.ones((analysis.clip.height, analysis.clip.width), bool)
    before, frame = NOW - timedelta(minutes=5), value.measured.first_frame
    made = new_annotation(
        analysis, frame, mask, rater="R2", state=State.FINAL, now=before, seconds=1.0, supersedes=None
    )
    drawn.save(made, np.zeros(mask.shape, np.uint8))
    assert cell(worksheet(VISIT, library, store, drawn)).outdated == ""


def test_an_area_measured_elsewhere_is_marked_and_must_be_one_of_a_nerve(library: FakeLibrary) -> None:
    store = FakeWorksheetStore()
    enter_value(WRIST, 9.5, exam=VISIT, store=store, actor=R1, now=NOW)
    value = cell(worksheet(VISIT, library, store, FakeAnnotationStore())).value
    assert value is not None
    assert (value.choice, value.measured, value.area_mm2) == (Choice.MANUAL, None, 9.5)
    with pytest.raises(WorksheetError, match="no cross-sectional area"):
        enter_value(WRIST, 950, exam=VISIT, store=store, actor=R1, now=NOW)
    withdraw_value(WRIST, exam=VISIT, store=store, actor=R1, now=NOW)
    assert cell(worksheet(VISIT, library, store, FakeAnnotationStore())).state is CellState.MISSING
    assert len(store.history(VISIT.id, WRIST)) == 1


def test_values_of_another_protocol_and_clips_of_no_cell_are_not_hidden(library: FakeLibrary) -> None:
    store = FakeWorksheetStore()
    elbow = View(Nerve.ULNAR, Site.ELBOW, Side.RIGHT)
    enter_value(elbow, 9.5, exam=VISIT, store=store, actor=R1, now=NOW)
    strange = bring(library, "d" * 64, View())
    sheet = worksheet(VISIT, library, store, FakeAnnotationStore())
    assert sheet.cells[-1].view == elbow
    assert [one.record.sha256 for one in sheet.others] == [strange.sha256]
    place_clip(strange.sha256, replace(WRIST, side=Side.RIGHT), VISIT, library, actor=R1, now=NOW)
    assert worksheet(VISIT, library, store, FakeAnnotationStore()).others == ()


def test_ones_own_protocol_is_a_template_beside_those_of_the_app(library: FakeLibrary) -> None:
    store = FakeWorksheetStore()
    own = Protocol("ours", "Ours", (Station(Nerve.SURAL, Site.DISTAL_LEG),))
    save_protocol(own, store, actor=R1, now=NOW)
    assert protocols(store) == (*PROTOCOLS, own)
    write_sheet(VISIT.id, store, protocol="ours", actor=R1, now=NOW)
    assert [one.view for one in worksheet(VISIT, library, store, FakeAnnotationStore()).cells] == [
        View(Nerve.SURAL, Site.DISTAL_LEG, side) for side in (Side.LEFT, Side.RIGHT)
    ]
    with pytest.raises(WorksheetError, match="this name"):
        save_protocol(replace(own, name="carpal-tunnel"), store, actor=R1, now=NOW)
    assert not worksheet(VISIT, library, store, FakeAnnotationStore()).protocol_gone
    with pytest.raises(RightsError):
        remove_protocol("ours", store, actor=Actor("R2", frozenset()))
    remove_protocol("ours", store, actor=R1)
    left = worksheet(VISIT, library, store, FakeAnnotationStore())
    assert (left.protocol, left.protocol_gone) == (CARPAL_TUNNEL, True)
    assert not worksheet(replace(VISIT, id="2" * 32), library, store, FakeAnnotationStore()).protocol_gone, (
        "none was ever chosen"
    )


@pytest.mark.parametrize(
    ("name", "title", "stations"),
    [
        ("", "T", (STATION,)),
        ("A b", "T", (STATION,)),
        ("a", " ", (STATION,)),
        ("a", "T", ()),
        ("a", "T", (STATION,) * 2),
    ],
)
def test_what_is_no_protocol_is_refused(name: str, title: str, stations: tuple[Station, ...]) -> None:
    with pytest.raises(WorksheetError):
        Protocol(name, title, stations)


def test_who_may_not_describe_writes_nothing() -> None:
    guest, store = Actor("G", frozenset()), FakeWorksheetStore()
    with pytest.raises(RightsError):
        enter_value(WRIST, 9, exam=VISIT, store=store, actor=guest, now=NOW)
    with pytest.raises(RightsError):
        withdraw_value(WRIST, exam=VISIT, store=store, actor=guest, now=NOW)
    with pytest.raises(RightsError):
        write_sheet(VISIT.id, store, conclusion="x", actor=guest, now=NOW)
    assert store.accepted == []
