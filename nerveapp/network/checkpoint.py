"""All that changes while a network learns, as bytes: what goes on from them ends in the very same weights."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load, save

_STATE = "state.json"
_TORCH_CHANCE = "chance.torch"


@dataclass(slots=True)
class TrainingState:
    """A training under way.

    Parameters
    ----------
    network, average : torch.nn.Module
        The weights that learn and their running average.
    optimiser, schedule
        Their moments and their place on the schedule.
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


def pack(learning: TrainingState, settings: str) -> bytes:
    """Pack a training as safetensors, with the settings it is of.

    Parameters
    ----------
    learning : TrainingState
        Between two epochs.
    settings : str
        Whatever decides the weights; `restore` accepts no others.
    """
    tensors = {_TORCH_CHANCE: torch.get_rng_state()}
    for part, module in (("network", learning.network), ("average", learning.average)):
        tensors |= {f"{part}:{name}": value.contiguous() for name, value in module.state_dict().items()}
    optimiser = learning.optimiser.state_dict()
    for index, moments in optimiser["state"].items():
        tensors |= {f"optimiser:{index}:{name}": value.contiguous() for name, value in moments.items()}
    state = {
        "settings": settings,
        "losses": learning.losses,
        "groups": optimiser["param_groups"],
        "schedule": {"last_epoch": learning.schedule.last_epoch, "last_lr": learning.schedule.get_last_lr()},
        "chance": learning.rng.bit_generator.state,
    }
    tensors[_STATE] = torch.frombuffer(bytearray(json.dumps(state).encode()), dtype=torch.uint8)
    return save(tensors)


def restore(learning: TrainingState, checkpoint: bytes, settings: str) -> bool:
    """Bring a training to where a checkpoint left it.

    Returns
    -------
    bool
        False, with nothing changed, if the checkpoint is damaged, of other settings or of another kind of device.
    """
    try:
        tensors = load(checkpoint)
        state = json.loads(tensors.pop(_STATE).numpy().tobytes())
    except (SafetensorError, KeyError, ValueError):
        return False
    parts: dict[str, dict[str, torch.Tensor]] = {"network": {}, "average": {}, "optimiser": {}}
    chance = tensors.pop(_TORCH_CHANCE)
    for name, value in tensors.items():
        part, _, rest = name.partition(":")
        parts[part][rest] = value
    older = "losses" not in state
    fits = (
        not older and state["settings"] == settings and parts["network"].keys() == learning.network.state_dict().keys()
    )
    if not fits:
        return False
    learning.network.load_state_dict(parts["network"])
    learning.average.load_state_dict(parts["average"])
    moments: dict[int, dict[str, torch.Tensor]] = {}
    for name, value in parts["optimiser"].items():
        index, _, moment = name.partition(":")
        moments.setdefault(int(index), {})[moment] = value
    learning.optimiser.load_state_dict({"state": moments, "param_groups": state["groups"]})
    # OneCycleLR works each rate out from the count of steps alone.
    learning.schedule.last_epoch = state["schedule"]["last_epoch"]
    learning.schedule._last_lr = state["schedule"]["last_lr"]
    learning.rng.bit_generator.state = state["chance"]
    torch.set_rng_state(chance)
    learning.losses = state["losses"]
    return True
