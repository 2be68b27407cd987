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


class Site(StrEnum):
    """Levels of the limb at which cross-sections are taken."""

    WRIST = "wrist"
    FOREARM = "forearm"
    ELBOW = "elbow"
    FIBULAR_HEAD = "fibular-head"
    POPLITEAL = "popliteal"
    MALLEOLUS = "malleolus"
    OTHER = "other"


class Side(StrEnum):
    """Side of the body."""

    LEFT = "left"
    RIGHT = "right"
    UNKNOWN = "unknown"


SITES: dict[Nerve, tuple[Site, ...]] = {
    Nerve.MEDIAN: (Site.WRIST, Site.FOREARM, Site.ELBOW, Site.OTHER),
    Nerve.ULNAR: (Site.WRIST, Site.FOREARM, Site.ELBOW, Site.OTHER),
    Nerve.FIBULAR: (Site.FIBULAR_HEAD, Site.POPLITEAL, Site.OTHER),
    Nerve.TIBIAL: (Site.POPLITEAL, Site.MALLEOLUS, Site.OTHER),
    Nerve.OTHER: (Site.OTHER,),
}
"""The sites at which each nerve is usually imaged, commonest first."""


@dataclass(frozen=True, slots=True)
class View:
    """Nerve, site and side of one clip."""

    nerve: Nerve = Nerve.MEDIAN
    site: Site = Site.WRIST
    side: Side = Side.UNKNOWN
