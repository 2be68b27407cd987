import json
import math
from dataclasses import replace
from pathlib import Path

import pytest

from nerveapp.domain.model import ModelCard, RefinementStage
from nerveapp.errors import ModelError, WriteError
from nerveapp.io.annotation_files.zip_files import pack, unpack
from nerveapp.io.model_store import FolderModelStore
from nerveapp.io.model_zip import pack_model, unpack_model
from nerveapp.ports import TrainedWeights
from tests.io.test_model_store import CARD, WEIGHTS


@pytest.fixture
def packed(tmp_path: Path) -> bytes:
    theirs = FolderModelStore(tmp_path / "theirs")
    theirs.save(CARD, WEIGHTS)
    return pack_model(theirs, "small")


@pytest.fixture
def here(tmp_path: Path) -> FolderModelStore:
    (tmp_path / "here").mkdir()
    return FolderModelStore(tmp_path / "here")


def rebuilt(card: ModelCard, safetensors: bytes) -> TrainedWeights:
    return TrainedWeights(safetensors, b"<xml/>", b"made here")


def not_to_be_built(card: ModelCard, safetensors: bytes) -> TrainedWeights:
    raise AssertionError(f"a network of {card.name} was to be built")


def altered(packed: bytes, **values: object) -> bytes:
    files = {member.name: member.read() for member in unpack(packed)[0]}
    files["small.json"] = json.dumps(json.loads(files["small.json"]) | values).encode()
    return pack(files.items())


def test_a_packed_model_comes_in_with_files_made_here(packed: bytes, here: FolderModelStore) -> None:
    assert unpack_model(packed, here, rebuild=rebuilt).name == "small"
    assert here.weights("small") == TrainedWeights(b"reference", b"<xml/>", b"made here")


@pytest.mark.parametrize(
    "values",
    [
        {"input_height": 10**6},
        {"members": 10**6},
        {"classes": ["nerve"] * 1000},
        {"reaches": [1e12]},
        {"threshold": math.nan},
        {"name": "other"},
        {"name": "small\0"},
        {"refinement": {"name": "small\0", "sha256": ""}},
        {"weights": {"file": "small\0.safetensors", "sha256": ""}},
        {"scores": [json.loads('{"dataset":"a","split":"b","engine":"c","n":1,"groups":1,"dice_mean":NaN,"dice_sd":0,'
                               '"iou_mean":0,"iou_sd":0,"hd95_px_median":null,"area_error_rel_mean":null,"missed":0,'
                               '"dice_ci95":[0,1]}')]},
    ],
)  # fmt: skip
def test_a_card_with_what_no_model_has_is_refused_before_anything_is_built(
    packed: bytes, here: FolderModelStore, values: dict[str, object]
) -> None:
    with pytest.raises(ModelError):
        unpack_model(altered(packed, **values), here, rebuild=not_to_be_built)
    assert here.stored() == ()


def test_a_refinement_stage_that_came_without_its_model_is_no_model_in_the_way(
    tmp_path: Path, here: FolderModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = FolderModelStore(tmp_path / "theirs")
    stage = theirs.save(replace(CARD, name="small-close-up"), WEIGHTS)
    theirs.save(replace(CARD, refinement=RefinementStage(stage.name, stage.weights.sha256)), WEIGHTS)
    packed, save = pack_model(theirs, "small"), here.save

    def full(card: ModelCard, weights: TrainedWeights) -> ModelCard:
        if card.name == "small":
            raise WriteError("The disk is full.", "Free some space.")
        return save(card, weights)

    with monkeypatch.context() as patched:
        patched.setattr(here, "save", full)
        with pytest.raises(WriteError):
            unpack_model(packed, here, rebuild=rebuilt)
    assert unpack_model(packed, here, rebuild=rebuilt).name == "small"
    with pytest.raises(ModelError, match="There is a model called small"):
        unpack_model(packed, here, rebuild=rebuilt)
