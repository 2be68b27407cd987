"""Measurement groups of a structured report (TID 1501): one for an accepted value, one for a pair."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from highdicom.sr import (
    AlgorithmIdentification,
    ContentSequence,
    FindingSite,
    ImageContentItem,
    Measurement,
    MeasurementProperties,
    MeasurementsAndQualitativeEvaluations,
    MeasurementStatisticalProperties,
    NormalRangeProperties,
    NumContentItem,
    QualitativeEvaluation,
    RelationshipTypeValues,
    SourceImageForMeasurementGroup,
    TextContentItem,
    TrackingIdentifier,
)
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code

from nerveapp.domain.accepted_value import Choice
from nerveapp.domain.findings import Pair
from nerveapp.domain.visit_report import VisitReport
from nerveapp.io.visit_reports import codes as coded
from nerveapp.io.visit_reports.contents import Accepted, remarks_of
from nerveapp.io.visit_reports.dicom_study import MANUFACTURER, uid

_COVERAGE = 1.96
"""Standard deviations on either side of a value within which 95 of 100 lie."""

_DERIVATIONS = {
    Choice.LARGEST: codes.SCT.Maximum,
    Choice.MEDIAN: codes.SCT.Median,
    Choice.MOST_STABLE: codes.SCT.Mean,
}
_SELECTIONS = {
    Choice.FRAME: codes.DCM.UserChosenValue,
    Choice.MANUAL: codes.DCM.UserChosenValue,
    Choice.MOST_STABLE: codes.DCM.MeanValueChosen,
}


def text_item(name: Code, text: str) -> TextContentItem:
    """Give a text that a container holds."""
    return TextContentItem(name, text, RelationshipTypeValues.CONTAINS)


def value_group(
    report: VisitReport, accepted: Accepted, shown: Dataset | None, references: Mapping[str, Dataset]
) -> MeasurementsAndQualitativeEvaluations:
    """Give the group of an accepted value.

    Parameters
    ----------
    report : VisitReport
    accepted : Accepted
    shown : Dataset or None
        Its picture.
    references : mapping of str to Dataset
        See `dicom_sr.structured_report`.
    """
    value, view = accepted.value, accepted.view
    judged = [
        (coded.HOW_CHOSEN, coded.CHOICES[value.choice]),
        (coded.HOW_OUTLINED, accepted.how_outlined),
    ]
    if accepted.finding is not None and accepted.finding.interpretation is not None:
        judged.append((coded.AGAINST_LIMIT, coded.INTERPRETATIONS[accepted.finding.interpretation]))
    region = coded.REGIONS.get(view.site, coded.NERVES[view.nerve])
    group = MeasurementsAndQualitativeEvaluations(
        TrackingIdentifier(uid(report, "value", value.id), accepted.words),
        finding_category=coded.PERIPHERAL_NERVE,
        finding_type=coded.NERVES[view.nerve],
        finding_sites=[FindingSite(region, coded.SIDES.get(view.side), coded.SITES[view.site])],
        algorithm_id=_algorithm(accepted),
        measurements=_measurements(accepted),
        qualitative_evaluations=[QualitativeEvaluation(*one) for one in judged],
        source_images=_sources(accepted, references),
    )
    items = group[0].ContentSequence
    if shown is not None:
        # Not the source: that is the frame as it was, and this one has the outline drawn on it.
        illustration = ImageContentItem(
            codes.DCM.IllustrationOfROI,
            shown.SOPClassUID,
            shown.SOPInstanceUID,
            relationship_type=RelationshipTypeValues.CONTAINS,
        )
        items.append(illustration)
    items.extend(text_item(codes.DCM.Comment, remark) for remark in accepted.remarks)
    return group


def _sources(accepted: Accepted, references: Mapping[str, Dataset]) -> list[Any] | None:
    measured = accepted.value.measured
    source = None if measured is None else references.get(measured.clip_sha256)
    if measured is None or source is None:
        return None
    several = int(source.get("NumberOfFrames") or 1) > 1
    frames = list(range(measured.first_frame + 1, measured.last_frame + 2)) if several else None
    return [SourceImageForMeasurementGroup(source.SOPClassUID, source.SOPInstanceUID, frames)]


def _algorithm(accepted: Accepted) -> Any:
    measured = accepted.value.measured
    if measured is None or measured.corrected:
        return None
    return AlgorithmIdentification(
        measured.model, measured.model_sha256, family=codes.DCM.ArtificialIntelligence, manufacturer=MANUFACTURER
    )


def _measurements(accepted: Accepted) -> list[Measurement]:
    value = accepted.value
    properties = MeasurementProperties(
        selection_status=_SELECTIONS.get(value.choice),
        normal_range_properties=_limit(accepted),
        measurement_statistical_properties=_population(accepted),
    )
    area = Measurement(
        coded.AREA,
        value.area,
        coded.PIXELS if value.area_mm2 is None else coded.SQUARE_MM,
        derivation=_DERIVATIONS.get(value.choice),
        properties=properties,
    )
    if accepted.estimate is not None:
        _add_uncertainty(area, accepted.estimate.sd, coded.SQUARE_MM)
    more: list[Measurement] = [area]
    if value.echo_intensity is not None:
        more.append(Measurement(coded.ECHO_INTENSITY, value.echo_intensity, coded.NO_UNITS, derivation=codes.SCT.Mean))
    if value.hypoechoic_fraction is not None:
        more.append(Measurement(coded.HYPOECHOIC_FRACTION, value.hypoechoic_fraction, coded.RATIO))
    if accepted.finding is not None and accepted.finding.personal_limit_mm2 is not None:
        more.append(Measurement(coded.PERSONAL_LIMIT, accepted.finding.personal_limit_mm2, coded.SQUARE_MM))
    return more


def _add_uncertainty(measurement: Measurement, sd: float, unit: Code) -> None:
    """Say how far off a value may be: 1.96 standard deviations on either side (TID 310)."""
    sides = (codes.SCT.RangeOfUpperMeasurementUncertainty, codes.SCT.RangeOfLowerMeasurementUncertainty)
    item = measurement[0]
    if "ContentSequence" not in item:
        item.ContentSequence = ContentSequence()
    item.ContentSequence.extend(_property(side, _COVERAGE * sd, unit) for side in sides)


def _property(name: Code, number: float, unit: Code) -> Any:
    return NumContentItem(name, float(number), unit, relationship_type=RelationshipTypeValues.HAS_PROPERTIES)


def _limit(accepted: Accepted) -> Any:
    norm = None if accepted.finding is None else accepted.finding.limit
    if norm is None or norm.upper_limit_mm2 is None:
        return None
    limit = _property(codes.SCT.NormalRangeUpperLimit, norm.upper_limit_mm2, coded.SQUARE_MM)
    return NormalRangeProperties([limit], norm.population, norm.source)


def _population(accepted: Accepted) -> Any:
    """Give mean, standard deviation and z-score of the population that has them, that of the limit before others."""
    if accepted.finding is None or not accepted.finding.z_scores:
        return None
    scores = accepted.finding.z_scores
    norm, score = next((one for one in scores if one[0] == accepted.finding.limit), scores[0])
    if norm.mean_mm2 is None or norm.sd_mm2 is None:
        return None
    values = [
        _property(codes.SCT.MeanValueOfPopulation, norm.mean_mm2, coded.SQUARE_MM),
        _property(codes.DCM.StandardDeviationOfPopulation, norm.sd_mm2, coded.SQUARE_MM),
        _property(codes.DCM.ZScoreOfMeasurement, score, coded.NO_UNITS),
    ]
    return MeasurementStatisticalProperties(values, norm.population, norm.source)


def pair_group(report: VisitReport, pair: Pair) -> MeasurementsAndQualitativeEvaluations:
    """Give the group of a pair; it is tracked by what is compared, whatever else the report compares."""
    unit = coded.SQUARE_MM if pair.unit else coded.RATIO
    measurement = Measurement(coded.PAIRS[pair.kind], pair.estimate.value, unit, properties=_cut_off(pair, unit))
    _add_uncertainty(measurement, pair.estimate.sd, unit)
    judged = []
    if pair.interpretation is not None:
        judged = [QualitativeEvaluation(coded.AGAINST_LIMIT, coded.INTERPRETATIONS[pair.interpretation])]
    nerve = coded.PERIPHERAL_NERVE if pair.nerve is None else coded.NERVES[pair.nerve]
    side = codes.SCT.Bilateral if pair.side is None else coded.SIDES.get(pair.side)
    compared = [part for one in pair.views for part in (one.nerve, one.site, one.side)]
    group = MeasurementsAndQualitativeEvaluations(
        TrackingIdentifier(
            uid(report, "pair", pair.kind, *compared), pair.what if pair.side is None else f"{pair.what}, {pair.side}"
        ),
        finding_type=coded.PAIRS[pair.kind],
        finding_sites=[FindingSite(nerve, side, None if pair.site is None else coded.SITES[pair.site])],
        measurements=[measurement],
        qualitative_evaluations=judged,
    )
    group[0].ContentSequence.extend(text_item(codes.DCM.Comment, remark) for remark in remarks_of(pair))
    return group


def _cut_off(pair: Pair, unit: Code) -> Any:
    if pair.cut_off is None:
        return None
    limit = _property(codes.SCT.NormalRangeUpperLimit, pair.cut_off, unit)
    return MeasurementProperties(normal_range_properties=NormalRangeProperties([limit], None, pair.source or None))
