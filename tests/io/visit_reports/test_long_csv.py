"""CSV in long form: what a registry takes in."""

import csv
from dataclasses import replace

import pytest

from nerveapp import NOTICE
from nerveapp.domain.visit_report import VisitReport
from nerveapp.io.visit_reports.long_csv import DICTIONARY_COLUMNS, long_csv
from tests.fakes.sample_visit import NORM, grown, sample_report, undated


def tables(
    report: VisitReport, *, europe: bool = False, encoding: str = "utf-8"
) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    values, fields = long_csv(report, europe=europe).values()
    delimiter = ";" if europe else ","
    return (
        list(csv.DictReader(values.decode(encoding).splitlines(), delimiter=delimiter)),
        list(csv.DictReader(fields.decode().splitlines())),
    )


def test_a_row_a_value() -> None:
    rows, _ = tables(sample_report())
    assert [row["measure"] for row in rows] == [
        "area",
        "echo_intensity",
        "hypoechoic_fraction",
        "personal_limit",
        "area",
        "area",
        "area",
        "wrist_to_forearm",
        "side_to_side",
    ]
    wrist = rows[0]
    expected = {
        "record_id": "S01",
        "visit": "2026-01-05",
        "nerve": "median",
        "site": "wrist",
        "side": "left",
        "value": "14.25",
        "unit": "mm²",
        "sd": "1.25",
        "upper_limit": "11.0",
        "population": "Dutch, mainly Caucasian",
        "interpretation": "above",
        "choice": "largest",
        "corrected": "0",
        "model": "forearm-wrist",
        "calibration_origin": "dicom-ultrasound-region",
        "reservations": "the frame is flagged for review",
        "accepted_by": "R1",
        "accepted_at": "2026-01-05T16:20:00+00:00",
        "notice": NOTICE,
    }
    assert {name: wrist[name] for name in expected} == expected
    assert float(wrist["z_score"]) == pytest.approx(4.6)
    assert rows[3]["verdict"].startswith("personal limit 10.5 mm²: above the limit (sensitivity")
    assert (rows[4]["choice"], rows[4]["corrected"], rows[4]["model"]) == ("manual", "", "")
    assert (rows[6]["unit"], rows[6]["value"], rows[6]["upper_limit"]) == ("px²", "812.0", "")
    assert [(row["nerve"], row["site"]) for row in rows[7:]] == [("median", ""), ("median", "wrist")]
    assert (rows[8]["side"], rows[8]["value"], rows[8]["unit"]) == ("both", "4.75", "mm²")


def test_a_z_score_each_for_further_populations() -> None:
    report = sample_report()
    other = replace(NORM, population="Japanese", mean_mm2=9.0, sd_mm2=1.75)
    first = replace(report.findings[0], norms=(NORM, other))
    rows, _ = tables(replace(report, findings=(first, *report.findings[1:])))
    (more,) = [row for row in rows if row["measure"] == "z_score"]
    assert more["z_population"] == "Japanese"
    assert float(more["value"]) == pytest.approx(3.0)


def test_the_dictionary_defines_each_column_and_each_code() -> None:
    rows, fields = tables(sample_report())
    assert tuple(fields[0]) == DICTIONARY_COLUMNS
    names = [field["Variable / Field Name"] for field in fields]
    assert names[0] == "record_id"
    assert [name for name in rows[0] if not name.startswith("redcap_repeat")] == names
    assert all(name == name.lower() and len(name) <= 26 for name in names)
    for field in fields:
        offered = field["Choices, Calculations, OR Slider Labels"]
        if not offered:
            continue
        codes = {choice.split(",")[0].strip() for choice in offered.split("|")}
        used = {row[field["Variable / Field Name"]] for row in rows} - {""}
        assert used <= codes, field
    assert {row["redcap_repeat_instrument"] for row in rows} == {fields[0]["Form Name"]}


def test_a_european_excel_opens_it_with_numbers_as_numbers() -> None:
    values, _ = long_csv(sample_report(), europe=True).values()
    assert values.startswith(b"\xef\xbb\xbf")
    rows, fields = tables(sample_report(), europe=True, encoding="utf-8-sig")
    assert (rows[0]["value"], rows[0]["what"]) == ("14,25", "Median, wrist, left")
    checks = {field["Text Validation Type OR Show Slider Number"] for field in fields}
    assert checks == {"", "number_comma_decimal"}


def test_a_visit_without_a_date_goes_by_its_day() -> None:
    names = list(long_csv(undated(sample_report())))
    assert names == ["nerveapp-S01-day-3-values.csv", "nerveapp-S01-day-3-redcap-dictionary.csv"]
    assert tables(undated(sample_report()))[0][0]["visit"] == "day 3"


def test_a_change_since_the_visit_before_has_a_row() -> None:
    rows, fields = tables(grown(sample_report()))
    (change,) = [row for row in rows if row["measure"] == "change"]
    assert (change["site"], change["side"], change["value"], change["unit"]) == ("wrist", "left", "2.5", "mm²")
    assert change["verdict"] == "Changed by +2.5 mm² since 2025-01-05, more than the smallest detectable change."
    choices = next(one for one in fields if one["Variable / Field Name"] == "measure")
    assert "change, Change since the visit before" in choices["Choices, Calculations, OR Slider Labels"]
