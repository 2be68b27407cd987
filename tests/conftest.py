import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.real_data import ROOT

# How long an example takes says nothing of a machine that does other work too.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

WORKERS = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
if WORKERS > 1:  # before anything imports torch: processes that all take every core only wait for each other
    os.environ.setdefault("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 1) // WORKERS)))


@pytest.fixture(autouse=True, scope="session")
def _no_annotations_of_this_checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Pages under test keep what is drawn in a folder of their own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NERVEAPP_DATABASE", f"sqlite:///{tmp_path_factory.mktemp('annotations') / 'nerveapp.db'}")
        patch.setenv("NERVEAPP_DATA_DIR", str(tmp_path_factory.mktemp("data")))
        patch.setenv("NERVEAPP_ANALYSES", "thread")  # pages under test start no processes
        yield


@pytest.fixture
def real_data() -> Path:
    """Folder of the real images; use with `needs_real_data`."""
    return ROOT
