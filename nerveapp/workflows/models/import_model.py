"""Add a packed model to an installation."""

from __future__ import annotations

from nerveapp.domain.actor import Actor, Right
from nerveapp.domain.model import ModelCard
from nerveapp.ports import ModelPackages, ModelStore


def import_model(data: bytes, *, packages: ModelPackages, models: ModelStore, actor: Actor) -> ModelCard:
    """Check a packed model and add it; whoever may train or promote models may add one.

    Raises
    ------
    RightsError
        If the actor may do neither.
    ModelError
        If it is no packed model, is damaged or does not fit its card, or its name is taken.
    """
    if Right.TRAIN not in actor.rights:
        actor.require(Right.PROMOTE)
    return packages.add(data, models)
