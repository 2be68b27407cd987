from dataclasses import replace
from datetime import UTC, datetime

import pytest

from nerveapp.domain.actor import Actor, Right
from nerveapp.domain.promotion import Promotion, Role
from nerveapp.errors import ModelError, RightsError
from nerveapp.ports import TrainedWeights
from nerveapp.workflows.models.remove_model import remove_model, why_it_stays
from tests.fakes.model_registry import FakeModelRegistry
from tests.fakes.model_store import FakeModelStore
from tests.fakes.segmenter import CARD

WHO = Actor("R1")


@pytest.fixture
def models() -> FakeModelStore:
    found = FakeModelStore()
    for name in ("median-wrist", "peripheral-nerve", "mine"):
        found.save(replace(CARD, name=name), TrainedWeights(name.encode(), b"", b""))
    return found


def test_a_model_of_ones_own_is_removed_and_the_apps_own_stay(models: FakeModelStore) -> None:
    for role in Role:
        with pytest.raises(ModelError, match="the app's own"):
            remove_model(role.shipped, models, None, actor=WHO)
    assert why_it_stays("mine", models, None) == ""
    remove_model("mine", models, None, actor=WHO)
    assert models.names() == ("median-wrist", "peripheral-nerve")
    with pytest.raises(ModelError, match="no model called mine"):
        remove_model("mine", models, None, actor=WHO)


def test_who_may_not_put_models_to_use_removes_none(models: FakeModelStore) -> None:
    with pytest.raises(RightsError):
        remove_model("mine", models, None, actor=Actor("R1", frozenset(Right) - {Right.PROMOTE}))
    assert "mine" in models.names()


def test_one_in_use_stays_until_another_is_put_to_use(models: FakeModelStore) -> None:
    registry, at = FakeModelRegistry(), datetime(2026, 6, 1, tzinfo=UTC)
    registry.promote(Promotion(Role.OTHER_NERVES, "mine", models.card("mine").sha256, at, None))
    with pytest.raises(ModelError, match="in use for other nerves and sites"):
        remove_model("mine", models, registry, actor=WHO)
    shipped = Role.OTHER_NERVES.shipped
    registry.promote(Promotion(Role.OTHER_NERVES, shipped, models.card(shipped).sha256, at, None))
    remove_model("mine", models, registry, actor=WHO)
    assert "mine" not in models.names()
