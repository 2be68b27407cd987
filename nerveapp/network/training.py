"""The training loop: frames in, averaged weights out. Readable top to bottom."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import numpy.typing as npt
import torch

from nerveapp.analysis.transforms import normalise, place_of
from nerveapp.domain.experiments.epochs import EpochReport
from nerveapp.domain.experiments.recipe import Recipe
from nerveapp.domain.labelled import LabelledImage
from nerveapp.errors import CancelledError, TrainingError
from nerveapp.network.augmentation import beside_a_vessel, random_intensity, random_view
from nerveapp.network.checkpoint import TrainingState, TrainResult, pack, restore
from nerveapp.network.loss import Figures, dice_and_cross_entropy
from nerveapp.network.precision import lay_out_for_learning, learns_in_halves
from nerveapp.network.team import Alone, Batches, Team
from nerveapp.network.validation import Validated, refinement_nerves

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
    held_out: Sequence[LabelledImage] = (),
    checkpoint: bytes | None = None,
    keep: Callable[[bytes], None] | None = None,
    team: Team = Alone(),  # noqa: B008 (it has no state)
) -> TrainResult:
    """Train a U-Net.

    Held-out images are looked at after each epoch, but nothing is chosen on them: the number of epochs is fixed
    beforehand.

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
    held_out : sequence of LabelledImage
        See `Validated`.
    checkpoint : bytes, optional
        Where an earlier call was; it is passed over if it is of another training.
    keep : callable, optional
        Takes a checkpoint after each epoch.
    team : Team
        Who trains it together; `on_epoch`, `cancelled` and `keep` are those of the first of them.

    Raises
    ------
    TrainingError
        If the loss stops being a number, or the memory is too small.
    CancelledError
        If `cancelled` said so.
    """
    torch.manual_seed(recipe.seed)
    average = copy.deepcopy(network).eval().to(device)
    lay_out_for_learning(network, device)
    joined = team.joined(network, device)
    optimiser, schedule = _optimiser(network, recipe, _steps_per_epoch(recipe.images_per_epoch or len(real), recipe))
    learning = TrainingState(network, average, optimiser, schedule, np.random.default_rng(recipe.seed))
    if checkpoint is not None:
        restore(learning, checkpoint, recipe.settings())
    validated = Validated.choose(held_out, recipe) if team.first else None
    while len(learning.losses) < recipe.epochs:
        batches = _batches(_epoch_images(real, synthetic, recipe, learning.rng), recipe, learning.rng)
        with _memory_told(recipe):
            learnt = team.mean(train_one_epoch(learning, joined, team.share(batches), device=device))
            validation = validated.look(average, device) if validated else None
        if not np.isfinite(learnt.loss):
            raise TrainingError("The loss is no longer a number.", "Train again with a smaller learning rate.")
        learning.losses.append(learnt.loss)
        if team.first:
            if keep is not None:
                keep(pack(learning, recipe.settings()))
            on_epoch(
                EpochReport(
                    len(learning.losses),
                    recipe.epochs,
                    learnt.loss,
                    float(schedule.get_last_lr()[-1]),
                    recipe.name,
                    learnt.dice,
                    learnt.iou,
                    validation,
                )
            )
        if team.agree(team.first and cancelled()):
            raise CancelledError("Training was stopped.", "Resume it: it goes on after the last epoch.")
    return TrainResult(average, tuple(learning.losses))


def train_one_epoch(
    learning: TrainingState, joined: torch.nn.Module, batches: Batches, *, device: torch.device
) -> Figures:
    """Show the network, joined with those of its team, every batch once; returns the means."""
    network = learning.network
    joined.train()
    halves = learns_in_halves(device)
    figures = []
    for views, targets in batches:
        shown, wanted = views.to(device, memory_format=torch.channels_last), targets.to(device)
        with torch.autocast(device.type, dtype=halves, enabled=halves is not None):
            logits = joined(shown)
        loss = dice_and_cross_entropy(logits.float(), wanted)
        learning.optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        torch.nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        learning.optimiser.step()
        learning.schedule.step()
        step = learning.schedule.last_epoch  # OneCycleLR counts steps
        _update_average(learning.average, network, decay=min(AVERAGE_DECAY, step / (step + 10)))
        figures.append(Figures.of(loss, logits, wanted))
    return Figures.mean(figures)


@contextmanager
def _memory_told(recipe: Recipe) -> Iterator[None]:
    """Turn a lack of memory, on a GPU or not, into advice."""
    try:
        yield
    except (torch.OutOfMemoryError, MemoryError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and "memory" not in str(error).lower():
            raise
        raise TrainingError(
            f"The memory is too small for batches of {recipe.batch_size} images of "
            f"{recipe.input_width} x {recipe.input_height}.",
            "Train again with a smaller batch or a smaller input size, or close other programs.",
        ) from error


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


def _batches(images: Sequence[LabelledImage], recipe: Recipe, rng: np.random.Generator) -> Batches:
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
        place=place_to_look(image, recipe, rng),
        reach=recipe.crop_size_factor or 1.0,
        strength=recipe.augmentation,
    )
    if rng.random() < recipe.painted_vessels:
        view = beside_a_vessel(view, targets[0], rng)
    targets[[mask is None for mask in traced]] = np.nan
    return random_intensity(view, rng, strength=recipe.augmentation), targets


def place_to_look(image: LabelledImage, recipe: Recipe, rng: np.random.Generator) -> tuple[float, float, float] | None:
    """Choose where a refinement stage looks: at a nerve of the image or, so that it learns what is none, anywhere.

    Returns
    -------
    x, y, size : float
        Middle of the view and square root of the nerve's area, px; None for a network that is shown whole frames, or
        where there is no nerve.
    """
    nerves = refinement_nerves(image, recipe)
    if not nerves:
        return None
    chosen = nerves[int(rng.integers(len(nerves)))] if len(nerves) > 1 else nerves[0]
    x, y, size = place_of(chosen)
    if recipe.elsewhere and rng.random() < recipe.elsewhere:
        x, y = rng.uniform(0, image.width), rng.uniform(0, image.height)
    return x, y, size
