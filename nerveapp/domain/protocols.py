"""Protocols: which sites a visit scans, and those that the app brings along."""

from __future__ import annotations

import re
from dataclasses import dataclass

from nerveapp.domain.view import SITES, Nerve, Side, Site, View, nerve_and_site
from nerveapp.errors import WorksheetError

LONGEST_TITLE = 60
MOST_STATIONS = 40
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")


@dataclass(frozen=True, slots=True, order=True)
class Station:
    """A row of a worksheet: where along which nerve.

    Parameters
    ----------
    nerve : Nerve
    site : Site
        One of the nerve's, see `SITES`.

    Raises
    ------
    WorksheetError
        If the nerve has no such site.
    """

    nerve: Nerve
    site: Site

    def __post_init__(self) -> None:
        if self.site not in (sites := SITES.get(self.nerve, ())):
            raise WorksheetError(
                f"The {self.nerve} nerve has no site {self.site}.", f"It has: {', '.join(sites) or 'none'}."
            )

    @property
    def words(self) -> str:
        """Name nerve and site, such as "Median, wrist"."""
        return nerve_and_site(self.nerve, self.site)

    def on(self, side: Side) -> View:
        """Give the view of this station on a side."""
        return View(self.nerve, self.site, side)


@dataclass(frozen=True, slots=True)
class Protocol:
    """Which stations a visit scans.

    Parameters
    ----------
    name : str
        Small letters, digits and dashes; unique.
    title : str
        What people read; at most 60 characters.
    stations : tuple of Station
        1 to 40, each once.
    source : str
        Why these; "" for a protocol of one's own.

    Raises
    ------
    WorksheetError
        If it cannot be a protocol.
    """

    name: str
    title: str
    stations: tuple[Station, ...]
    source: str = ""

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise WorksheetError(
                f"{self.name!r} is no name of a protocol.", "Use up to 32 small letters, digits and dashes."
            )
        if not 0 < len(self.title.strip()) <= LONGEST_TITLE:
            raise WorksheetError("A protocol needs a title.", f"Give it one of at most {LONGEST_TITLE} characters.")
        if not 0 < len(self.stations) <= MOST_STATIONS or len(set(self.stations)) < len(self.stations):
            raise WorksheetError("A protocol names each site once.", f"Choose 1 to {MOST_STATIONS} different sites.")


_CHOICE = (
    "The app's own choice of sites. How to scan: recommendations of a panel of 17 experts (Tawfik EA, et al. "
    "Neuromuscular ultrasound standardized scanning techniques and protocols. Muscle & Nerve 2023, abstract. "
    "doi:10.1002/mus.27830)"
)
"""The abstract names no sites."""


def _stations(nerve: Nerve, *sites: Site) -> tuple[Station, ...]:
    return tuple(Station(nerve, site) for site in sites)


CARPAL_TUNNEL = Protocol(
    "carpal-tunnel",
    "Carpal tunnel",
    (
        *_stations(Nerve.MEDIAN, Site.WRIST, Site.PRONATOR_QUADRATUS, Site.FOREARM),
        *_stations(Nerve.ULNAR, Site.WRIST),
    ),
    _CHOICE,
)

PROTOCOLS = (
    CARPAL_TUNNEL,
    Protocol(
        "ulnar-elbow",
        "Ulnar nerve at the elbow",
        _stations(
            Nerve.ULNAR, Site.WRIST, Site.FOREARM, Site.BELOW_ELBOW, Site.ELBOW, Site.ABOVE_ELBOW, Site.UPPER_ARM
        ),
        _CHOICE,
    ),
    Protocol(
        "fibular-head",
        "Fibular nerve at the head of the fibula",
        _stations(Nerve.FIBULAR, Site.FIBULAR_HEAD, Site.POPLITEAL),
        _CHOICE,
    ),
    Protocol(
        "tarsal-tunnel",
        "Tarsal tunnel",
        _stations(Nerve.TIBIAL, Site.MALLEOLUS, Site.DISTAL_LEG, Site.POPLITEAL),
        _CHOICE,
    ),
    Protocol(
        "polyneuropathy",
        "Polyneuropathy screen",
        (
            *_stations(Nerve.MEDIAN, Site.WRIST, Site.FOREARM, Site.UPPER_ARM),
            *_stations(Nerve.ULNAR, Site.WRIST, Site.FOREARM, Site.ELBOW, Site.UPPER_ARM),
            *_stations(Nerve.FIBULAR, Site.FIBULAR_HEAD, Site.POPLITEAL),
            *_stations(Nerve.TIBIAL, Site.POPLITEAL, Site.MALLEOLUS),
            *_stations(Nerve.SURAL, Site.DISTAL_LEG),
        ),
        _CHOICE,
    ),
)
