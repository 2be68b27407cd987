"""The demo clip: synthetic, shipped with the app, its truth beside it. Made by `make demo`."""

import json
from pathlib import Path

from nerveapp.domain.calibration import Calibration, CalibrationOrigin

_FOLDER = Path(__file__).parent
DEMO_CLIP = _FOLDER / "clip.mp4"
DEMO_SPEC = _FOLDER / "spec.json"
DEMO_TRUTH = _FOLDER / "truth.csv"
DEMO_PICTURE = _FOLDER / "picture.png"


def demo_calibration() -> Calibration:
    """Give the exact pixel spacing of the demo clip."""
    spec = json.loads(DEMO_SPEC.read_bytes())
    detail = "exact, known from how the clip was made"
    return Calibration(spec["row_spacing_mm"], spec["column_spacing_mm"], CalibrationOrigin.PHANTOM, detail)
