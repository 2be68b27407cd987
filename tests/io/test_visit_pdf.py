"""A visit's report as PDF, read back: the text of its pages, and what is on them."""

import io
import re
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from pypdf import PdfReader

from nerveapp import NOTICE
from nerveapp.analysis.pictures import png_of
from nerveapp.domain.accepted_value import Choice
from nerveapp.domain.protocols import PROTOCOLS
from nerveapp.domain.view import Nerve, Side, Site, View
from nerveapp.domain.visit_report import Letterhead, VisitReport
from nerveapp.domain.worksheet import SIDES
from nerveapp.errors import SettingsError
from nerveapp.io.visit_reports.logo import read_logo
from nerveapp.io.visit_reports.pdf import visit_pdf
from tests.pdf_text import pages_of_pdf
from tests.visit_samples import AREAS, accepted, sample_report, sample_values

WRIST = View(Nerve.MEDIAN, Site.WRIST, Side.LEFT)
POLYNEUROPATHY = next(one for one in PROTOCOLS if one.name == "polyneuropathy")


def pages_of(report: VisitReport) -> list[str]:
    return pages_of_pdf(visit_pdf(report))


def one_line(text: str) -> str:
    return " ".join(text.split())


def test_it_holds_the_same_numbers_as_the_report() -> None:
    report = sample_report()
    (text,) = pages_of(report)
    for finding in report.findings:
        assert f"{finding.estimate.value:.1f} ± {finding.estimate.sd:.1f} mm²" in text
        for norm, score in finding.z_scores:
            assert f" {score:+.1f} ({norm.population})".replace("-", "−") in text
        if finding.limit is not None:
            assert f"{finding.limit.upper_limit_mm2:g} mm² {finding.limit.population}" in text
        assert finding.interpretation is None or finding.interpretation.value in text
    assert len(report.pairs) >= 5
    for pair in report.pairs:
        digits = 1 if pair.unit else 2
        assert f"{pair.estimate.value:.{digits}f} ± {pair.estimate.sd:.{digits}f} {pair.unit}".strip() in text
        assert one_line(pair.verdict) in text
        assert pair.cut_off is None or f"{pair.cut_off:g}" in text
        assert all(remark in text for remark in pair.remarks)
    for said in (*report.methods, *report.sources):
        assert said in text


def test_it_says_what_is_missing_doubtful_corrected_and_entered_by_hand() -> None:
    values = sample_values(AREAS)
    measured = values[WRIST].measured
    assert measured is not None
    values[WRIST] = replace(values[WRIST], measured=replace(measured, corrected=True, first_frame=3, last_frame=9))
    (text,) = pages_of(sample_report(values))
    assert text.count("not scanned") == 2
    assert "4,300 px²" in text
    assert "in pixels: compared with nothing" in text
    assert "accepted although the clip is not calibrated" in text
    assert "largest, frames 3 to 9; outline corrected by hand" in text
    assert "entered by hand" in text


def test_who_accepted_stands_above_and_with_each_value_where_there_were_several() -> None:
    values = sample_values(AREAS)
    (text,) = pages_of(sample_report(values))
    assert "Values accepted by R1" in text
    assert "accepted by R" not in text.replace("Values accepted by", "")
    values[WRIST] = replace(values[WRIST], by="R2")
    (text,) = pages_of(sample_report(values))
    assert "Values accepted by R1, R2" in text
    assert "accepted by R2" in text.replace("Values accepted by", "")


def test_the_head_names_clinic_patient_visit_and_indication() -> None:
    (text,) = pages_of(sample_report())
    for said in (
        "Clinic for Nerves, Łódź",
        "P007, female, born 1961",
        "2026-05-01",
        "Carpal tunnel",
        "<3 months> & pain",
    ):
        assert said in text


def test_the_conclusion_is_the_clinicians_own_text_letter_by_letter() -> None:
    typed = "First line.\n\n  <b>not bold</b> & <img src=x>\r\nŁódź, Ελληνικά, мышца, ± 2 mm², a → b −3\x00"
    text = PdfReader(io.BytesIO(visit_pdf(sample_report(conclusion=typed)))).pages[0].extract_text()
    shown = text[text.index("Conclusion of R1") :].splitlines()
    lines = [line.replace("\u00a0", " ").rstrip() for line in shown]
    assert "First line." in lines
    assert "  <b>not bold</b> & <img src=x>" in lines
    assert any(line.startswith("Łódź, Ελληνικά, мышца, ± 2 mm², a → b −3") for line in lines)
    assert "Signature" in text


def test_a_script_that_the_font_lacks_is_still_text() -> None:
    (text,) = pages_of(sample_report(conclusion="正中神经 肥大"))
    assert "正中神经" in text


def test_a_long_conclusion_goes_on_overleaf_whole() -> None:
    words = [f"word{number}" for number in range(450)]
    text = " ".join(pages_of(sample_report(conclusion="\n".join(" ".join(words[i : i + 3]) for i in range(0, 450, 3)))))
    assert all(re.search(rf"\b{word}\b", text) for word in words)
    assert pages_of(sample_report(conclusion="x" * 4000))


@pytest.mark.parametrize("pictures", [False, True])
def test_every_page_bears_the_notice_the_code_and_its_number(pictures: bool) -> None:
    pages = pages_of(sample_report(pictures=pictures))
    assert len(pages) == (2 if pictures else 1), "a page, and another for the pictures"
    for number, text in enumerate(pages, start=1):
        assert one_line(NOTICE) in text
        assert "P007, 2026-05-01" in text
        assert f"Page {number} of {len(pages)}" in text


def test_every_accepted_value_has_its_picture_and_curve_under_its_name() -> None:
    report = sample_report(pictures=True)
    pages = PdfReader(io.BytesIO(visit_pdf(report))).pages
    assert [len(page.images) for page in pages] == [0, 2 * len(report.pictures)]
    for shown in report.pictures:
        assert f"{shown.view.nerve.capitalize()}, {shown.view.site.replace('-', ' ')}, {shown.view.side}: " in one_line(
            pages[1].extract_text()
        )


def test_a_long_protocol_takes_two_pages_and_loses_no_row() -> None:
    views = [station.on(side) for station in POLYNEUROPATHY.stations for side in SIDES]
    report = sample_report(
        {view: accepted(view, 5 + number / 4) for number, view in enumerate(views)}, protocol=POLYNEUROPATHY
    )
    pages = pages_of(report)
    text = " ".join(pages)
    assert len(pages) == 2
    assert all(f"{one.estimate.value:.1f} ± {one.estimate.sd:.1f} mm²" in text for one in report.findings)
    assert all(station.words in text for station in POLYNEUROPATHY.stations)


def test_nothing_accepted_is_a_report_too() -> None:
    (text,) = pages_of(sample_report({}, conclusion="", letterhead=Letterhead()))
    assert text.count("not scanned") == 8
    assert "Conclusion (none written)" in text


def test_a_value_above_the_limit_stands_out_without_colour() -> None:
    (text,) = pages_of(sample_report({WRIST: accepted(WRIST, 20.0, choice=Choice.MEDIAN)}))
    assert "▲ above the limit enlarged at the wrist by 9.0 mm²" in text


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
def test_a_logo_stands_above(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"logo{suffix}"
    cv2.imwrite(str(path), np.full((900, 3000, 3), 90, np.uint8))
    logo = read_logo(path)
    (page,) = PdfReader(io.BytesIO(visit_pdf(sample_report(letterhead=Letterhead("", logo))))).pages
    (image,) = page.images
    assert image.image is not None
    assert image.image.size == (1200, 360)


def test_a_logo_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "logo.png").write_bytes(b"no picture")
    for path in (tmp_path / "logo.png", tmp_path / "missing.png"):
        with pytest.raises(SettingsError, match="NERVEAPP_LOGO"):
            read_logo(path)
    good = png_of(np.full((10, 10, 3), 90, np.uint8))
    (tmp_path / "cut.png").write_bytes(good[: len(good) // 2])
    with pytest.raises(SettingsError):
        read_logo(tmp_path / "cut.png")
