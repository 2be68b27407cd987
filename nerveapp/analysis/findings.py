"""What an accepted area means against the normal values at hand. Words of the field, never a diagnosis."""

from __future__ import annotations

from nerveapp.domain.accepted_value import AcceptedValue
from nerveapp.domain.findings import CellFinding
from nerveapp.domain.norms import (
    SMALLEST_NERVE_MM2,
    Interpretation,
    Norm,
    NormTable,
    interpretation,
    interpretation_of,
    is_area_of_a_nerve,
)
from nerveapp.domain.patient import Patient
from nerveapp.domain.uncertainty import Estimate, area_estimate, readers_differ_mm2
from nerveapp.domain.view import Nerve, Site, View
from nerveapp.domain.worksheet import Cell

FEWEST_PEOPLE = 40
"""A limit from fewer people is thin evidence: the standard error of mean + 1.96 SD is SD sqrt((1 + 1.96² / 2) / n),
more than a quarter of the standard deviation below 40. A source that does not say how many (the Dutch limits) is not
thin by that alone; that the number is not known stands beside it."""

PERSONAL_LIMIT_SOURCE = (
    "Limit from the circumference of the wrist: Olde Dubbelink TBG, De Kleermaeker FGCM, Meulstee J, Bartels RHMA, "
    "Claes F, Verhagen WIM. Augmented diagnostic accuracy of ultrasonography for diagnosing carpal tunnel syndrome "
    "using an optimised wrist circumference-dependent cross-sectional area equation. Frontiers in Neurology "
    "2020;11:577052. doi:10.3389/fneur.2020.577052"
)


def estimate_of(value: AcceptedValue, nerve: Nerve) -> Estimate | None:
    """Give an accepted area with its standard deviation, mm²; None where it is not in mm².

    A value entered by hand has the readers' spread alone, and one whose outline a person drew no error of a model.
    """
    if value.area_mm2 is None:
        return None
    measured = value.measured
    if measured is None:
        return area_estimate(value.area_mm2, nerve)
    return area_estimate(
        value.area_mm2,
        nerve,
        calibration=measured.calibration,
        model_error=None if measured.corrected else measured.model_error,
    )


def personal_limit_mm2(view: View, patient: Patient | None) -> float | None:
    """Give the upper limit of the median nerve at the wrist, mm², from the wrist's circumference x: 0.88 x (cm) - 4.0.

    None elsewhere, without a circumference, and where the line yields no area of a nerve (`PERSONAL_LIMIT_SOURCE`).
    """
    if (view.nerve, view.site) != (Nerve.MEDIAN, Site.WRIST) or patient is None or patient.wrist_mm is None:
        return None
    limit = 0.88 * patient.wrist_mm / 10 - 4.0
    return limit if limit >= SMALLEST_NERVE_MM2 else None


def cell_finding(cell: Cell, norms: NormTable, patient: Patient | None) -> CellFinding | None:
    """Say what the accepted area of a cell means.

    Parameters
    ----------
    cell : Cell
    norms : NormTable
        The first norm that has an upper limit is the one it is held against.
    patient : Patient or None
        Whose wrist it is, for the personal limit.

    Returns
    -------
    CellFinding or None
        None without a value in mm². The evidence is thin without an upper limit, and where the limit comes from fewer
        than `FEWEST_PEOPLE`. What is not up to date is held against nothing.
    """
    value = cell.value
    estimate = None if value is None else estimate_of(value, cell.view.nerve)
    if estimate is None:
        return None
    limit, personal = norms.limit(cell.view), personal_limit_mm2(cell.view, patient)
    thin = limit is None or (limit.n is not None and limit.n < FEWEST_PEOPLE)
    if cell.outdated:
        return CellFinding(cell, estimate, limit, (), None, personal, "not judged: it is not up to date", thin=thin)
    said = interpretation(estimate.value, limit)
    judged, against = _judged(estimate.value, cell.view, limit, said)
    return CellFinding(
        cell=cell,
        estimate=estimate,
        limit=limit,
        norms=norms.of(cell.view),
        interpretation=said,
        personal_limit_mm2=personal,
        judged=judged,
        thin=thin,
        against=against,
        personally_judged=_personally_judged(estimate.value, personal),
    )


def _judged(area: float, view: View, limit: Norm | None, said: Interpretation | None) -> tuple[str, str]:
    """Say what an area is, and against which limit."""
    if not is_area_of_a_nerve(area):
        return "no nerve has such an area", ""
    if limit is None or limit.upper_limit_mm2 is None or said is None:
        return "no upper limit of normal is known for this site", ""
    words = {
        Interpretation.ABOVE: f"enlarged {view.site.where} by {area - limit.upper_limit_mm2:.1f} mm²",
        Interpretation.BELOW: "within the limit",
        Interpretation.INDETERMINATE: "indeterminate: within the spread of readers "
        f"(± {readers_differ_mm2(view.nerve):.2g} mm²)",
    }
    return words[said], f"limit {limit.upper_limit_mm2:g} mm² ({limit.population})"


def _personally_judged(area: float, limit: float | None) -> str:
    if limit is None or (said := interpretation_of(area, limit, Nerve.MEDIAN)) is None:
        return ""
    words = {
        Interpretation.ABOVE: f"enlarged by {area - limit:.1f} mm²",
        Interpretation.BELOW: "within it",
        Interpretation.INDETERMINATE: "indeterminate, within the spread of readers about it",
    }
    return f"personal limit {limit:.1f} mm² from the wrist's circumference: {words[said]}"
