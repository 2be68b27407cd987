"""A reader study: frames that several raters trace without seeing the model, each other or themselves before."""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass
from datetime import datetime

from nerveapp.domain.annotation import FrameKey, code
from nerveapp.errors import AnnotationError

ROUNDS = (1, 2)
"""The second round, of the same frames in another order, tells how a rater agrees with themselves."""


@dataclass(frozen=True, slots=True)
class ReaderStudy:
    """What is to be traced.

    Parameters
    ----------
    id : str
        Unique, 32 hexadecimal digits.
    name : str
        A code.
    frames : tuple of (str, int)
        The frames, of which every rater traces all.
    made_at : datetime
        With a time zone.
    """

    id: str
    name: str
    frames: tuple[FrameKey, ...]
    made_at: datetime

    def __post_init__(self) -> None:
        code(self.name, what="study")
        if not self.frames:
            raise AnnotationError("A study without frames cannot be traced.", "Choose at least one frame.")
        if len(set(self.frames)) != len(self.frames):
            raise ValueError("expected each frame once")

    def order(self, rater: str, round_number: int) -> tuple[FrameKey, ...]:
        """Give the frames in the random order in which a rater gets them; the same whenever it is asked for."""
        seed = hashlib.sha256(f"{self.id} {rater} {round_number}".encode()).digest()
        shuffled = list(self.frames)
        random.Random(seed).shuffle(shuffled)  # noqa: S311 - a reproducible order, no secret
        return tuple(shuffled)
