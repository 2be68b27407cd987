import json
from dataclasses import replace

import numpy as np
import pytest

from nerveapp import NOTICE
from nerveapp.domain.labelled import LabelledImage
from nerveapp.domain.model import TrainingData
from nerveapp.errors import DataError
from nerveapp.workflows.evaluating.evaluate_model import evaluate_model
from tests.fakes import CARD, FakeSegmenter

CLIP = "c" * 64
DATA = TrainingData("own images", "made here", "none", 1, 1, ("S1",), (CLIP,))
KNOWS = FakeSegmenter(card=replace(CARD, trained_on=(DATA,)))


def image(name: str, group: str, level: int, clip: str) -> LabelledImage:
    nerve = np.zeros((40, 60), bool)
    nerve[5:25, 10:30] = True
    return LabelledImage(name, group, np.full((40, 60), level, np.uint8), nerve, clip=clip)


RENAMED, UNSEEN = image("known", "renamed", 20, CLIP), image("unknown", "other", 0, "d" * 64)


def test_a_person_under_another_name_is_known_by_the_clip() -> None:
    everybody = evaluate_model([RENAMED, UNSEEN], KNOWS, dataset="set", unseen_only=False)
    assert everybody.score.split.startswith("INCLUDES TRAINING IMAGES: 1 of 2 groups")
    unseen = evaluate_model([RENAMED, UNSEEN], KNOWS, dataset="set", unseen_only=True)
    assert unseen.score.groups == 1
    with pytest.raises(DataError, match="trained on every group"):
        evaluate_model([RENAMED], KNOWS, dataset="set", unseen_only=True)


def test_the_file_holds_the_score_each_image_and_the_notice() -> None:
    found = json.loads(evaluate_model([UNSEEN], KNOWS, dataset="set", unseen_only=False).json())
    assert (found["model"], found["n"], found["dice_mean"]) == ("fake", 1, 0.0)
    assert found["hd95_px_median"] is None
    assert [one["name"] for one in found["images"]] == ["unknown"]
    assert found["notice"] == NOTICE


def test_groups_held_out_of_training_are_called_so() -> None:
    held_out = FakeSegmenter(card=replace(CARD, held_out=("other",)))
    assert evaluate_model([UNSEEN], held_out, dataset="set", unseen_only=False).score.split == (
        "groups held out of training"
    )
