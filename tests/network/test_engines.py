import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.torch import save

from nerveapp import bootstrap
from nerveapp.analysis.agreement import dice
from nerveapp.domain.computing import DeviceName, EngineName
from nerveapp.domain.view import Nerve, Site
from nerveapp.errors import ModelError
from nerveapp.network.openvino_engine import available_cores
from nerveapp.network.quiet_openvino import openvino
from nerveapp.network.segmenter import UNetSegmenter
from nerveapp.network.torch_engine import TorchEngine, best_device, load_network
from nerveapp.network.tracker import RefinementTracker
from nerveapp.network.unet import build_unet
from nerveapp.phantom import phantom_frames, phantom_spec

MODELS = ("median-wrist", "peripheral-nerve")
I8 = openvino.Type.i8


def phantoms(nerve: Nerve, site: Site) -> list[tuple[np.ndarray, np.ndarray]]:
    """Two frames of each of four subjects, ten frames apart, with their true masks."""
    found = []
    for subject in range(4):
        spec = phantom_spec(seed=40 + subject, subject=100 + subject, nerve=nerve, site=site, frames=11)
        found += [(frame.image, frame.mask) for frame in phantom_frames(spec) if frame.index % 10 == 0]
    return found


@pytest.fixture(scope="module")
def frames() -> list[tuple[np.ndarray, np.ndarray]]:
    """What the wrist model is for."""
    return phantoms(Nerve.MEDIAN, Site.WRIST)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "nerve", "site"),
    [
        ("median-wrist", Nerve.MEDIAN, Site.WRIST),
        ("peripheral-nerve", Nerve.MEDIAN, Site.FOREARM),
        ("peripheral-nerve", Nerve.TIBIAL, Site.POPLITEAL),
    ],
)
def test_the_cpu_engine_agrees_with_torch_where_the_model_is_used(name: str, nerve: Nerve, site: Site) -> None:
    reference = bootstrap.load_segmenter(name, device=DeviceName.CPU, engine=EngineName.TORCH)
    rounded = bootstrap.load_segmenter(name, device=DeviceName.CPU, engine=EngineName.OPENVINO)
    outlined = [
        (reference.segment([image])[0].mask, rounded.segment([image])[0].mask, nerve_there)
        for image, nerve_there in phantoms(nerve, site)
    ]
    agreement = [dice(one, other) for one, other, _ in outlined]
    assert np.mean(agreement) >= 0.985, agreement  # weights of half the range: 0.989 of peripheral-nerve
    lost = np.mean([dice(one, true) - dice(other, true) for one, other, true in outlined])
    assert lost < 0.005, "what is rounded is no worse"


@pytest.mark.parametrize("network", ["median-wrist", "median-wrist-close-up", "peripheral-nerve-close-up"])
def test_no_processor_overflows_with_shipped_weights_in_8_bits(network: str) -> None:
    model = openvino.Core().read_model(bootstrap.REPOSITORY / "weights" / f"{network}.int8.xml")
    whole = [one.data for one in model.get_ops() if one.get_type_name() == "Constant" and one.get_element_type() == I8]
    dense = [values for values in whole if values.ndim == 4]  # depthwise ones add too few products to overflow
    assert len(dense) > 40
    assert max(np.abs(values.astype(int)).max() for values in dense) <= 64


def test_the_wrist_model_outlines_phantoms_it_never_saw(frames: list[tuple[np.ndarray, np.ndarray]]) -> None:
    segmenter = bootstrap.load_segmenter("median-wrist")
    scores = [dice(segmenter.segment([image])[0].mask, mask) for image, mask in frames]
    assert np.mean(scores) > 0.85, scores


def test_a_batch_gives_what_single_frames_give(frames: list[tuple[np.ndarray, np.ndarray]]) -> None:
    segmenter = bootstrap.load_segmenter("median-wrist", device=DeviceName.CPU, engine=EngineName.TORCH)
    images = [image for image, _ in frames[:2]]
    together = segmenter.segment(images)
    for image, found in zip(images, together, strict=True):
        assert dice(segmenter.segment([image])[0].mask, found.mask) > 0.999


def test_many_frames_asked_for_at_once_are_answered_in_their_order() -> None:
    engine = bootstrap.load_segmenter("median-wrist", engine=EngineName.OPENVINO).tracker
    assert isinstance(engine, RefinementTracker)
    card = engine.card
    batch = np.random.default_rng(3).random(
        (2 * available_cores() + 1, 1, card.input_height, card.input_width), np.float32
    )
    logits = engine.stage.engine.logits
    assert np.array_equal(logits(batch), np.concatenate([logits(batch[at : at + 1]) for at in range(len(batch))]))


def test_colour_and_odd_sizes_are_outlined_on_their_own_grid() -> None:
    segmenter = bootstrap.load_segmenter("median-wrist")
    image = next(iter(phantom_frames(phantom_spec(seed=1, subject=2, frames=1)))).image
    odd = np.stack([image[:471, :633]] * 3, axis=-1)
    found = segmenter.segment([odd])[0]
    assert found.mask.shape == (471, 633)
    assert dice(found.mask, segmenter.segment([image[:471, :633]])[0].mask) > 0.99


def test_flip_averages_two_views() -> None:
    image = next(iter(phantom_frames(phantom_spec(seed=1, subject=2, frames=1)))).image
    flipped = bootstrap.load_segmenter("median-wrist", flip=True)
    straight, mirrored = (flipped.segment([one])[0].mask for one in (image, np.ascontiguousarray(image[:, ::-1])))
    assert "mirrored" in flipped.engine
    assert dice(straight, mirrored[:, ::-1]) > 0.99


def test_the_first_inference_of_a_process_is_over_when_an_engine_is_ready() -> None:
    """Two threads that make it together hang for ever, now and then."""
    code = (
        "import threading, openvino\n"
        "threads = []\n"
        "start_async = openvino.InferRequest.start_async\n"
        "def noted(self, *given):\n"
        "    threads.append(threading.current_thread().name)\n"
        "    return start_async(self, *given)\n"
        "openvino.InferRequest.start_async = noted\n"
        "from nerveapp import bootstrap\n"
        "from nerveapp.domain.computing import EngineName\n"
        "bootstrap.load_segmenter('median-wrist', engine=EngineName.OPENVINO)\n"
        "assert set(threads) == {'MainThread'}, threads\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr


def test_black_frames_hold_no_nerve() -> None:
    found = bootstrap.load_segmenter("median-wrist").segment([np.zeros((480, 640), np.uint8)])[0]
    assert (found.components, found.confidence) == (0, 0.0)


def test_unknown_architectures_and_pickles_are_refused() -> None:
    card = bootstrap.application().models.card("median-wrist")
    with pytest.raises(ModelError, match="cannot build"):
        build_unet("unet", "resnet152")
    with pytest.raises(ModelError, match="cannot build"):
        load_network(replace(card, architecture="transformer"), b"")
    with pytest.raises(ModelError, match="not a safetensors file"):
        load_network(card, b"\x80\x04\x95 a pickle")
    with pytest.raises(ModelError, match="does not fit"):
        load_network(card, save({"conv.weight": torch.zeros(1)}))


def test_an_absent_device_is_told() -> None:
    assert best_device("cpu").type == "cpu"
    with pytest.raises(ModelError, match="no device tpu"):
        best_device("tpu")
    with pytest.raises(ModelError, match="CPU only"):
        bootstrap.load_segmenter("median-wrist", device=DeviceName.CUDA, engine=EngineName.OPENVINO)


class ShortOfMemory(torch.nn.Module):
    """Runs out of memory above a number of frames."""

    def __init__(self, limit: int) -> None:
        super().__init__()
        self.limit = limit
        self.sizes: list[int] = []

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        self.sizes.append(len(batch))
        if len(batch) > self.limit:
            raise torch.OutOfMemoryError("out of memory")
        return batch * 2


def test_a_batch_is_halved_until_it_fits() -> None:
    network = ShortOfMemory(limit=3)
    batch = np.arange(16, dtype=np.float32).reshape(16, 1, 1, 1)
    result = TorchEngine(network, torch.device("cpu")).logits(batch)
    assert np.array_equal(result, batch * 2)
    assert max(network.sizes[-2:]) <= 3


def test_too_little_memory_for_one_frame_is_told() -> None:
    with pytest.raises(ModelError, match="too small for one frame"):
        TorchEngine(ShortOfMemory(0), torch.device("cpu")).logits(np.zeros((4, 1, 1, 1), np.float32))


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
def test_a_gpu_agrees_with_the_cpu(frames: list[tuple[np.ndarray, np.ndarray]]) -> None:
    on_cpu = bootstrap.load_segmenter("median-wrist", device=DeviceName.CPU, engine=EngineName.TORCH)
    on_gpu = bootstrap.load_segmenter("median-wrist", device=DeviceName.CUDA, engine=EngineName.TORCH)
    images = [image for image, _ in frames]
    pairs = zip(on_cpu.segment(images), on_gpu.segment(images), strict=True)
    assert np.mean([dice(one.mask, other.mask) for one, other in pairs]) > 0.99


def test_segmenters_of_the_store_fulfil_the_port() -> None:
    segmenter = bootstrap.load_segmenter("median-wrist")
    assert isinstance(segmenter, UNetSegmenter)
    assert segmenter.batch_size >= 1
    assert segmenter.workers >= 1
