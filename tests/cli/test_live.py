"""The command live, on the demo clip played in real time."""

import csv
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from nerveapp import NOTICE
from nerveapp.cli.app import app
from nerveapp.demo import DEMO_CLIP
from nerveapp.errors import ClipError
from nerveapp.io.readers.in_process import open_in_process


def test_live_prints_areas_and_how_the_computer_keeps_up_and_keeps_a_clip(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    done = CliRunner().invoke(
        app,
        ["live", "--source", str(DEMO_CLIP), "--spacing-mm", "0.08", "--seconds", "5", "--keep", str(folder)],
    )
    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    seconds = [line for line in lines if re.match(r" +\d+\.\d s  ", line)]
    assert len(seconds) >= 3
    assert re.search(
        r"s  \d+\.\d\d mm², (found|followed).*; [\d.]+ frames per second, \d+ dropped, latency", seconds[-1]
    )
    assert re.search(r"\d+ frames, nerve outlined in [1-9]\d*; .*median \d+ ms, 95th percentile \d+ ms", done.stdout)
    remarks: list[str] = []
    rows: list[str] = []
    for line in (folder / "measurements.csv").read_text().splitlines():
        (remarks if line.startswith("#") else rows).append(line)
    assert NOTICE in remarks[0]
    assert any("0.08 x 0.08 mm per pixel" in remark for remark in remarks)
    table = list(csv.DictReader(rows))
    clip = open_in_process(folder / "clip.mp4")
    assert len(list(clip.frames())) == len(table)
    assert float(table[-1]["area_mm2"]) == pytest.approx(18, rel=0.35)
    again = CliRunner().invoke(app, ["live", "--source", str(DEMO_CLIP), "--seconds", "5", "--keep", str(folder)])
    assert "nothing is replaced" in str(again.exception)


def test_live_says_what_is_wrong_with_a_source() -> None:
    done = CliRunner().invoke(app, ["live", "--source", "/dev/video99"])
    assert isinstance(done.exception, ClipError)
