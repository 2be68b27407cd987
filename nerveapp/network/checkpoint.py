"""All that changes during a training, as bytes: what resumes from them ends in the very same weights."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load, save

from nerveapp.domain.experiments.identity import same_training
from nerveapp.domain.experiments.recipe import Recipe

_STATE = "state.json"
_TORCH_RNG = "chance.torch"
_VIEWS_RNG = "chance"
"""Names in the file, which checkpoints of earlier versions have too."""


@dataclass(slots=True)
class TrainingState:
    """A training under way.

    Parameters
    ----------
    network, average : torch.nn.Module
        The trained weights and their running average.
    optimiser, schedule
        Their moments, and the step of the schedule.
    rng : numpy.random.Generator
        Source of every view.
    losses : list of float
        Mean training loss of each epoch that is done.
    """

    network: torch.nn.Module
    average: torch.nn.Module
    optimiser: torch.optim.Optimizer
    schedule: torch.optim.lr_scheduler.LRScheduler
    rng: np.random.Generator
    losses: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class TrainResult:
    """What a training ended in.

    Parameters
    ----------
    network : torch.nn.Module
        The running average of the weights.
    losses : tuple of float
        Mean training loss of every epoch, those before an interruption included.
    """

    network: torch.nn.Module
    losses: tuple[float, ...]


def pack(training: TrainingState, recipe: Recipe) -> bytes:
    """Pack a training as safetensors, with the settings that decide its weights.

    Parameters
    ----------
    training : TrainingState
        Between two epochs.
    recipe : Recipe
        `restore` accepts no other, but for what decides no weights.
    """
    tensors = {_TORCH_RNG: torch.get_rng_state()}
    for part, module in (("network", training.network), ("average", training.average)):
        tensors |= {f"{part}:{name}": value.contiguous() for name, value in module.state_dict().items()}
    optimiser = training.optimiser.state_dict()
    for index, moments in optimiser["state"].items():
        tensors |= {f"optimiser:{index}:{name}": value.contiguous() for name, value in moments.items()}
    state = {
        "settings": recipe.settings(),
        "losses": training.losses,
        "groups": optimiser["param_groups"],
        "schedule": {"last_epoch": training.schedule.last_epoch, "last_lr": training.schedule.get_last_lr()},
        _VIEWS_RNG: training.rng.bit_generator.state,
    }
    tensors[_STATE] = torch.frombuffer(bytearray(json.dumps(state).encode()), dtype=torch.uint8)
    return save(tensors)


def restore(training: TrainingState, checkpoint: bytes, recipe: Recipe) -> bool:
    """Bring a training to where a checkpoint left it.

    Returns
    -------
    bool
        False, with nothing changed, if the checkpoint is damaged, of another training or of other layers.
    """
    parts: dict[str, dict[str, torch.Tensor]] = {"network": {}, "average": {}, "optimiser": {}}
    try:
        tensors = load(checkpoint)
        state = json.loads(tensors.pop(_STATE).numpy().tobytes())
        torch_rng_state = tensors.pop(_TORCH_RNG)
        for name, value in tensors.items():
            part, _, rest = name.partition(":")
            parts[part][rest] = value
    except (SafetensorError, KeyError, ValueError):
        return False
    same_layers = parts["network"].keys() == training.network.state_dict().keys()
    if "losses" not in state or not same_layers or not same_training(state["settings"], recipe):
        return False
    training.network.load_state_dict(parts["network"])
    training.average.load_state_dict(parts["average"])
    moments: dict[int, dict[str, torch.Tensor]] = {}
    for name, value in parts["optimiser"].items():
        index, _, moment = name.partition(":")
        moments.setdefault(int(index), {})[moment] = value
    training.optimiser.load_state_dict({"state": moments, "param_groups": state["groups"]})
    # OneCycleLR works each rate out from the count of steps alone.
    training.schedule.last_epoch = state["schedule"]["last_epoch"]
    training.schedule._last_lr = state["schedule"]["last_lr"]
    training.rng.bit_generator.state = state[_VIEWS_RNG]
    torch.set_rng_state(torch_rng_state)
    training.losses = state["losses"]
    return True
