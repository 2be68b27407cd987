import csv
import json
from pathlib import Path

import pytest

from nerveapp import NOTICE
from nerveapp.errors import ClipError, WriteError
from nerveapp.io.clip_folders import ClipRow, clips_below, kept_row, row_of, whole_folder, write_table

TOLD = {
    "clip": {"sha256": "a" * 64, "truncation": None},
    "versions": {"nerveapp": "1"},
    "exam": {"nerve": "median"},
    "calibration": None,
    "model": {"name": "m", "sha256": "b", "files": [], "engine": "fake on cpu", "licence": "MIT"},
    "summary": {
        "frames": 5, "outlined": 4, "flagged": 1, "area_median": 10.5, "area_max": 12.0, "unit": "px²", "more": 0,
        "implausible": ["a", "b"],
    },
}  # fmt: skip
DECIDES = {
    "clip": "a" * 64,
    "exam": {"nerve": "median"},
    "calibration": None,
    "model": ["m", "b", "fake on cpu"],
    "version": "1",
}


def test_clips_are_found_by_content_or_as_films_in_the_order_of_their_paths(tmp_path: Path) -> None:
    for name, data in {
        "b.MP4": b"",
        "a/one.png": b"\x89PNG\r\n\x1a\n....",
        "a/dicom-without-suffix": bytes(128) + b"DICM",
        "notes.txt": b"not a clip",
        ".hidden/c.mp4": b"",
        "a/._b.mp4": b"",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    found = [str(path.relative_to(tmp_path)) for path in clips_below(tmp_path)]
    assert found == ["a/dicom-without-suffix", "a/one.png", "b.MP4"]


def test_a_folder_without_clips_is_told(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing")
    with pytest.raises(ClipError, match="no clip"):
        clips_below(tmp_path)


def test_a_folder_of_results_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    target = tmp_path / "clip.mp4"
    for text in ("first", "second"):
        with whole_folder(target) as folder:
            (folder / f"{text}.txt").write_text(text)
    assert [path.name for path in target.iterdir()] == ["second.txt"]
    assert [path.name for path in tmp_path.iterdir()] == ["clip.mp4"]


def test_a_try_that_fails_leaves_what_was_there_and_a_killed_one_is_swept_away(tmp_path: Path) -> None:
    target = tmp_path / "clip.mp4"
    with whole_folder(target) as folder:
        (folder / "good").write_text("good")
    (tmp_path / ".clip.mp4-deadbeef").mkdir()
    with pytest.raises(RuntimeError), whole_folder(target) as folder:
        (folder / "half").write_text("half")
        raise RuntimeError
    assert [path.name for path in tmp_path.iterdir()] == ["clip.mp4"]
    assert [path.name for path in target.iterdir()] == ["good"]


def test_a_place_that_is_no_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(WriteError, match="cannot be written"), whole_folder(tmp_path / "file" / "clip"):
        pass


def test_only_the_very_same_analysis_is_kept(tmp_path: Path) -> None:
    (tmp_path / "summary.json").write_text(json.dumps(TOLD))
    assert kept_row("x.mp4", tmp_path, DECIDES) == ClipRow(
        "x.mp4", "kept", "", "a" * 64, 5, 4, 1, 10.5, 12.0, "px²", "a; b"
    )
    assert kept_row("x.mp4", tmp_path, {**DECIDES, "calibration": {"row_spacing_mm": 0.1}}) is None
    (tmp_path / "summary.json").write_text("{}")
    assert kept_row("x.mp4", tmp_path, DECIDES) is None
    (tmp_path / "summary.json").write_text("cut of")
    assert kept_row("x.mp4", tmp_path, DECIDES) is None


def test_the_table_carries_the_notice_and_a_row_per_clip(tmp_path: Path) -> None:
    table = write_table(tmp_path, [row_of("x, y.mp4", "done", TOLD), ClipRow("z.mp4", "failed", "It is empty.")])
    first, *rest = table.read_text().splitlines()
    assert first == f"# {NOTICE}"
    rows = list(csv.DictReader(rest))
    assert [(row["clip"], row["state"], row["area_median"]) for row in rows] == [
        ("x, y.mp4", "done", "10.5"),
        ("z.mp4", "failed", ""),
    ]


def test_a_data_set_is_no_folder_of_clips(tmp_path: Path) -> None:
    for name in ("images/1.png", "masks/1.png"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_bytes(b"\x89PNG\r\n\x1a\n....")
    with pytest.raises(ClipError, match="data set") as caught:
        clips_below(tmp_path)
    assert "evaluate" in caught.value.hint
    assert len(clips_below(tmp_path / "images")) == 1
