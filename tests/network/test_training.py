import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load, save

from nerveapp.analysis.transforms import place_of
from nerveapp.domain.experiments.epochs import EpochReport
from nerveapp.domain.experiments.recipe import ARCHITECTURES, ENCODERS, IMAGENET, SCRATCH, Recipe
from nerveapp.domain.experiments.shipped_recipes import RECIPES
from nerveapp.domain.experiments.training_set import TrainingSet
from nerveapp.domain.labelled import LabelledImage
from nerveapp.domain.view import Nerve
from nerveapp.errors import CancelledError, ModelError, TrainingError
from nerveapp.network.augmentation import beside_a_vessel, random_intensity, random_view
from nerveapp.network.loss import TrainingMetrics, dice_and_cross_entropy
from nerveapp.network.openvino_engine import OpenVinoEngine
from nerveapp.network.trainer import UNetTrainer, rebuilt
from nerveapp.network.training import crop_of, train
from nerveapp.network.unet import build_network, imagenet_encoder_file, start_from_imagenet
from nerveapp.ports import TrainingResult, TrainingRun
from nerveapp.workflows.training.train import make_model, phantom_images
from tests.fakes import FakeModelStore

SMALL = replace(
    RECIPES["median-wrist"],
    members=1,
    refinement=None,
    epochs=2,
    input_height=64,
    input_width=96,
    batch_size=4,
    decoder_channels=64,
    phantom_share=0.5,
)
CPU = torch.device("cpu")


def phantoms(count: int, seed: int = 5) -> tuple[LabelledImage, ...]:
    return tuple(phantom_images(count, seed=seed, nerves=(Nerve.MEDIAN,)))


class OneCheckpoint:
    """Keeps every checkpoint of one network, and gives the one it was made with (the `Checkpoints` port)."""

    def __init__(self, first: bytes | None = None) -> None:
        self.first = first
        self.kept: list[bytes] = []

    def load(self, network: str) -> bytes | None:
        return self.first

    def save(self, network: str, checkpoint: bytes) -> None:
        self.kept.append(checkpoint)


def run(
    cancelled: Callable[[], bool] = lambda: False, poison: float | None = None
) -> tuple[torch.nn.Module, list[EpochReport]]:
    torch.manual_seed(0)
    images = phantoms(4)
    reports: list[EpochReport] = []
    network = build_network(SMALL)
    if poison is not None:
        next(network.parameters()).data.fill_(poison)
    run = TrainingRun(SMALL, reports.append, cancelled)
    return train(network, TrainingSet(images, images), run, device=CPU).network, reports


def test_the_same_seed_gives_the_same_weights_and_finite_losses() -> None:
    first, reports = run()
    second, _ = run()
    assert [report.number for report in reports] == [1, 2]
    assert all(np.isfinite(report.loss) for report in reports)
    for one, other in zip(first.state_dict().values(), second.state_dict().values(), strict=True):
        assert torch.equal(one, other)


def test_cancelling_ends_after_the_epoch() -> None:
    with pytest.raises(CancelledError):
        run(cancelled=lambda: True)


def test_a_loss_that_is_no_number_is_told() -> None:
    with pytest.raises(TrainingError, match="no longer a number"):
        run(poison=float("nan"))


def test_the_loss_is_least_where_the_mask_is_right() -> None:
    target = torch.zeros(1, 1, 8, 8)
    target[..., 2:5, 2:6] = 1
    right = dice_and_cross_entropy((target - 0.5) * 40, target)
    wrong = dice_and_cross_entropy((0.5 - target) * 40, target)
    assert float(right) < 0.01 < float(wrong)


def test_views_keep_image_and_masks_together_and_the_nerve_in_sight() -> None:
    rng = np.random.default_rng(3)
    nerve = np.zeros((468, 606), bool)
    nerve[100:140, 250:330] = True
    image = nerve.astype(np.uint8) * 200
    seen = 0
    for _ in range(20):
        view, targets = random_view(image, nerve[..., None].astype(np.float32), height=160, width=224, rng=rng)
        assert view.shape == targets.shape[1:] == (160, 224)
        assert set(np.unique(targets)) <= {0, 1}
        assert np.mean((view > 100) == (targets[0] > 0.5)) > 0.98
        seen += bool(targets.any())
    assert seen >= 18


def test_a_refinement_crop_shows_the_nerve_large_and_off_centre_at_random() -> None:
    rng = np.random.default_rng(3)
    nerve = np.zeros((468, 606), bool)
    nerve[100:140, 250:330] = True
    masks = nerve[..., None].astype(np.float32)
    shares, centres = [], []
    for _ in range(30):
        _, targets = random_view(
            nerve.astype(np.uint8) * 200,
            masks,
            height=128,
            width=224,
            rng=rng,
            crop=place_of(nerve),
            crop_size_factor=4.2,
        )
        shares.append(targets.mean())
        centres.append(np.nonzero(targets[0].any(axis=0))[0].mean())
    assert 0.05 < np.median(shares) < 0.15, "the whole frame's share is 0.011"
    assert np.std(centres) > 3
    assert np.median(centres) == pytest.approx(112, abs=10)


def crops(recipe: Recipe) -> list[tuple[float, float, float]]:
    nerve = np.zeros((200, 300), bool)
    nerve[40:60, 30:60] = True
    nerve[120:150, 200:240] = True
    image = LabelledImage("a", "a", np.zeros(nerve.shape, np.uint8), nerve)
    rng = np.random.default_rng(3)
    found = [crop_of(image, recipe, rng) for _ in range(60)]
    return [crop for crop in found if crop is not None]


def test_a_refinement_stage_crops_one_of_several_nerves_but_a_bifid_one_as_a_whole() -> None:
    several = RECIPES["peripheral-nerve"].of_refinement()
    single = RECIPES["median-wrist"].of_refinement()
    assert several is not None
    assert single is not None
    first, second, both = (45.0, 50.0), (220.0, 135.0), (135.0, 95.0)
    seen = crops(replace(several, elsewhere=0.0))
    assert len(seen) == 60
    assert {crop[:2] for crop in seen} == {first, second}
    sizes = {crop[:2]: crop[2] for crop in seen}
    assert sizes[first] == pytest.approx(600**0.5)
    assert sizes[second] == pytest.approx(1200**0.5)
    assert {crop[:2] for crop in crops(single)} == {both}
    anywhere = [crop for crop in crops(several) if crop[:2] not in {first, second}]
    assert 0.1 < len(anywhere) / 60 < 0.45, "a quarter of the views"
    assert not crops(RECIPES["peripheral-nerve"]), "the first network is shown whole frames"


def test_a_painted_vessel_is_dark_and_leaves_the_nerve_alone() -> None:
    rng = np.random.default_rng(5)
    nerve = np.zeros((128, 224), np.float32)
    nerve[50:80, 70:150] = 1
    view = np.full((128, 224), 120, np.uint8)
    for _ in range(10):
        painted = beside_a_vessel(view, nerve, rng)
        dark = painted < 60
        assert 50 < dark.sum() < 3000
        assert np.abs(painted[nerve > 0].astype(int) - 120).mean() < 12
    nothing = np.zeros_like(nerve)
    assert np.array_equal(beside_a_vessel(view, nothing, rng), view)


def test_shrinking_averages_instead_of_picking_pixels() -> None:
    rng = np.random.default_rng(3)
    noise = rng.integers(0, 256, (640, 640)).astype(np.uint8)
    view, _ = random_view(noise, np.zeros((640, 640, 1), np.float32), height=96, width=96, rng=rng)
    assert view[30:66, 30:66].std() < 0.4 * noise.std()


def test_intensity_changes_look_not_position() -> None:
    rng = np.random.default_rng(4)
    image = np.tile(np.linspace(20, 220, 96).astype(np.uint8), (64, 1))
    changed = [random_intensity(image, rng) for _ in range(30)]
    assert all(one.shape == image.shape and one.dtype == np.uint8 for one in changed)
    assert len({one.tobytes() for one in changed}) > 15
    assert all(np.corrcoef(one.mean(axis=0), image.mean(axis=0))[0, 1] > 0.7 for one in changed)


def test_speckle_multiplies_the_greys_and_is_as_strong_and_frequent_as_asked() -> None:
    def roughness(**asked: float) -> float:
        """Mean deviation of a plain image after the changes that roughen it alone, of the grey."""
        rng = np.random.default_rng(5)
        plain = np.full((64, 96), 100, np.uint8)
        seen = [random_intensity(plain, rng, **asked) for _ in range(60)]
        return float(np.mean([np.std(one.astype(float) - one.mean(axis=0)) / 100 for one in seen]))

    none, usual, strong = (
        roughness(**asked) for asked in ({"speckle_share": 0.0}, {}, {"speckle": 0.5, "speckle_share": 0.45})
    )
    assert usual > none + 0.02
    assert strong > none + 1.5 * (usual - none)


def test_the_pretrained_encoder_fills_every_tensor() -> None:
    path = imagenet_encoder_file()
    assert path is not None, "requirements.txt brings it"
    network = build_network(SMALL)
    before = {name: tensor.clone() for name, tensor in network.get_submodule("encoder").state_dict().items()}
    start_from_imagenet(network, path)
    after = network.get_submodule("encoder").state_dict()
    weights = [name for name in after if name.endswith("weight") and after[name].ndim == 4]
    assert all(not torch.equal(before[name], after[name]) for name in weights)
    published = load_published(path)
    assert torch.allclose(after["model.conv_stem.weight"][:, 0], published.sum(dim=1))


def load_published(path: Path) -> torch.Tensor:
    stem: torch.Tensor = torch.load(path, weights_only=True)["_conv_stem.weight"]
    return stem


def test_another_encoder_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.pth").write_bytes(b"x")
    with pytest.raises(TrainingError, match="not the published"):
        start_from_imagenet(build_network(SMALL), tmp_path / "x.pth")


@pytest.mark.slow
def test_an_ensemble_is_its_members_trained_from_seeds_in_a_row() -> None:
    images = phantoms(4)
    reports: list[EpochReport] = []

    def trained(recipe: Recipe) -> torch.nn.Module:
        learnt = UNetTrainer(CPU).train(TrainingSet(images, images), TrainingRun(recipe, reports.append))
        assert len(learnt.losses) == recipe.members
        network = build_network(recipe)
        network.load_state_dict(load(learnt.safetensors))
        return network.eval()

    short = replace(SMALL, epochs=1)
    both = trained(replace(short, members=2))
    assert [(report.number, report.epochs) for report in reports] == [(1, 2), (2, 2)]
    alone = [trained(replace(short, seed=short.seed + number)) for number in range(2)]
    frame = torch.randn(1, 1, 64, 96)
    with torch.no_grad():
        mean = torch.stack([torch.sigmoid(network(frame)) for network in alone]).mean(dim=0)
        assert torch.allclose(torch.sigmoid(both(frame)), mean, atol=1e-5)
        assert not torch.allclose(alone[0](frame), alone[1](frame), atol=1e-2), "different seeds, different members"
    packed = save(both.state_dict())
    weights = UNetTrainer(CPU).for_cpus(packed, images, replace(short, members=2, cpu_precision="float16"))
    engine = OpenVinoEngine.from_files(weights.cpu_xml, weights.cpu_bin, precision="float16")
    assert np.allclose(1 / (1 + np.exp(-engine.logits(frame.numpy()))), mean, atol=5e-3)


class KilledError(Exception):
    """A kill, as the loop sees it."""


def begin() -> torch.nn.Module:
    torch.manual_seed(0)
    return build_network(SMALL)


def test_a_training_that_goes_on_ends_in_the_very_same_weights() -> None:
    recipe = replace(SMALL, epochs=3)
    images = phantoms(4)
    checkpoints = OneCheckpoint()

    def interrupt(report: EpochReport) -> None:
        if report.number == 2:
            raise KilledError

    both = TrainingSet(images, images)
    whole = train(begin(), both, TrainingRun(recipe), device=CPU)
    with pytest.raises(KilledError):
        train(begin(), both, TrainingRun(recipe, interrupt, checkpoints=checkpoints), device=CPU)
    for done, checkpoint in enumerate(checkpoints.kept, start=1):
        np.random.default_rng().random()
        torch.rand(3)  # the rng states go on elsewhere
        told: list[EpochReport] = []
        renamed = replace(recipe, title="Called otherwise since")
        go_on = TrainingRun(renamed, told.append, checkpoints=OneCheckpoint(checkpoint))
        resumed = train(begin(), both, go_on, device=CPU)
        assert [report.number for report in told] == list(range(done + 1, 4))
        for one, other in zip(whole.network.state_dict().values(), resumed.network.state_dict().values(), strict=True):
            assert torch.equal(one, other)
        assert resumed.losses == whole.losses, "the interruption is no gap in the curve"
    assert len(checkpoints.kept) == 2
    assert len(whole.losses) == 3


def test_a_checkpoint_of_another_training_or_a_torn_one_is_passed_over() -> None:
    images = TrainingSet(phantoms(2))
    checkpoints = OneCheckpoint()
    train(begin(), images, TrainingRun(replace(SMALL, epochs=1), checkpoints=checkpoints), device=CPU)
    (kept,) = checkpoints.kept
    tensors = load(kept)
    without_chance = save({name: value for name, value in tensors.items() if name != "chance.torch"})
    of_another_kind = save(tensors | {"x": torch.zeros(1)})
    damaged = [(one, replace(SMALL, epochs=1)) for one in (without_chance, of_another_kind)]
    for checkpoint, recipe in ((kept, replace(SMALL, epochs=2)), (kept[:100], SMALL), (b"", SMALL), *damaged):
        told: list[EpochReport] = []
        train(begin(), images, TrainingRun(recipe, told.append, checkpoints=OneCheckpoint(checkpoint)), device=CPU)
        assert [report.number for report in told] == [*range(1, recipe.epochs + 1)], "it starts from the beginning"


def test_held_out_images_are_outlined_after_every_epoch_and_change_nothing() -> None:
    images = phantoms(4)
    others = phantoms(8, seed=6)
    reports: list[EpochReport] = []
    validated = train(begin(), TrainingSet(images, held_out=others), TrainingRun(SMALL, reports.append), device=CPU)
    alone = train(begin(), TrainingSet(images), TrainingRun(SMALL), device=CPU)
    for one, other in zip(validated.network.state_dict().values(), alone.network.state_dict().values(), strict=True):
        assert torch.equal(one, other)
    for report in reports:
        assert report.validation is not None
        assert report.validation.images == 8
        assert 0 <= report.validation.dice <= 1
        assert 0 <= report.dice <= 1
        assert [one.image for one in report.validation.previews] == [image.name for image in others[:8:1]][:6]


def test_metrics_of_a_batch_are_the_known_ones() -> None:
    targets = torch.zeros(2, 1, 4, 4)
    targets[0, 0, :2] = 1
    logits = torch.full((2, 1, 4, 4), -5.0)
    logits[0, 0, 1:3] = 5
    found = TrainingMetrics.of(torch.tensor(0.25), logits, targets)
    assert found.loss == 0.25
    assert found.dice == pytest.approx((0.5 + 1) / 2), "half of the first is met; nothing in the second is right"
    assert found.iou == pytest.approx((1 / 3 + 1) / 2)


def test_too_little_memory_is_told_with_advice() -> None:
    def exhausted(*_: object) -> torch.Tensor:
        raise torch.OutOfMemoryError("CUDA out of memory")

    network = begin()
    network.forward = exhausted
    images = phantoms(2)
    with pytest.raises(TrainingError, match="smaller batch"):
        train(network, TrainingSet(images), TrainingRun(SMALL), device=CPU)


def test_no_augmentation_shows_the_frame_as_it_is() -> None:
    image = phantoms(1)[0]
    masks = image.nerve[..., None].astype(np.float32)
    seen = [
        random_view(image.grey, masks, height=64, width=96, rng=np.random.default_rng(seed), strength=0.0)
        for seed in range(3)
    ]
    assert all(np.array_equal(seen[0][0], one) for one, _ in seen)
    grey = image.grey
    assert random_intensity(grey, np.random.default_rng(0), strength=0.0) is grey


@pytest.mark.slow
@pytest.mark.parametrize("encoder", ENCODERS)
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_every_network_offered_can_be_built_trained_and_converted(architecture: str, encoder: str) -> None:
    recipe = replace(
        SMALL, architecture=architecture, encoder=encoder, epochs=1, start=SCRATCH, cpu_precision="float16"
    )
    images = phantoms(2)
    trainer = UNetTrainer(CPU)
    packed = trainer.train(TrainingSet(images), TrainingRun(recipe)).safetensors
    assert trainer.for_cpus(packed, images, recipe).cpu_xml
    again = trainer.train(TrainingSet(images), TrainingRun(replace(recipe, start="mine 00"), start=packed))
    assert again.safetensors != packed
    if encoder != ENCODERS[0]:
        with pytest.raises(TrainingError, match="Only EfficientNet"):
            trainer.train(TrainingSet(images), TrainingRun(replace(recipe, start=IMAGENET)))


def test_a_narrow_decoder_has_its_halving_channels_and_its_card_rebuilds_it() -> None:
    recipe = replace(SMALL, epochs=1, cpu_precision="float16", phantom_stills=2)
    store = FakeModelStore()
    card = make_model(TrainingRun(recipe), phantoms(2), trainer=UNetTrainer(CPU), store=store, versions=())
    packed = store.weights(card.name).safetensors
    widths = [value.shape[0] for name, value in load(packed).items() if re.search(r"decoder.*conv2\.0\.weight", name)]
    assert sorted(widths) == [4, 8, 16, 32, 64]
    assert rebuilt(card, packed).cpu_xml
    with pytest.raises(ModelError, match="does not fit"):
        rebuilt(replace(card, decoder_channels=256), packed)
    with pytest.raises(TrainingError, match="256 channels in its decoder"):
        trained_on_two(replace(recipe, decoder_channels=256, start="mine 00"), packed)


def trained_on_two(recipe: Recipe, start: bytes | None = None) -> TrainingResult:
    return UNetTrainer(CPU).train(TrainingSet(phantoms(2)), TrainingRun(recipe, start=start))


def test_a_start_that_does_not_fit_is_told() -> None:
    packed = trained_on_two(replace(SMALL, epochs=1)).safetensors
    with pytest.raises(TrainingError, match="to start from"):
        trained_on_two(replace(SMALL, classes=("nerve", "vessel"), start="mine 00"), packed)


def test_several_networks_may_start_from_a_single_one() -> None:
    one = trained_on_two(replace(SMALL, epochs=1)).safetensors
    still = replace(SMALL, members=2, epochs=1, start="mine 00", learning_rate=1e-12)
    two = load(trained_on_two(still, one).safetensors)
    for name, value in load(one).items():
        if name.endswith(".weight"):
            assert all(torch.allclose(two[f"members.{member}.{name}"], value, atol=1e-3) for member in range(2))
