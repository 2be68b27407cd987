from dataclasses import replace

import numpy as np
import pytest

from nerveapp.analysis.machine_changes import CHANGES, SEVERITIES
from nerveapp.domain.experiments.recipe import RECIPES
from nerveapp.domain.view import Nerve, Site
from nerveapp.workflows.robustness import measure_robustness
from nerveapp.workflows.temporal_stability import measure_stability
from nerveapp.workflows.train import phantom_images
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


def test_steadiness_knows_the_true_areas() -> None:
    rows = measure_stability(FakeSegmenter(), nerve=Nerve.MEDIAN, site=Site.WRIST, subjects=2, frames=8)
    assert [row.subject for row in rows] == [100, 101]
    for row in rows:
        assert 0 < row.truth < 0.2
        assert row.error_outlined > 0
        assert np.isfinite(row.smoothed)
        assert row.outlined == pytest.approx(0, abs=0.5)
