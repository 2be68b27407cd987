"""Nothing is sent, looked up or left in the home folder: the main job in processes of its own, overheard."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from nerveapp.bootstrap import REPOSITORY
from nerveapp.demo import DEMO_CLIP
from nerveapp.io.model_store import FolderModelStore
from nerveapp.io.model_zip import pack_model
from nerveapp.ports import TrainedWeights

OVERHEAR = """
import os, sys

def overhear(event, args):
    named = event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr")
    reached = event in ("socket.connect", "socket.sendto") and isinstance(args[1], tuple)
    if named or reached:
        with open(os.environ["OVERHEARD"], "a") as file:
            file.write(f"{event} {args}\\n")

sys.addaudithook(overhear)
"""
MAKE = """
import sys, pathlib, numpy
from nerveapp import bootstrap
app = bootstrap.application(); app.model_packages.add(pathlib.Path(sys.argv[1]).read_bytes(), app.models)
from nerveapp.network.quiet_openvino import openvino
import nncf
model = openvino.Core().read_model(next(pathlib.Path(sys.argv[2]).glob("*.xml")))
nncf.quantize(model, nncf.Dataset([numpy.zeros(model.input(0).shape, "float32")]), subset_size=1)
"""


def overheard(folder: Path, *command: str, **settings: str) -> list[str]:
    """Run Python, and whatever it starts, with an empty home; gives what was looked up or reached, and files left."""
    (home := folder / "home").mkdir()
    (folder / "sitecustomize.py").write_text(OVERHEAR)
    (told := folder / "overheard").touch()
    there = {"HOME": str(home), "PYTHONPATH": f"{folder}{os.pathsep}{REPOSITORY}", "OVERHEARD": str(told)}
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("XDG_", "NNCF", "PYTEST"))}
    done = subprocess.run(
        [sys.executable, *command], cwd=folder, env=kept | there | settings, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return told.read_text().splitlines() + [str(path.relative_to(home)) for path in home.rglob("*")]


def test_what_is_looked_up_is_overheard(tmp_path: Path) -> None:
    code = "import socket; socket.getaddrinfo('localhost', 80); open(__import__('os').path.expanduser('~/x'), 'w')"
    assert len(overheard(tmp_path, "-c", code)) == 2


@pytest.mark.slow
def test_an_analysis_looks_nothing_up_and_leaves_nothing(tmp_path: Path) -> None:
    command = ("-m", "nerveapp", "analyse", str(DEMO_CLIP), "--out", str(tmp_path / "out"))
    assert overheard(tmp_path, *command) == []


@pytest.mark.slow
def test_a_model_brought_in_and_rounded_looks_nothing_up_and_leaves_nothing(tmp_path: Path) -> None:
    pytest.importorskip("nncf")
    shipped, packed = FolderModelStore(REPOSITORY / "weights"), FolderModelStore(tmp_path / "packed")
    card = replace(shipped.card("peripheral-nerve"), name="small", refinement=None, input_height=32, input_width=32)
    packed.save(card, TrainedWeights(shipped.weights("peripheral-nerve").safetensors))
    (tmp_path / "model.zip").write_bytes(pack_model(packed, "small"))
    weights = str(tmp_path / "weights")
    command = ("-c", MAKE, str(tmp_path / "model.zip"), weights)
    assert overheard(tmp_path, *command, NERVEAPP_WEIGHTS=weights) == []
