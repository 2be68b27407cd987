"""The command that says how far two readers agree."""

import csv
from pathlib import Path

import pytest

from nerveapp.bootstrap import application
from nerveapp.cli.readers import compare_readers
from nerveapp.domain.view import Nerve
from nerveapp.errors import AnnotationError
from tests.io.store.records import CLIP, IMAGE, annotation
from tests.stores import empty_store


@pytest.fixture(autouse=True)
def _readers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NERVEAPP_DATABASE", empty_store(tmp_path / "readers.db"))
    store = application().annotations
    store.register(CLIP)
    for frame in range(4):
        for rater in ("R1", "R2"):
            store.save(annotation(frame, rater=rater, seed=frame + (rater == "R2"), prediction=None), IMAGE)


def test_readers_are_listed_and_their_comparison_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    compare_readers()
    assert "rater R1  (4 frames)" in capsys.readouterr().out
    out = tmp_path / "r1-r2.csv"
    compare_readers(first="rater R1", second="rater R2", out=out)
    assert "4 frames of 1 clip, 1 person" in capsys.readouterr().out
    rows = list(csv.DictReader(line for line in out.read_text().splitlines() if not line.startswith("#")))
    assert [row["frame"] for row in rows] == ["0", "1", "2", "3"]


def test_who_is_no_reader_and_frames_that_are_not_there_are_told(tmp_path: Path) -> None:
    with pytest.raises(AnnotationError, match="no reader 'R1'"):
        compare_readers(first="R1", second="rater R2", out=tmp_path / "out.csv")
    with pytest.raises(AnnotationError, match="no such frame in common"):
        compare_readers(first="rater R1", second="rater R2", out=tmp_path / "out.csv", nerve=Nerve.ULNAR)
    assert not (tmp_path / "out.csv").exists()
