"""Stand-in for the port of this name."""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from nerveapp.domain.clip import Image
from nerveapp.domain.model import ModelCard, WeightFile
from nerveapp.domain.segmentation import PredictedMask
from nerveapp.errors import ModelError
from nerveapp.ports import Tracker

CARD = ModelCard(
    name="fake", title="Fake", architecture="unet", encoder="none", input_height=32, input_width=32, mean=0.5, std=0.5,
    classes=("nerve",), threshold=0.5, max_components=2, licence="MIT",
    weights=WeightFile("", "0" * 64), cpu_weights=(),
    cpu_precision="int8",
    trained_on=(), held_out=(), scores=(), recipe="{}", versions=(),
)  # fmt: skip


@dataclass
class FakeSegmenter:
    """Outlines a box as high as the grey level says; slower for even frames, so that order is at stake."""

    batch_size: int = 1
    workers: int = 3
    fails_at: int | None = None
    card: ModelCard = CARD
    engine: str = "fake on cpu"
    tracker: Tracker | None = None
    threads: set[str] = field(default_factory=set)

    def segment(self, images: Sequence[Image]) -> list[PredictedMask]:
        self.threads.add(threading.current_thread().name)
        return [self._one(image) for image in images]

    def _one(self, image: Image) -> PredictedMask:
        level = int(image.flat[0])
        if level == self.fails_at:
            raise ModelError("broken", "mend it")
        time.sleep(0.002 if level % 2 == 0 else 0)
        mask = np.zeros(image.shape[:2], bool)
        mask[5 : 5 + level % 30, 10:30] = True
        found = mask.any()
        return PredictedMask(mask, 0.95 if found else 0.0, int(found))
