from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from nerveapp.bootstrap import Application, application
from nerveapp.domain.clip import Image
from nerveapp.domain.model import ModelCard
from nerveapp.domain.segmentation import PredictedMask
from nerveapp.ports import Tracker
from tests.scanning import components_are_looked_for_once
from tests.stores import empty_store

__all__ = ["components_are_looked_for_once"]


@pytest.fixture(autouse=True)
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Application]:
    """An installation of each test's own: an empty library, and this repository's models."""
    monkeypatch.setenv("NERVEAPP_DATABASE", empty_store(tmp_path / "nerveapp.db"))
    monkeypatch.setenv("NERVEAPP_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("NERVEAPP_JOBS", str(tmp_path / "data" / "jobs"))
    yield application()


@dataclass
class QuickSegmenter:
    """Outlines a box at once, as high as the model's name is long."""

    card: ModelCard
    batch_size: int = 4
    workers: int = 1
    engine: str = "quick on cpu"

    @property
    def tracker(self) -> Tracker | None:
        return None

    def segment(self, images: Sequence[Image]) -> list[PredictedMask]:
        mask = np.zeros(images[0].shape[:2], np.bool_)
        mask[40 : 40 + 2 * len(self.card.name), 60:140] = True
        return [PredictedMask(mask, 0.95, 1) for _ in images]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Models that take no time; the names of those that were loaded."""
    loaded: list[str] = []

    def segmenter(name: str, **_: object) -> QuickSegmenter:
        loaded.append(name)
        return QuickSegmenter(application().models.card(name))

    monkeypatch.setattr("nerveapp.bootstrap.segmenters.cached_segmenter", segmenter)
    return loaded
