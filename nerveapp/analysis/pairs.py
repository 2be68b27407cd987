"""Accepted areas against each other: differences and ratios, each with its error and where its cut-off is from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby

from nerveapp.analysis.findings import estimate_of
from nerveapp.analysis.pair_sources import (
    ASYMMETRIES,
    DELTA_BIFID_SOURCE,
    DELTA_SOURCE,
    FOREARM_RATIO_SOURCE,
    INTRANERVE_MEANS,
    INTRANERVE_SOURCE,
    MEDIAN_TO_ULNAR_SOURCE,
    NO_SOURCE,
    SWELLING_SOURCE,
)
from nerveapp.domain.accepted_value import Choice
from nerveapp.domain.findings import Pair, PairKind
from nerveapp.domain.norms import Interpretation
from nerveapp.domain.protocols import Station
from nerveapp.domain.uncertainty import Estimate
from nerveapp.domain.view import SITES, Nerve, Side, Site, View
from nerveapp.domain.worksheet import SIDES, Worksheet

DELTA_CUT_OFF_MM2, DELTA_BIFID_CUT_OFF_MM2 = 2.0, 4.0
FOREARM_RATIO_CUT_OFF = 1.4
FEWEST_STATIONS = 3
"""Along one nerve; of two the intranerve variability is a plain ratio."""

_CONFIDENCE = 1.96

_Areas = Mapping[View, Estimate]


def pairs(worksheet: Worksheet) -> tuple[Pair, ...]:
    """Compare the accepted areas of a visit that are in mm², by kind and then by side.

    Parameters
    ----------
    worksheet : Worksheet
        Of its values those in mm² count that a nerve may have and that are still what their clips give; sites called
        "other" are compared with nothing, since where they lie is not known.

    Returns
    -------
    tuple of Pair
        Each as soon as all that it needs is there; () while nothing is.
    """
    areas = {
        cell.view: estimate
        for cell in worksheet.cells
        if cell.value is not None and cell.value.comparable_mm2 is not None
        if not cell.outdated and cell.view.site is not Site.OTHER
        if (estimate := estimate_of(cell.value, cell.view.nerve)) is not None
    }
    bifid = worksheet.sheet.bifid
    found = (
        *(pair for side in SIDES for pair in _wrist_minus_pronator(areas, side, bifid=side in bifid)),
        *(pair for side in SIDES for pair in _wrist_to_forearm(areas, side)),
        *(pair for side in SIDES for pair in _ulnar_swelling(areas, side)),
        *_side_to_side(areas),
        *(pair for side in SIDES for pair in _intranerve(areas, side)),
        *(pair for side in SIDES for pair in _median_to_ulnar(areas, side)),
    )
    chosen = {cell.view: cell.value.choice for cell in worksheet.cells if cell.value is not None}
    return tuple(_of_what_kinds(pair, [chosen[view] for view in pair.views]) for pair in found)


def _of_what_kinds(pair: Pair, choices: Sequence[Choice]) -> Pair:
    """Say beside a pair where its areas were not chosen in the same way: the largest of one clip is no median."""
    if len(set(choices)) == 1:
        return pair
    kinds = ", ".join(dict.fromkeys(choices))
    return replace(pair, remarks=(*pair.remarks, f"Its areas were not chosen in the same way: {kinds}."))


def _wrist_minus_pronator(areas: _Areas, side: Side, *, bifid: bool) -> Iterator[Pair]:
    views = (View(Nerve.MEDIAN, Site.WRIST, side), View(Nerve.MEDIAN, Site.PRONATOR_QUADRATUS, side))
    wrist, proximal = map(areas.get, views)
    if wrist is None or proximal is None:
        return
    estimate = wrist.minus(proximal)
    cut_off = DELTA_BIFID_CUT_OFF_MM2 if bifid else DELTA_CUT_OFF_MM2
    said = _against(estimate, cut_off)
    yield Pair(
        kind=PairKind.WRIST_MINUS_PRONATOR,
        what=f"Median, wrist − pronator quadratus{', bifid nerve' if bifid else ''}",
        views=views,
        estimate=estimate,
        unit="mm²",
        cut_off=cut_off,
        interpretation=said,
        verdict=_verdict(estimate, cut_off, said, "mm²"),
        remarks=(
            "Bifid median nerves: sensitivity 92.5 %, specificity 94.6 % in 53 wrists with carpal tunnel syndrome "
            "and 28 healthy ones."
            if bifid
            else "Sensitivity 99 %, specificity 100 % in 100 wrists with carpal tunnel syndrome and 93 healthy ones "
            "(mean difference 7.4 and 0.25 mm²).",
        ),
        source=DELTA_BIFID_SOURCE if bifid else DELTA_SOURCE,
        thin=bifid,
    )


def _wrist_to_forearm(areas: _Areas, side: Side) -> Iterator[Pair]:
    views = (View(Nerve.MEDIAN, Site.WRIST, side), View(Nerve.MEDIAN, Site.FOREARM, side))
    wrist, forearm = map(areas.get, views)
    if wrist is None or forearm is None:
        return
    estimate = wrist.over(forearm)
    said = _against(estimate, FOREARM_RATIO_CUT_OFF)
    yield Pair(
        kind=PairKind.WRIST_TO_FOREARM,
        what="Median, wrist : forearm",
        views=views,
        estimate=estimate,
        unit="",
        cut_off=FOREARM_RATIO_CUT_OFF,
        interpretation=said,
        verdict=_verdict(estimate, FOREARM_RATIO_CUT_OFF, said, ""),
        remarks=(
            "The cut-off of 1.4 is in use, but the mean of 107 healthy adults, 1.57 (reference range 1 to 2.4), lies "
            "above it: a ratio above 1.4 alone says little.",
        ),
        source=FOREARM_RATIO_SOURCE,
        thin=True,
    )


def _ulnar_swelling(areas: _Areas, side: Side) -> Iterator[Pair]:
    about_elbow = {
        site: areas[view]
        for site in (Site.BELOW_ELBOW, Site.ELBOW, Site.ABOVE_ELBOW)
        if (view := View(Nerve.ULNAR, site, side)) in areas
    }
    reference = next(
        (site for site in (Site.FOREARM, Site.UPPER_ARM) if View(Nerve.ULNAR, site, side) in areas),
        None,
    )
    if not about_elbow or reference is None:
        return
    largest = max(about_elbow, key=lambda site: about_elbow[site].value)
    views = (View(Nerve.ULNAR, largest, side), View(Nerve.ULNAR, reference, side))
    estimate = areas[views[0]].over(areas[views[1]])
    patients = "2.9" if reference is Site.FOREARM else "2.8"
    yield Pair(
        kind=PairKind.ULNAR_SWELLING,
        what=f"Ulnar, {largest.words} : {reference.words}",
        views=views,
        estimate=estimate,
        unit="",
        cut_off=None,
        interpretation=None,
        verdict=f"{estimate.value:.2f}; no cut-off is known, mean of the healthy 1.1",
        remarks=(
            f"Means: {patients} in 26 people with ulnar neuropathy at the elbow, 1.1 in 30 healthy controls. The "
            "largest of the areas about the elbow is taken; the forearm or upper arm is assumed to be unaffected.",
        ),
        source=SWELLING_SOURCE,
        thin=True,
    )


def _side_to_side(areas: _Areas) -> Iterator[Pair]:
    left_to_right = ((view, View(view.nerve, view.site, Side.RIGHT)) for view in areas if view.side is Side.LEFT)
    for left, right in left_to_right:
        if right not in areas:
            continue
        larger, smaller = sorted((left, right), key=lambda view: areas[view].value, reverse=True)
        estimate, ratio = areas[larger].minus(areas[smaller]), areas[larger].over(areas[smaller])
        station = Station(left.nerve, left.site)
        known = ASYMMETRIES.get(station)
        cut_off = None if known is None else known.cut_off_mm2
        said = None if cut_off is None else _against(estimate, cut_off)
        spread = _CONFIDENCE * estimate.sd
        yield Pair(
            kind=PairKind.SIDE_TO_SIDE,
            what=f"{station.words}, larger − smaller side",
            views=(left, right),
            estimate=estimate,
            unit="mm²",
            cut_off=cut_off,
            interpretation=said,
            verdict=(f"{larger.side.value} larger by {estimate.value:.1f} mm²; " if estimate.value else "sides alike; ")
            + ("no cut-off is known" if cut_off is None else _verdict(estimate, cut_off, said, "mm²")),
            remarks=(
                f"Larger : smaller side {ratio.value:.2f} ± {ratio.sd:.2f}.",
                *((f"No more than two readings differ (± {spread:.1f} mm²).",) if estimate.value <= spread else ()),
                *(() if known is None else (known.remark,)),
            ),
            source=NO_SOURCE if known is None else known.source,
            thin=True,
        )


def _intranerve(areas: _Areas, side: Side) -> Iterator[Pair]:
    of_side = [view for nerve, sites in SITES.items() for site in sites if (view := View(nerve, site, side)) in areas]
    for nerve, along in groupby(of_side, key=lambda view: view.nerve):
        views = list(along)
        if len(views) < FEWEST_STATIONS:
            continue
        largest, smallest = (pick(views, key=lambda view: areas[view].value) for pick in (max, min))
        estimate = areas[largest].over(areas[smallest])
        healthy = INTRANERVE_MEANS.get(nerve)
        yield Pair(
            kind=PairKind.INTRANERVE,
            what=f"{nerve.value.capitalize()}, largest : smallest area of {len(views)} sites",
            views=tuple(views),
            estimate=estimate,
            unit="",
            cut_off=None,
            interpretation=None,
            verdict=f"{estimate.value:.2f}, largest {largest.site.words}, smallest {smallest.site.words}; no "
            "cut-off is known",
            remarks=(
                "It grows with the number of sites, and the healthy nerve is not equally thick everywhere.",
                *(() if healthy is None else (f"Mean ± SD of 75 healthy adults: {healthy}, at that study's sites.",)),
            ),
            source=INTRANERVE_SOURCE,
            thin=True,
        )


def _median_to_ulnar(areas: _Areas, side: Side) -> Iterator[Pair]:
    views = (View(Nerve.MEDIAN, Site.WRIST, side), View(Nerve.ULNAR, Site.WRIST, side))
    median, ulnar = map(areas.get, views)
    if median is None or ulnar is None:
        return
    estimate = median.over(ulnar)
    yield Pair(
        kind=PairKind.MEDIAN_TO_ULNAR,
        what="Median : ulnar, wrist",
        views=views,
        estimate=estimate,
        unit="",
        cut_off=None,
        interpretation=None,
        verdict=f"{estimate.value:.2f}; adds little to the median nerve's own area",
        remarks=(
            "Published cut-offs disagree (1.79, 2.09, 2.97). Against the area of the median nerve alone the ratio "
            "was worse, comparable and slightly better.",
        ),
        source=MEDIAN_TO_ULNAR_SOURCE,
        thin=True,
    )


def _against(estimate: Estimate, cut_off: float) -> Interpretation:
    if abs(estimate.value - cut_off) <= _CONFIDENCE * estimate.sd:
        return Interpretation.INDETERMINATE
    return Interpretation.ABOVE if estimate.value > cut_off else Interpretation.BELOW


def _verdict(estimate: Estimate, cut_off: float, said: Interpretation | None, unit: str) -> str:
    digits, unit = (1, f" {unit}") if unit else (2, "")
    limit = f"the cut-off of {cut_off:g}{unit}"
    if said is Interpretation.INDETERMINATE:
        within = f"{_CONFIDENCE * estimate.sd:.{digits}f}{unit}"
        return f"indeterminate: {limit} lies within {_CONFIDENCE} standard deviations, {within}"
    by = f"{abs(estimate.value - cut_off):.{digits}f}{unit}"
    return f"{'above' if said is Interpretation.ABOVE else 'below'} {limit} by {by}"
