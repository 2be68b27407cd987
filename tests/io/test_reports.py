import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from nerveapp.domain.experiments.report import SplitScore, TestedFrame, TrainingReport
from nerveapp.domain.experiments.results import ImageScore
from nerveapp.domain.experiments.shipped_recipes import RECIPES
from nerveapp.domain.experiments.split import SplitKind
from nerveapp.domain.model import RefinementStage
from nerveapp.domain.score import Score
from nerveapp.domain.segmentation import Flag
from nerveapp.domain.view import Nerve, Side, Site, View
from nerveapp.errors import ModelError, WriteError
from nerveapp.io.model_store import FolderModelStore
from nerveapp.ports import TrainedWeights
from tests.fakes import CARD

WEIGHTS = TrainedWeights(b"reference", b"<xml/>", b"numbers")
SCORE = Score("own images", "by person", "fake", 3, 2, 0.9, 0.05, 0.8, 0.06, None, 0.1, 0, (0.85, 0.95), True)
IMAGE = ImageScore(
    "f-1", "S01", 2 / 3, 0.5, None, 10, 20, 0.7, (Flag.LOW_CONFIDENCE, Flag.TOUCHES_BORDER), (((1, 2), (3, 4)), ())
)
FRAMES = (
    TestedFrame(IMAGE, 0, "c" * 64, 12, View(Nerve.ULNAR, Site.ELBOW, Side.LEFT)),
    TestedFrame(replace(IMAGE, name="s", hd95_px=1.5, assd_px=0.1), 1, "", 0, None),
)


@pytest.fixture
def store(tmp_path: Path) -> FolderModelStore:
    return FolderModelStore(tmp_path / "weights")


def report(store: FolderModelStore) -> TrainingReport:
    """A report of a model that is in the store."""
    card = store.save(replace(CARD, name="mine"), WEIGHTS)
    splits = (
        SplitScore(SplitKind.FOLDS, 0.0, 80, 4, SCORE),
        SplitScore(SplitKind.FRAMES, 1 / 3, 81, 5, SCORE),
        SplitScore(None, None, 0, 0, SCORE),
    )
    recipe = replace(RECIPES["median-wrist"], name="mine", split=SplitKind.LEAVE_ONE_OUT, start="other " + "a" * 64)
    made_at = datetime(2026, 3, 4, 5, 6, 7, 89, tzinfo=UTC)
    return TrainingReport("mine", card.sha256, made_at, recipe, splits, FRAMES, (("numpy", "2"),))


def path_of(tmp_path: Path) -> Path:
    return tmp_path / "weights" / "reports" / "mine.json"


def test_a_report_comes_back_as_it_was(store: FolderModelStore) -> None:
    saved = report(store)
    assert store.report("mine") is None
    store.save_report(saved)
    assert store.report("mine") == saved
    later = replace(saved, splits=saved.splits[:1])
    store.save_report(later)
    assert store.report("mine") == later


def test_a_report_is_no_model(store: FolderModelStore) -> None:
    store.save_report(report(store))
    assert store.stored() == ("mine",)
    assert store.report("other") is None
    assert store.report("reports/mine") is None


def test_a_report_of_other_weights_is_not_given(store: FolderModelStore) -> None:
    store.save_report(report(store))
    store.save(replace(CARD, name="mine"), TrainedWeights(b"trained anew"))
    assert store.report("mine") is None
    store.save(replace(CARD, name="mine", scores=(SCORE,)), WEIGHTS)
    assert store.report("mine") is not None, "it speaks of the weights, whatever else the card says"
    store.save(replace(CARD, name="mine", refinement=RefinementStage("mine-close-up", "d" * 64)), WEIGHTS)
    assert store.report("mine") is None, "with another refinement stage it is another model"


def test_a_report_without_its_model_is_not_given(store: FolderModelStore, tmp_path: Path) -> None:
    store.save_report(report(store))
    (tmp_path / "weights" / "mine.json").unlink()
    assert store.report("mine") is None


@pytest.mark.parametrize("damage", ["cut", "empty", "no text", "another kind"])
def test_a_damaged_report_is_told(store: FolderModelStore, tmp_path: Path, damage: str) -> None:
    store.save_report(report(store))
    path = path_of(tmp_path)
    whole = path.read_bytes()
    values = {**json.loads(whole), "splits": "none"}
    path.write_bytes(
        {"cut": whole[:-40], "empty": b"", "no text": b"\xff\xfe\x00", "another kind": json.dumps(values).encode()}[
            damage
        ]
    )
    with pytest.raises(ModelError, match="report of mine is not valid") as caught:
        store.report("mine")
    assert caught.value.hint


def test_a_report_that_cannot_be_written_is_told(store: FolderModelStore, tmp_path: Path) -> None:
    saved = report(store)
    (tmp_path / "weights" / "reports").write_text("in the way")
    with pytest.raises(WriteError, match=r"mine\.json cannot be written"):
        store.save_report(saved)


@given(
    st.floats(0, 1),
    st.floats(0, 1, exclude_min=True) | st.none(),
    st.lists(st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 5000)), max_size=4), max_size=3),
)
def test_no_figure_changes_on_the_way_to_a_file_and_back(
    dice: float, hd95_px: float | None, outline: list[list[tuple[int, int]]]
) -> None:
    tested = TypeAdapter(TestedFrame)
    score = replace(IMAGE, dice=dice, hd95_px=hd95_px, outline=tuple(map(tuple, outline)))
    frame = replace(FRAMES[0], score=score)
    assert tested.validate_json(tested.dump_json(frame)) == frame
