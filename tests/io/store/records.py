"""Records to save in tests."""

import uuid
from datetime import UTC, datetime, timedelta

import numpy as np

from nerveapp.domain.annotation import Annotation, ClipRecord, Prediction, Source, State
from nerveapp.domain.clip import Image
from nerveapp.domain.segmentation import PackedMask

CLIP = ClipRecord("a" * 64, 64, 48, 100, subject="S01")
IMAGE: Image = np.arange(48 * 64, dtype=np.uint32).reshape(48, 64).astype(np.uint8)
START = datetime(2026, 1, 1, tzinfo=UTC)


def mask(seed: int = 0) -> PackedMask:
    """A box whose place follows from a number."""
    found = np.zeros((48, 64), bool)
    found[5 + seed % 20 : 25 + seed % 20, 10 + seed % 30 : 30 + seed % 30] = True
    return PackedMask.pack(found)


def prediction(seed: int = 0) -> Prediction:
    return Prediction("median-wrist", "b" * 64, mask(seed), 0.9)


def annotation(
    frame: int = 3, *, rater: str = "R1", seed: int = 0, state: State = State.FINAL, **other: object
) -> Annotation:
    values: dict[str, object] = {
        "id": uuid.uuid4().hex,
        "clip_sha256": CLIP.sha256,
        "frame": frame,
        "rater": rater,
        "state": state,
        "source": Source.CORRECTED,
        "mask": mask(seed),
        "prediction": prediction(),
        "made_at": START + timedelta(seconds=seed),
        "seconds": 2.5,
        "supersedes": None,
        **other,
    }
    return Annotation(**values)  # type: ignore[arg-type]
