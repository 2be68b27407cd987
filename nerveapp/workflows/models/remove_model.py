"""Remove a model from an installation."""

from __future__ import annotations

from nerveapp.domain.actor import Actor, Right
from nerveapp.domain.promotion import Role
from nerveapp.errors import ModelError
from nerveapp.ports import ModelRegistry, ModelStore
from nerveapp.workflows.models.choose_model import model_in_use


def why_it_stays(name: str, models: ModelStore, registry: ModelRegistry | None) -> str:
    """Say why a model cannot be removed; "" where it can.

    Parameters
    ----------
    name : str
    models : ModelStore
    registry : ModelRegistry or None
        None where there is no database yet: then none was promoted.

    Raises
    ------
    StoreError
        If the registry cannot be read.
    """
    if name in {role.shipped for role in Role}:
        return "It is one of the app's own."
    used = [role.words for role in Role if model_in_use(role, registry, models) == name]
    return f"It is in use for {' and '.join(used)}: put another one to use first." if used else ""


def remove_model(name: str, models: ModelStore, registry: ModelRegistry | None, *, actor: Actor) -> None:
    """Remove a model with its files and its report; analyses and outlines that were made with it stay.

    Parameters
    ----------
    name : str
    models : ModelStore
    registry : ModelRegistry or None
        None where there is no database yet.
    actor : Actor
        Needs the right to put models to use.

    Raises
    ------
    ModelError
        If there is no such model, or it stays, see `why_it_stays`.
    RightsError
        If the actor may not.
    StoreError
        If the registry cannot be read.
    WriteError
        If its files cannot be removed.
    """
    actor.require(Right.PROMOTE)
    if name not in models.names():
        raise ModelError(f"There is no model called {name}.", f"Models here: {', '.join(models.names()) or 'none'}.")
    if reason := why_it_stays(name, models, registry):
        raise ModelError(f"{name} stays. {reason}", "Choose another model.")
    models.remove(name)
