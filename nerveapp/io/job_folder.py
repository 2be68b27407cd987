"""What the two sides of a training's job share: where its files lie, its clock, and patience with the database."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from nerveapp.errors import StoreError

BEAT_S = 1.0
"""So often a process that works on a job gives a sign of life."""

PATIENCE_S = 300.0
"""For so long a database may be busy before a training that notes how it stands fails for it."""


def training_set_of(folder: Path) -> Path:
    """Where a job's images, masks and groups lie."""
    return folder / "set"


def runs_of(folder: Path) -> Path:
    """Where a job keeps the models of the parts held out, and its checkpoints."""
    return folder / "runs"


def until_taken(write: Callable[[], None], *, patience_s: float | None = None, pause_s: float = BEAT_S) -> None:
    """Write to the database again and again until it takes it; raises StoreError after the patience, `PATIENCE_S`."""
    deadline = time.monotonic() + (PATIENCE_S if patience_s is None else patience_s)
    while True:
        try:
            write()
        except StoreError:
            if time.monotonic() > deadline:
                raise
            time.sleep(pause_s)
        else:
            return
