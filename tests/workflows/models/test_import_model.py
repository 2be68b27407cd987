from dataclasses import dataclass

import pytest

from nerveapp.domain.actor import Actor, Right
from nerveapp.domain.model import ModelCard
from nerveapp.errors import RightsError
from nerveapp.ports import ModelStore, TrainedWeights
from nerveapp.workflows.models.import_model import import_model
from tests.fakes import CARD, FakeModelStore


@dataclass
class OnePackage:
    """Packs and adds one card."""

    def pack(self, store: ModelStore, name: str) -> bytes:
        return name.encode()

    def add(self, data: bytes, store: ModelStore) -> ModelCard:
        return store.save(CARD, TrainedWeights(data))


@pytest.mark.parametrize("right", [Right.TRAIN, Right.PROMOTE])
def test_whoever_may_train_or_promote_may_add_a_model(right: Right) -> None:
    models = FakeModelStore()
    import_model(b"zip", packages=OnePackage(), models=models, actor=Actor(rights=frozenset({right})))
    assert models.names() == ("fake",)


def test_nobody_else_may() -> None:
    models = FakeModelStore()
    with pytest.raises(RightsError):
        import_model(b"zip", packages=OnePackage(), models=models, actor=Actor(rights=frozenset({Right.ANNOTATE})))
    assert models.names() == ()
