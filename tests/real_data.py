"""Where the real images lie; they are in no checkout, so tests that use them are skipped without them."""

import os
from pathlib import Path

import pytest

ROOT = Path(os.environ.get("NERVEAPP_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))

needs_real_data = pytest.mark.skipif(
    not (ROOT / "median-wrist").is_dir(), reason="no real images here: set NERVEAPP_DATA to their folder"
)
