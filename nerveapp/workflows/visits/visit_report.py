"""A visit's report: its values, what they mean, pictures and curves behind them, and how all of it was made."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from nerveapp import NOTICE, __version__
from nerveapp.analysis.findings import cell_finding
from nerveapp.analysis.pairs import pairs
from nerveapp.analysis.pictures import png_of
from nerveapp.analysis.report_picture import report_picture
from nerveapp.analysis.report_words import how_chosen, who_outlined
from nerveapp.domain.accepted_value import AcceptedValue, Measured, Reservation
from nerveapp.domain.analysis import Analysis
from nerveapp.domain.annotation import Annotation
from nerveapp.domain.clip import Clip, Image
from nerveapp.domain.exam import Exam
from nerveapp.domain.findings import CellFinding
from nerveapp.domain.follow_up import SDC_SOURCE, Change
from nerveapp.domain.measurement import area_in_words
from nerveapp.domain.norms import NormTable
from nerveapp.domain.patient import Patient
from nerveapp.domain.visit_report import Letterhead, ReportCurve, ReportPicture, VisitReport
from nerveapp.domain.worksheet import Worksheet
from nerveapp.errors import AnalysisError, ClipError, LibraryError, StoreError
from nerveapp.ports import AnalysisStore, AnnotationStore, Library, WorksheetStore
from nerveapp.workflows.analysing.choose_nerve import of_measured_nerve, with_nerve
from nerveapp.workflows.analysing.correct import with_corrections
from nerveapp.workflows.analysing.corrections import corrections_of
from nerveapp.workflows.analysing.recalibrate import recalibrate
from nerveapp.workflows.analysing.request_analysis import analysis_in_force
from nerveapp.workflows.library.stored_frames import StoredFrames
from nerveapp.workflows.visits.follow_up import side_by_side
from nerveapp.workflows.visits.report_methods import methods_of, sources_of
from nerveapp.workflows.visits.worksheet import worksheet

_SHOWN_ALIKE = 0.05
"""Areas that differ by less, mm², are printed alike or nearly so."""


@dataclass(frozen=True, slots=True)
class ReportSources:
    """What reports are made from.

    Parameters
    ----------
    library : Library
    worksheets : WorksheetStore
    norms : NormTable
    analyses : AnalysisStore
    annotations : AnnotationStore
    open_clip : callable
        Opens a clip of the library by its hash; raises LibraryError where its files are not kept.
    letterhead : Letterhead
    """

    library: Library
    worksheets: WorksheetStore
    norms: NormTable
    analyses: AnalysisStore
    annotations: AnnotationStore
    open_clip: Callable[[str], Clip]
    letterhead: Letterhead = Letterhead()  # noqa: RUF009 (it is frozen)


def visit_report(exam: Exam, sources: ReportSources, *, now: datetime, pictures: bool = True) -> VisitReport:
    """Make the report of a visit as its worksheet stands.

    Parameters
    ----------
    exam : Exam
    sources : ReportSources
    now : datetime
        With a time zone.
    pictures : bool
        Whether pictures and curves are made: they decode the clips and take seconds.

    Raises
    ------
    StoreError
        If worksheet, library or norms cannot be read now. A clip or analysis that cannot be read has no picture and no
        curve, which the methods say.
    """
    sheet = worksheet(exam, sources.library, sources.worksheets, sources.annotations, sources.analyses)
    patient = sources.library.patient(exam.patient)
    changes = () if patient is None else _changes(patient, exam, sheet, sources)
    patient = patient or Patient(exam.patient)
    findings, compared = findings_of(sheet, sources.norms, patient), pairs(sheet)
    drawn = _Drawn((), (), ())
    if pictures:
        drawn = _drawn(sheet, exam, sources)
    return VisitReport(
        letterhead=sources.letterhead,
        patient=patient,
        exam=exam,
        worksheet=sheet,
        findings=findings,
        pairs=compared,
        pictures=drawn.pictures,
        curves=drawn.curves,
        methods=(*methods_of(sheet), *drawn.missing),
        sources=(*sources_of(sheet, findings, compared), *((SDC_SOURCE,) if changes else ())),
        version=__version__,
        made_at=now,
        changes=changes,
    )


def _changes(patient: Patient, exam: Exam, sheet: Worksheet, sources: ReportSources) -> tuple[Change, ...]:
    def sheet_of(visit: Exam) -> Worksheet:
        if visit.id == exam.id:
            return sheet
        return worksheet(visit, sources.library, sources.worksheets, sources.annotations, sources.analyses)

    visits = sources.library.exams(exam.patient)
    return side_by_side(patient, [(visit, sheet_of(visit)) for visit in visits]).changes_to(exam)


def findings_of(sheet: Worksheet, norms: NormTable, patient: Patient) -> tuple[CellFinding, ...]:
    """Say what every accepted area in mm² means, by row."""
    found = (cell_finding(cell, norms, patient) for cell in sheet.cells)
    return tuple(one for one in found if one is not None)


def accepted_picture(value: AcceptedValue, exam: Exam, sources: ReportSources) -> ReportPicture | None:
    """Draw the frame that a value was measured in, as reports show it.

    Returns
    -------
    ReportPicture or None
        None of a value entered by hand, and where clip or analysis cannot be read now.
    """
    if value.measured is None:
        return None
    try:
        seen = _as_accepted(value, value.measured, sources)
        image = _frame(sources.open_clip(value.measured.clip_sha256), value.measured.first_frame)
    except (AnalysisError, ClipError, LibraryError, StoreError):
        return None
    return _picture(image, seen, value, value.measured, exam)


@dataclass(frozen=True, slots=True)
class _Drawn:
    """Pictures and curves, and sentences about those that could not be made."""

    pictures: tuple[ReportPicture, ...]
    curves: tuple[ReportCurve, ...]
    missing: tuple[str, ...]


def _drawn(sheet: Worksheet, exam: Exam, sources: ReportSources) -> _Drawn:
    pictures, curves, missing = [], [], []
    for value, measured in _measured(sheet):
        name = value.view.short_words
        try:
            seen = _as_accepted(value, measured, sources)
        except (AnalysisError, StoreError) as error:
            missing.append(f"Neither picture nor curve of {name}: {error.message}")
            continue
        if (curve := _curve(seen, value)) is not None:
            curves.append(curve)
        try:
            image = _frame(sources.open_clip(measured.clip_sha256), measured.first_frame)
        except (LibraryError, ClipError, StoreError) as error:
            missing.append(f"No picture of {name}: {error.message}")
            continue
        pictures.append(_picture(image, seen, value, measured, exam))
    return _Drawn(tuple(pictures), tuple(curves), tuple(missing))


def _measured(sheet: Worksheet) -> Iterator[tuple[AcceptedValue, Measured]]:
    for cell in sheet.cells:
        if cell.value is not None and cell.value.measured is not None:
            yield cell.value, cell.value.measured


def _as_accepted(value: AcceptedValue, measured: Measured, sources: ReportSources) -> Analysis:
    """Give the analysis behind a value as it was accepted: its nerve, its calibration, the outlines that counted."""
    found = with_nerve(
        analysis_in_force(measured.analysis, analyses=sources.analyses, annotations=sources.annotations), measured.nerve
    )
    if own := _outlines_then(value, measured, found, sources.annotations):
        found = with_corrections(found, own, StoredFrames(found.clip.sha256, sources.annotations).image)
    if found.calibration != measured.calibration:
        found = recalibrate(found, measured.calibration)
    if len(found.frames) <= measured.last_frame:
        raise AnalysisError("The analysis has fewer frames than it had.")
    return replace(found, view=value.view)


def _outlines_then(
    value: AcceptedValue, measured: Measured, seen: Analysis, store: AnnotationStore
) -> Sequence[Annotation]:
    """Give the outlines of a nerve that counted when a value was accepted, of its own frames; else those of today."""
    if Reservation.CORRECTIONS_LEFT_OUT in value.reservations:
        return ()
    today = corrections_of(seen, store).outlines
    if measured.outlines is None:  # accepted by a version that did not keep them
        return today if measured.corrected or measured.first_frame < measured.last_frame else ()
    elsewhere = [one for one in today if not measured.first_frame <= one.frame <= measured.last_frame]
    return [*elsewhere, *of_measured_nerve(seen, store.annotations(measured.outlines))]


def _areas(seen: Analysis, unit: str) -> tuple[float | None, ...]:
    shapes = ((one.mm if unit == "mm²" else one.px) for one in seen.frames)
    return tuple(None if shape is None else shape.area for shape in shapes)


def _curve(seen: Analysis, value: AcceptedValue) -> ReportCurve | None:
    """Give the areas over time; None of a still."""
    areas = _areas(seen, value.unit)
    known = [(one.time_s, area) for one, area in zip(seen.frames, areas, strict=True) if area is not None]
    if len(known) < 2:
        return None
    return ReportCurve(
        value.view, value.unit, tuple(time for time, _ in known), tuple(area for _, area in known), value.area
    )


def _frame(clip: Clip, index: int) -> Image:
    for frame in clip.frames():
        if frame.index == index:
            return frame.image
    raise ClipError(f"The clip has no frame {index} any more.")


def _picture(image: Image, seen: Analysis, value: AcceptedValue, measured: Measured, exam: Exam) -> ReportPicture:
    frame = measured.first_frame
    shown = _areas(seen, value.unit)[frame]
    said = [
        f"{value.view.short_words}: {area_in_words(value.area, value.unit, digits=1)}",
        how_chosen(value),
        who_outlined(measured, model=measured.model),
    ]
    if shown is None or abs(shown - value.area) > (_SHOWN_ALIKE if value.unit == "mm²" else 0.5):
        said.append(f"this frame: {'no area' if shown is None else area_in_words(shown, value.unit, digits=1)}")
    lines = (f"{exam.patient}, {exam.when}", ", ".join(said), NOTICE)
    drawn = report_picture(
        image,
        seen.masks[frame].unpack(),
        calibration=measured.calibration,
        side=value.view.side,
        caption=lines,
    )
    return ReportPicture(value.view, png_of(drawn), ". ".join(lines), drawn.shape[1], drawn.shape[0])
