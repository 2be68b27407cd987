"""A visit as a clinician meets it: three clips in, values accepted, ratios and a report with the same numbers."""

import io
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Download, Locator, Page, expect
from pydicom import dcmread

from nerveapp.domain.view import Nerve, Site
from nerveapp.phantom import phantom_frames, phantom_spec
from tests.browser.conftest import settle
from tests.browser.test_main_flow import download
from tests.io.readers.dicom_files import dataset, region, save
from tests.pdf_text import text_of_pdf

pytestmark = pytest.mark.browser


def clip(folder: Path, name: str, site: Site, subject: int) -> tuple[Path, float]:
    """A phantom as a DICOM clip with its pixel spacing; gives the largest true area in mm², too."""
    spec = phantom_spec(
        seed=1, subject=subject, nerve=Nerve.MEDIAN, site=site, frames=8, width=320, height=240, bifid=False
    )
    frames = list(phantom_frames(spec))
    scale = {
        "RegionLocationMinX0": 0, "RegionLocationMinY0": 0, "RegionLocationMaxX1": 319, "RegionLocationMaxY1": 239,
        "PhysicalDeltaX": spec.column_spacing_mm / 10, "PhysicalDeltaY": spec.row_spacing_mm / 10,
    }  # fmt: skip
    pixels = np.stack([frame.image for frame in frames])
    path = save(folder / name, dataset(pixels, SequenceOfUltrasoundRegions=[region(**scale)], FrameTime="40"))
    pixel = spec.row_spacing_mm * spec.column_spacing_mm
    return path, max(float(frame.mask.sum()) for frame in frames) * pixel


_ACCEPTED_OF = (
    "Median nerve, wrist, left side",
    "Median nerve, wrist, right side",
    "Median nerve, pronator quadratus, left side",
)


def accept_largest(page: Page, number: int) -> float:
    """Review a cell and accept the largest area; gives it."""
    page.get_by_role("button", name=f"Review {_ACCEPTED_OF[number]}").click()  # as a reader of screens hears it
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Accept").wait_for()
    settle(page)
    if (who := dialog.get_by_role("textbox", name="Your code")).count():  # asked for once
        who.fill("R1")
        who.press("Tab")
        expect(who).to_have_count(0)
    chosen = dialog.get_by_text(re.compile(r"^[\d.]+ mm², frame \d+")).first  # the largest is the first one
    area = float(re.findall(r"[\d.]+", chosen.inner_text())[0])
    despite = dialog.get_by_text("I know that")
    if despite.count():
        despite.click()
    dialog.get_by_role("button", name="Accept").click()
    expect(dialog).to_have_count(0)
    return area


def comparison(page: Page, what: str) -> Locator:
    return page.locator("[data-testid=stMarkdown]", has_text=what).first


def accept_three(page: Page, folder: Path) -> tuple[list[float], list[float]]:
    """Fill three cells by rows (wrist left, wrist right, pronator quadratus left); gives accepted and true areas."""
    wrist, wrist_truth = clip(folder, "median_wrist_left.dcm", Site.WRIST, 101)
    forearm, forearm_truth = clip(folder, "second.dcm", Site.FOREARM, 102)
    right, right_truth = clip(folder, "median_wrist_right.dcm", Site.WRIST, 106)
    page.get_by_role("link", name="Visit", exact=True).click()
    page.get_by_label("Patient's code").first.fill("S012")
    page.get_by_label("Patient's code").first.press("Tab")
    page.get_by_role("button", name="Begin", exact=True).click()
    page.get_by_text("0 of 8 accepted").wait_for()
    page.get_by_test_id("stFileUploaderDropzoneInput").first.set_input_files([wrist, forearm, right])
    page.get_by_text("1 clip without a cell").wait_for()
    settle(page)
    page.get_by_label("Cell of second.dcm").click()
    page.get_by_role("option", name="Median nerve, pronator quadratus, left side").click()
    page.get_by_role("button", name="Place 1 clip").click()
    page.get_by_text("3 to review").wait_for()
    expect(page.get_by_text("Analysing")).to_have_count(0, timeout=120_000)
    seen = page.get_by_role("button", name=f"Review {_ACCEPTED_OF[0]}").bounding_box()
    assert seen is not None
    assert seen["width"] < 130, "the eye sees one word"

    areas = []
    for number in range(3):
        areas.append(accept_largest(page, number))
        page.get_by_text(f"{number + 1} of 8 accepted").wait_for()
        settle(page)  # else the next dialog may still show this value
    return areas, [wrist_truth, right_truth, forearm_truth]


def test_three_clips_become_a_worksheet_ratios_and_a_report(page: Page, tmp_path: Path) -> None:
    areas, truths = accept_three(page, tmp_path)
    for area, truth in zip(areas, truths, strict=True):
        assert abs(area / truth - 1) < 0.5, "as near as the models are on phantoms"

    difference = areas[0] - areas[2]
    shown = comparison(page, "wrist − pronator quadratus").inner_text()
    found = re.findall(r"(-?[\d.]+) ± ", shown.replace("−", "-"))[0]
    assert float(found) == pytest.approx(difference, abs=0.051)
    assert 9 < truths[0] < 11, "by hand: within 2 mm² of the limit of 11 mm²"
    expect(page.get_by_text("Indeterminate: within the spread of readers")).to_be_visible()
    assert truths[1] < 9, "by hand: within the limit"
    expect(page.get_by_text("Within the limit; limit 11 mm²")).to_be_visible()

    page.get_by_role("textbox", name="Conclusion, in your own words").fill("Enlarged at the inlet, S012.")
    pdf = page.locator(".st-key-report-pdf button").bounding_box()
    assert pdf is not None
    # A click out of the field stores the words; no report is made that lacks them.
    downloads: list[Download] = []

    def note(made: Download) -> None:
        downloads.append(made)

    page.on("download", note)
    page.mouse.click(pdf["x"] + pdf["width"] / 2, pdf["y"] + pdf["height"] / 2, delay=100)
    settle(page)
    page.wait_for_timeout(1000)
    assert downloads == []
    page.reload()
    expect(page.get_by_role("textbox", name="Conclusion, in your own words")).to_have_value(
        "Enlarged at the inlet, S012."
    )

    report = text_of_pdf(download(page, "PDF"))
    for area in areas:
        assert any(f"{area + unseen:.1f}" in report for unseen in (-0.005, 0.005)), "the page rounds to hundredths"
    assert f"{found} ±" in report, "the comparison as on the page"
    for words in ("S012", "Enlarged at the inlet, S012.", "Research use only", "not scanned"):
        assert words in report

    with zipfile.ZipFile(io.BytesIO(download(page, "DICOM SR"))) as archive:
        archive.extractall(tmp_path / "sr")
    structured = [one for one in (tmp_path / "sr").rglob("*.dcm") if dcmread(one).Modality == "SR"]
    numbers = [float(item.value) for item in dcmread(structured[0]).iterall() if item.keyword == "NumericValue"]
    for area in areas:
        assert any(abs(number - area) < 0.006 for number in numbers)
    if shutil.which("dsrdump"):
        dumped = subprocess.run(["dsrdump", structured[0]], capture_output=True, text=True, check=True).stdout
        assert "Research use only" in dumped
