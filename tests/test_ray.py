"""Training and analysing on a local cluster of two nodes, one core each."""

import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import numpy as np
import psutil
import pytest
import torch
from safetensors.torch import load

ray = pytest.importorskip("ray", reason="Ray is not installed: requirements-ray.txt")

from ray.cluster_utils import Cluster  # noqa: E402

from nerveapp import bootstrap  # noqa: E402
from nerveapp.analysis.pictures import png_of  # noqa: E402
from nerveapp.cli.many import analyse_folder  # noqa: E402
from nerveapp.domain.batch import BatchSettings  # noqa: E402
from nerveapp.domain.computing import DeviceName, EngineName  # noqa: E402
from nerveapp.domain.experiments.epochs import EpochReport  # noqa: E402
from nerveapp.domain.experiments.shipped_recipes import RECIPES  # noqa: E402
from nerveapp.domain.experiments.training_set import TrainingSet  # noqa: E402
from nerveapp.domain.job import JobState, TrainingRequest  # noqa: E402
from nerveapp.domain.view import Nerve, Site, View  # noqa: E402
from nerveapp.errors import CancelledError, ClusterError  # noqa: E402
from nerveapp.io.atomic import write_bytes  # noqa: E402
from nerveapp.io.early_results import EarlyResults  # noqa: E402
from nerveapp.io.folder_objects import FolderObjects  # noqa: E402
from nerveapp.io.phantom_files import write_phantom  # noqa: E402
from nerveapp.io.ray_cluster import RayAnalysisRunner, RayWorkers  # noqa: E402
from nerveapp.io.store.analyses import SqlAnalysisStore  # noqa: E402
from nerveapp.io.store.connection import open_database  # noqa: E402
from nerveapp.io.workers import HereWorkers  # noqa: E402
from nerveapp.network.ray_training import train_on_ray  # noqa: E402
from nerveapp.network.trainer import TrainNetwork, UNetTrainer  # noqa: E402
from nerveapp.phantom import phantom_spec  # noqa: E402
from nerveapp.ports import Item, Result, TrainingRun  # noqa: E402
from nerveapp.workflows.training.custom_recipe import custom_recipe  # noqa: E402
from nerveapp.workflows.training.train import phantom_images  # noqa: E402

pytestmark = [pytest.mark.ray, pytest.mark.timeout(600)]

RECIPE = replace(
    RECIPES["median-wrist"],
    members=1,
    refinement=None,
    epochs=3,
    input_height=64,
    input_width=96,
    batch_size=4,
    phantom_share=0.5,
)
CPU = torch.device("cpu")
SPEC = phantom_spec(seed=1, subject=0, nerve=Nerve.MEDIAN, site=Site.WRIST, frames=60, width=320, height=240)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Two nodes, as on two machines; the jobs' dashboard is on the first."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_ENABLE_UV_RUN_RUNTIME_ENV", "0")
        patch.setenv("RAY_TRAIN_ENABLE_STATE_TRACKING", "0")
        found = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": True})
        found.add_node(num_cpus=1)
        patch.setenv("RAY_ADDRESS", found.address)
        yield found
        ray.shutdown()
        found.shutdown()


def trained(
    train_network: TrainNetwork | None, *, on_epoch: list[EpochReport], kill_after: int = 0
) -> dict[str, torch.Tensor]:
    images = tuple(phantom_images(6, seed=5, nerves=(Nerve.MEDIAN,)))

    def tell(report: EpochReport) -> None:
        on_epoch.append(report)
        if report.number == kill_after:
            os.kill(next(iter(workers_named("RayTrainWorker"))), signal.SIGKILL)

    trainer = UNetTrainer(CPU) if train_network is None else UNetTrainer(CPU, train_network=train_network)
    found = trainer.train(TrainingSet(images, images, images[:2]), TrainingRun(RECIPE, tell))
    assert len(found.losses) == RECIPE.epochs
    return load(found.safetensors)


def workers_named(name: str) -> set[int]:
    """Ids of Ray's worker processes that are at such work."""
    return {
        process.pid for process in psutil.process_iter(["cmdline"]) if name in " ".join(process.info["cmdline"] or ())
    }


@pytest.fixture
def storage(tmp_path: Path) -> str:
    return str(tmp_path / "ray")


def on_ray(workers: int, storage: str) -> TrainNetwork:
    return partial(train_on_ray, workers=workers, storage=storage)


def test_one_worker_reaches_the_very_weights_of_this_process(cluster: Cluster, storage: str) -> None:
    RayWorkers(cluster.address)
    here: list[EpochReport] = []
    there: list[EpochReport] = []
    local, remote = trained(None, on_epoch=here), trained(on_ray(1, storage), on_epoch=there)
    assert all(torch.equal(local[name], remote[name]) for name in local)
    assert here == there


def test_two_workers_learn_together_and_a_lost_one_changes_nothing(cluster: Cluster, storage: str) -> None:
    RayWorkers(cluster.address)
    alone: list[EpochReport] = []
    whole: list[EpochReport] = []
    broken: list[EpochReport] = []
    trained(None, on_epoch=alone)
    undisturbed = trained(on_ray(2, storage), on_epoch=whole)
    assert [one.loss for one in whole] == pytest.approx([one.loss for one in alone], rel=0.15)
    disturbed = trained(on_ray(2, storage), on_epoch=broken, kill_after=1)
    assert [one.number for one in broken] == [1, 2, 3], "each epoch is told once"
    assert all(torch.allclose(undisturbed[name].float(), disturbed[name].float(), atol=1e-3) for name in undisturbed)


def test_stopping_is_heard_by_all_workers(cluster: Cluster, storage: str) -> None:
    RayWorkers(cluster.address)
    images = phantom_images(4, seed=5, nerves=(Nerve.MEDIAN,))
    told: list[EpochReport] = []
    with pytest.raises(CancelledError):
        UNetTrainer(CPU, train_network=on_ray(2, storage)).train(
            TrainingSet(tuple(images)), TrainingRun(replace(RECIPE, epochs=500), told.append, lambda: bool(told))
        )
    assert 1 <= len(told) < 500


BATCH = BatchSettings(
    View(Nerve.MEDIAN, Site.WRIST), None, "median-wrist", device=DeviceName.CPU, engine=EngineName.OPENVINO
)


def results(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.suffix in (".png", ".csv") and path.is_file()
    }


class Saboteur(RayWorkers):
    """Kills, once the first piece is done, whoever is at work on another."""

    killed: frozenset[int] = frozenset()

    def map(self, work: Callable[[Item], Result], items: Sequence[Item]) -> Iterator[tuple[int, Result]]:
        for done in super().map(work, items):
            if not self.killed:
                self.killed = frozenset(workers_named("ray::analyse_one"))
                for process in self.killed:
                    os.kill(process, signal.SIGKILL)
            yield done


def test_many_clips_give_what_they_give_here_though_a_worker_is_killed(cluster: Cluster, tmp_path: Path) -> None:
    clips = tmp_path / "clips"
    for subject in range(3):
        spec = phantom_spec(
            seed=1, subject=subject, nerve=Nerve.MEDIAN, site=Site.WRIST, frames=60, width=320, height=240
        )
        write_phantom(tmp_path / "made", spec)
        clips.mkdir(exist_ok=True)
        (tmp_path / "made" / "clip.mp4").rename(clips / f"s{subject}.mp4")
    (clips / "broken.mp4").write_bytes(b"no clip at all")
    assert analyse_folder(clips, tmp_path / "here", BATCH, HereWorkers()) == 1
    saboteur = Saboteur(cluster.address)
    assert analyse_folder(clips, tmp_path / "there", BATCH, saboteur) == 1
    assert saboteur.killed
    assert results(tmp_path / "there") == results(tmp_path / "here")
    assert not list((tmp_path / "there").glob(".*")), "nothing half done is left"


def test_a_training_is_a_job_of_the_cluster(cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NERVEAPP_DATABASE", f"sqlite:///{tmp_path / 'store.db'}")
    monkeypatch.setenv("NERVEAPP_JOBS", str(tmp_path / "jobs"))
    monkeypatch.setenv("NERVEAPP_WEIGHTS", str(tmp_path / "weights"))
    monkeypatch.setenv("NERVEAPP_RAY_WORKERS", "1")
    images = phantom_images(4, seed=3, nerves=(Nerve.MEDIAN,))
    people = [replace(image, group=f"person-{number % 2}") for number, image in enumerate(images)]
    recipe = custom_recipe(replace(RECIPE, epochs=1), people, name="mine")

    def write_set(folder: Path) -> None:
        for image in people:
            write_bytes(folder / "images" / f"{image.name}.png", png_of(image.grey))
            write_bytes(folder / "masks" / f"{image.name}.png", png_of(image.nerve.astype(np.uint8) * 255))
        rows = "\n".join(f"{one.name},{one.group}" for one in people)
        write_bytes(folder / "groups.csv", f"image,group\n{rows}".encode())

    runner = bootstrap.application().trainings
    request = TrainingRequest(recipe, 4, 2, False, datetime.now(UTC))
    job_id = runner.start(request, write_set, submission="on-ray")
    deadline = time.monotonic() + 400
    while time.monotonic() < deadline:
        (job,) = runner.jobs()
        if job.state in (JobState.DONE, JobState.FAILED):
            break
        time.sleep(1)
    assert job.state is JobState.DONE, (job.message, (tmp_path / "jobs" / job_id / "output.txt").read_text())
    assert bootstrap.application().models.card("mine").scores[0].n == 4


def test_a_cluster_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NERVEAPP_DATABASE", f"sqlite:///{tmp_path / 'store.db'}")
    monkeypatch.setenv("NERVEAPP_JOBS", str(tmp_path / "jobs"))
    monkeypatch.setenv("RAY_ADDRESS", "http://127.0.0.1:9")
    runner = bootstrap.application().trainings
    runner.start(TrainingRequest(RECIPE, 4, 2, False, datetime.now(UTC)), lambda _folder: None, submission="nowhere")
    (job,) = runner.jobs()
    assert job.state is JobState.FAILED
    assert "took no job" in job.message
    assert "ray start" in job.message


def test_analyses_are_worked_on_by_a_job_of_the_cluster(cluster: Cluster, tmp_path: Path) -> None:
    store = SqlAnalysisStore(open_database(f"sqlite:///{tmp_path / 'store.db'}"), FolderObjects(tmp_path / "data"))
    started = tmp_path / "started"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "nerveapp.io.ray_cluster.worker_command", lambda name: ["sh", "-c", f"echo {name} >> {started}; sleep 1"]
        )
        runner = RayAnalysisRunner(store, EarlyResults(tmp_path / "early"), cluster.address)
        runner.wake()
        runner.wake()
        deadline = time.monotonic() + 120
        while not started.exists() and time.monotonic() < deadline:
            time.sleep(0.2)
        assert len(started.read_text().split()) == 1, "one at a time"
        patch.delenv("RAY_ADDRESS")  # Ray itself heeds it more than the address that it is given
        with pytest.raises(ClusterError, match="took no job"):
            RayAnalysisRunner(store, EarlyResults(tmp_path / "early"), "http://127.0.0.1:9").wake()
