"""CSV in long form, a row a value, with the data dictionary that makes a REDCap project take it in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from nerveapp import NOTICE
from nerveapp.domain.accepted_value import Choice
from nerveapp.domain.findings import Pair, PairKind
from nerveapp.domain.norms import Interpretation
from nerveapp.domain.view import Nerve, Side, Site
from nerveapp.domain.visit_report import VisitReport
from nerveapp.io.tables import csv_table
from nerveapp.io.visit_reports.contents import Accepted, accepted_values, stem

FORM = "nerve_measurements"
"""The instrument, which repeats: a value is one instance of it."""

_BOTH = "both"
_MEASURES = {
    "area": "Cross-sectional area",
    "echo_intensity": "Mean grey level inside the outline, 0 to 255",
    "hypoechoic_fraction": "Share of pixels below the automatic threshold, 0 to 1",
    "personal_limit": "Upper limit from the circumference of the wrist",
    "change": "Change since the visit before",
    "z_score": "z-score against a further population",
    **{kind.name.lower(): kind.value.capitalize() for kind in PairKind},
}

DICTIONARY_COLUMNS = (
    "Variable / Field Name",
    "Form Name",
    "Section Header",
    "Field Type",
    "Field Label",
    "Choices, Calculations, OR Slider Labels",
    "Field Note",
    "Text Validation Type OR Show Slider Number",
    "Text Validation Min",
    "Text Validation Max",
    "Identifier?",
    "Branching Logic (Show field only if...)",
    "Required Field?",
    "Custom Alignment",
    "Question Number (surveys only)",
    "Matrix Group Name",
    "Matrix Ranking?",
    "Field Annotation",
)


@dataclass(frozen=True, slots=True)
class _Field:
    """A column of the table, as REDCap defines a field."""

    name: str
    label: str
    kind: str = "text"
    choices: str = ""
    note: str = ""


def _coded(member: Enum) -> str:
    """Give a code that REDCap takes: small letters and underscores."""
    return member.name.lower()


def _offered(members: Iterable[Enum]) -> str:
    return " | ".join(f"{_coded(one)}, {str(one.value).replace('-', ' ').capitalize()}" for one in members)


_FIELDS = (
    _Field("record_id", "Patient code", note="a code, never a name"),
    _Field("visit", "Visit", note="date, or day of the study"),
    _Field("visit_id", "Id of the visit in NerveApp"),
    _Field("nerve", "Nerve", "dropdown", _offered(Nerve)),
    _Field("site", "Site", "dropdown", _offered(Site)),
    _Field("side", "Side", "dropdown", f"{_offered(Side)} | {_BOTH}, Both compared"),
    _Field("measure", "Measure", "dropdown", " | ".join(f"{name}, {label}" for name, label in _MEASURES.items())),
    _Field("what", "What was measured or compared, in words"),
    _Field("value", "Value", "number"),
    _Field("unit", "Unit", note="mm², px² where the clip is not calibrated, or empty for a ratio"),
    _Field("sd", "Standard deviation of the value", "number", note="in the unit of the value"),
    _Field("upper_limit", "Upper limit of normal, or cut-off", "number", note="in the unit of the value"),
    _Field("population", "Whose limit it is"),
    _Field("limit_source", "Where the limit comes from", "notes"),
    _Field("interpretation", "Against the limit", "dropdown", _offered(Interpretation)),
    _Field("z_score", "z-score", "number"),
    _Field("z_population", "Against whose mean the z-score is"),
    _Field("verdict", "In words", "notes"),
    _Field("choice", "How the value was chosen", "dropdown", _offered(Choice)),
    _Field("corrected", "Outline drawn or corrected by a person, in some of the frames at least", "yesno"),
    _Field("model", "Model"),
    _Field("model_sha256", "SHA-256 of the model"),
    _Field("calibration_origin", "Where the pixel size comes from"),
    _Field("reservations", "Spoke against it and was accepted", "notes"),
    _Field("outdated", "Why it is not what would be measured today", "notes"),
    _Field("accepted_by", "Accepted by", note="a code"),
    _Field("accepted_at", "Accepted at", note="with time zone"),
    _Field("value_id", "Id of the value in NerveApp", note="the same value has the same id in each export"),
    _Field("notice", "Notice", "notes"),
)

COLUMNS = ("record_id", "redcap_repeat_instrument", "redcap_repeat_instance", *(one.name for one in _FIELDS[1:]))

_INSTANCE = "new"
"""REDCap counts on from what a record has: a number would overwrite the values of an earlier visit."""


def long_csv(report: VisitReport, *, europe: bool = False) -> dict[str, bytes]:
    """Write the values of a visit, and beside them the data dictionary.

    Parameters
    ----------
    report : VisitReport
    europe : bool
        See `csv_table`; the dictionary asks for decimal commas then, and is itself as REDCap reads it.
    """
    rows = [[row.get(name) for name in COLUMNS] for row in _rows(report)]
    return {
        f"{stem(report)}-values.csv": csv_table(COLUMNS, rows, europe=europe),
        f"{stem(report)}-redcap-dictionary.csv": dictionary(europe=europe),
    }


def dictionary(*, europe: bool = False) -> bytes:
    """Give the fields of the table in REDCap's own columns."""
    number = "number_comma_decimal" if europe else "number"
    rows = [
        {
            "Variable / Field Name": one.name,
            "Form Name": FORM,
            "Field Type": "text" if one.kind == "number" else one.kind,
            "Field Label": one.label,
            "Choices, Calculations, OR Slider Labels": one.choices,
            "Field Note": one.note,
            "Text Validation Type OR Show Slider Number": number if one.kind == "number" else "",
            "Identifier?": "",
        }
        for one in _FIELDS
    ]
    return csv_table(DICTIONARY_COLUMNS, ([row.get(name, "") for name in DICTIONARY_COLUMNS] for row in rows))


def _rows(report: VisitReport) -> Iterator[dict[str, object]]:
    same: dict[str, object] = {
        "record_id": report.patient.code,
        "redcap_repeat_instrument": FORM,
        "redcap_repeat_instance": _INSTANCE,
        "visit": report.exam.when,
        "visit_id": report.exam.id,
        "notice": NOTICE,
    }
    for accepted in accepted_values(report):
        described = same | _described(accepted)
        area = _area(accepted)
        yield described | area
        for measure, value, unit, verdict in _besides(accepted):
            if value is not None:
                yield described | {"measure": measure, "value": value, "unit": unit, "verdict": verdict}
        for norm, score in () if accepted.finding is None else accepted.finding.z_scores:
            if norm.population != area["z_population"]:
                more = {"measure": "z_score", "value": score, "z_score": score, "z_population": norm.population}
                yield described | more | {"limit_source": norm.source}
    for pair in report.pairs:
        yield same | _compared(pair)


def _described(accepted: Accepted) -> dict[str, object]:
    value, view, measured = accepted.value, accepted.view, accepted.value.measured
    calibration = None if measured is None else measured.calibration
    return {
        "nerve": _coded(view.nerve),
        "site": _coded(view.site),
        "side": _coded(view.side),
        "what": accepted.words,
        "choice": _coded(value.choice),
        "corrected": None if measured is None else int(measured.corrected or measured.is_mixed),
        "model": None if measured is None else measured.model,
        "model_sha256": None if measured is None else measured.model_sha256,
        "calibration_origin": None if calibration is None else calibration.origin.value,
        "reservations": "; ".join(one.value for one in value.reservations),
        "outdated": accepted.cell.outdated,
        "accepted_by": value.by,
        "accepted_at": value.at.isoformat(timespec="seconds"),
        "value_id": value.id,
    }


def _area(accepted: Accepted) -> dict[str, object]:
    value, finding = accepted.value, accepted.finding
    area: dict[str, object] = {"measure": "area", "value": value.area, "unit": value.unit}
    if finding is None:
        return area
    norm = finding.limit
    scores = finding.z_scores
    against = next((one for one in scores if one[0] == norm), scores[0] if scores else None)
    return area | {
        "sd": finding.estimate.sd,
        "upper_limit": None if norm is None else norm.upper_limit_mm2,
        "population": None if norm is None else norm.population,
        "limit_source": None if norm is None else norm.source,
        "interpretation": None if finding.interpretation is None else _coded(finding.interpretation),
        "z_score": None if against is None else against[1],
        "z_population": None if against is None else against[0].population,
        "verdict": finding.verdict,
    }


def _besides(accepted: Accepted) -> Iterator[tuple[str, float | None, str, str]]:
    value, finding = accepted.value, accepted.finding
    yield "echo_intensity", value.echo_intensity, "", ""
    yield "hypoechoic_fraction", value.hypoechoic_fraction, "", ""
    if finding is not None:
        yield "personal_limit", finding.personal_limit_mm2, "mm²", finding.personal_verdict
    if accepted.change is not None:
        yield "change", accepted.change.difference_mm2, "mm²", accepted.change_words


def _compared(pair: Pair) -> dict[str, object]:
    return {
        "nerve": None if pair.nerve is None else _coded(pair.nerve),
        "site": None if pair.site is None else _coded(pair.site),
        "side": _BOTH if pair.side is None else _coded(pair.side),
        "measure": _coded(pair.kind),
        "what": pair.what,
        "value": pair.estimate.value,
        "unit": pair.unit,
        "sd": pair.estimate.sd,
        "upper_limit": pair.cut_off,
        "limit_source": pair.source,
        "interpretation": None if pair.interpretation is None else _coded(pair.interpretation),
        "verdict": " ".join((pair.verdict, *pair.remarks)),
    }
