"""The demo clip: synthetic, shipped with the app, its truth beside it. Made by `make demo`."""

from pathlib import Path

_FOLDER = Path(__file__).parent
DEMO_CLIP = _FOLDER / "clip.mp4"
DEMO_SPEC = _FOLDER / "spec.json"
DEMO_TRUTH = _FOLDER / "truth.csv"
DEMO_PICTURE = _FOLDER / "picture.png"
