import json
from pathlib import Path

import pytest

from nerveapp.domain.experiments.split import SplitKind
from nerveapp.io.model_store import FolderModelStore
from nerveapp.io.older_names import with_todays_names

REPOSITORY = Path(__file__).parents[2]


def read(split: str, **fields: object) -> object:
    score = {"split": split, "dice_ci95": [0.8, 0.9], **fields}
    return json.loads(with_todays_names(json.dumps({"scores": [score]})))["scores"][0]["unseen_people"]


@pytest.mark.parametrize("kind", SplitKind)
def test_scores_that_do_not_say_so_are_of_unseen_people_if_their_words_are(kind: SplitKind) -> None:
    assert read(f"{kind.words}, seed 7, leakage 0%") is kind.by_person


def test_what_a_score_says_itself_counts_more_than_its_words() -> None:
    assert read("by person", unseen_people=False) is False
    assert read("INCLUDES TRAINING IMAGES: 2 of 3 groups were trained on") is False


def test_all_that_is_shipped_was_scored_on_people_not_trained_on() -> None:
    shipped = FolderModelStore(REPOSITORY / "weights")
    assert all(score.unseen_people for name in shipped.names() for score in shipped.card(name).scores)
