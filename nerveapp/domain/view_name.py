"""What a file's name says of nerve, site and side."""

from __future__ import annotations

import re
from itertools import pairwise

from nerveapp.domain.view import Nerve, Side, Site, View, site_along

NERVES_BY_WORD = {nerve.value: nerve for nerve in Nerve if nerve not in (Nerve.OTHER, Nerve.UNKNOWN)} | {
    "peroneal": Nerve.FIBULAR,
    "medianus": Nerve.MEDIAN,
    "ulnaris": Nerve.ULNAR,
    "radialis": Nerve.RADIAL,
    "fibularis": Nerve.FIBULAR,
    "peroneus": Nerve.FIBULAR,
    "peronaeus": Nerve.FIBULAR,
    "tibialis": Nerve.TIBIAL,
    "suralis": Nerve.SURAL,
}
"""Nerves by their names, English and Latin, in small letters."""

_SIDES = {
    "left": Side.LEFT, "l": Side.LEFT, "li": Side.LEFT, "links": Side.LEFT, "lt": Side.LEFT,
    "right": Side.RIGHT, "r": Side.RIGHT, "re": Side.RIGHT, "rechts": Side.RIGHT, "rt": Side.RIGHT,
}  # fmt: skip
_PROBE = re.compile(r"(?<![a-z0-9])[a-z][ _]?\d{1,2}[-_]\d{1,2}(?![\d_-])")
"""Such as "L12-5", from 5 to 12 MHz: its letter is no side. "Re-scan" and "re-examined" are none either."""

_NO_SIDE = re.compile(
    r"(?<![a-z])(?:l['’]|l[ _](?=avant)|(?:not|non|nicht)[ _-]+[a-z]+|[a-z]+[ _-]+hand(?:ed|er)(?![a-z]))"
)
"""The French article, "not left", and "right-handed", which is said of a person."""

_NO_NERVE = re.compile(
    r"(?<![a-z])(?:[a-z]+[ _-]+(?:artery|vein|muscle|tendon)|(?:arteria|vena|musculus)[ _-]+[a-z]+"
    r"|tibialis[ _-]+(?:anterior|posterior))(?![a-z])"
)
"""Vessels and muscles that bear the name of a nerve."""

_SIDES_IN_FULL = frozenset({"left", "links", "right", "rechts"})
_SITES = {site.value: site for site in Site if site not in (Site.OTHER, Site.UNKNOWN)} | {
    "inlet": Site.WRIST,
    "carpal": Site.WRIST,
    "pq": Site.PRONATOR_QUADRATUS,
    "pronator": Site.PRONATOR_QUADRATUS,
    "fibula": Site.FIBULAR_HEAD,
    "ankle": Site.MALLEOLUS,
    "knee": Site.POPLITEAL,
    "cubital": Site.ELBOW,
}


def view_of_name(name: str) -> View:
    """Read nerve, site and side from a name such as "S012_median_wrist_left.mp4".

    Parameters
    ----------
    name : str
        Any file name; case and what parts its words do not matter.

    Returns
    -------
    View
        Unknown in what it does not name, or names differently twice; a site that the nerve does not have is none.
    """
    stem = _NO_NERVE.sub(" ", _NO_SIDE.sub(" ", name.rsplit(".", 1)[0].casefold()))
    words = [word for word in re.split(r"[^a-z]+", stem) if word]
    joined = [at for at, (first, second) in enumerate(pairwise(words)) if f"{first}-{second}" in _SITES]
    rest = [word for at, word in enumerate(words) if at not in joined and at - 1 not in joined]
    nerves = {NERVES_BY_WORD[word] for word in rest if word in NERVES_BY_WORD}
    sites = {_SITES[f"{words[at]}-{words[at + 1]}"] for at in joined} | {
        _SITES[word] for word in rest if word in _SITES
    }
    # By itself "R1" is a rater: a letter is a side only as a word of its own beside nerve or site.
    whole = [word for word in re.split(r"[^a-z0-9]+", _PROBE.sub(" ", stem)) if word]
    told = whole if nerves or sites else [word for word in whole if word in _SIDES_IN_FULL]
    sides = {_SIDES[word] for word in told if word in _SIDES and (word != "re" or word == whole[-1])}
    nerve = nerves.pop() if len(nerves) == 1 else Nerve.UNKNOWN
    site = sites.pop() if len(sites) == 1 else Site.UNKNOWN
    side = sides.pop() if len(sides) == 1 else Side.UNKNOWN
    return View(nerve, site_along(nerve, site), side)


def view_with_name(view: View, name: str) -> View:
    """Fill in from the name of a clip's file what was not said of it: nerve and site, of that nerve alone, and side."""
    named = view_of_name(name)
    place = view
    if view.nerve is Nerve.UNKNOWN or (view.site is Site.UNKNOWN and named.nerve is view.nerve):
        place = named
    return View(place.nerve, place.site, named.side if view.side is Side.UNKNOWN else view.side)
