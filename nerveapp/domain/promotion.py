"""Which model is in use for what, and by which comparison it came there."""

from __future__ import annotations

from collections.abc import Sequence
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
        return not self.why_not

    @property
    def why_not(self) -> tuple[str, ...]:
        """Say in words, each a clause, what speaks against replacing the old one; () where nothing does."""
        # A mean that is no number is none that does not fall.
        before, after = (sum(dices) / max(len(self.people), 1) for dices in zip(*self._dices, strict=True))
        reasons = (
            (not self.people, "it was judged on nobody"),
            (self.seen_by_new, f"it was trained on {_listed(self.seen_by_new)} of those it is judged on"),
            (
                self.unnamed_by_new,
                f"its card does not name the people of {_listed(self.unnamed_by_new)}, on which it was trained: those "
                "it is judged on may be among them",
            ),
            (
                self.worse_for,
                f"the mean Dice falls by more than {TOLERANCE} for {_listed([one.person for one in self.worse_for])}",
            ),
            (not after >= before, f"the mean Dice over all people falls from {before:.4f} to {after:.4f}"),
        )
        return tuple(words for speaks, words in reasons if speaks)

    @property
    def _dices(self) -> list[tuple[float, float]]:
        return [(one.old_dice, one.new_dice) for one in self.people] or [(0.0, 0.0)]


def _listed(names: Sequence[str]) -> str:
    shown = [name[:24] for name in names[:_SHOWN]]
    return ", ".join(shown) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")


_SHOWN = 5
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
