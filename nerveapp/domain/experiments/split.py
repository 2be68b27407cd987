"""How images are kept apart for an honest score, and the value that cannot hold one person on both sides."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from nerveapp.domain.labelled import LabelledImage


class SplitKind(StrEnum):
    """What is kept together when images are dealt into parts."""

    FOLDS = "folds"
    PEOPLE = "people"
    LEAVE_ONE_OUT = "leave-one-out"
    TIME_BLOCKS = "time-blocks"
    FRAMES = "frames"

    @property
    def crosses(self) -> bool:
        """Whether every image is held out once; else one part alone is."""
        return self in (SplitKind.FOLDS, SplitKind.LEAVE_ONE_OUT)

    @property
    def by_person(self) -> bool:
        """Whether nobody is on both sides."""
        return self in (SplitKind.FOLDS, SplitKind.PEOPLE, SplitKind.LEAVE_ONE_OUT)

    @property
    def words(self) -> str:
        """What it is called on pages and in reports."""
        return _WORDS[self]


_WORDS = {
    SplitKind.FOLDS: "by person, in folds",
    SplitKind.PEOPLE: "by person, one part held out",
    SplitKind.LEAVE_ONE_OUT: "one person left out at a time",
    SplitKind.TIME_BLOCKS: "blocks of time within each clip (same people in training and test)",
    SplitKind.FRAMES: "frames at random, 4:1 (same people in training and test)",
}


@dataclass(frozen=True, slots=True)
class Split:
    """Images to learn from and images held out.

    Parameters
    ----------
    training, held_out : tuple of LabelledImage
    same_people : bool
        Whether people may be on both sides; without it, a split that puts one there cannot be built.
    """

    training: tuple[LabelledImage, ...]
    held_out: tuple[LabelledImage, ...]
    same_people: bool = False

    def __post_init__(self) -> None:
        shared = {image.group for image in self.training} & {image.group for image in self.held_out}
        if shared and not self.same_people:
            raise ValueError(f"expected no group on both sides, got {sorted(shared)}")

    @property
    def training_people(self) -> int:
        """How many people are learnt from."""
        return len({image.group for image in self.training})

    @property
    def held_out_people(self) -> int:
        """How many people are tested on."""
        return len({image.group for image in self.held_out})
