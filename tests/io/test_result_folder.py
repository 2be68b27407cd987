from pathlib import Path

import av
import pytest

from nerveapp.domain.analysis import Analysis
from nerveapp.domain.view import View
from nerveapp.errors import AnalysisError, WriteError
from nerveapp.io.result_folder import reserved, write_all
from nerveapp.workflows.analysing.analyse import analyse
from tests.fakes import FakeClip, FakeSegmenter

VERSIONS = (("nerveapp", "0"),)


def run(frames: int = 12) -> Analysis:
    return analyse(FakeClip(frames), FakeSegmenter(), view=View(), calibration=None)


def work_that_fails(folder: Path) -> None:
    with pytest.raises(AnalysisError), reserved(folder):
        raise AnalysisError("Nothing is seen there.", "Point elsewhere.")


def test_a_folder_of_results_holds_a_video_of_every_frame(tmp_path: Path) -> None:
    analysis = run()
    write_all(tmp_path / "out", FakeClip(12), analysis, VERSIONS)
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "measurements.csv",
        "summary.json",
        "overlay.mp4",
        "masks",
    }
    with av.open(str(tmp_path / "out" / "overlay.mp4")) as video:
        stream = video.streams.video[0]
        assert stream.codec_context.name == "h264"
        assert stream.codec_context.pix_fmt == "yuv420p"
        times = [frame.time for frame in video.decode(video=0)]
    assert times == pytest.approx([frame.time_s for frame in analysis.frames], abs=1e-3)


def test_results_of_an_earlier_analysis_are_replaced(tmp_path: Path) -> None:
    write_all(tmp_path, FakeClip(9), run(9), VERSIONS)
    write_all(tmp_path, FakeClip(2), run(2), VERSIONS)
    assert {path.name for path in (tmp_path / "masks").iterdir()} == {"mask_000000.png", "mask_000001.png"}


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(WriteError, match="cannot be written"), reserved(tmp_path / "file"):
        pytest.fail("the work began")


def test_work_that_fails_leaves_no_folder_behind(tmp_path: Path) -> None:
    work_that_fails(tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_work_that_fails_leaves_earlier_results_and_other_files_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    write_all(tmp_path, FakeClip(2), run(2), VERSIONS)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    work_that_fails(tmp_path)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
