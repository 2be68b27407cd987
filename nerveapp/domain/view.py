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
    UNKNOWN = "unknown"


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
    UNKNOWN = "unknown"

    @property
    def words(self) -> str:
        """The site as it stands within a sentence, such as "pronator quadratus"."""
        return "site not given" if self is Site.UNKNOWN else self.value.replace("-", " ")

    @property
    def where(self) -> str:
        """Where that is, such as "in the forearm"."""
        return _WHERE.get(self, f"at the {self.words}")


_WHERE = {
    Site.FOREARM: "in the forearm",
    Site.BELOW_ELBOW: "below the elbow",
    Site.ABOVE_ELBOW: "above the elbow",
    Site.UPPER_ARM: "in the upper arm",
    Site.POPLITEAL: "in the popliteal fossa",
    Site.FIBULAR_HEAD: "at the head of the fibula",
    Site.DISTAL_LEG: "in the distal leg",
    Site.OTHER: "at this site",
    Site.UNKNOWN: "at a site that is not given",
}


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
"""The sites at which each nerve is usually imaged: along the limb, "other" last."""


def sites_to_choose(nerve: Nerve) -> tuple[Site, ...]:
    """Give the sites that a clip of a nerve may be of, "not given" first."""
    return (Site.UNKNOWN, *SITES.get(nerve, ()))


def site_along(nerve: Nerve, site: Site) -> Site:
    """Give the site where the nerve has it, and else "not given"."""
    return site if site in SITES.get(nerve, ()) else Site.UNKNOWN


@dataclass(frozen=True, slots=True)
class View:
    """Nerve, site and side of one clip, each as far as somebody said."""

    nerve: Nerve = Nerve.UNKNOWN
    site: Site = Site.UNKNOWN
    side: Side = Side.UNKNOWN

    @property
    def placed(self) -> bool:
        """Whether nerve and site are given."""
        return self.nerve is not Nerve.UNKNOWN and self.site is not Site.UNKNOWN

    @property
    def complete(self) -> bool:
        """Whether all three are given and the nerve has such a site, so that it has a place in a visit."""
        return self.site in SITES.get(self.nerve, ()) and self.side is not Side.UNKNOWN

    def said_anew(self, *, nerve: Nerve | None = None, site: Site | None = None, side: Side | None = None) -> View:
        """Give the view with what is given in place of what stood; a site that its nerve has not is not given then."""
        chosen = nerve or self.nerve
        return View(chosen, site_along(chosen, site or self.site), side or self.side)

    @property
    def words(self) -> str:
        """Nerve, site and side in full, such as "Ulnar nerve, below elbow, left side"."""
        if self == View():
            return "Nerve, site and side not given"
        side = "side not given" if self.side is Side.UNKNOWN else f"{self.side} side"
        nerve = "Nerve not given" if self.nerve is Nerve.UNKNOWN else f"{self.nerve.capitalize()} nerve"
        return f"{nerve}, {self.site.words}, {side}"

    @property
    def short_words(self) -> str:
        """Nerve, site and side in a table, a report or a file, such as "Ulnar, below elbow, left"."""
        if self == View():
            return self.words
        side = "side not given" if self.side is Side.UNKNOWN else self.side.value
        return f"{nerve_and_site(self.nerve, self.site)}, {side}"


def nerve_and_site(nerve: Nerve, site: Site) -> str:
    """Name a nerve and site in a table, such as "Ulnar, below elbow"."""
    if nerve is Nerve.UNKNOWN and site is Site.UNKNOWN:
        return "Nerve and site not given"
    return f"{'Nerve not given' if nerve is Nerve.UNKNOWN else nerve.capitalize()}, {site.words}"


def nerve_at_site(nerve: Nerve, site: Site) -> str:
    """Name a nerve and site within a sentence, such as "the ulnar nerve at the elbow"."""
    names = {Nerve.OTHER: "other nerves", Nerve.UNKNOWN: "a nerve that is not given"}
    which = names.get(nerve, f"the {nerve} nerve")
    unsaid = nerve is Nerve.UNKNOWN and site is Site.UNKNOWN
    return which if site is Site.OTHER or unsaid else f"{which} {site.where}"
