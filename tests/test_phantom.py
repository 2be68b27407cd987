"""The phantom: its masks and areas must be exact, since training and the accuracy figures rest on them."""

from __future__ import annotations

import inspect
from dataclasses import replace
from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nerveapp.domain.view import Nerve, Site
from nerveapp.phantom import PHANTOM_SITES, PhantomFrame, PhantomSpec, phantom_frames, phantom_spec, phantom_still
from nerveapp.phantom.anatomy import build_anatomy
from nerveapp.phantom.motion import Deformation, Motion
from nerveapp.phantom.raster import polygon_mask
from nerveapp.phantom.sites import profile

TYPICAL_MM2 = {
    (Nerve.MEDIAN, Site.WRIST): 9.0,
    (Nerve.MEDIAN, Site.FOREARM): 6.5,
    (Nerve.ULNAR, Site.WRIST): 4.1,
    (Nerve.ULNAR, Site.FOREARM): 5.2,
    (Nerve.ULNAR, Site.ELBOW): 5.9,
    (Nerve.FIBULAR, Site.FIBULAR_HEAD): 8.4,
    (Nerve.FIBULAR, Site.POPLITEAL): 7.9,
    (Nerve.TIBIAL, Site.POPLITEAL): 25.9,
    (Nerve.TIBIAL, Site.MALLEOLUS): 10.0,
}
PLACES = [(nerve, site) for nerve, sites in PHANTOM_SITES.items() for site in sites]


def first(spec: PhantomSpec) -> PhantomFrame:
    return next(phantom_frames(spec))


def mask_area_mm2(frame: PhantomFrame, spec: PhantomSpec) -> float:
    return float(np.count_nonzero(frame.mask)) * spec.row_spacing_mm * spec.column_spacing_mm


def correlation(one: npt.NDArray[np.uint8], other: npt.NDArray[np.uint8]) -> float:
    return float(np.corrcoef(one.ravel().astype(float), other.ravel().astype(float))[0, 1])


def ring(mask: npt.NDArray[np.bool_], px: int) -> npt.NDArray[np.bool_]:
    kernel = np.ones((2 * px + 1, 2 * px + 1), np.uint8)
    return np.asarray((cv2.dilate(mask.astype(np.uint8), kernel) > 0) & ~mask)


def inner_patch(frame: PhantomFrame) -> npt.NDArray[np.uint8]:
    rows, columns = np.nonzero(frame.mask)
    row, column = int(rows.mean()), int(columns.mean())
    return frame.image[row - 10 : row + 11, column - 30 : column + 31]


def test_frames_have_the_promised_form() -> None:
    spec = phantom_spec(seed=1, frames=3, width=320, height=240)
    frames = list(phantom_frames(spec))
    assert [frame.index for frame in frames] == [0, 1, 2]
    assert [frame.time_s for frame in frames] == pytest.approx([0, 0.04, 0.08])
    for frame in frames:
        assert frame.image.shape == frame.mask.shape == (240, 320)
        assert frame.image.dtype == np.uint8
        assert frame.mask.dtype == np.bool_
        assert frame.mask.any()


def test_frames_are_streamed() -> None:
    endless = phantom_frames(phantom_spec(seed=1, frames=10**9, width=160, height=120))
    assert next(endless).index == 0
    assert inspect.isgenerator(endless)


def test_a_clip_is_decided_by_its_seed() -> None:
    spec = phantom_spec(seed=7, frames=2, width=320, height=240)
    for one, other in zip(phantom_frames(spec), phantom_frames(spec), strict=True):
        assert np.array_equal(one.image, other.image)
        assert np.array_equal(one.mask, other.mask)
        assert one.area_mm2 == other.area_mm2
    assert not np.array_equal(first(spec).image, first(replace(spec, seed=8)).image)


def test_subjects_differ_and_clips_of_one_subject_share_its_depth() -> None:
    specs = [phantom_spec(seed=1, subject=subject) for subject in range(6)]
    assert len({spec.row_spacing_mm for spec in specs}) == 6
    assert len({round(first(spec).area_mm2, 3) for spec in specs}) == 6
    assert phantom_spec(seed=2, subject=3).row_spacing_mm == specs[3].row_spacing_mm
    assert all(0.04 <= spec.row_spacing_mm <= 0.12 for spec in specs)


@pytest.mark.parametrize("spacing_mm", [None, (0.05, 0.08), (0.09, 0.05)])
@pytest.mark.parametrize("bifid", [False, True])
def test_the_mask_has_the_analytic_area(spacing_mm: tuple[float, float] | None, bifid: bool) -> None:
    spec = phantom_spec(seed=3, subject=2, frames=4, spacing_mm=spacing_mm, bifid=bifid)
    for frame in phantom_frames(replace(spec, frame_rate_hz=1.0)):
        assert mask_area_mm2(frame, spec) == pytest.approx(frame.area_mm2, rel=0.02)


@given(
    radius=st.floats(12, 50),
    flattening=st.floats(1, 3),
    centre=st.tuples(st.floats(70, 80), st.floats(70, 80)),
)
@settings(max_examples=40, deadline=None)
def test_polygons_are_filled_by_pixel_centres(radius: float, flattening: float, centre: tuple[float, float]) -> None:
    angle = np.linspace(0, 2 * np.pi, 400, endpoint=False)
    ellipse = np.stack([centre[0] + radius * np.cos(angle), centre[1] + radius / flattening * np.sin(angle)], axis=1)
    mask = polygon_mask(ellipse, (150, 150))
    y, x = np.mgrid[:150, :150]
    value = ((x - centre[0]) / radius) ** 2 + ((y - centre[1]) * flattening / radius) ** 2
    assert mask[value < 0.99].all()
    assert not mask[value > 1.01].any()


def test_polygons_beyond_the_image_are_cut_off() -> None:
    square = np.array([[-5.0, -5.0], [4.5, -5.0], [4.5, 3.5], [-5.0, 3.5]])
    mask = polygon_mask(square, (10, 10))
    assert mask[:4, :5].all()
    assert np.count_nonzero(mask) == 20


@pytest.mark.parametrize("time_s", [0.0, 1.7, 4.2])
def test_the_outline_follows_the_tissue(time_s: float) -> None:
    rng = np.random.default_rng(3)
    place = profile(Nerve.MEDIAN, Site.WRIST)
    anatomy = build_anatomy(rng, place, (0.06, 0.06), (28.0, 38.0), bifid=False)
    deformation = Deformation(anatomy, Motion(rng).at(time_s))
    x = (0.06 * np.arange(634) - 19).astype(np.float32)
    z = (0.06 * np.arange(467)).astype(np.float32)
    tissue_x, tissue_z = deformation.tissue(x, z)
    seen = polygon_mask((deformation.outlines()[0] - (x[0], z[0])) / 0.06, tissue_x.shape)
    corner = anatomy.nerve.parts[0].min(axis=0) - 1
    fine = 0.01
    rest = polygon_mask((anatomy.nerve.parts[0] - corner) / fine, (1200, 1200))
    column = np.clip(np.round((tissue_x - corner[0]) / fine), 0, 1199).astype(int)
    row = np.clip(np.round((tissue_z - corner[1]) / fine), 0, 1199).astype(int)
    carried = rest[row, column]
    assert np.count_nonzero(seen ^ carried) < 0.02 * np.count_nonzero(seen)


@pytest.mark.parametrize(("nerve", "site"), PLACES)
def test_every_place_shows_its_whole_nerve(nerve: Nerve, site: Site) -> None:
    spec = phantom_spec(seed=5, subject=1, nerve=nerve, site=site)
    frame = first(spec)
    assert mask_area_mm2(frame, spec) == pytest.approx(frame.area_mm2, rel=0.02)
    assert not frame.mask[[0, -1]].any()
    assert not frame.mask[:, [0, -1]].any()
    assert frame.image[frame.mask].mean() > 5


@pytest.mark.parametrize(("place", "typical"), TYPICAL_MM2.items())
def test_areas_are_typical_of_the_place(place: tuple[Nerve, Site], typical: float) -> None:
    areas = [
        first(phantom_spec(seed=9, subject=subject, nerve=place[0], site=place[1], width=160, height=120)).area_mm2
        for subject in range(10)
    ]
    assert np.mean(areas) == pytest.approx(typical, rel=0.2)
    assert min(areas) > typical * 0.5
    assert max(areas) < typical * 1.7


def test_the_area_varies_smoothly_over_a_clip() -> None:
    spec = phantom_spec(seed=11, frames=100, width=160, height=120)
    areas = np.array([frame.area_mm2 for frame in phantom_frames(replace(spec, frame_rate_hz=12.0))])
    assert 0.06 < np.ptp(areas) / areas.mean() < 0.45
    assert np.abs(np.diff(areas)).max() / areas.mean() < 0.05


def test_speckle_moves_with_the_tissue() -> None:
    spec = phantom_spec(seed=4, subject=1, frames=5)
    frames = list(phantom_frames(spec))
    for one, other in pairwise(frames):
        patch = inner_patch(one)
        matches = cv2.matchTemplate(other.image, patch, cv2.TM_CCOEFF_NORMED)
        assert float(matches.max()) > 0.8
    stranger = first(replace(spec, seed=5))
    assert correlation(inner_patch(frames[0]), inner_patch(stranger)) < 0.6


def test_the_nerve_is_darker_than_its_rim() -> None:
    for subject in range(5):
        frame = first(phantom_spec(seed=2, subject=subject))
        assert frame.image[frame.mask].mean() < frame.image[ring(frame.mask, 4)].mean()


def test_a_bifid_nerve_has_two_parts() -> None:
    for bifid, parts in ((True, 2), (False, 1)):
        mask = first(phantom_spec(seed=2, subject=4, bifid=bifid)).mask.astype(np.uint8)
        assert cv2.connectedComponents(mask)[0] - 1 == parts


def test_stills_are_decided_by_the_generator() -> None:
    one, other = np.random.default_rng(5), np.random.default_rng(5)
    for _ in range(2):
        first_still = phantom_still(one, width=200, height=150)
        second_still = phantom_still(other, width=200, height=150)
        assert np.array_equal(first_still.image, second_still.image)
        assert first_still.area_mm2 == second_still.area_mm2
    assert not np.array_equal(first_still.image, phantom_still(one, width=200, height=150).image)


def test_a_still_can_be_asked_for_one_place() -> None:
    rng = np.random.default_rng(1)
    still = phantom_still(rng, nerve=Nerve.TIBIAL, site=Site.POPLITEAL, width=200, height=150)
    assert still.area_mm2 > 12
    assert phantom_still(rng, nerve=Nerve.OTHER, width=200, height=150).mask.any()
    with pytest.raises(ValueError, match="no site"):
        phantom_still(rng, nerve=Nerve.TIBIAL, site=Site.WRIST)


@pytest.mark.parametrize(
    "change",
    [
        {"seed": -1},
        {"subject": -1},
        {"frames": 0},
        {"width": 10},
        {"site": Site.MALLEOLUS},
        {"spacing_mm": (0.0, 0.1)},
        {"spacing_mm": (0.1, float("nan"))},
    ],
)
def test_impossible_clips_are_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"must|is at least|no site|out of range"):
        phantom_spec(**{"seed": 1, **change})  # type: ignore[arg-type]
