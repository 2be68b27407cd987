import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nerveapp.domain.model import RefinementStage, TrainingData
from nerveapp.domain.public_still import ATTRIBUTION, STILLS, PublicStill, seen_in_training
from nerveapp.errors import ClipError
from nerveapp.io.model_store import FolderModelStore
from nerveapp.io.public_stills import WebStills
from tests.fakes import CARD
from tests.real_data import needs_real_data

IMAGES = Path("usgra-nerves/images")


@needs_real_data
def test_the_expected_stills_pass_and_are_credited(real_data: Path, tmp_path: Path) -> None:
    home = (real_data / IMAGES).resolve().as_uri() + "/"
    for still in STILLS:
        assert WebStills(home).fetch(still, tmp_path).stat().st_size > 10_000
    assert "CC BY 4.0" in ATTRIBUTION
    groups = dict(csv.reader((real_data / IMAGES.parent / "groups.csv").read_text().splitlines()))
    assert all(groups[still.file.removesuffix(".png")] == still.group for still in STILLS)


WEIGHTS = Path(__file__).parents[2] / "weights"
SHIPPED = {path.stem: json.loads(path.read_text()) for path in WEIGHTS.glob("*.json")}


def members(card: dict[str, Any]) -> set[str]:
    return {member for data in card["trained_on"] for member in data["members"]}


@pytest.mark.parametrize("still", STILLS, ids=lambda still: still.file)
@pytest.mark.parametrize("name", sorted(name for name in SHIPPED if not name.endswith("-close-up")))
def test_what_is_said_of_a_shipped_model_is_what_its_cards_say(still: PublicStill, name: str) -> None:
    store = FolderModelStore(WEIGHTS)
    card = SHIPPED[name]
    refinement = SHIPPED[card["refinement"]["name"]] if card["refinement"] else {"trained_on": []}
    seen = still.group in members(card) | members(refinement)
    said = seen_in_training(still, [store.card(one) for one in store.stored()])
    assert (f"model {name} has seen this person in training." in said) == seen
    assert (f"model {name} has not seen this person in training." in said) == (not seen)


def test_a_model_has_seen_whom_either_of_its_networks_has_by_name_or_by_clip() -> None:
    still = STILLS[0]
    close = replace(CARD, name="a-close-up", trained_on=(TrainingData("s", "", "", 1, 1, ("0045",)),))
    by_clip = replace(CARD, name="b", trained_on=(TrainingData("s", "", "", 1, 1, ("S7",), (still.sha256,)),))
    cards = [replace(CARD, name="a", refinement=RefinementStage("a-close-up", "0" * 64)), close, by_clip]
    cards += [replace(CARD, name=name) for name in "cde"]
    assert seen_in_training(still, cards) == (
        "The models a and b have seen this person in training. "
        "The models c, d and e have not seen this person in training."
    )
    assert seen_in_training(still, []) == ""


def test_another_file_is_refused_and_not_kept(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / STILLS[0].file).write_bytes(b"something else")
    with pytest.raises(ClipError, match="hash differs"):
        WebStills(home.as_uri() + "/").fetch(STILLS[0], tmp_path / "out")
    assert not (tmp_path / "out").exists() or not list((tmp_path / "out").iterdir())


def test_being_offline_is_told(tmp_path: Path) -> None:
    with pytest.raises(ClipError, match="cannot be reached"):
        WebStills("http://127.0.0.1:9/").fetch(STILLS[0], tmp_path)
