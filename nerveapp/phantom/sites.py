"""What the neighbourhood of each nerve looks like at each site, in mm.

Typical cross-sectional areas are the project's working values for healthy adults; that of the median nerve at the elbow
and everything else here (depths, neighbours, spreads) are rounded estimates for a phantom, not reference values.
"""

from __future__ import annotations

from dataclasses import dataclass

from nerveapp.domain.view import SITES, Nerve, Site

Range = tuple[float, float]


@dataclass(frozen=True, slots=True)
class SiteProfile:
    """Ranges that subjects are drawn from.

    Parameters
    ----------
    area_mm2 : float
        Typical cross-sectional area.
    flattening : tuple of float
        Width over height of the nerve.
    nerve_depth_mm : tuple of float
        Depth of the nerve's centre below the skin.
    view_depth_mm : tuple of float
        Depth of the image.
    fat_mm : tuple of float
        Depth at which the subcutaneous fat ends.
    tendons : int
        Number of tendons beside and below the nerve.
    muscle : bool
        Whether the nerve lies between muscle bellies.
    retinaculum : bool
        Whether a bright band roofs the nerve and the tendons.
    artery_mm : tuple of float
        Diameter of the artery.
    artery_offset_mm : tuple of tuple of float
        Lateral and depth offset of the artery from the nerve's centre.
    bone_mm : tuple of float
        Depth of the bone's surface; beyond the view where it is larger.
    bones : int
        Number of bone surfaces.
    bifid_share : float
        Share of subjects with a nerve in two parts.
    """

    area_mm2: float
    flattening: Range
    nerve_depth_mm: Range
    view_depth_mm: Range
    fat_mm: Range
    tendons: int
    muscle: bool
    retinaculum: bool
    artery_mm: Range
    artery_offset_mm: tuple[Range, Range]
    bone_mm: Range
    bones: int
    bifid_share: float = 0.0


_MEDIAN, _ULNAR, _FIBULAR, _TIBIAL = Nerve.MEDIAN, Nerve.ULNAR, Nerve.FIBULAR, Nerve.TIBIAL

_PROFILES: dict[tuple[Nerve, Site], SiteProfile] = {
    (_MEDIAN, Site.WRIST): SiteProfile(
        9.0, (2.5, 3.5), (4.2, 6.5), (20, 36), (1.8, 3.2), 9, False, True,
        (2.0, 2.8), ((9.0, 13.0), (-0.5, 2.0)), (12, 20), 2, 0.1,
    ),
    (_MEDIAN, Site.FOREARM): SiteProfile(
        6.5, (1.3, 2.0), (10, 15), (24, 42), (2.5, 5.0), 0, True, False,
        (2.0, 2.8), ((9.0, 14.0), (-2.0, 2.0)), (22, 32), 1,
    ),
    (_MEDIAN, Site.ELBOW): SiteProfile(
        8.0, (1.4, 2.2), (8, 13), (25, 42), (2.5, 6.0), 1, True, False,
        (3.0, 4.2), ((4.5, 7.0), (-1.0, 1.5)), (20, 28), 1,
    ),
    (_ULNAR, Site.WRIST): SiteProfile(
        4.1, (1.2, 1.9), (5, 7.5), (20, 32), (1.8, 3.5), 5, False, True,
        (2.0, 2.8), ((2.8, 3.8), (-0.8, 0.6)), (12, 19), 1,
    ),
    (_ULNAR, Site.FOREARM): SiteProfile(
        5.2, (1.2, 1.8), (9, 14), (24, 40), (2.5, 5.0), 0, True, False,
        (2.0, 2.8), ((2.9, 4.0), (-1.0, 1.0)), (21, 30), 1,
    ),
    (_ULNAR, Site.ELBOW): SiteProfile(
        5.9, (1.3, 2.0), (4.5, 7.0), (20, 32), (1.8, 3.0), 0, True, False,
        (1.2, 1.6), ((6.0, 9.0), (1.0, 3.0)), (8.5, 11), 2,
    ),
    (_FIBULAR, Site.FIBULAR_HEAD): SiteProfile(
        8.4, (2.0, 3.0), (5.0, 9.0), (22, 38), (2.5, 4.0), 0, True, False,
        (1.0, 1.4), ((8.0, 11.0), (2.0, 4.0)), (12, 16), 1,
    ),
    (_FIBULAR, Site.POPLITEAL): SiteProfile(
        7.9, (1.4, 2.2), (8, 14), (30, 48), (3.5, 6.5), 1, True, False,
        (4.5, 6.0), ((11, 15), (6.0, 9.0)), (34, 45), 1,
    ),
    (_TIBIAL, Site.POPLITEAL): SiteProfile(
        25.9, (1.3, 1.8), (14, 21), (38, 54), (4.0, 8.0), 0, True, False,
        (4.5, 6.5), ((0.0, 5.0), (7.5, 10.0)), (38, 46), 1,
    ),
    (_TIBIAL, Site.MALLEOLUS): SiteProfile(
        10.0, (1.2, 1.7), (7, 11), (22, 36), (1.8, 3.5), 3, False, True,
        (2.2, 3.0), ((3.6, 4.8), (-1.2, 0.6)), (14, 20), 2,
    ),
}  # fmt: skip

_OTHER = SiteProfile(
    7.0, (1.3, 2.2), (7, 14), (24, 42), (2.5, 5.0), 2, True, False, (2.0, 4.0), ((4.0, 10.0), (-1.0, 3.0)), (20, 32), 1
)

_NERVES = (*dict.fromkeys(nerve for nerve, _ in _PROFILES), Nerve.OTHER)

PHANTOM_SITES: dict[Nerve, tuple[Site, ...]] = {
    nerve: tuple(site for site in SITES[nerve] if (nerve, site) in _PROFILES or site is Site.OTHER) for nerve in _NERVES
}
"""The nerves and sites that phantoms show."""


def profile(nerve: Nerve, site: Site) -> SiteProfile:
    """Profile of one site; a mixed one where no particular anatomy is known."""
    return _PROFILES.get((nerve, site), _OTHER)
