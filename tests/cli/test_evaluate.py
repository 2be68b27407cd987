import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nerveapp import bootstrap
from nerveapp.analysis.pictures import png_of
from nerveapp.cli.models import evaluate
from nerveapp.domain.model import TrainingData
from tests.fakes import CARD, FakeSegmenter

CLIP = "c" * 64


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two images: of a renamed person whose clip was learnt from, and of one never seen, where nothing is found."""
    mask = np.zeros((40, 60), np.uint8)
    mask[5:25, 10:30] = 255
    for name, level in (("known", 20), ("unknown", 0)):
        for kind, image in (("images", np.full((40, 60), level, np.uint8)), ("masks", mask)):
            (tmp_path / "set" / kind).mkdir(parents=True, exist_ok=True)
            (tmp_path / "set" / kind / f"{name}.png").write_bytes(png_of(image))
    rows = ("image,group,clip,frame", f"known,renamed,{CLIP},0", f"unknown,other,{'d' * 64},0")
    (tmp_path / "set" / "groups.csv").write_text("\n".join(rows))
    return tmp_path / "set"


@pytest.fixture(autouse=True)
def _model(monkeypatch: pytest.MonkeyPatch) -> None:
    data = TrainingData("own images", "made here", "none", 1, 1, ("S1",), (CLIP,))
    segmenter = FakeSegmenter(card=replace(CARD, trained_on=(data,)))
    monkeypatch.setattr(bootstrap, "load_segmenter", lambda *_given, **_more: segmenter)


def scored(folder: Path, *, unseen: bool) -> dict[str, object]:
    report = folder.parent / "report.json"
    evaluate(model="fake", data=folder, json_file=report, unseen=unseen)
    found: dict[str, object] = json.loads(report.read_text())
    return found


def test_a_person_under_another_name_is_known_by_the_clip(folder: Path) -> None:
    assert "INCLUDES TRAINING IMAGES: 1 of 2 groups" in str(scored(folder, unseen=False)["split"])
    assert scored(folder, unseen=True)["groups"] == 1
