"""DICOM structured reports: a visit's values as a Measurement Report (TID 1500) that an archive keeps and searches."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence

from highdicom.sr import (
    ComprehensiveSR,
    DeviceObserverIdentifyingAttributes,
    MeasurementReport,
    ObservationContext,
    ObserverContext,
    PersonObserverIdentifyingAttributes,
    TextContentItem,
)
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes
from pydicom.uid import SecondaryCaptureImageStorage

from nerveapp import NOTICE
from nerveapp.analysis.report_words import conclusion_heading
from nerveapp.domain.view import View
from nerveapp.domain.visit_report import VisitReport
from nerveapp.errors import WriteError
from nerveapp.io.readers.dicom_header import DICOM_ERRORS
from nerveapp.io.visit_reports import codes as coded
from nerveapp.io.visit_reports.contents import Accepted, accepted_values, stem
from nerveapp.io.visit_reports.dicom_study import LONG_STRING, MANUFACTURER, UTF8, file_of, picture, study_header, uid
from nerveapp.io.visit_reports.dicom_values import pair_group, text_item, value_group

_REPORT = 900  # number of the series, beyond those that scanners count up to


def structured_report(report: VisitReport, references: Mapping[str, Dataset] | None = None) -> dict[str, bytes]:
    """Write a Comprehensive SR and the report's pictures, which it refers to.

    A measurement group (TID 1501) each for every accepted value and every pair. Unverified; partial while something of
    the worksheet is missing.

    Parameters
    ----------
    report : VisitReport
    references : mapping of str to Dataset, optional
        By hash of a clip: class, instance, series and study of its DICOM object, and how many frames it has. What is
        given is referred to as the source of the measurement; by default nothing is.

    Raises
    ------
    WriteError
        If nothing was accepted.
    DataError
        If a picture is damaged.
    """
    accepted = accepted_values(report)
    if not accepted:
        raise WriteError("There is no accepted value to report.", "Accept a value on the visit's worksheet first.")
    try:
        shown = [(one.view, picture(report, one, number)) for number, one in enumerate(report.pictures, 1)]
        document = _document(report, accepted, dict(shown), references or {})
        files = {f"{stem(report)}-report.dcm": file_of(document)}
        for number, (view, image) in enumerate(shown, 1):
            files[f"{stem(report)}-picture-{number}-{view.nerve}-{view.site}-{view.side}.dcm"] = file_of(image)
    except DICOM_ERRORS as error:
        raise WriteError(
            f"The structured report cannot be written ({error}).", "Write the report as PDF or CSV instead."
        ) from error
    return files


def _document(
    report: VisitReport,
    accepted: Sequence[Accepted],
    pictures: Mapping[View, Dataset],
    references: Mapping[str, Dataset],
) -> Dataset:
    groups = [value_group(report, one, pictures.get(one.view), references) for one in accepted]
    groups += [pair_group(report, one) for one in report.pairs]
    content = MeasurementReport(_context(report), coded.IMAGING_PROCEDURE, groups)
    content[0].ContentSequence.extend(_texts(report))
    # highdicom takes the study from the first evidence and wants one; the header is none, and goes from it again below.
    header = study_header(report)
    header.SOPClassUID, header.SeriesInstanceUID = SecondaryCaptureImageStorage, uid(report, "header", "series")
    header.SOPInstanceUID = uid(report, "header")
    used = {one.value.measured.clip_sha256 for one in accepted if one.value.measured is not None}
    made_at = report.made_at.astimezone()  # as highdicom's own times: local ones, whose offset is written below
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a patient has a code and no name
        document = ComprehensiveSR(
            [header, *pictures.values(), *(source for clip, source in references.items() if clip in used)],
            content,
            series_instance_uid=uid(report, "report", "series", report.made_at.isoformat()),
            series_number=_REPORT,
            sop_instance_uid=uid(report, "report", report.made_at.isoformat()),
            instance_number=1,
            manufacturer=MANUFACTURER,
            manufacturer_model_name="NerveApp",
            device_serial_number="none",
            software_versions=report.version[:LONG_STRING],
            institution_name=report.letterhead.clinic[:LONG_STRING] or None,
            is_complete=report.worksheet.complete,
            content_date=made_at.date(),
            content_time=made_at.time().replace(microsecond=0),
            series_description="RESEARCH: measurements of nerves",
            specific_character_set=UTF8,
        )
    _take_out(document, header)
    for keyword in ("StudyDescription", "PatientIdentityRemoved", "DeidentificationMethod"):
        setattr(document, keyword, header[keyword].value)
    document.TimezoneOffsetFromUTC = f"{made_at:%z}"
    document.CodingSchemeIdentificationSequence = [_scheme()]
    return document


def _take_out(document: Dataset, header: Dataset) -> None:
    series = [
        one
        for one in document.CurrentRequestedProcedureEvidenceSequence[0].ReferencedSeriesSequence
        if one.SeriesInstanceUID != header.SeriesInstanceUID
    ]
    if series:
        document.CurrentRequestedProcedureEvidenceSequence[0].ReferencedSeriesSequence = series
    else:
        del document.CurrentRequestedProcedureEvidenceSequence


def _scheme() -> Dataset:
    scheme = Dataset()
    scheme.CodingSchemeDesignator = coded.OWN_SCHEME
    scheme.CodingSchemeName = "NerveApp"
    scheme.CodingSchemeResponsibleOrganization = "NerveApp"
    return scheme


def _context(report: VisitReport) -> ObservationContext:
    device = DeviceObserverIdentifyingAttributes(
        uid=uid(report, "device", report.version),
        name="NerveApp",
        manufacturer_name=MANUFACTURER,
        model_name=f"NerveApp {report.version}",
    )
    by = report.worksheet.sheet.by
    person = ObserverContext(codes.DCM.Person, PersonObserverIdentifyingAttributes(f"{by}^")) if by else None
    return ObservationContext(person, ObserverContext(codes.DCM.Device, device))


def _texts(report: VisitReport) -> list[TextContentItem]:
    whose = (f"{conclusion_heading(report)}.",) if report.worksheet.sheet.conclusion.strip() else ()
    texts = (
        (codes.DCM.IndicationsForProcedure, report.exam.indication),
        (codes.DCM.Conclusion, report.worksheet.sheet.conclusion),
        *((codes.DCM.Comment, sentence) for sentence in (*whose, NOTICE, *report.methods, *report.sources)),
    )
    return [text_item(name, text) for name, text in texts if text.strip()]
