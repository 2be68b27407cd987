"""Phantom clips and stills."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from nerveapp.domain.view import Nerve, Site
from nerveapp.phantom.anatomy import build_anatomy
from nerveapp.phantom.motion import Deformation, Motion
from nerveapp.phantom.nerve import polygon_area
from nerveapp.phantom.raster import polygon_mask
from nerveapp.phantom.sites import PHANTOM_SITES, profile
from nerveapp.phantom.spec import PhantomFrame, PhantomSpec, phantom_spec, subject_rng
from nerveapp.phantom.speckle import Scanner, draw_machine, scatterers


class _Stage:
    """Everything of a clip that does not change from frame to frame."""

    def __init__(self, spec: PhantomSpec) -> None:
        self._spec = spec
        site = profile(spec.nerve, spec.site)
        spacing = (spec.row_spacing_mm, spec.column_spacing_mm)
        view = (spec.height * spacing[0], spec.width * spacing[1])
        machine = draw_machine(subject_rng(spec.subject, spec.nerve, spec.site, 2), view[0])
        rng = np.random.default_rng([3, spec.seed, spec.subject])
        self._anatomy = build_anatomy(
            subject_rng(spec.subject, spec.nerve, spec.site, 4), site, spacing, view, spec.bifid
        )
        self._motion = Motion(rng)
        self._field = scatterers(rng, self._anatomy.canvas, machine)
        self._top_mm = machine.top_mm
        self._x = (spacing[1] * (np.arange(spec.width) - (spec.width - 1) / 2)).astype(np.float32)
        self._z = (spacing[0] * (np.arange(spec.height) + 0.5) - machine.top_mm).astype(np.float32)
        self._scanner = Scanner(machine, self._x, self._z, rng)

    def frame(self, index: int, time_s: float) -> PhantomFrame:
        """Make the frame seen at a time in seconds."""
        spec, canvas = self._spec, self._anatomy.canvas
        pose = self._motion.at(time_s)
        deformation = Deformation(self._anatomy, pose)
        x, z = deformation.tissue(self._x, self._z)
        x -= np.float32(canvas.left_mm)
        x *= np.float32(1 / canvas.column_mm)
        z -= np.float32(canvas.top_mm)
        z *= np.float32(1 / canvas.row_mm)
        slices = np.asarray(cv2.remap(self._field, x, z, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT), np.float32)
        image = self._scanner.picture(slices, 0.5 + 0.35 * float(np.sin(pose.along)))
        mask = np.zeros((spec.height, spec.width), np.bool_)
        area = 0.0
        for outline in deformation.outlines():
            area += polygon_area(outline)
            pixels = (outline - (self._x[0], self._z[0])) / (spec.column_spacing_mm, spec.row_spacing_mm)
            mask |= polygon_mask(pixels, mask.shape)
        return PhantomFrame(index, time_s, image, mask, area)


def phantom_frames(spec: PhantomSpec) -> Iterator[PhantomFrame]:
    """Make the frames of a clip one after another, holding one at a time.

    Parameters
    ----------
    spec : PhantomSpec
        The clip; the same spec always gives the same frames.
    """
    stage = _Stage(spec)
    for index in range(spec.frames):
        time_s = index / spec.frame_rate_hz
        yield stage.frame(index, time_s)


def phantom_still(
    rng: np.random.Generator,
    *,
    nerve: Nerve | None = None,
    site: Site | None = None,
    width: int = 640,
    height: int = 480,
    spacing_mm: tuple[float, float] | None = None,
    bifid: bool | None = None,
) -> PhantomFrame:
    """Make one frame of a random subject, at a random moment and with random machine settings.

    Parameters
    ----------
    rng : Generator
        Source of all that is random; the same state gives the same frame.
    nerve : Nerve, optional
        The nerve; any with known sites if not given.
    site : Site, optional
        The site; any known one of the nerve if not given.
    width, height : int
        Size in pixels, at least 64.
    spacing_mm : tuple of float, optional
        (row, column) spacing in mm; random with the subject if not given.
    bifid : bool, optional
        Whether the nerve is in two parts; random if not given.
    """
    pairs = [
        (some, one_site)
        for some, sites in PHANTOM_SITES.items()
        for one_site in sites
        if nerve in (None, some) and site in (None, one_site) and (one_site is not Site.OTHER or site or nerve)
    ]
    if not pairs:
        raise ValueError(f"{nerve} has no site {site}")
    some, one_site = pairs[int(rng.integers(len(pairs)))]
    seed, subject = (int(value) for value in rng.integers(2**31, size=2))
    spec = phantom_spec(
        seed=seed, subject=subject, nerve=some, site=one_site, frames=1,
        width=width, height=height, spacing_mm=spacing_mm, bifid=bifid,
    )  # fmt: skip
    return _Stage(spec).frame(0, float(rng.uniform(0, 30)))
