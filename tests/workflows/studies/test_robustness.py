from dataclasses import replace

from nerveapp.analysis.machine_changes import CHANGES, SEVERITIES
from nerveapp.domain.experiments.shipped_recipes import RECIPES
from nerveapp.domain.view import Nerve
from nerveapp.workflows.studies.robustness import measure_robustness
from nerveapp.workflows.training.train import phantom_images
from tests.fakes import FakeSegmenter

RECIPE = replace(RECIPES["median-wrist"], folds=2)


def test_every_change_is_scored_on_every_image_by_the_fold_that_never_saw_it() -> None:
    images = phantom_images(4, seed=3, nerves=(Nerve.MEDIAN,))
    asked: list[str] = []

    def load(name: str) -> FakeSegmenter:
        asked.append(name)
        return FakeSegmenter()

    found = measure_robustness(RECIPE, images, load=load, versions=())
    assert asked == ["median-wrist-fold-1", "median-wrist-fold-2"]
    assert len(found.rows) == 1 + len(CHANGES) * len(SEVERITIES)
    assert all(row.score.n == row.score.groups == 4 for row in found.rows)
