import csv
import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from nerveapp.demo import DEMO_CLIP, DEMO_SPEC, DEMO_TRUTH
from nerveapp.domain.calibration import CalibrationOrigin
from nerveapp.domain.view import Site
from nerveapp.errors import ClipError
from nerveapp.io.phantom_files import phantom_calibration, write_phantom
from nerveapp.io.readers.open_clip import open_clip
from nerveapp.phantom import phantom_spec


def test_files_agree_with_each_other(tmp_path: Path) -> None:
    spec = phantom_spec(seed=3, site=Site.FOREARM, frames=4, width=320, height=240)
    write_phantom(tmp_path, spec)
    values = json.loads((tmp_path / "spec.json").read_text())
    assert (values["seed"], values["site"], values["subject"]) == (3, "forearm", 0)
    pixel_mm2 = values["row_spacing_mm"] * values["column_spacing_mm"]
    rows = list(csv.DictReader((tmp_path / "truth.csv").open()))
    assert [int(row["frame"]) for row in rows] == [0, 1, 2, 3]
    for row in rows:
        mask = cv2.imread(str(tmp_path / "masks" / f"mask_{int(row['frame']):06d}.png"), cv2.IMREAD_GRAYSCALE)
        assert mask is not None
        assert int(np.count_nonzero(mask)) * pixel_mm2 == pytest.approx(float(row["area_mm2"]), rel=0.03)
    assert len(list(open_clip(tmp_path / "clip.mp4").frames())) == 4
    write_phantom(tmp_path, replace(spec, frames=2))
    assert sorted(path.name for path in (tmp_path / "masks").iterdir()) == ["mask_000000.png", "mask_000001.png"]


def test_the_demo_is_whole_and_calibrated() -> None:
    frames = list(open_clip(DEMO_CLIP).frames())
    assert len(frames) == len(DEMO_TRUTH.read_text().splitlines()) - 1
    calibration = phantom_calibration(DEMO_SPEC)
    assert calibration.origin is CalibrationOrigin.PHANTOM
    assert "Synthetic" in DEMO_SPEC.read_text()


def test_another_file_is_no_phantom(tmp_path: Path) -> None:
    (tmp_path / "spec.json").write_text("[]")
    with pytest.raises(ClipError, match="does not describe a phantom"):
        phantom_calibration(tmp_path / "spec.json")
