from dataclasses import replace

import pytest

from nerveapp.analysis.series import summarise
from nerveapp.domain.accepted_value import Choice, Reservation
from nerveapp.domain.actor import Actor
from nerveapp.domain.calibration import Calibration, CalibrationOrigin
from nerveapp.domain.protocols import CARPAL_TUNNEL, PROTOCOLS, Protocol, Station
from nerveapp.domain.segmentation import Flag
from nerveapp.domain.view import Nerve, Side, Site, View
from nerveapp.domain.worksheet import CellState
from nerveapp.errors import RightsError, WorksheetError
from nerveapp.workflows.analysing.recalibrate import recalibrate
from nerveapp.workflows.library.filing import place_clip
from nerveapp.workflows.visits.accept_value import enter_value, withdraw_value
from nerveapp.workflows.visits.candidates import candidates
from nerveapp.workflows.visits.worksheet import protocols, remove_protocol, save_protocol, worksheet, write_sheet
from tests.fakes import FakeAnalysisStore, FakeAnnotationStore, FakeWorksheetStore
from tests.fakes.library import FakeLibrary
from tests.workflows.visits.worksheets import (
    NOW,
    R1,
    SPACING,
    STATION,
    VISIT,
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


def test_what_is_still_to_be_scanned_is_missing_until_a_clip_comes_and_a_value_is_accepted(
    library: FakeLibrary,
) -> None:
    store = FakeWorksheetStore()
    empty = sheet_of(library, store)
    assert empty.protocol == CARPAL_TUNNEL
    assert len(empty.missing) == 2 * len(CARPAL_TUNNEL.stations)
    analysis = measured()
    bring(library, analysis.clip.sha256, calibration=SPACING)
    assert cell(sheet_of(library, store)).state is CellState.TO_REVIEW
    accept(store, analysis, Choice.LARGEST)
    sheet = sheet_of(library, store)
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


def test_the_confidence_of_several_frames_is_the_least_of_them() -> None:
    store, found = FakeWorksheetStore(), measured()
    frames = tuple(replace(one, confidence=0.9 - 0.01 * at) for at, one in enumerate(found.frames))
    several = next(one for one in candidates(found, frame=20) if one.first_frame < one.last_frame)
    accept(store, replace(found, frames=frames), several.choice)
    (value,) = store.values()
    assert value.measured is not None
    assert value.measured.confidence == pytest.approx(0.9 - 0.01 * value.measured.last_frame)


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


def test_values_without_the_corrections_that_count_are_accepted_only_by_saying_so() -> None:
    offered = candidates(measured(), frame=20, corrections_left_out=True)
    assert offered
    assert all(Reservation.CORRECTIONS_LEFT_OUT in one.reservations for one in offered)
    with pytest.raises(WorksheetError, match="people drew in the clip were left out"):
        accept(FakeWorksheetStore(), measured(), Choice.LARGEST, corrections_left_out=True)


def test_what_is_withheld_as_a_result_is_accepted_only_by_saying_so() -> None:
    large = Calibration(0.7, 0.7, CalibrationOrigin.TYPED)  # the largest box has 284 mm², the most stable run less
    offered = candidates(measured(large), frame=3)
    for one in offered:
        said = {Reservation.IMPLAUSIBLE, Reservation.IMPLAUSIBLE_BESIDE} & set(one.reservations)
        assert len(said) == (one.choice is not Choice.FRAME), "once for what is of the whole clip, and not of one frame"


def test_a_value_needs_a_side() -> None:
    with pytest.raises(WorksheetError, match="side"):
        accept(FakeWorksheetStore(), measured(view=View()), Choice.LARGEST)


def test_an_area_measured_elsewhere_is_marked_and_must_be_one_of_a_nerve(library: FakeLibrary) -> None:
    store = FakeWorksheetStore()
    enter_value(WRIST, 9.5, exam=VISIT, store=store, actor=R1, now=NOW)
    value = cell(sheet_of(library, store)).value
    assert value is not None
    assert (value.choice, value.measured, value.area_mm2) == (Choice.MANUAL, None, 9.5)
    with pytest.raises(WorksheetError, match="no cross-sectional area"):
        enter_value(WRIST, 950, exam=VISIT, store=store, actor=R1, now=NOW)
    enter_value(WRIST, 12.0, exam=VISIT, store=store, actor=R1, now=NOW)
    with pytest.raises(WorksheetError, match="meanwhile"):
        withdraw_value(value, store=store, actor=R1, now=NOW)
    newest = cell(sheet_of(library, store)).value
    assert newest is not None
    assert newest.area_mm2 == 12.0, "what nobody saw is not taken back"
    withdraw_value(newest, store=store, actor=R1, now=NOW)
    assert cell(sheet_of(library, store)).state is CellState.MISSING
    assert len(store.history(VISIT.id, WRIST)) == 2


def test_nobody_accepts_or_takes_back_a_value_unnamed(library: FakeLibrary) -> None:
    store = FakeWorksheetStore()
    with pytest.raises(WorksheetError, match="Nobody is named"):
        enter_value(WRIST, 9.5, exam=VISIT, store=store, actor=Actor(), now=NOW)
    with pytest.raises(WorksheetError, match="Nobody is named"):
        accept(store, measured(), Choice.LARGEST, actor=Actor())
    enter_value(WRIST, 9.5, exam=VISIT, store=store, actor=R1, now=NOW)
    value = cell(sheet_of(library, store)).value
    assert value is not None
    with pytest.raises(WorksheetError, match="Nobody is named"):
        withdraw_value(value, store=store, actor=Actor(), now=NOW)


def test_values_of_another_protocol_and_clips_of_no_cell_are_not_hidden(library: FakeLibrary) -> None:
    store = FakeWorksheetStore()
    elbow = View(Nerve.ULNAR, Site.ELBOW, Side.RIGHT)
    enter_value(elbow, 9.5, exam=VISIT, store=store, actor=R1, now=NOW)
    strange = bring(library, "d" * 64, View())
    sheet = sheet_of(library, store)
    assert sheet.cells[-1].view == elbow
    assert [one.record.sha256 for one in sheet.others] == [strange.sha256]
    place_clip(strange.sha256, replace(WRIST, side=Side.RIGHT), VISIT, library, actor=R1, now=NOW)
    assert sheet_of(library, store).others == ()


def test_no_protocol_takes_the_place_of_another_one() -> None:
    store, sural, ulnar = FakeWorksheetStore(), Station(Nerve.SURAL, Site.DISTAL_LEG), Station(Nerve.ULNAR, Site.ELBOW)

    def saved(title: str, station: Station, instead_of: str = "") -> Protocol:
        return save_protocol(title, (station,), store, instead_of=instead_of, actor=R1, now=NOW)

    long = "Polyneuropathy of the arms and legs, "
    titles = ("CTS left", "CTS (left)", long + "short", long + "in full", "手根管", "神経")
    kept = [saved(title, sural) for title in titles]
    assert sorted(one.title for one in store.protocols()) == sorted(titles)
    assert len({one.name for one in kept}) == len(titles)
    for title in ("cts LEFT", CARPAL_TUNNEL.title):
        with pytest.raises(WorksheetError, match="already"):
            saved(title, ulnar, kept[1].name)
    with pytest.raises(WorksheetError, match="already"):
        saved(CARPAL_TUNNEL.title, ulnar, CARPAL_TUNNEL.name)
    changed = saved(" CTS left ", ulnar, kept[0].name)
    assert (changed.name, changed.stations) == (kept[0].name, (ulnar,)), "it was looked at, and is changed"
    assert len(store.protocols()) == len(titles)


def test_ones_own_protocol_is_a_template_beside_those_of_the_app(library: FakeLibrary) -> None:
    store = FakeWorksheetStore()
    own = save_protocol("Ours", (Station(Nerve.SURAL, Site.DISTAL_LEG),), store, actor=R1, now=NOW)
    assert own == Protocol("ours", "Ours", (Station(Nerve.SURAL, Site.DISTAL_LEG),))
    assert protocols(store) == (*PROTOCOLS, own)
    write_sheet(VISIT.id, store, protocol="ours", actor=R1, now=NOW)
    assert [one.view for one in sheet_of(library, store).cells] == [
        View(Nerve.SURAL, Site.DISTAL_LEG, side) for side in (Side.LEFT, Side.RIGHT)
    ]
    assert not sheet_of(library, store).protocol_gone
    with pytest.raises(RightsError):
        remove_protocol("ours", store, actor=Actor("R2", frozenset()))
    remove_protocol("ours", store, actor=R1)
    left = sheet_of(library, store)
    assert (left.protocol, left.protocol_gone) == (CARPAL_TUNNEL, True)
    another = save_protocol("Ours", (Station(Nerve.TIBIAL, Site.MALLEOLUS),), store, actor=R1, now=NOW)
    assert another.name == "ours-2"
    assert sheet_of(library, store).protocol_gone, "of one that has but its title"
    assert not worksheet(
        replace(VISIT, id="2" * 32), library, store, FakeAnnotationStore(), FakeAnalysisStore()
    ).protocol_gone, "none was ever chosen"


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
    theirs = FakeWorksheetStore()
    enter_value(WRIST, 9, exam=VISIT, store=theirs, actor=R1, now=NOW)
    with pytest.raises(RightsError):
        withdraw_value(theirs.values()[0], store=theirs, actor=guest, now=NOW)
    with pytest.raises(RightsError):
        write_sheet(VISIT.id, store, conclusion="x", actor=guest, now=NOW)
    assert store.accepted == []
