from dataclasses import replace
from datetime import UTC, datetime

import pytest

from nerveapp.domain.experiments.report import SplitScore, TestedFrame, TrainingReport
from nerveapp.domain.experiments.results import ImageScore
from nerveapp.domain.experiments.shipped_recipes import RECIPES
from nerveapp.domain.experiments.split import SplitKind
from nerveapp.domain.model import WeightFile
from nerveapp.domain.promotion import Promotion, Role
from nerveapp.domain.score import Score
from nerveapp.domain.view import Nerve, Site, View
from nerveapp.errors import ModelError
from nerveapp.ports import TrainedWeights
from nerveapp.workflows.models.choose_model import choice_made, choice_of, default_model, is_here, models_to_choose
from tests.fakes import CARD, FakeModelRegistry, FakeModelStore

NOW = datetime(2026, 5, 1, tzinfo=UTC)
WRIST, ELBOW = View(Nerve.MEDIAN, Site.WRIST), View(Nerve.ULNAR, Site.ELBOW)


def score(dice: float, dataset: str = "set", *, unseen_people: bool = True) -> Score:
    return Score(dataset, "", "torch", 51, 22, dice, 0.05, 0.8, 0.06, None, 0.1, 0, (0.85, 0.95), unseen_people)


def add(models: FakeModelStore, name: str, *scores: Score) -> None:
    card = replace(CARD, name=name, title=name.title(), scores=scores, weights=WeightFile("", name[0] * 64))
    models.kept[name] = card, TrainedWeights(b"")


def train(models: FakeModelStore, name: str, dice: float, view: View, split: SplitKind = SplitKind.FOLDS) -> None:
    """Add a model trained here: two people held out, of whom one is of another view."""
    found = score(dice, "own images", unseen_people=split.by_person)
    add(models, name, found)
    frames = tuple(
        TestedFrame(ImageScore(f"{person}-{frame}", person, dice, dice, None, 1, 1, 0.9), 0, "", frame, view)
        for person in ("S1", "S2")
        for frame in range(3)
    )
    recipe = replace(RECIPES["median-wrist"], name=name, split=split)
    models.reports[name] = TrainingReport(
        name, models.card(name).sha256, NOW, recipe, (SplitScore(split, 0.0, 10, 4, found),), frames, ()
    )


@pytest.fixture
def models() -> FakeModelStore:
    found = FakeModelStore()
    add(found, "median-wrist", score(0.92), score(0.96, "phantom"))
    add(found, "peripheral-nerve", score(0.63))
    return found


def names(view: View, models: FakeModelStore, registry: FakeModelRegistry | None = None) -> list[str]:
    return [one.name for one in models_to_choose(view, models, registry)]


def test_the_shipped_model_of_the_view_comes_first_with_its_score_in_words(models: FakeModelStore) -> None:
    best, other = models_to_choose(WRIST, models, None)
    assert (best.name, other.name) == ("median-wrist", "peripheral-nerve")
    assert best.score_words == "Dice 0.92 on 51 images of 22 people, split by person"
    assert best.in_use
    assert best.warning is None
    assert names(ELBOW, models) == ["peripheral-nerve", "median-wrist"]


def test_a_weak_model_and_one_made_for_another_site_come_with_a_warning(models: FakeModelStore) -> None:
    weak, other = models_to_choose(ELBOW, models, None)
    assert weak.warning is not None
    assert "it is weak (Dice 0.63 on 51 images of 22 people, split by person)" in weak.warning
    assert "not made" not in weak.warning
    assert other.warning is not None
    assert "it was not made for the ulnar nerve at the elbow" in other.warning
    assert "weak" not in other.warning


def test_where_nobody_said_what_a_clip_shows_the_wrist_is_tried_and_nothing_is_said_of_the_place(
    models: FakeModelStore,
) -> None:
    for view in (View(), View(Nerve.MEDIAN)):
        first, *others = models_to_choose(view, models, None)
        assert first.name == "median-wrist"
        assert first.warning is None
        assert all("made for" not in (one.warning or "") for one in others)
    assert models_to_choose(View(Nerve.ULNAR), models, None)[0].name == "peripheral-nerve"


def test_a_model_promoted_for_both_roles_is_made_for_either(models: FakeModelStore) -> None:
    registry = FakeModelRegistry()
    add(models, "both", score(0.9))
    for role in Role:
        registry.promote(Promotion(role, "both", models.card("both").sha256, NOW, None, "R1"))
    assert choice_of("both", WRIST, models, registry).made_for_view
    assert choice_of("both", ELBOW, models, registry).made_for_view


def test_a_site_that_the_scored_images_do_not_show_is_said(models: FakeModelStore) -> None:
    add(models, "peripheral-nerve", score(0.63, dataset="usgra-nerves"))
    (at_the_wrist, _), (at_the_elbow, _) = (
        models_to_choose(view, models, None) for view in (View(Nerve.ULNAR, Site.WRIST), ELBOW)
    )
    assert at_the_wrist.warning is not None
    assert "never scored on the ulnar nerve at the wrist and it is weak (Dice 0.63" in at_the_wrist.warning
    assert at_the_elbow.warning is not None
    assert "never scored" not in at_the_elbow.warning


def test_models_that_failed_or_were_never_scored_are_not_offered(models: FakeModelStore) -> None:
    train(models, "useless", 0.04, WRIST)
    add(models, "unscored")
    add(models, "synthetic", score(0.99, "phantom"))
    assert names(WRIST, models) == ["median-wrist", "peripheral-nerve"]
    assert choice_of("useless", WRIST, models, None).score_words == "Dice 0.04 on 6 images of 2 people, split by person"


def test_the_one_in_use_is_offered_whatever_its_score(models: FakeModelStore) -> None:
    add(models, "mine")
    registry = FakeModelRegistry()
    registry.promote(Promotion(Role.MEDIAN_WRIST, "mine", models.card("mine").sha256, NOW, None))
    first = models_to_choose(WRIST, models, registry)[0]
    assert (first.name, first.in_use, first.score) == ("mine", True, None)
    assert first.warning is not None
    assert "not scored on people it had not seen" in first.warning


def test_models_made_for_the_site_go_before_others_by_their_score(models: FakeModelStore) -> None:
    train(models, "elbow-good", 0.9, ELBOW)
    train(models, "elbow-fair", 0.7, ELBOW)
    train(models, "wrist-only", 0.95, WRIST)
    assert names(ELBOW, models) == ["peripheral-nerve", "elbow-good", "elbow-fair", "wrist-only", "median-wrist"]
    good = choice_of("elbow-good", ELBOW, models, None)
    assert good.warning is None
    assert good.score_words == "Dice 0.90 on 6 images of 2 people, split by person"


def test_a_score_on_people_it_was_trained_on_counts_for_nothing(models: FakeModelStore) -> None:
    train(models, "leaky", 0.99, ELBOW, SplitKind.FRAMES)
    found = choice_of("leaky", ELBOW, models, None)
    assert found.score is None
    assert found.score_words == "not scored on people it had not seen"
    assert names(ELBOW, models)[1] == "leaky", "it is made for the site, and its warning says what it is worth"


def test_a_model_that_was_replaced_under_its_name_is_not_here(models: FakeModelStore) -> None:
    made_by = models.card("median-wrist")
    assert is_here(made_by, models)
    weak = replace(made_by, weights=WeightFile("w", "f" * 64), scores=(score(0.4),))
    assert not is_here(weak, models)
    assert not is_here(replace(made_by, name="gone"), models)
    assert choice_made(made_by, WRIST, models, None) == choice_of("median-wrist", WRIST, models, None)
    found = choice_made(weak, WRIST, models, None)
    assert (found.in_use, found.score_words) == (False, "Dice 0.40 on 51 images of 22 people, split by person")
    assert found.warning is not None


def test_where_no_model_fits_any_is_taken_and_where_there_is_none_this_is_reported() -> None:
    models = FakeModelStore()
    with pytest.raises(ModelError, match="No model is installed"):
        default_model(WRIST, models, None)
    add(models, "mine", score(0.9))
    assert default_model(ELBOW, models, None) == "mine"
    assert names(ELBOW, models) == ["mine"]
