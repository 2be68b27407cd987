"""The training loop: frames in, averaged weights out. Readable top to bottom."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import numpy.typing as npt
import torch

from nerveapp.analysis.transforms import normalise, place_of
from nerveapp.domain.experiments.epochs import EpochReport
from nerveapp.domain.experiments.recipe import Recipe
from nerveapp.domain.experiments.training_set import TrainingSet
from nerveapp.domain.labelled import LabelledImage
from nerveapp.errors import CancelledError, TrainingError
from nerveapp.network.augmentation import REFINEMENT_ZOOM, beside_a_vessel, random_intensity, random_view
from nerveapp.network.checkpoint import TrainingState, TrainResult, pack, restore
from nerveapp.network.distributed import Batches, DistributedContext, SingleProcess
from nerveapp.network.loss import TrainingMetrics, dice_and_cross_entropy
from nerveapp.network.precision import lay_out_for_training, training_precision
from nerveapp.network.validation import Validated, refinement_nerves
from nerveapp.ports import TrainingRun

AVERAGE_DECAY = 0.99
"""Weight of the past in the running average once it has warmed up: it looks back about a hundred steps."""


def train(
    network: torch.nn.Module,
    images: TrainingSet,
    run: TrainingRun,
    *,
    device: torch.device,
    context: DistributedContext = SingleProcess(),  # noqa: B008 (it has no state)
) -> TrainResult:
    """Train a U-Net.

    Held-out images are outlined after each epoch, but nothing is chosen on them: the number of epochs is fixed
    beforehand.

    Parameters
    ----------
    network : torch.nn.Module
        From `build_unet`, changed in place; `run.start` is of no account here.
    images : TrainingSet
    run : TrainingRun
        A checkpoint of another training is passed over.
    device : torch.device
        Where to compute.
    context : DistributedContext
        The processes that train it together; the first of them reports, validates and keeps checkpoints.

    Raises
    ------
    TrainingError
        If the loss stops being a number, or the memory is too small.
    CancelledError
        If the run was cancelled.
    """
    recipe = run.recipe
    torch.manual_seed(recipe.seed)
    average = copy.deepcopy(network).eval().to(device)
    lay_out_for_training(network, device)
    wrapped = context.wrap(network, device)
    optimiser, schedule = _optimiser(
        network, recipe, _steps_per_epoch(recipe.images_per_epoch or len(images.real), recipe)
    )
    training = TrainingState(network, average, optimiser, schedule, np.random.default_rng(recipe.seed))
    if (checkpoint := run.checkpoint()) is not None:
        restore(training, checkpoint, recipe)
    validated = Validated.choose(images.held_out, recipe) if context.first else None
    while len(training.losses) < recipe.epochs:
        batches = _batches(_epoch_images(images, recipe, training.rng), recipe, training.rng)
        with _memory_reported(recipe):
            metrics = context.mean(train_one_epoch(training, wrapped, context.share(batches), device=device))
            validation = validated.measure(average, device) if validated else None
        if not np.isfinite(metrics.loss):
            raise TrainingError("The loss is no longer a number.", "Train again with a smaller learning rate.")
        training.losses.append(metrics.loss)
        if context.first:
            run.keep_checkpoint(pack(training, recipe))
            run.on_epoch(
                EpochReport(
                    len(training.losses),
                    recipe.epochs,
                    metrics.loss,
                    float(schedule.get_last_lr()[-1]),
                    recipe.name,
                    metrics.dice,
                    metrics.iou,
                    validation,
                )
            )
        if context.broadcast(context.first and run.cancelled()):
            raise CancelledError("Training was stopped.", "Resume it: it goes on after the last epoch.")
    return TrainResult(average, tuple(training.losses))


def train_one_epoch(
    training: TrainingState, wrapped: torch.nn.Module, batches: Batches, *, device: torch.device
) -> TrainingMetrics:
    """Show the network, wrapped in its distributed context, every batch once; returns the means."""
    network = training.network
    wrapped.train()
    half = training_precision(device)
    metrics = []
    for views, targets in batches:
        batch, wanted = views.to(device, memory_format=torch.channels_last), targets.to(device)
        with torch.autocast(device.type, dtype=half, enabled=half is not None):
            logits = wrapped(batch)
        loss = dice_and_cross_entropy(logits.float(), wanted)
        training.optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        torch.nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        training.optimiser.step()
        training.schedule.step()
        step = training.schedule.last_epoch  # OneCycleLR counts steps
        _update_average(training.average, network, decay=min(AVERAGE_DECAY, step / (step + 10)))
        metrics.append(TrainingMetrics.of(loss, logits, wanted))
    return TrainingMetrics.mean(metrics)


@contextmanager
def _memory_reported(recipe: Recipe) -> Iterator[None]:
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
    images = real_count + round(real_count * recipe.phantom_share)
    return -(-images // recipe.batch_size)


def _epoch_images(images: TrainingSet, recipe: Recipe, rng: np.random.Generator) -> list[LabelledImage]:
    real, synthetic = images.real, images.synthetic
    chosen = list(real)
    if recipe.images_per_epoch is not None:
        chosen = [real[i] for i in rng.choice(len(real), recipe.images_per_epoch, replace=False)]
    count = round(len(chosen) * recipe.phantom_share)
    if count and synthetic:
        chosen += [synthetic[i] for i in rng.choice(len(synthetic), count, replace=count > len(synthetic))]
    return [chosen[i] for i in rng.permutation(len(chosen))]


def _batches(images: Sequence[LabelledImage], recipe: Recipe, rng: np.random.Generator) -> Batches:
    for start in range(0, len(images), recipe.batch_size):
        pairs = [_view(image, recipe, rng) for image in images[start : start + recipe.batch_size]]
        views = np.stack([view for view, _ in pairs])
        targets = np.stack([target for _, target in pairs])
        yield torch.from_numpy(views), torch.from_numpy(targets)


def _view(
    image: LabelledImage, recipe: Recipe, rng: np.random.Generator
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Vary an image: the input (1, height, width) and the target (classes, height, width)."""
    crop = crop_of(image, recipe, rng)
    traced = [image.traced(structure) for structure in recipe.classes]
    masks = np.stack([np.zeros(image.grey.shape) if mask is None else mask for mask in traced], axis=-1)
    view, targets = random_view(
        image.grey,
        masks.astype(np.float32),
        height=recipe.input_height,
        width=recipe.input_width,
        rng=rng,
        crop=crop,
        crop_zoom=REFINEMENT_ZOOM,
        crop_size_factor=recipe.crop_size_factor or 1.0,
        strength=recipe.augmentation,
    )
    if rng.random() < recipe.painted_vessels:
        view = beside_a_vessel(view, targets[0], rng)
    targets[[mask is None for mask in traced]] = np.nan
    varied = random_intensity(
        view, rng, strength=recipe.augmentation, speckle=recipe.speckle, speckle_share=recipe.speckle_share
    )
    return normalise(varied, recipe.mean, recipe.std)[None], targets


def crop_of(image: LabelledImage, recipe: Recipe, rng: np.random.Generator) -> tuple[float, float, float] | None:
    """Choose the crop of a refinement stage: about a nerve of the image or, so that it learns what is none, anywhere.

    Returns
    -------
    tuple of float, or None
        x and y of its centre and the square root of the nerve's area, px; None for a network that is shown whole
        frames, or where there is no nerve.
    """
    nerves = refinement_nerves(image, recipe)
    if not nerves:
        return None
    chosen = nerves[int(rng.integers(len(nerves)))] if len(nerves) > 1 else nerves[0]
    x, y, size = place_of(chosen)
    if recipe.elsewhere and rng.random() < recipe.elsewhere:
        x, y = rng.uniform(0, image.width), rng.uniform(0, image.height)
    return x, y, size
