"""Upper limits of normal, and what an area says against them: never more than the readers' own spread allows."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from nerveapp.domain.uncertainty import CENTRES_SOURCE, readers_differ_mm2
from nerveapp.domain.view import SITES, Nerve, Site, View, nerve_at_site
from nerveapp.errors import NormsError

READERS_SOURCE = (
    "How far readers differ: Philipps J, Mork H, Katz M, Knaup M, Beyer K, Spies K, Corbach J, Schellinger PD. "
    "Assessment of operator reliability in ultrasound of the median and ulnar nerve using Bland-Altman analysis. "
    "Diagnostics 2021;11(11):2134. doi:10.3390/diagnostics11112134"
)

_ROUNDING_MM2 = 1e-9
"""The ends of the band about a limit are within it."""

SMALLEST_NERVE_MM2, LARGEST_NERVE_MM2 = 0.5, 150.0
LONGEST_DIAMETER_MM = 30.0
"""No nerve of a limb, enlarged or not, is smaller or larger in cross-section: beyond them outline or calibration are
wrong. Far outside of what is published, so that no finding is taken for a fault."""


def is_area_of_a_nerve(area_mm2: float) -> bool:
    """Whether a nerve may have such an area, mm²."""
    return SMALLEST_NERVE_MM2 <= area_mm2 <= LARGEST_NERVE_MM2


class Interpretation(StrEnum):
    """What an area says against the upper limit of its site."""

    BELOW = "below the limit"
    INDETERMINATE = "indeterminate"
    ABOVE = "above the limit"


@dataclass(frozen=True, slots=True)
class Norm:
    """What is normal at one site, in one population.

    Parameters
    ----------
    nerve : Nerve
    site : Site
    population : str
        Whose nerves they were, in words, such as "Dutch, mainly Caucasian".
    n : int or None
        People measured; None where the source does not say.
    mean_mm2, sd_mm2 : float or None
        Mean and standard deviation of the cross-sectional area, mm²; both or neither.
    lowest_mm2, highest_mm2 : float or None
        Reference range, mm², as its method says.
    upper_limit_mm2 : float or None
        Upper limit of normal, mm².
    method : str
        How it was measured and the limit found, in words.
    citation, doi : str
        Where it is published; "" for values of one's own.

    Raises
    ------
    NormsError
        If the numbers cannot belong together.
    """

    nerve: Nerve
    site: Site
    population: str
    n: int | None = None
    mean_mm2: float | None = None
    sd_mm2: float | None = None
    lowest_mm2: float | None = None
    highest_mm2: float | None = None
    upper_limit_mm2: float | None = None
    method: str = ""
    citation: str = ""
    doi: str = ""

    def __post_init__(self) -> None:
        where = f"{self.nerve} nerve, {self.site}"
        if self.site not in (sites := SITES.get(self.nerve, ())):
            raise NormsError(
                f"The {self.nerve} nerve has no site {self.site}.", f"Sites: {', '.join(sites) or 'none'}."
            )
        if not self.population.strip():
            raise NormsError(f"{where}: the population is missing.", "Say whose nerves they were.")
        areas = (self.mean_mm2, self.lowest_mm2, self.highest_mm2, self.upper_limit_mm2)
        if all(area is None for area in areas):
            raise NormsError(f"{where}: there is neither a mean nor an upper limit.", "Give at least one of them.")
        for area in areas:
            if area is not None and not is_area_of_a_nerve(area):
                raise NormsError(f"{where}: {area:g} mm² is no area of a nerve.", "Give areas in mm².")
        if (self.mean_mm2 is None) != (self.sd_mm2 is None):
            raise NormsError(f"{where}: a mean needs its standard deviation.", "Give both or neither.")
        if self.sd_mm2 is not None and not 0 < self.sd_mm2 < LARGEST_NERVE_MM2:
            raise NormsError(f"{where}: {self.sd_mm2:g} mm² is no standard deviation.", "Give a number above 0.")
        if self.n is not None and self.n < 1:
            raise NormsError(f"{where}: {self.n} people are none.", "Give how many were measured, or nothing.")
        in_order = [("lowest", self.lowest_mm2), ("mean", self.mean_mm2), ("highest", self.highest_mm2)]
        known = [(name, area) for name, area in in_order if area is not None]
        for (smaller, low), (larger, high) in pairwise(known):
            if high < low:
                raise NormsError(f"{where}: the {larger} area lies below the {smaller} one.", "Check the row.")
        limit, below = self.upper_limit_mm2, (self.lowest_mm2, self.mean_mm2)
        if limit is not None and any(area is not None and area > limit for area in below):
            raise NormsError(f"{where}: the upper limit lies below the mean or the lowest area.", "Check the row.")

    def z_score(self, area_mm2: float) -> float | None:
        """Give the standard deviations between an area and the mean; None where there is no mean."""
        if self.mean_mm2 is None or self.sd_mm2 is None:
            return None
        return (area_mm2 - self.mean_mm2) / self.sd_mm2

    @property
    def source(self) -> str:
        """Citation with DOI; "own values" where there is none."""
        return ". ".join(filter(None, (self.citation, f"doi:{self.doi}" if self.doi else ""))) or "own values"


@dataclass(frozen=True, slots=True)
class NormTable:
    """The norms at hand: a laboratory's own first, then the published ones.

    Parameters
    ----------
    norms : tuple of Norm
    """

    norms: tuple[Norm, ...]

    def of(self, view: View) -> tuple[Norm, ...]:
        """Give those of a nerve and site, in the table's order."""
        return tuple(one for one in self.norms if (one.nerve, one.site) == (view.nerve, view.site))

    def limit(self, view: View) -> Norm | None:
        """Give the one whose upper limit areas are held against: the first that has one."""
        return next((one for one in self.of(view) if one.upper_limit_mm2 is not None), None)


def interpretation(area_mm2: float, norm: Norm | None) -> Interpretation | None:
    """Hold an area against the upper limit of its nerve and site.

    Parameters
    ----------
    area_mm2 : float
        Cross-sectional area in mm².
    norm : Norm or None
        See `NormTable.limit`.

    Returns
    -------
    Interpretation or None
        Indeterminate within the spread of the nerve's readers about the limit; None where no limit is known, and for an
        area that no nerve has.
    """
    limit = None if norm is None else norm.upper_limit_mm2
    return None if norm is None or limit is None else interpretation_of(area_mm2, limit, norm.nerve)


def interpretation_of(area_mm2: float, limit_mm2: float, nerve: Nerve) -> Interpretation | None:
    """Hold an area against a limit, both in mm², as `interpretation` does."""
    if not is_area_of_a_nerve(area_mm2):
        return None
    if abs(area_mm2 - limit_mm2) <= readers_differ_mm2(nerve) + _ROUNDING_MM2:
        return Interpretation.INDETERMINATE
    return Interpretation.ABOVE if area_mm2 > limit_mm2 else Interpretation.BELOW


def limit_in_words(norm: Norm | None) -> str | None:
    """Say which limit an area is held against, and how near to it nothing is decided; None where no limit is known.

    Stands beside every interpretation, with `Norm.source` and `READERS_SOURCE`.
    """
    if norm is None or norm.upper_limit_mm2 is None:
        return None
    low, high = indeterminate_band(norm.upper_limit_mm2, norm.nerve)
    return (
        f"The upper limit of normal of {nerve_at_site(norm.nerve, norm.site)} is "
        f"{norm.upper_limit_mm2:g} mm² ({norm.population}). From {low:.3g} to {high:.3g} mm² the interpretation is "
        f"indeterminate: two readers of one nerve differ by ± {readers_differ_mm2(norm.nerve):.2g} mm²."
    )


def limit_in_short(norm: Norm | None) -> str | None:
    """Say the limit, its population and the band about it in one line; None where no limit is known.

    Stands where `limit_in_words` and the sources are one click away.
    """
    if norm is None or norm.upper_limit_mm2 is None:
        return None
    low, high = indeterminate_band(norm.upper_limit_mm2, norm.nerve)
    return (
        f"Upper limit of normal {norm.upper_limit_mm2:g} mm² ({norm.population}); {low:.3g} to {high:.3g} mm² is "
        "indeterminate."
    )


def indeterminate_band(limit_mm2: float, nerve: Nerve) -> tuple[float, float]:
    """Give the areas, mm², about an upper limit of a nerve within which two readers may differ."""
    differ = readers_differ_mm2(nerve)
    return max(limit_mm2 - differ, 0.0), limit_mm2 + differ


def readers_source(nerve: Nerve) -> str:
    """Say where it is published by how much readers of a nerve differ."""
    return CENTRES_SOURCE if readers_differ_mm2(nerve) > readers_differ_mm2(Nerve.MEDIAN) else READERS_SOURCE
