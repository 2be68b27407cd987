"""FHIR R4: a visit's report as a Bundle that a hospital's systems take in.

What it uses of Patient, Device, Observation and DiagnosticReport is the same in R4 and R4B.
"""

from __future__ import annotations

import json
import uuid
from html import escape
from typing import Any

from pydicom.sr.coding import Code

from nerveapp import NOTICE
from nerveapp.analysis.report_words import conclusion_heading
from nerveapp.domain.accepted_value import Measured
from nerveapp.domain.findings import Pair
from nerveapp.domain.norms import Interpretation
from nerveapp.domain.view import Side, Site
from nerveapp.domain.visit_report import VisitReport
from nerveapp.errors import WriteError
from nerveapp.io.visit_reports import codes as coded
from nerveapp.io.visit_reports.codes import OWN_SYSTEM, coding
from nerveapp.io.visit_reports.contents import Accepted, accepted_values, remarks_of, stem

Resource = dict[str, Any]

_HL7 = "http://terminology.hl7.org/CodeSystem"
_UNITS = {"mm2": "mm²", "{pixels}": "px²", "{ratio}": "", "1": ""}
_INTERPRETATIONS = {
    Interpretation.ABOVE: ("H", "High"),
    Interpretation.INDETERMINATE: ("IND", "Indeterminate"),
    Interpretation.BELOW: ("N", "Normal"),
}


def bundle(report: VisitReport) -> dict[str, bytes]:
    """Write a Bundle of kind collection: the report, an Observation for each value and pair, the models as devices.

    Of the patient it has the code alone. The report is partial: nobody verified it.

    Parameters
    ----------
    report : VisitReport

    Raises
    ------
    WriteError
        If nothing was accepted.
    """
    accepted = accepted_values(report)
    if not accepted:
        raise WriteError("There is no accepted value to report.", "Accept a value on the visit's worksheet first.")
    observations = [_value(report, one) for one in accepted]
    observations += [_pair(report, one) for one in report.pairs]
    resources = [_report(report, observations), _patient(report), *_devices(report, accepted), *observations]
    whole = {
        "resourceType": "Bundle",
        "type": "collection",
        "timestamp": report.made_at.isoformat(timespec="seconds"),
        "entry": [{"fullUrl": f"urn:uuid:{one['id']}", "resource": one} for one in resources],
    }
    return {f"{stem(report)}-fhir.json": json.dumps(whole, indent=2, ensure_ascii=False).encode() + b"\n"}


def _id(report: VisitReport, *what: str) -> str:
    return str(uuid.uuid5(uuid.UUID(report.exam.id), "/".join(what)))


def _link(report: VisitReport, *what: str) -> dict[str, str]:
    return {"reference": f"urn:uuid:{_id(report, *what)}"}


def _concept(*codings: Code, text: str = "") -> Resource:
    concept: Resource = {"coding": [coding(one) for one in codings]} if codings else {}
    return concept | ({"text": text} if text else {})


def _quantity(number: float, unit: Code) -> Resource:
    words = {"unit": _UNITS[unit.value]} if _UNITS[unit.value] else {}
    return {"value": number, **words, "system": "http://unitsofmeasure.org", "code": unit.value}


def _patient(report: VisitReport) -> Resource:
    identifier = {"use": "secondary", "system": OWN_SYSTEM, "value": report.patient.code}
    return {"resourceType": "Patient", "id": _id(report, "patient"), "identifier": [identifier]}


def _drawn_by(accepted: Accepted) -> Measured | None:
    """Give where it was measured, if a model drew the outline."""
    measured = accepted.value.measured
    return None if measured is None or measured.corrected else measured


def _devices(report: VisitReport, accepted: tuple[Accepted, ...]) -> list[Resource]:
    models = {one.model_sha256: one.model for one in map(_drawn_by, accepted) if one is not None}
    return [
        {
            "resourceType": "Device",
            "id": _id(report, "device", sha256),
            "manufacturer": "NerveApp",
            "deviceName": [{"name": name, "type": "model-name"}],
            "type": {"text": "Model that outlines nerves in ultrasound"},
            "version": [{"type": {"text": "SHA-256 of the model"}, "value": sha256}, {"value": report.version}],
            "note": [{"text": NOTICE}],
        }
        for sha256, name in models.items()
    ]


def _observation(report: VisitReport, identity: str, **content: Any) -> Resource:
    day = {} if report.exam.date is None else {"effectiveDateTime": report.exam.date.isoformat()}
    imaging = {"coding": [{"system": f"{_HL7}/observation-category", "code": "imaging", "display": "Imaging"}]}
    whole = {
        "resourceType": "Observation",
        "id": identity,
        "category": [imaging],
        "subject": _link(report, "patient"),
        **day,
        **content,
    }
    return {name: value for name, value in whole.items() if value not in (None, [], "")}


def _value(report: VisitReport, accepted: Accepted) -> Resource:
    value, view, finding = accepted.value, accepted.view, accepted.finding
    drawn = _drawn_by(accepted)
    nerve = coded.on_side(view.nerve, view.side)
    return _observation(
        report,
        _id(report, "value", value.id),
        status="preliminary" if accepted.cell.outdated else "final",
        code=_concept(coded.AREA, text="Cross-sectional area of a nerve"),
        issued=value.at.isoformat(timespec="seconds"),
        performer=[{"display": value.by}] if value.by else None,
        valueQuantity=_quantity(value.area, coded.PIXELS if value.area_mm2 is None else coded.SQUARE_MM),
        interpretation=_interpreted(None if finding is None else finding.interpretation),
        note=_notes(accepted.remarks),
        bodySite=_concept(nerve, text=accepted.words),
        method=_concept(accepted.how_outlined, coded.CHOICES[value.choice], text=_method(accepted)),
        device=None if drawn is None else _link(report, "device", drawn.model_sha256),
        referenceRange=_ranges(accepted),
        component=_components(accepted),
    )


def _method(accepted: Accepted) -> str:
    chosen, outlined = accepted.value.choice.value, accepted.how_outlined.meaning
    return outlined if chosen == outlined else f"{outlined}; {chosen}"


def _interpreted(interpretation: Interpretation | None) -> list[Resource] | None:
    if interpretation is None:
        return None
    code, display = _INTERPRETATIONS[interpretation]
    standard = {"system": f"{_HL7}/v3-ObservationInterpretation", "code": code, "display": display}
    return [{"coding": [standard, coding(coded.INTERPRETATIONS[interpretation])], "text": interpretation.value}]


def _notes(remarks: tuple[str, ...]) -> list[dict[str, str]]:
    return [{"text": text} for text in (*remarks, NOTICE)]


def _ranges(accepted: Accepted) -> list[Resource]:
    finding = accepted.finding
    if finding is None:
        return []
    ranges: list[Resource] = []
    if finding.limit is not None and finding.limit.upper_limit_mm2 is not None:
        ranges.append(
            {
                "high": _quantity(finding.limit.upper_limit_mm2, coded.SQUARE_MM),
                "appliesTo": [{"text": finding.limit.population}],
                "text": finding.limit.source,
            }
        )
    if finding.personal_limit_mm2 is not None:
        high = _quantity(finding.personal_limit_mm2, coded.SQUARE_MM)
        ranges.append({"high": high, "text": coded.PERSONAL_LIMIT.meaning})
    return ranges


def _components(accepted: Accepted) -> list[Resource]:
    value = accepted.value
    sd = None if accepted.estimate is None else accepted.estimate.sd
    numbers: list[tuple[Code, float | None, Code, str]] = [
        (coded.STANDARD_UNCERTAINTY, sd, coded.SQUARE_MM, ""),
        (coded.ECHO_INTENSITY, value.echo_intensity, coded.NO_UNITS, ""),
        (coded.HYPOECHOIC_FRACTION, value.hypoechoic_fraction, coded.NO_UNITS, ""),
    ]
    scores = () if accepted.finding is None else accepted.finding.z_scores
    numbers += [(coded.Z_SCORE, score, coded.NO_UNITS, f"z-score, {norm.population}") for norm, score in scores]
    known = [_component(code, number, unit, text) for code, number, unit, text in numbers if number is not None]
    return [*_site(accepted.view.site), *known]


def _site(site: Site | None) -> list[Resource]:
    if site is None:
        return []
    region = (coded.REGIONS[site],) if site in coded.REGIONS else ()
    where = _concept(coded.SITES[site], *region, text=site.words)
    return [{"code": _concept(coded.SITE, text="Site along the nerve"), "valueCodeableConcept": where}]


def _component(code: Code, number: float, unit: Code, text: str = "") -> Resource:
    return {"code": _concept(code, text=text or code.meaning), "valueQuantity": _quantity(number, unit)}


def _pair(report: VisitReport, pair: Pair) -> Resource:
    unit = coded.SQUARE_MM if pair.unit else coded.RATIO
    limit = None
    if pair.cut_off is not None:
        limit = [{"high": _quantity(pair.cut_off, unit), "text": pair.source or "cut-off"}]
    side = () if pair.side is None else (coded.SIDES[pair.side],)
    where = side if pair.nerve is None else (coded.on_side(pair.nerve, pair.side or Side.UNKNOWN),)
    in_words = f"{pair.what}, {'both sides' if pair.side is None else pair.side.value}"
    return _observation(
        report,
        _id(report, "pair", pair.kind, *(part for one in pair.views for part in (one.nerve, one.site, one.side))),
        status="final",
        code=_concept(coded.PAIRS[pair.kind], text=pair.what),
        valueQuantity=_quantity(pair.estimate.value, unit),
        interpretation=_interpreted(pair.interpretation),
        note=_notes(remarks_of(pair)),
        bodySite=_concept(*where, text=in_words),
        referenceRange=limit,
        component=[*_site(pair.site), _component(coded.STANDARD_UNCERTAINTY, pair.estimate.sd, unit)],
    )


def _report(report: VisitReport, observations: list[Resource]) -> Resource:
    day = {} if report.exam.date is None else {"effectiveDateTime": report.exam.date.isoformat()}
    conclusion = report.worksheet.sheet.conclusion.strip()
    indication = report.exam.indication.strip()
    said = [f"Indication: {indication}"] if indication else []
    said += [f"{conclusion_heading(report)}: {conclusion}"] if conclusion else []
    sentences = (NOTICE, *said, *report.methods, *report.sources)
    narrative = "".join(f"<p>{escape(one)}</p>" for one in sentences)
    radiology = {"system": f"{_HL7}/v2-0074", "code": "RAD", "display": "Radiology"}
    return {
        "resourceType": "DiagnosticReport",
        "id": _id(report, "report"),
        "text": {"status": "additional", "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{narrative}</div>'},
        "status": "partial",  # R4 has no other word for what nobody verified: preliminary and final are verified
        "category": [{"coding": [radiology]}],
        "code": _concept(coded.IMAGING_PROCEDURE, text="Ultrasound of peripheral nerves, measurements"),
        "subject": _link(report, "patient"),
        **day,
        "issued": report.made_at.isoformat(timespec="seconds"),
        "result": [{"reference": f"urn:uuid:{one['id']}"} for one in observations],
        **({"conclusion": conclusion} if conclusion else {}),
    }
