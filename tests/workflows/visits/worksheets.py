"""A visit whose clip shows boxes that grow from frame to frame, and values of it."""

from dataclasses import replace
from datetime import UTC, date, datetime

from nerveapp.domain.accepted_value import AcceptedValue, Choice
from nerveapp.domain.actor import Actor
from nerveapp.domain.analysis import Analysis
from nerveapp.domain.annotation import ClipRecord
from nerveapp.domain.calibration import Calibration, CalibrationOrigin
from nerveapp.domain.clip_source import ClipSource, Origin
from nerveapp.domain.exam import Exam
from nerveapp.domain.protocols import Station
from nerveapp.domain.view import Nerve, Side, Site, View
from nerveapp.domain.worksheet import Cell, Worksheet
from nerveapp.workflows.analysing.analyse import analyse
from nerveapp.workflows.visits.accept_value import accept_value
from nerveapp.workflows.visits.candidates import candidates
from nerveapp.workflows.visits.worksheet import worksheet
from tests.fakes import FakeAnalysisStore, FakeAnnotationStore, FakeClip, FakeSegmenter, FakeWorksheetStore
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


def accept(
    store: FakeWorksheetStore,
    analysis: Analysis,
    choice: Choice,
    *,
    frame: int = 20,
    corrections_left_out: bool = False,
    **other: object,
) -> AcceptedValue:
    offered = {one.choice: one for one in candidates(analysis, frame=frame, corrections_left_out=corrections_left_out)}
    settings: dict[str, object] = {"despite": (), "model_error": 0.06, "actor": R1, **other}
    settings.setdefault("annotations", FakeAnnotationStore())
    return accept_value(
        offered[choice],
        analysis,
        analysis_id="b" * 32,
        exam=VISIT,
        store=store,
        now=NOW,
        **settings,  # type: ignore[arg-type]
    )


def visited() -> FakeLibrary:
    """A library that knows the visit."""
    found = FakeLibrary()
    found.add_exam(VISIT, actor="R1", now=NOW)
    return found


def bring(library: FakeLibrary, sha256: str, view: View = WRIST, **other: object) -> ClipRecord:
    record = replace(ClipRecord(sha256, 64, 48, 30, view=view, subject="S01", exam=VISIT.id), **other)  # type: ignore[arg-type]
    library.add_clip(record, ClipSource(sha256, (), Origin.UPLOAD, "c.mp4", "", "", "", ""), b"", actor="", now=NOW)
    return record


def sheet_of(
    library: FakeLibrary,
    store: FakeWorksheetStore,
    drawn: FakeAnnotationStore | None = None,
    analyses: FakeAnalysisStore | None = None,
    *,
    exam: Exam = VISIT,
) -> Worksheet:
    return worksheet(exam, library, store, drawn or FakeAnnotationStore(), analyses or FakeAnalysisStore())


def cell(sheet: Worksheet, side: Side = Side.LEFT) -> Cell:
    return sheet.cell(STATION, side)
