"""What a phantom clip shows and what one of its frames holds."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nerveapp.domain.calibration import LARGEST_SPACING_MM, SMALLEST_SPACING_MM
from nerveapp.domain.clip import Image
from nerveapp.domain.view import Nerve, Site
from nerveapp.phantom.sites import PHANTOM_SITES, profile

SMALLEST_SIDE_PX = 64


@dataclass(frozen=True, slots=True)
class PhantomSpec:
    """One phantom clip, fully determined by these values.

    Parameters
    ----------
    seed : int
        Decides motion, speckle and electronic noise; not negative.
    subject : int
        Decides anatomy and machine settings; clips of one subject share them at each site; not negative.
    site : Site
        Level of the limb.
    nerve : Nerve
        The nerve that is outlined.
    frames : int
        Number of frames, at least 1.
    frame_rate_hz : float
        Frames per second.
    width, height : int
        Size of the images in pixels, at least 64.
    row_spacing_mm, column_spacing_mm : float
        Distance between the centres of neighbouring rows and columns in mm.
    bifid : bool
        Whether the nerve is in two parts.
    """

    seed: int
    subject: int
    site: Site
    nerve: Nerve
    frames: int
    row_spacing_mm: float
    column_spacing_mm: float
    frame_rate_hz: float = 25.0
    width: int = 640
    height: int = 480
    bifid: bool = False


@dataclass(frozen=True, slots=True)
class PhantomFrame:
    """One frame of a phantom clip.

    Parameters
    ----------
    index : int
        Position in the clip, from 0.
    time_s : float
        Seconds from the first frame.
    image : ndarray of uint8, (H, W)
        B-mode grey levels, 0 to 255.
    mask : ndarray of bool, (H, W)
        Pixels whose centre is inside the nerve, that is inside the bright epineurial boundary.
    area_mm2 : float
        Area of the nerve's outline (all parts) in mm², computed from the outline and not from the mask.
    """

    index: int
    time_s: float
    image: Image
    mask: npt.NDArray[np.bool_]
    area_mm2: float


def phantom_spec(
    *,
    seed: int,
    subject: int = 0,
    nerve: Nerve = Nerve.MEDIAN,
    site: Site = Site.WRIST,
    frames: int = 120,
    width: int = 640,
    height: int = 480,
    spacing_mm: tuple[float, float] | None = None,
    bifid: bool | None = None,
) -> PhantomSpec:
    """Complete the description of a phantom clip with what follows from the subject.

    Parameters
    ----------
    seed, subject : int
        See `PhantomSpec`.
    nerve : Nerve
        The nerve to show.
    site : Site
        One of the nerve's sites in `nerveapp.phantom.sites.PHANTOM_SITES`.
    frames : int
        Number of frames, at least 1.
    width, height : int
        Size of the images in pixels, at least 64.
    spacing_mm : tuple of float, optional
        (row, column) spacing in mm; from the subject's depth of view, with square pixels, if not given.
    bifid : bool, optional
        Whether the nerve is in two parts; about one subject in ten at the median wrist if not given.

    Raises
    ------
    ValueError
        If a value is outside its range or the nerve has no such site.
    """
    if seed < 0 or subject < 0 or frames < 1:
        raise ValueError("seed and subject must not be negative and frames must be at least 1")
    if min(width, height) < SMALLEST_SIDE_PX:
        raise ValueError(f"a phantom is at least {SMALLEST_SIDE_PX} px wide and high, not {width} x {height}")
    if site not in PHANTOM_SITES.get(nerve, ()):
        raise ValueError(f"{nerve} has no site {site}")
    for value in spacing_mm or ():
        if not (math.isfinite(value) and SMALLEST_SPACING_MM <= value <= LARGEST_SPACING_MM):
            raise ValueError(f"spacing {value} mm is out of range")
    rng = subject_rng(subject, nerve, site, 1)
    depth_mm = float(rng.uniform(*profile(nerve, site).view_depth_mm))
    parts_drawn = bool(rng.random() < profile(nerve, site).bifid_share)
    row_mm, column_mm = spacing_mm or (depth_mm / height, depth_mm / height)
    return PhantomSpec(
        seed=seed,
        subject=subject,
        site=site,
        nerve=nerve,
        frames=frames,
        row_spacing_mm=row_mm,
        column_spacing_mm=column_mm,
        width=width,
        height=height,
        bifid=parts_drawn if bifid is None else bifid,
    )


def subject_rng(subject: int, nerve: Nerve, site: Site, stream: int) -> np.random.Generator:
    """Give the generator of what a subject is like at one site; independent for every `stream`."""
    return np.random.default_rng([stream, subject, list(Nerve).index(nerve), list(Site).index(site)])
