"""How nerves were followed through phantom clips and outlined by clicks: results as they are stored."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Way(StrEnum):
    """How the frames of a clip were outlined."""

    FRAME_BY_FRAME = "frame by frame"
    FOLLOWED = "found and followed"
    POINTED = "pointed at once"
    UNSMOOTHED = "found and followed, not smoothed"


@dataclass(frozen=True, slots=True)
class TrackedClip:
    """One phantom clip, outlined in one way.

    Parameters
    ----------
    model, site : str
        Which model outlined which nerve and site.
    subject : int
        The phantom subject.
    frames : int
        Frames of the clip.
    way : Way
    dice : float
        Mean over all frames; 0 where nothing was outlined.
    dice_outlined : float or None
        Mean over the outlined frames; None where there are none, as in the following three.
    bias : float or None
        Mean area over mean true area of the outlined frames, less 1.
    jitter, jitter_truth : float or None
        Frame-to-frame change (root mean square, share of the mean) of the area and of the true area, between
        neighbouring frames that are both outlined.
    found, followed : int
        Frames in which the nerve was found or pointed at, and into which it was followed; in the others it was lost.
    confidences : tuple of (float, float)
        Confidence and Dice of every followed outline, of whatever nerve.
    """

    model: str
    site: str
    subject: int
    frames: int
    way: Way
    dice: float
    dice_outlined: float | None
    bias: float | None
    jitter: float | None
    jitter_truth: float | None
    found: int
    followed: int
    confidences: tuple[tuple[float, float], ...] = ()

    @property
    def lost(self) -> int:
        """Frames without an outline."""
        return self.frames - self.found - self.followed


@dataclass(frozen=True, slots=True)
class PhantomTracking:
    """Phantom clips of unseen subjects, each outlined in every way."""

    clips: tuple[TrackedClip, ...]
    versions: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ClickedNerve:
    """One traced nerve of a real image, and the Dice of the outlines drawn by clicks on it.

    Parameters
    ----------
    image, group : str
        The image and the person.
    centre : float
        Of a click on the point farthest from the boundary.
    inside : tuple of float
        Of clicks on points anywhere inside, drawn at random.
    chosen : tuple of float
        Of the best that the click in the centre told, by who knows the truth: of what it took to be meant and its two
        neighbours in size, and of all sizes. Empty where that was not measured.
    """

    image: str
    group: str
    centre: float
    inside: tuple[float, ...]
    chosen: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class ClickedFold:
    """The nerves held out from one fold, outlined by the network that never saw their people.

    Parameters
    ----------
    number : int
        From 0.
    engine : str
        What computed.
    nerves : tuple of ClickedNerve
    """

    number: int
    engine: str
    nerves: tuple[ClickedNerve, ...]


@dataclass(frozen=True, slots=True)
class Clicks:
    """Nerves outlined by clicks on held-out images.

    Parameters
    ----------
    label : str
        What was tried; empty for the kept recipe.
    recipe_name, dataset : str
        Whose folds, of which set.
    folds : tuple of ClickedFold
        Those that were trained.
    versions : tuple of (str, str)
        Software it was run with.
    """

    label: str
    recipe_name: str
    dataset: str
    folds: tuple[ClickedFold, ...]
    versions: tuple[tuple[str, str], ...]

    @property
    def nerves(self) -> tuple[ClickedNerve, ...]:
        """Those of all folds."""
        return tuple(nerve for fold in self.folds for nerve in fold.nerves)
