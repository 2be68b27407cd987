"""Phantom clips for studies: what each shipped model is shown, and the true outline in every frame."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from nerveapp.domain.clip import ClipInfo, Frame
from nerveapp.domain.segmentation import Mask
from nerveapp.domain.view import Nerve, Site
from nerveapp.phantom import PHANTOM_SITES, phantom_frames, phantom_spec

FIRST_SUBJECT = 100
"""Subjects from here on were used neither for the demo clip nor, being clips, for training."""

FIRST_SUBJECT_OF_FIT = 200
"""The confidence is fitted on subjects from here on, and judged on those before."""

_ALL = tuple((nerve, site) for nerve, sites in PHANTOM_SITES.items() for site in sites if site is not Site.OTHER)
_WRIST = (Nerve.MEDIAN, Site.WRIST)

MEANT_FOR: dict[str, tuple[tuple[Nerve, Site], ...]] = {
    "median-wrist": (_WRIST,),
    "peripheral-nerve": tuple(one for one in _ALL if one != _WRIST),
}
"""The nerves and sites that each shipped model is meant for."""


@dataclass(frozen=True, slots=True)
class PhantomClip:
    """A phantom clip held in memory (a `Clip`), and its truth.

    Parameters
    ----------
    site : str
        Nerve and site, such as "median wrist".
    subject : int
    info : ClipInfo
    recorded : tuple of Frame
    truth : tuple of ndarray of bool, (H, W)
        The nerve in each frame.
    truncation : None
        It is always complete.
    """

    site: str
    subject: int
    info: ClipInfo
    recorded: tuple[Frame, ...]
    truth: tuple[Mask, ...]
    truncation: None = None

    def frames(self) -> Iterator[Frame]:
        """Yield the frames in order."""
        yield from self.recorded


def site_name(nerve: Nerve, site: Site) -> str:
    """Name a nerve and site as results do."""
    return f"{nerve.value} {site.value}"


def phantom_clip(nerve: Nerve, site: Site, *, subject: int, frames: int) -> PhantomClip:
    """Make the clip of a subject.

    Parameters
    ----------
    nerve, site : Nerve, Site
        What it shows.
    subject, frames : int
        See `PhantomSpec`.
    """
    spec = phantom_spec(seed=1, subject=subject, nerve=nerve, site=site, frames=frames)
    made = list(phantom_frames(spec))
    name = site_name(nerve, site)
    info = ClipInfo(f"{name} {subject}", "", "phantom", spec.width, spec.height, frames)
    recorded = tuple(Frame(frame.index, frame.time_s, frame.image) for frame in made)
    return PhantomClip(name, subject, info, recorded, tuple(frame.mask for frame in made))
