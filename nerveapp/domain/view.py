"""What was scanned: nerve, site and side, in the field's own terms."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Nerve(StrEnum):
    """Peripheral nerves the app has conventions for."""

    MEDIAN = "median"
    ULNAR = "ulnar"
    FIBULAR = "fibular"
    TIBIAL = "tibial"
    OTHER = "other"
    RADIAL = "radial"
    SURAL = "sural"


class Site(StrEnum):
    """Levels of the limb at which cross-sections are taken."""

    WRIST = "wrist"
    FOREARM = "forearm"
    ELBOW = "elbow"
    FIBULAR_HEAD = "fibular-head"
    POPLITEAL = "popliteal"
    MALLEOLUS = "malleolus"
    OTHER = "other"
    PRONATOR_QUADRATUS = "pronator-quadratus"
    BELOW_ELBOW = "below-elbow"
    ABOVE_ELBOW = "above-elbow"
    UPPER_ARM = "upper-arm"
    SPIRAL_GROOVE = "spiral-groove"
    DISTAL_LEG = "distal-leg"


class Side(StrEnum):
    """Side of the body."""

    LEFT = "left"
    RIGHT = "right"
    UNKNOWN = "unknown"


SITES: dict[Nerve, tuple[Site, ...]] = {
    Nerve.MEDIAN: (
        Site.WRIST, Site.PRONATOR_QUADRATUS, Site.FOREARM, Site.ELBOW, Site.UPPER_ARM, Site.OTHER,
    ),
    Nerve.ULNAR: (
        Site.WRIST, Site.FOREARM, Site.BELOW_ELBOW, Site.ELBOW, Site.ABOVE_ELBOW, Site.UPPER_ARM, Site.OTHER,
    ),
    Nerve.RADIAL: (Site.SPIRAL_GROOVE, Site.ELBOW, Site.OTHER),
    Nerve.FIBULAR: (Site.FIBULAR_HEAD, Site.POPLITEAL, Site.OTHER),
    Nerve.TIBIAL: (Site.POPLITEAL, Site.DISTAL_LEG, Site.MALLEOLUS, Site.OTHER),
    Nerve.SURAL: (Site.DISTAL_LEG, Site.OTHER),
    Nerve.OTHER: (Site.OTHER,),
}  # fmt: skip
"""The sites at which each nerve is usually imaged: along the limb, "other" last; the first is offered first."""


@dataclass(frozen=True, slots=True)
class View:
    """Nerve, site and side of one clip."""

    nerve: Nerve = Nerve.MEDIAN
    site: Site = Site.WRIST
    side: Side = Side.UNKNOWN
