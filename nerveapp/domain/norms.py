"""Upper limits of normal, and what an area says against them: never more than the readers' own spread allows."""

from __future__ import annotations

from enum import StrEnum

from nerveapp.domain.view import Nerve, Site, View

LIMITS_SOURCE = (
    "Upper limits of normal of a mainly Caucasian, general Dutch population: Telleman JA, Herraets IJT, Goedee HS, "
    "van Asseldonk JT, Visser LH. Ultrasound scanning in the diagnosis of peripheral neuropathies. Practical Neurology "
    "2021;21(3):186–195, table 2. doi:10.1136/practneurol-2020-002645"
)
READERS_SOURCE = (
    "How far readers differ: Philipps J, Mork H, Katz M, Knaup M, Beyer K, Spies K, Corbach J, Schellinger PD. "
    "Assessment of operator reliability in ultrasound of the median and ulnar nerve using Bland-Altman analysis. "
    "Diagnostics 2021;11(11):2134. doi:10.3390/diagnostics11112134"
)

UPPER_LIMITS_MM2: dict[tuple[Nerve, Site], float] = {
    (Nerve.MEDIAN, Site.WRIST): 11,
    (Nerve.ULNAR, Site.WRIST): 7,
    (Nerve.ULNAR, Site.ELBOW): 9,
    (Nerve.FIBULAR, Site.FIBULAR_HEAD): 11,
    (Nerve.FIBULAR, Site.POPLITEAL): 9,
    (Nerve.TIBIAL, Site.POPLITEAL): 22,
    (Nerve.TIBIAL, Site.MALLEOLUS): 13,
}
"""In mm², of `LIMITS_SOURCE`. A nerve and site without one gets no interpretation."""

READERS_DIFFER_MM2 = 2.0
"""Two readers of one nerve differ by up to 2.0 to 2.9 mm² (limits of agreement of trained readers, `READERS_SOURCE`);
the least is taken."""

SMALLEST_NERVE_MM2, LARGEST_NERVE_MM2 = 0.5, 150.0
LONGEST_DIAMETER_MM = 30.0
"""No nerve of a limb, enlarged or not, is smaller or larger in cross-section: beyond them outline or calibration are
wrong. Far outside of what is published, so that no finding is taken for a fault."""


class Interpretation(StrEnum):
    """What an area says against the upper limit of its site."""

    BELOW = "below the limit"
    INDETERMINATE = "indeterminate"
    ABOVE = "above the limit"


def interpretation(area_mm2: float, view: View) -> Interpretation | None:
    """Hold an area against the limit of its nerve and site.

    Parameters
    ----------
    area_mm2 : float
        Cross-sectional area in mm².
    view : View

    Returns
    -------
    Interpretation or None
        Indeterminate within the spread of readers about the limit; None where no limit is known, and for an area that
        no nerve has.
    """
    limit = UPPER_LIMITS_MM2.get((view.nerve, view.site))
    if limit is None or not SMALLEST_NERVE_MM2 <= area_mm2 <= LARGEST_NERVE_MM2:
        return None
    if abs(area_mm2 - limit) <= READERS_DIFFER_MM2:
        return Interpretation.INDETERMINATE
    return Interpretation.ABOVE if area_mm2 > limit else Interpretation.BELOW


def limit_in_words(view: View) -> str | None:
    """Say which limit an area is held against, and how near to it nothing is decided; None where no limit is known.

    Stands beside every interpretation, with `LIMITS_SOURCE` and `READERS_SOURCE`.
    """
    limit = UPPER_LIMITS_MM2.get((view.nerve, view.site))
    if limit is None:
        return None
    low, high = limit - READERS_DIFFER_MM2, limit + READERS_DIFFER_MM2
    return (
        f"The upper limit of normal of the {view.nerve} nerve at the {view.site.replace('-', ' ')} is {limit:g} mm² "
        f"in a Dutch population. From {low:g} to {high:g} mm² the interpretation is indeterminate: two readers of one "
        f"nerve differ by ± {READERS_DIFFER_MM2:g} mm²."
    )


def limit_in_short(view: View) -> str | None:
    """Say the limit, its population and the band about it in one line; None where no limit is known.

    Stands where `limit_in_words` and the sources are one click away.
    """
    limit = UPPER_LIMITS_MM2.get((view.nerve, view.site))
    if limit is None:
        return None
    low, high = limit - READERS_DIFFER_MM2, limit + READERS_DIFFER_MM2
    return f"Upper limit of normal {limit:g} mm² (Dutch population); {low:g} to {high:g} mm² is indeterminate."
