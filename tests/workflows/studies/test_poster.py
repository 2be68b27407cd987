from collections.abc import Sequence
from dataclasses import replace

import pytest

from nerveapp.analysis.splits import leakage
from nerveapp.domain.experiments.recipe import Recipe
from nerveapp.domain.experiments.shipped_recipes import POSTER_RECIPE
from nerveapp.domain.labelled import LabelledImage
from nerveapp.domain.model import ModelCard
from nerveapp.ports import TrainingRun
from nerveapp.workflows.studies.poster import poster_frames, run_poster
from nerveapp.workflows.training.train import make_model, split_by_recipe
from tests.fakes import FakeTrainer
from tests.workflows.training.test_train import FakeStore, HalfRight


def test_frames_at_random_share_people_and_leak_and_a_subject_left_out_does_not() -> None:
    frames = poster_frames(subjects=3, frames=5)
    store = FakeStore()
    shown: dict[str, set[str]] = {}

    def make(recipe: Recipe, images: Sequence[LabelledImage]) -> ModelCard:
        trainer = FakeTrainer()
        card = make_model(TrainingRun(recipe), images, trainer=trainer, store=store, versions=())
        shown[recipe.name] = {image.name for image in trainer.sets[0].real}
        return card

    poster = run_poster(POSTER_RECIPE, frames, make=make, load=lambda name: HalfRight(store.card(name)), versions=())
    random, left_out = poster.rows[:2], poster.rows[2:]
    assert [row.site for row in random] == [row.site for row in left_out] == ["forearm", "wrist"]
    assert all(row.same_people and row.leakage > 0.5 for row in random)
    assert all(not row.same_people and row.leakage == 0 for row in left_out)
    assert sum(row.score.n for row in random) == len(frames) / 5
    assert sum(row.score.n for row in left_out) == len(frames)
    assert [row.score.groups for row in left_out] == [3, 3]
    by_subject = [frame.image for frame in frames]
    for fold in range(3):
        recipe = replace(POSTER_RECIPE, name="poster-left-out", folds=3).for_fold(fold)
        held_out = {image.name for image in split_by_recipe(by_subject, recipe).held_out}
        assert len(held_out) == 10
        assert held_out.isdisjoint(shown[recipe.name])


def test_leakage_counts_neighbours_of_the_same_clip_only() -> None:
    training = [("a", 10), ("b", 50)]
    assert leakage(training, [("a", 12), ("a", 13), ("b", 10), ("b", 49)]) == pytest.approx(0.5)
    assert leakage(training, [("a", 7)]) == 0
