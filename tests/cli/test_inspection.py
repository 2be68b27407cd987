from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from nerveapp.cli.app import app, main
from tests.io.readers.dicom_files import GREY, dataset, region, save

RUNNER = CliRunner()
KEYS = {"kind", "width", "height", "frames", "times_s", "calibration", "remarks", "truncation", "names"}


def test_tells_everything_of_a_dicom_clip(tmp_path: Path) -> None:
    data = dataset(GREY, FrameTime="40", SequenceOfUltrasoundRegions=[region()], PixelSpacing=["9", "9"])
    path = save(tmp_path / "a.dcm", data)
    result = RUNNER.invoke(
        app, ["inspect", str(path), "--json", str(tmp_path / "a.json"), "--frames", str(tmp_path / "f")]
    )
    assert result.exit_code == 0
    told = json.loads((tmp_path / "a.json").read_text())
    assert set(told) == KEYS
    assert (told["kind"], told["width"], told["height"], told["frames"]) == ("DICOM ultrasound multi-frame", 45, 31, 4)
    assert told["times_s"] == pytest.approx([0, 0.04, 0.08, 0.12])
    assert told["calibration"] == {
        "row_mm": pytest.approx(0.2), "column_mm": pytest.approx(0.1), "origin": "dicom-ultrasound-region",
        "detail": told["calibration"]["detail"], "box": [2, 3, 40, 28], "except_in": [],
    }  # fmt: skip
    assert (told["truncation"], told["names"], len(told["remarks"])) == (None, [], 1)
    written = [cv2.imread(str(file), cv2.IMREAD_UNCHANGED) for file in sorted((tmp_path / "f").iterdir())]
    assert np.array_equal(np.stack([np.asarray(image) for image in written]), GREY)
    assert "Explicit VR Little Endian" in result.stdout
    assert "Doe" not in result.stdout


def test_names_of_stills_stand_in_the_order_of_the_frames(tmp_path: Path) -> None:
    for name in ("10.png", "9.png"):
        cv2.imwrite(str(tmp_path / name), GREY[0])
    stills = [str(tmp_path / name) for name in ("10.png", "9.png")]
    assert RUNNER.invoke(app, ["inspect", *stills, "--json", str(tmp_path / "a.json")]).exit_code == 0
    told = json.loads((tmp_path / "a.json").read_text())
    assert (told["names"], told["calibration"], told["frames"]) == (["9.png", "10.png"], None, 2)


def test_clip_that_ends_early_says_so(tmp_path: Path) -> None:
    path = save(tmp_path / "a.dcm", dataset(GREY))
    path.write_bytes(path.read_bytes()[:-2000])
    result = RUNNER.invoke(app, ["inspect", str(path), "--json", str(tmp_path / "a.json")])
    assert result.exit_code == 0
    assert "INCOMPLETE" in result.stdout
    assert "after frame 2 of 4" in json.loads((tmp_path / "a.json").read_text())["truncation"]


def test_what_is_no_clip_is_refused_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.txt").write_text("no clip")
    monkeypatch.setattr("sys.argv", ["nerveapp", "inspect", str(tmp_path / "a.txt"), "--json", str(tmp_path / "j")])
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == 2
    assert "not a clip" in capsys.readouterr().err
    assert not (tmp_path / "j").exists()


def test_frames_of_another_clip_in_the_folder_are_told(tmp_path: Path) -> None:
    for name, stack in (("a.dcm", GREY), ("b.dcm", GREY[:2])):
        save(tmp_path / name, dataset(stack))
        result = RUNNER.invoke(app, ["inspect", str(tmp_path / name), "--frames", str(tmp_path / "f")])
        assert result.exit_code == 0
        told = "holds frames that are not of this clip: 000002.png to 000003.png" in " ".join(result.output.split())
        assert told == (name == "b.dcm")
