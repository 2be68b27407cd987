from pathlib import Path

import pytest

from tests.real_data import ROOT


@pytest.fixture
def real_data() -> Path:
    """Folder of the real images; use with `needs_real_data`."""
    return ROOT
