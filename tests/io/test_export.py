import csv
import hashlib
import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from openpyxl import load_workbook

from nerveapp import NOTICE
from nerveapp.domain.analysis import Analysis
from nerveapp.domain.calibration import Calibration, CalibrationOrigin, Region
from nerveapp.domain.exam import FiledUnder
from nerveapp.domain.model import RefinementStage, WeightFile
from nerveapp.domain.tracking import How, Point
from nerveapp.domain.view import Nerve, Side, Site, View
from nerveapp.io.export import (
    frame_png,
    masks_zip,
    measurements_csv,
    measurements_xlsx,
    summary_json,
)
from nerveapp.io.video_writing import writing_video
from nerveapp.workflows.analysing.analyse import analyse
from nerveapp.workflows.annotating.annotate import prediction_of
from tests.fakes import CARD, FakeClip, FakeSegmenter

SPACING = Calibration(0.1, 0.2, CalibrationOrigin.TYPED, "0.1,0.2")
VERSIONS = (("nerveapp", "0"),)


def run(calibration: Calibration | None, frames: int = 12) -> Analysis:
    return analyse(FakeClip(frames), FakeSegmenter(), view=View(), calibration=calibration)


def table(data: bytes) -> tuple[list[str], list[dict[str, str]]]:
    lines = data.decode().splitlines()
    remarks = [line for line in lines if line.startswith("#")]
    return remarks, list(csv.DictReader(line for line in lines if not line.startswith("#")))


def test_csv_has_a_row_per_frame_and_says_where_millimetres_come_from() -> None:
    remarks, rows = table(measurements_csv(run(SPACING)))
    assert [int(row["frame"]) for row in rows] == list(range(12))
    assert float(rows[10]["area_px2"]) == 200
    assert float(rows[10]["area_mm2"]) == pytest.approx(4)
    assert float(rows[10]["time_s"]) == pytest.approx(0.5)
    assert rows[0]["flags"] == "no-nerve-found"
    assert rows[0]["area_mm2"] == ""
    assert any(NOTICE in line for line in remarks)
    assert any("typed in" in line and "0.1 x 0.2" in line for line in remarks)


def test_scripts_find_the_columns_they_know() -> None:
    header = next(line for line in measurements_csv(run(None)).decode().splitlines() if not line.startswith("#"))
    assert header == (
        "frame,time_s,area_px2,area_mm2,perimeter_px,perimeter_mm,major_diameter_px,major_diameter_mm,minor_diameter_px,"
        "minor_diameter_mm,flattening_ratio,circularity,centroid_x_px,centroid_y_px,displacement_px,displacement_mm,"
        "echogenicity,confidence,outlined_by,flags,how,followed_from,hypoechoic_fraction"
    )


def test_files_say_whose_nerve_it_is_and_of_which_visit() -> None:
    filed, view = FiledUnder("S01", "2026-01-05"), View(Nerve.ULNAR, Site.ELBOW, Side.LEFT)
    analysis = replace(run(SPACING), view=view)
    line, shown = "patient S01, visit 2026-01-05", "Ulnar nerve, elbow, left side"
    assert {f"# {line}", f"# {shown}"} <= set(table(measurements_csv(analysis, filed))[0])
    assert "# Nerve, site and side not given" in table(measurements_csv(run(SPACING)))[0]
    about = load_workbook(io.BytesIO(measurements_xlsx(analysis, VERSIONS, filed)))["about"]
    assert {line, shown} <= {row[0].value for row in about}
    zipped = zipfile.ZipFile(io.BytesIO(masks_zip(analysis, VERSIONS, filed))).read("summary.json")
    for told in (zipped, summary_json(analysis, VERSIONS, filed)):
        assert json.loads(told)["exam"] == {"nerve": "ulnar", "site": "elbow", "side": "left"}
        assert json.loads(told)["filed"] == {"subject": "S01", "visit": "2026-01-05"}


def test_a_european_excel_takes_the_same_numbers() -> None:
    data = measurements_csv(run(SPACING), europe=True)
    assert data.startswith(b"\xef\xbb\xbf")
    lines = [line for line in data.decode("utf-8-sig").splitlines() if not line.startswith("#")]
    european = list(csv.DictReader(lines, delimiter=";"))
    _, rows = table(measurements_csv(run(SPACING)))
    assert european[10]["area_mm2"] == "4,0"
    assert [{name: cell.replace(",", ".") for name, cell in row.items() if name != "flags"} for row in european] == [
        {name: cell for name, cell in row.items() if name != "flags"} for row in rows
    ]


def test_scripts_find_the_keys_they_know() -> None:
    report = json.loads(summary_json(run(SPACING, 32), VERSIONS))
    keys = {
        "": "notice clip exam calibration model unlike_training corrections tracking device summary timings versions"
        " filed",
        "clip": "sha256 format width height frames_decoded frames_announced times truncation notes",
        "exam": "nerve site side",
        "filed": "subject visit",
        "calibration": "row_spacing_mm column_spacing_mm origin detail box except_in",
        "tracking": "points nerve other_nerves frames",
        "model": "name sha256 files licence engine",
        "summary": "unit frames outlined uncalibrated unflagged flagged area_max area_median area_mean area_sd"
        " area_max_frame area_median_frame steadiest implausible",
        "timings": "seconds frames_per_second",
    }
    for place, names in keys.items():
        assert list(report[place] if place else report) == names.split(), place
    assert list(report["summary"]["steadiest"]) == ["first", "last", "mean_area", "variation"]
    assert json.loads(summary_json(run(SPACING, 3), VERSIONS))["summary"]["steadiest"] is None


def test_the_summary_tells_how_the_outlines_came_about() -> None:
    found = run(SPACING)
    hows = (How.POINTED, How.FOLLOWED, How.FOLLOWED, How.LOST, *(How.FOUND for _ in range(8)))
    frames = tuple(replace(one, how=how) for one, how in zip(found.frames, hows, strict=True))
    analysis = replace(found, frames=frames, points=(Point(0, 20.0, 9.5), Point.in_box(3, 10, 5, 20, 9)))
    tracking = json.loads(summary_json(analysis, VERSIONS))["tracking"]
    assert tracking["points"] == [
        {"frame": 0, "x": 20.0, "y": 9.5},
        {"frame": 3, "x": 15.0, "y": 7.0, "width": 10, "height": 4},
    ]
    assert tracking["frames"] == {"found": 8, "followed": 2, "pointed at": 1, "corrected": 0, "confirmed": 0, "lost": 1}
    assert (tracking["nerve"], tracking["other_nerves"]) == (0, [])
    said = measurements_csv(analysis).decode()
    assert "# followed from where a person pointed: frame 0, x 20.0 px, y 9.5 px\n" in said.replace("\r", "")
    assert "frame 3, x 15.0 px, y 7.0 px, in a box of 10.0 x 4.0 px" in said


def test_a_warning_before_the_result_goes_with_it() -> None:
    warned = replace(run(SPACING), unlike_training="These images are unlike others.")
    assert json.loads(summary_json(warned, VERSIONS))["unlike_training"] == "These images are unlike others."
    assert "# These images are unlike others." in table(measurements_csv(warned))[0]
    assert json.loads(summary_json(run(SPACING), VERSIONS))["unlike_training"] is None


def test_uncalibrated_csv_has_no_millimetres() -> None:
    remarks, rows = table(measurements_csv(run(None)))
    assert all(row[name] == "" for row in rows for name in row if name.endswith(("_mm", "_mm2")))
    assert any("calibration none" in line for line in remarks)


def test_where_no_calibration_holds_the_files_have_no_millimetres_and_say_so() -> None:
    analysis = run(replace(SPACING, box=Region(10, 5, 29, 14)), 13)
    remarks, rows = table(measurements_csv(analysis))
    assert [row["frame"] for row in rows if row["area_mm2"]] == [str(frame) for frame in range(1, 11)]
    assert rows[12]["area_px2"] == "240"
    assert any("for x 10-29, y 5-14 alone" in line for line in remarks)
    assert any("2 of 12 outlined frames" in line for line in remarks)
    told = json.loads(summary_json(analysis, VERSIONS))
    assert told["summary"]["uncalibrated"] == 2
    assert told["calibration"]["box"] == {"left": 10, "top": 5, "right": 29, "bottom": 14}


def test_xlsx_opens_with_the_same_numbers() -> None:
    book = load_workbook(io.BytesIO(measurements_xlsx(run(SPACING), VERSIONS)))
    sheet = book["measurements"]
    heading = [cell.value for cell in sheet[1]]
    row = dict(zip(heading, [cell.value for cell in sheet[12]], strict=True))
    assert row["frame"] == 10
    assert row["area_mm2"] == pytest.approx(4)
    assert book["about"]["A1"].value == NOTICE


def test_summary_names_model_device_calibration_and_timings_and_no_file() -> None:
    report = json.loads(summary_json(run(SPACING), VERSIONS))
    assert report["notice"] == NOTICE
    assert report["model"]["name"] == "fake"
    assert len(report["model"]["sha256"]) == 64
    assert report["device"] == "cpu"
    assert report["calibration"]["origin"] == "typed-in"
    assert report["timings"]["frames_per_second"] > 0
    assert report["summary"]["unit"] == "mm²"
    assert "name" not in report["clip"]
    assert json.loads(summary_json(run(None), VERSIONS))["calibration"] is None


def test_masks_come_back_bit_for_bit() -> None:
    analysis = run(None)
    with zipfile.ZipFile(io.BytesIO(masks_zip(analysis, VERSIONS))) as archive:
        data = archive.read("masks/mask_000010.png")
        assert "summary.json" in archive.namelist()
    values = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    assert values is not None
    assert set(np.unique(values)) == {0, 255}
    assert np.array_equal(values == 255, analysis.masks[10].unpack())


def test_a_video_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def half_a_video() -> None:
        with writing_video(tmp_path / "video.mp4", width=64, height=48, frame_rate=25) as video:
            video.add(np.zeros((48, 64), np.uint8), 0)
            raise RuntimeError("stopped half way")

    with pytest.raises(RuntimeError, match="half way"):
        half_a_video()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("width", "height"), [(63, 47), (64, 47), (1, 1)])
def test_odd_sizes_become_videos(tmp_path: Path, width: int, height: int) -> None:
    path = tmp_path / "video.mp4"
    with writing_video(path, width=width, height=height, frame_rate=25, scrubbable=True) as video:
        for number in range(4):
            video.add(np.full((height, width), number * 20, np.uint8), number / 25)
    with av.open(str(path)) as written:
        frames = list(written.decode(video=0))
    assert len(frames) == 4
    assert all(frame.key_frame for frame in frames)


def test_a_thin_outline_keeps_its_colour_on_every_row(tmp_path: Path) -> None:
    """H.264 keeps colour at half resolution: it must be averaged there, and not taken of every second row."""
    image = np.full((64, 96, 3), 60, np.uint8)
    image[[12, 31], 8:88] = (240, 170, 0)
    path = tmp_path / "video.mp4"
    with writing_video(path, width=96, height=64, frame_rate=25) as video:
        video.add(image, 0)
    with av.open(str(path)) as written:
        shown = next(written.decode(video=0)).to_ndarray(format="rgb24").astype(int)
    for row in (12, 31):
        red, _, blue = shown[row, 20:76].mean(axis=0)
        assert red - blue > 40, f"row {row} has lost its colour"


def test_what_is_no_finding_is_said_in_every_file() -> None:
    analysis = run(Calibration(3, 4, CalibrationOrigin.TYPED))
    told = json.loads(summary_json(analysis, VERSIONS))
    doubt, reason, *_others = told["summary"]["implausible"]
    assert doubt == "8 of 12 frames are flagged for review"
    assert "mm², which no nerve has" in reason
    remarks, _ = table(measurements_csv(analysis))
    assert any("no finding" in line and reason in line for line in remarks)
    about = load_workbook(io.BytesIO(measurements_xlsx(analysis, VERSIONS)))["about"]
    assert any(reason in str(row[1].value) for row in about if row[0].value == "summary.implausible")
    assert (
        json.loads(summary_json(run(Calibration(0.2, 0.2, SPACING.origin), 3), VERSIONS))["summary"]["implausible"]
        == []
    )


def test_a_model_of_two_networks_has_one_hash_in_all_files_and_in_the_store() -> None:
    card = replace(CARD, weights=WeightFile("", "a" * 64), refinement=RefinementStage("fake-close-up", "b" * 64))
    analysis = analyse(FakeClip(3), FakeSegmenter(card=card), view=View(), calibration=None)
    identity = hashlib.sha256(b"a" * 64 + b"b" * 64).hexdigest()
    assert card.sha256 == prediction_of(analysis, 1).model_sha256 == identity
    told = json.loads(summary_json(analysis, VERSIONS))["model"]
    assert told["sha256"] == identity
    assert told["files"] == [
        {"network": "fake", "sha256": "a" * 64},
        {"network": "fake-close-up", "sha256": "b" * 64},
    ]
    remarks, _ = table(measurements_csv(analysis))
    (line,) = [one for one in remarks if "model fake" in one]
    assert f"sha256 {identity} (of the hashes of its two files: fake {'a' * 64}, fake-close-up {'b' * 64})" in line
    about = load_workbook(io.BytesIO(measurements_xlsx(analysis, VERSIONS)))["about"]
    assert {row[1].value for row in about if row[0].value == "model.sha256"} == {identity}


def test_a_model_of_one_network_has_the_hash_of_its_file() -> None:
    told = json.loads(summary_json(run(None), VERSIONS))["model"]
    assert told["sha256"] == CARD.weights.sha256
    assert told["files"] == [{"network": "fake", "sha256": CARD.weights.sha256}]


def test_a_png_of_a_frame_is_of_that_frame_with_its_outline_and_in_true_shape() -> None:
    frames = list(FakeClip(12).frames())
    data = frame_png(frames[10].image, run(SPACING), 10, visit="2026-06-01", code="S012")
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    assert picture.shape[1] == 640
    assert picture.shape[0] > 640 * (40 * 0.1) / (60 * 0.2), "square pixels, and a caption below"
    amber = (picture == (0, 176, 255)).all(axis=2)
    assert amber.any()
    assert int(np.median(picture[100:200, 560:600])) == 10, "the pixels of frame 10"
    assert frame_png(frames[10].image, run(None), 0)
