"""The training loop: frames in, averaged weights out. Readable top to bottom."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional

from nerveapp.analysis.transforms import normalise
from nerveapp.domain.labelled import LabelledImage
from nerveapp.domain.recipe import Recipe
from nerveapp.errors import CancelledError, TrainingError
from nerveapp.network.augmentation import beside_a_vessel, random_intensity, random_view
from nerveapp.network.precision import lay_out_for_learning, learns_in_halves
from nerveapp.ports import EpochReport

AVERAGE_DECAY = 0.99
"""Weight of the past in the running average once it has warmed up: it looks back about a hundred steps."""


def train(
    network: torch.nn.Module,
    real: Sequence[LabelledImage],
    synthetic: Sequence[LabelledImage],
    recipe: Recipe,
    *,
    device: torch.device,
    on_epoch: Callable[[EpochReport], None],
    cancelled: Callable[[], bool] = lambda: False,
) -> torch.nn.Module:
    """Train a U-Net and return the running average of its weights.

    No image held out is seen here and nothing is chosen on a score: the number of epochs is fixed beforehand.

    Parameters
    ----------
    network : torch.nn.Module
        From `build_unet`, changed in place.
    real, synthetic : sequence of LabelledImage
        All of `real` and a share of `synthetic` are shown each epoch.
    recipe : Recipe
        Sizes, rates, epochs and seed.
    device : torch.device
        Where to compute.
    on_epoch : callable
        Called after each epoch with its figures.
    cancelled : callable
        Asked after each epoch.

    Raises
    ------
    TrainingError
        If the loss stops being a number.
    CancelledError
        If `cancelled` said so.
    """
    torch.manual_seed(recipe.seed)
    rng = np.random.default_rng(recipe.seed)
    average = copy.deepcopy(network).eval().to(device)
    lay_out_for_learning(network, device)
    optimiser, schedule = _optimiser(network, recipe, _steps_per_epoch(recipe.images_per_epoch or len(real), recipe))
    for number in range(1, recipe.epochs + 1):
        batches = _batches(_epoch_images(real, synthetic, recipe, rng), recipe, rng)
        loss = train_one_epoch(network, average, batches, optimiser=optimiser, schedule=schedule, device=device)
        if not np.isfinite(loss):
            raise TrainingError("The loss is no longer a number.", "Train again with a smaller learning rate.")
        on_epoch(EpochReport(number, recipe.epochs, loss, float(schedule.get_last_lr()[-1]), recipe.name))
        if cancelled():
            raise CancelledError("Training was stopped.", "Start it again; nothing was saved.")
    return average


def train_one_epoch(
    network: torch.nn.Module,
    average: torch.nn.Module,
    batches: Iterator[tuple[torch.Tensor, torch.Tensor]],
    *,
    optimiser: torch.optim.Optimizer,
    schedule: torch.optim.lr_scheduler.LRScheduler,
    device: torch.device,
) -> float:
    """Show the network every batch once; returns the mean loss."""
    network.train()
    halves = learns_in_halves(device)
    losses = []
    for views, targets in batches:
        shown = views.to(device, memory_format=torch.channels_last)
        with torch.autocast(device.type, dtype=halves, enabled=halves is not None):
            logits = network(shown)
        loss = dice_and_cross_entropy(logits.float(), targets.to(device))
        optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        torch.nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        optimiser.step()
        schedule.step()
        step = schedule.last_epoch  # OneCycleLR counts steps
        _update_average(average, network, decay=min(AVERAGE_DECAY, step / (step + 10)))
        losses.append(float(loss.detach()))
    return float(np.mean(losses))


def dice_and_cross_entropy(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Soft Dice loss over the batch (Milletari 2016) plus binary cross-entropy, averaged over the classes present.

    Parameters
    ----------
    logits, targets : Tensor, (N, classes, H, W)
        Network output, and 0 or 1, or NaN where a structure was not traced: nothing is learnt from those.
    """
    losses = []
    for channel in range(targets.shape[1]):
        traced = ~torch.isnan(targets[:, channel, 0, 0])
        if not traced.any():
            continue
        said, target = logits[traced, channel], targets[traced, channel]
        probabilities = torch.sigmoid(said)
        overlap = (probabilities * target).sum()
        dice = (2 * overlap + 1) / (probabilities.sum() + target.sum() + 1)
        losses.append(1 - dice + functional.binary_cross_entropy_with_logits(said, target))
    return torch.stack(losses).mean()


def _update_average(average: torch.nn.Module, network: torch.nn.Module, *, decay: float) -> None:
    with torch.no_grad():
        for kept, new in zip(average.state_dict().values(), network.state_dict().values(), strict=True):
            if kept.dtype.is_floating_point:
                kept.lerp_(new, 1 - decay)
            else:
                kept.copy_(new)


def _optimiser(
    network: torch.nn.Module, recipe: Recipe, steps: int
) -> tuple[torch.optim.AdamW, torch.optim.lr_scheduler.OneCycleLR]:
    encoder = list(network.get_submodule("encoder").parameters())
    known = {id(parameter) for parameter in encoder}
    rest = [parameter for parameter in network.parameters() if id(parameter) not in known]
    rates = [recipe.learning_rate * recipe.encoder_rate_factor, recipe.learning_rate]
    optimiser = torch.optim.AdamW([{"params": encoder}, {"params": rest}], lr=recipe.learning_rate, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, max_lr=rates, total_steps=steps * recipe.epochs)
    return optimiser, schedule


def _steps_per_epoch(real_count: int, recipe: Recipe) -> int:
    shown = real_count + round(real_count * recipe.phantom_share)
    return -(-shown // recipe.batch_size)


def _epoch_images(
    real: Sequence[LabelledImage], synthetic: Sequence[LabelledImage], recipe: Recipe, rng: np.random.Generator
) -> list[LabelledImage]:
    shown = list(real)
    if recipe.images_per_epoch is not None:
        shown = [real[i] for i in rng.choice(len(real), recipe.images_per_epoch, replace=False)]
    count = round(len(shown) * recipe.phantom_share)
    if count and synthetic:
        shown += [synthetic[i] for i in rng.choice(len(synthetic), count, replace=count > len(synthetic))]
    return [shown[i] for i in rng.permutation(len(shown))]


def _batches(
    images: Sequence[LabelledImage], recipe: Recipe, rng: np.random.Generator
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    for start in range(0, len(images), recipe.batch_size):
        pairs = [_view(image, recipe, rng) for image in images[start : start + recipe.batch_size]]
        views = np.stack([normalise(view, recipe.mean, recipe.std) for view, _ in pairs])[:, None]
        targets = np.stack([target for _, target in pairs])
        yield torch.from_numpy(views), torch.from_numpy(targets)


def _view(
    image: LabelledImage, recipe: Recipe, rng: np.random.Generator
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float32]]:
    traced = [image.traced(structure) for structure in recipe.classes]
    masks = np.stack([np.zeros(image.grey.shape) if mask is None else mask for mask in traced], axis=-1)
    view, targets = random_view(
        image.grey,
        masks.astype(np.float32),
        height=recipe.input_height,
        width=recipe.input_width,
        rng=rng,
        reach=recipe.reach,
    )
    if rng.random() < recipe.painted_vessels:
        view = beside_a_vessel(view, targets[0], rng)
    targets[[mask is None for mask in traced]] = np.nan
    return random_intensity(view, rng), targets
