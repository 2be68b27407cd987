"""FHIR: a bundle that holds against the published models, and says what the worksheet says."""

import json
from dataclasses import replace
from typing import Any

import pytest
from fhir.resources.R4B.bundle import Bundle

from nerveapp import NOTICE
from nerveapp.domain.view import SITES, Nerve, Side
from nerveapp.domain.visit_report import VisitReport
from nerveapp.errors import WriteError
from nerveapp.io.visit_reports.codes import coding, on_side
from nerveapp.io.visit_reports.fhir import bundle
from tests.fakes.sample_visit import grown, sample_report, undated


def resources(report: VisitReport) -> dict[str, list[dict[str, Any]]]:
    ((name, data),) = bundle(report).items()
    assert name == f"nerveapp-S01-{report.exam.when.replace(' ', '-')}-fhir.json"
    Bundle.model_validate_json(data)
    found: dict[str, list[dict[str, Any]]] = {}
    entries = json.loads(data)["entry"]
    for entry in entries:
        found.setdefault(entry["resource"]["resourceType"], []).append(entry["resource"])
    names = {entry["fullUrl"] for entry in entries}
    assert all(link in names for link in links(entries))
    return found


def links(part: Any) -> list[str]:
    if isinstance(part, dict):
        return [part["reference"]] if "reference" in part else [link for one in part.values() for link in links(one)]
    return [link for one in part for link in links(one)] if isinstance(part, list) else []


def test_an_area_is_an_observation_in_mm2_against_its_limit() -> None:
    wrist, manual, _, pixels, *_ = resources(sample_report())["Observation"]
    assert wrist["valueQuantity"] == {
        "value": 14.25,
        "unit": "mm²",
        "system": "http://unitsofmeasure.org",
        "code": "mm2",
    }
    assert wrist["code"]["coding"][0] == {"system": "http://snomed.info/sct", "code": "42798000", "display": "Area"}
    assert wrist["bodySite"]["coding"][0]["code"] == "458873"
    assert wrist["bodySite"]["text"] == "Median, wrist, left"
    assert wrist["interpretation"][0]["coding"][0]["code"] == "H"
    limit, personal = wrist["referenceRange"]
    assert (limit["high"]["value"], personal["high"]["value"]) == (11, 10.5)
    assert limit["appliesTo"] == [{"text": "Dutch, mainly Caucasian"}]
    parts = {one["code"]["text"]: one.get("valueQuantity", {}).get("value") for one in wrist["component"]}
    assert parts["z-score, Dutch, mainly Caucasian"] == pytest.approx(4.6)
    assert parts["Standard uncertainty of the value"] == 1.25
    assert {"text": NOTICE} in wrist["note"]
    assert "device" in wrist
    assert manual["interpretation"][0]["coding"][0]["code"] == "IND"
    assert (manual["method"]["text"], "device" in manual) == ("entered by hand", False)
    assert pixels["valueQuantity"]["code"] == "{pixels}"


def test_the_report_is_partial_since_nobody_verified_it() -> None:
    (report,) = resources(sample_report())["DiagnosticReport"]
    assert report["status"] == "partial"
    assert report["conclusion"] == "Carpal tunnel syndrome left – by me."
    assert NOTICE in report["text"]["div"]
    assert len(report["result"]) == 6
    assert resources(sample_report(complete=True))["DiagnosticReport"][0]["status"] == "partial"


def test_a_value_that_is_not_what_would_be_measured_today_is_preliminary() -> None:
    report = sample_report(complete=True)
    first, *rest = report.worksheet.cells
    old = replace(report.worksheet, cells=(replace(first, outdated="its clip was calibrated anew since"), *rest))
    found = resources(replace(report, worksheet=old))
    area, *_, ratio, difference = found["Observation"]
    assert area["status"] == "preliminary"
    assert [one["status"] for one in found["Observation"]].count("preliminary") == 1
    assert difference["bodySite"]["coding"][0]["display"] == "Median nerve"
    assert ratio["bodySite"]["coding"][0]["display"] == "Median nerve, left"


def test_of_the_person_there_is_the_code_alone_and_of_the_day_what_is_kept() -> None:
    ((patient,), (report,)) = (resources(undated(sample_report()))[kind] for kind in ("Patient", "DiagnosticReport"))
    assert patient.keys() == {"resourceType", "id", "identifier"}
    assert patient["identifier"][0]["value"] == "S01"
    assert "effectiveDateTime" not in report
    assert resources(sample_report())["DiagnosticReport"][0]["effectiveDateTime"] == "2026-01-05"


def test_the_model_is_the_device() -> None:
    (device,) = resources(sample_report())["Device"]
    assert device["deviceName"][0]["name"] == "forearm-wrist"
    assert device["version"][0]["value"] == "d" * 64


def test_nerves_have_the_codes_of_iso_11073_by_side() -> None:
    codes = {nerve: coding(on_side(nerve, Side.RIGHT)) for nerve in SITES}
    assert codes[Nerve.SURAL]["code"] == "458986"
    assert codes[Nerve.FIBULAR] == {
        "system": "urn:iso:std:iso:11073:10101",
        "code": "458970",
        "display": "Common fibular nerve, right",
    }
    assert codes[Nerve.OTHER]["code"] == "84782009"


def test_nothing_accepted_is_said() -> None:
    report = sample_report()
    empty = replace(report.worksheet, cells=tuple(replace(one, value=None) for one in report.worksheet.cells))
    with pytest.raises(WriteError, match="no accepted value"):
        bundle(replace(report, worksheet=empty))


def test_an_area_says_how_it_changed_since_the_visit_before() -> None:
    wrist, *others = resources(grown(sample_report()))["Observation"]
    said = "Changed by +2.5 mm² since 2025-01-05, more than the smallest detectable change."
    assert {"text": said} in wrist["note"]
    assert all({"text": said} not in one["note"] for one in others)
