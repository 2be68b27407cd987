import json
import math
import pickle
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from nerveapp.bootstrap import REPOSITORY
from nerveapp.domain.model import ModelCard, RefinementStage, TrainingData, WeightFile
from nerveapp.domain.score import Score
from nerveapp.errors import ModelError
from nerveapp.io.atomic import write_bytes
from nerveapp.io.model_store import FolderModelStore
from nerveapp.ports import TrainedWeights

SCORE = Score("set", "held out", "torch", 3, 2, 0.9, 0.05, 0.8, 0.06, None, 0.1, 0, (0.85, 0.95), True)
CARD = ModelCard(
    name="small", title="Small", architecture="unet", encoder="tu-tf_efficientnet_lite0", input_height=32,
    input_width=32, mean=0.5, std=0.5, classes=("nerve",), threshold=0.5, max_components=2, licence="MIT",
    weights=WeightFile("", ""), cpu_weights=(), cpu_precision="int8",
    trained_on=(TrainingData("set", "here", "MIT", 4, 3),),
    held_out=("a", "b"), scores=(SCORE,), recipe="{}", versions=(("numpy", "2"),),
)  # fmt: skip
WEIGHTS = TrainedWeights(b"reference", b"<xml/>", b"numbers")


@pytest.fixture
def store(tmp_path: Path) -> FolderModelStore:
    found = FolderModelStore(tmp_path / "weights")
    found.save(CARD, WEIGHTS)
    return found


def test_a_model_comes_back_as_it_was(store: FolderModelStore) -> None:
    assert store.names() == ("small",)
    card = store.card("small")
    assert replace(card, weights=CARD.weights, cpu_weights=()) == CARD
    assert store.weights("small") == WEIGHTS
    assert store.cpu_weights("small") == TrainedWeights(b"", b"<xml/>", b"numbers")


def test_files_of_other_numbers_go_when_a_model_is_saved_anew(store: FolderModelStore, tmp_path: Path) -> None:
    store.save(replace(CARD, cpu_precision="float16"), WEIGHTS)
    files = {path.name for path in (tmp_path / "weights").iterdir()}
    assert files == {"small.json", "small.safetensors", "small.float16.xml", "small.float16.bin"}
    assert store.weights("small") == WEIGHTS


def test_a_model_is_removed_with_all_that_is_its_own(store: FolderModelStore, tmp_path: Path) -> None:
    shared = store.save(replace(CARD, name="other-close-up"), WEIGHTS)
    own = store.save(replace(CARD, name="mine-close-up"), WEIGHTS)
    for name, stage in (("mine", own), ("borrows", shared)):
        store.save(replace(CARD, name=name, refinement=RefinementStage(stage.name, stage.weights.sha256)), WEIGHTS)
        store.remove(name)
    assert store.stored() == ("other-close-up", "small"), "what is another model's stays"
    files = {path.name.split(".")[0] for path in (tmp_path / "weights").iterdir()}
    assert files == {"other-close-up", "small"}
    with pytest.raises(ModelError, match="no model called mine"):
        store.remove("mine")


def test_a_refinement_belongs_to_its_model_and_must_be_the_one_it_was_scored_with(store: FolderModelStore) -> None:
    second = store.save(replace(CARD, name="small-close-up", crop_size_factors=(4.0,)), WEIGHTS)
    whole = store.save(replace(CARD, refinement=RefinementStage(second.name, second.weights.sha256)), WEIGHTS)
    assert store.names() == ("small",)
    assert store.stored() == ("small", "small-close-up")
    assert store.refinement_card(store.card("small")) == second
    with pytest.raises(ModelError, match="not the refinement stage"):
        store.refinement_card(replace(whole, refinement=RefinementStage(second.name, "0" * 64)))


@pytest.mark.parametrize("file", ["small.safetensors", "small.int8.xml", "small.int8.bin"])
def test_an_altered_file_is_refused(store: FolderModelStore, tmp_path: Path, file: str) -> None:
    path = tmp_path / "weights" / file
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(ModelError, match="hash differs"):
        store.weights("small")


def test_a_pickle_under_the_name_is_refused(store: FolderModelStore, tmp_path: Path) -> None:
    (tmp_path / "weights" / "small.safetensors").write_bytes(pickle.dumps({"weight": 1}))
    with pytest.raises(ModelError):
        store.weights("small")


def test_missing_files_unknown_names_and_broken_cards_are_told(store: FolderModelStore, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no model called other") as caught:
        store.card("other")
    assert "small" in caught.value.hint
    card = tmp_path / "weights" / "small.json"
    values = json.loads(card.read_text())
    values["threshold"] = "high"
    card.write_text(json.dumps(values))
    with pytest.raises(ModelError, match="threshold"):
        store.card("small")
    (tmp_path / "weights" / "empty.json").write_text("")
    with pytest.raises(ModelError, match="not valid"):
        store.card("empty")


def test_a_card_cannot_point_outside_its_folder(store: FolderModelStore, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    card = tmp_path / "weights" / "small.json"
    values = json.loads(card.read_text())
    values["weights"]["file"] = "../secret"
    card.write_text(json.dumps(values))
    with pytest.raises(ModelError, match="missing"):
        store.weights("small")


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("input_height", 100_000, "100000 pixels high"),
        ("input_width", 0, "0 pixels wide"),
        ("input_width", 100, "in steps of 32"),
        ("classes", ["nerve"] * 100_000, "100000 classes"),
        ("classes", [], "0 classes"),
        ("members", 10**9, "members"),
        ("decoder_channels", 10**9, "decoder"),
        ("max_components", 10**9, "components"),
        ("reaches", [1e9], "crop size factors"),
        ("reaches", [math.nan], "crop size factors"),
        ("reaches", [4.0] * 1000, "crop size factors"),
        ("threshold", math.nan, "threshold"),
        ("threshold", 1.0, "threshold"),
        ("mean", math.inf, "mean"),
        ("std", 0.0, "deviation"),
        ("max_gap", math.nan, "gap"),
        ("confidence_knots", [[0, 0], [math.nan, 1]], "knots"),
        ("confidence_knots", [[0.5, 0], [0.2, 1]], "not in order"),
        ("flag_below", math.nan, "flagged below"),
        ("title", "a\0b", "control characters"),
        ("name", "other", "another model's"),
    ],
)
def test_a_card_with_what_no_model_has_is_refused_in_words(
    store: FolderModelStore, tmp_path: Path, key: str, value: object, words: str
) -> None:
    path = tmp_path / "weights" / "small.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {key: value}))
    with pytest.raises(ModelError, match=words):
        store.card("small")


def test_a_card_of_a_gigabyte_is_not_read(store: FolderModelStore, tmp_path: Path) -> None:
    with (tmp_path / "weights" / "small.json").open("ab") as card:
        card.truncate(1 << 30)
    with pytest.raises(ModelError, match="too large"):
        store.card("small")


def test_the_shipped_cards_are_possible_ones() -> None:
    shipped = FolderModelStore(REPOSITORY / "weights")
    assert len([shipped.card(name) for name in shipped.stored()]) >= 4


@pytest.mark.parametrize("writes", range(9))
def test_a_model_that_replaces_another_is_there_whole_or_the_other_still_is(
    store: FolderModelStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, writes: int
) -> None:
    newer = TrainedWeights(b"newer", b"<newer/>", b"other numbers")
    done: list[Path] = []

    def killed(path: Path, data: bytes) -> None:
        if len(done) == writes:
            raise KeyboardInterrupt
        done.append(path)
        write_bytes(path, data)

    with monkeypatch.context() as patch:
        patch.setattr("nerveapp.io.model_store.write_bytes", killed)
        with suppress(KeyboardInterrupt):
            store.save(CARD, newer)
    assert store.names() == ("small",)
    assert store.weights("small") == (WEIGHTS if writes < 4 else newer)
    store.save(CARD, newer)
    assert store.weights("small") == newer
    assert {path.name for path in (tmp_path / "weights").iterdir()} == {
        "small.json", "small.safetensors", "small.int8.xml", "small.int8.bin",
    }  # fmt: skip
