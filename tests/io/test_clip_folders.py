import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest

from nerveapp import NOTICE
from nerveapp.domain.batch import ClipRow, ResultIdentity, RowState
from nerveapp.domain.calibration import Calibration, CalibrationOrigin, Region
from nerveapp.domain.view import Nerve, Side, Site, View
from nerveapp.errors import ClipError, WriteError
from nerveapp.io.clip_folders import LocalClipFolders, clips_below, kept_row, whole_folder, write_table
from nerveapp.io.result_exports import VersionedExports
from nerveapp.workflows.analysing.analyse import analyse
from nerveapp.workflows.analysing.batch import row_of
from tests.fakes import FakeClip, FakeSegmenter

COLUMNS = "clip,state,said,sha256,frames,outlined,flagged,area_median,area_max,unit,implausible,nerve,site,side,model"
SUMMARY = {
    "clip": {"sha256": "a" * 64, "truncation": None},
    "versions": {"nerveapp": "1"},
    "exam": {"nerve": "median", "site": "wrist", "side": "left"},
    "calibration": None,
    "unlike_training": None,
    "model": {"name": "m", "sha256": "b", "files": [], "engine": "fake on cpu", "licence": "MIT"},
    "summary": {
        "frames": 5, "outlined": 4, "flagged": 1, "area_median": 10.5, "area_max": 12.0, "unit": "px²", "more": 0,
        "implausible": ["a", "b"],
    },
}  # fmt: skip
IDENTITY = ResultIdentity("a" * 64, View(Nerve.MEDIAN, Site.WRIST, Side.LEFT), None, "m", "b", "fake on cpu", "1")
TYPED = Calibration(0.1, 0.1, CalibrationOrigin.TYPED, "0.1 mm per pixel")


def test_clips_are_found_by_content_or_by_name_in_the_order_of_their_paths(tmp_path: Path) -> None:
    for name, data in {
        "b.MP4": b"",
        "a/one.png": b"\x89PNG\r\n\x1a\n....",
        "a/dicom-without-suffix": bytes(128) + b"DICM",
        "notes.txt": b"not a clip",
        "cut-off.nii.gz": b"",
        "interrupted.DCM": b"",
        ".hidden/c.mp4": b"",
        "a/._b.mp4": b"",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    found = [str(path.relative_to(tmp_path)) for path in clips_below(tmp_path)]
    assert found == ["a/dicom-without-suffix", "a/one.png", "b.MP4", "cut-off.nii.gz", "interrupted.DCM"]


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
    (tmp_path / "summary.json").write_text(json.dumps(SUMMARY))
    assert kept_row("x.mp4", tmp_path, IDENTITY) == ClipRow(
        "x.mp4", RowState.KEPT, "", "a" * 64, 5, 4, 1, 10.5, 12.0, "px²", "a; b", IDENTITY.view, IDENTITY.model
    )
    assert kept_row("x.mp4", tmp_path, replace(IDENTITY, calibration=TYPED)) is None
    (tmp_path / "summary.json").write_text("{}")
    assert kept_row("x.mp4", tmp_path, IDENTITY) is None
    (tmp_path / "summary.json").write_text("cut of")
    assert kept_row("x.mp4", tmp_path, IDENTITY) is None


@pytest.mark.parametrize(
    "calibration", [None, TYPED, replace(TYPED, box=Region(0, 0, 30, 30), except_in=(Region(5, 5, 9, 9),))], ids=str
)
def test_what_is_written_is_known_again(calibration: Calibration | None, tmp_path: Path) -> None:
    folders = LocalClipFolders(VersionedExports((("nerveapp", "1"),)))
    clip, segmenter, view = FakeClip(14), FakeSegmenter(), IDENTITY.view
    analysis = analyse(clip, segmenter, view=view, calibration=calibration)
    folders.write_results(tmp_path / "a.mp4", clip, analysis)
    card = segmenter.card
    identity = ResultIdentity(clip.info.sha256, view, calibration, card.name, card.sha256, segmenter.engine, "1")
    kept = folders.kept_row("a.mp4", tmp_path / "a.mp4", identity)
    assert kept is not None
    assert (kept.frames, kept.area_max) == (14, analysis.summary.area_max)
    warned = replace(analysis, truncation="It ends early.", unlike_training="These images are unlike others.")
    folders.write_results(tmp_path / "a.mp4", clip, warned)
    again = folders.kept_row("a.mp4", tmp_path / "a.mp4", identity)
    assert again == replace(row_of("a.mp4", warned), state=RowState.KEPT), "nothing is said less the second time"
    for other in (
        replace(identity, version="2"),
        replace(identity, engine="another"),
        replace(identity, model_sha256="c"),
        replace(identity, view=replace(view, side=Side.RIGHT)),
        replace(identity, calibration=replace(TYPED, row_spacing_mm=0.3)),
    ):
        assert folders.kept_row("a.mp4", tmp_path / "a.mp4", other) is None


def test_the_table_carries_the_notice_and_a_row_per_clip(tmp_path: Path) -> None:
    done = ClipRow("x, y.mp4", RowState.DONE, area_median=10.5)
    table = write_table(tmp_path, [done, ClipRow("z.mp4", RowState.FAILED, "It is empty.")])
    first, *rest = table.read_text().splitlines()
    assert first == f"# {NOTICE}"
    assert rest[0] == COLUMNS, "scripts rely on them"
    rows = list(csv.DictReader(rest))
    assert [(row["clip"], row["state"], row["said"], row["area_median"]) for row in rows] == [
        ("x, y.mp4", "done", "", "10.5"),
        ("z.mp4", "failed", "It is empty.", ""),
    ]


def test_areas_that_are_no_findings_are_in_no_table(tmp_path: Path) -> None:
    doubtful = ClipRow("a.mp4", RowState.DONE, area_median=10.5, area_max=11.0, unit="mm²", implausible="5 of 5 frames")
    (row,) = csv.DictReader(write_table(tmp_path, [doubtful]).read_text().splitlines()[1:])
    assert (row["area_median"], row["area_max"], row["implausible"]) == ("", "", "5 of 5 frames")


def test_a_data_set_is_no_folder_of_clips(tmp_path: Path) -> None:
    for name in ("images/1.png", "masks/1.png"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_bytes(b"\x89PNG\r\n\x1a\n....")
    with pytest.raises(ClipError, match="data set") as caught:
        clips_below(tmp_path)
    assert "evaluate" in caught.value.hint
    assert len(clips_below(tmp_path / "images")) == 1


def test_what_an_earlier_run_wrote_is_no_clip(tmp_path: Path) -> None:
    (tmp_path / "wrist.mp4").write_bytes(b"")
    result = tmp_path / "first" / "wrist.mp4"
    (result / "masks").mkdir(parents=True)
    (result / "summary.json").write_text(json.dumps(SUMMARY))
    (result / "overlay.mp4").write_bytes(b"")
    (result / "masks" / "mask_000000.png").write_bytes(b"\x89PNG\r\n\x1a\n....")
    other = tmp_path / "other"
    other.mkdir()
    (other / "summary.json").write_text('{"clip": "mine"}')
    (other / "b.mp4").write_bytes(b"")
    (tmp_path / "summary.json").write_text(json.dumps(SUMMARY))  # of one clip, written beside the clips themselves
    (tmp_path / "overlay.mp4").write_bytes(b"")
    assert [str(path.relative_to(tmp_path)) for path in clips_below(tmp_path)] == ["other/b.mp4", "wrist.mp4"]
