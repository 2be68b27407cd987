"""Which model is in use for what, and by which comparison it came there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from nerveapp.domain.view import Nerve, Site, View


class Role(StrEnum):
    """What a model is in use for."""

    MEDIAN_WRIST = "median-wrist"
    OTHER_NERVES = "other-nerves"

    @classmethod
    def of(cls, view: View) -> Role:
        """Give the role that a view asks for; where nobody said what a clip shows, the median wrist is tried."""
        wrist = view.nerve in (Nerve.MEDIAN, Nerve.UNKNOWN) and view.site in (Site.WRIST, Site.UNKNOWN)
        return cls.MEDIAN_WRIST if wrist else cls.OTHER_NERVES

    def judged_on(self, view: View | None) -> bool:
        """Whether its models are judged on what shows this; what nobody said to show anything is no role's."""
        return view is not None and view.placed and Role.of(view) is self

    @property
    def words(self) -> str:
        """What it is called on pages."""
        return "the median nerve at the wrist" if self is Role.MEDIAN_WRIST else "other nerves and sites"

    @property
    def shipped(self) -> str:
        """The model in use before any was promoted."""
        return "median-wrist" if self is Role.MEDIAN_WRIST else "peripheral-nerve"


@dataclass(frozen=True, slots=True)
class PersonGain:
    """What a new model changes for one person of the locked set.

    Parameters
    ----------
    person : str
    frames : int
    old_dice, new_dice : float
        Means over the person's frames, 0 to 1.
    """

    person: str
    frames: int
    old_dice: float
    new_dice: float


@dataclass(frozen=True, slots=True)
class Gate:
    """A judgement of a new model beside the one in use, on the same locked frames.

    Parameters
    ----------
    old, new : str
        Names of the models.
    people : tuple of PersonGain
    seen_by_old, seen_by_new : tuple of str
        Locked people whom a model has learnt from: their scores favour it.
    old_sha256, new_sha256 : str
        Hashes of what was judged.
    frames : tuple of str
        Ids of the outlines they were judged on, sorted.
    unnamed_by_new : tuple of str
        Sets that the new model has learnt from and whose people its card does not name: it may know all of these.
    """

    old: str
    new: str
    people: tuple[PersonGain, ...]
    seen_by_old: tuple[str, ...] = ()
    seen_by_new: tuple[str, ...] = ()
    old_sha256: str = ""
    new_sha256: str = ""
    frames: tuple[str, ...] = ()
    unnamed_by_new: tuple[str, ...] = ()

    @property
    def worse_for(self) -> tuple[PersonGain, ...]:
        """The people for whom the new model is worse by more than `TOLERANCE`."""
        return tuple(one for one in self.people if one.new_dice < one.old_dice - TOLERANCE)

    @property
    def passed(self) -> bool:
        """Whether it may replace the old one: it knows nobody, is worse for nobody, and the mean Dice does not fall."""
        if not self.people or self.worse_for or self.seen_by_new or self.unnamed_by_new:
            return False
        return sum(one.new_dice for one in self.people) >= sum(one.old_dice for one in self.people)


TOLERANCE = 0.01
"""A mean Dice lower by no more counts as the same: about a pixel's width along the outline of a small nerve."""


FEW_PEOPLE = 5
"""Of fewer a judgement says so little of others that whoever promotes is told."""


@dataclass(frozen=True, slots=True)
class Promotion:
    """A model put to use.

    Parameters
    ----------
    role : Role
    model, sha256 : str
        Its name and the hash of its weights.
    at : datetime
        With a time zone.
    gate : Gate or None
        The comparison; None where an earlier model was restored.
    by : str
        Code of who did it; "" where it was not given.
    """

    role: Role
    model: str
    sha256: str
    at: datetime
    gate: Gate | None
    by: str = ""
