from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.real_data import ROOT


@pytest.fixture(autouse=True, scope="session")
def _no_annotations_of_this_checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Pages under test keep what is drawn in a folder of their own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NERVEAPP_DATABASE", f"sqlite:///{tmp_path_factory.mktemp('annotations') / 'nerveapp.db'}")
        yield


@pytest.fixture
def real_data() -> Path:
    """Folder of the real images; use with `needs_real_data`."""
    return ROOT
