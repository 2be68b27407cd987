"""What the values of a visit mean: against normal values, and against each other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from nerveapp.domain.norms import Interpretation, Norm
from nerveapp.domain.uncertainty import Estimate
from nerveapp.domain.view import Nerve, Side, Site, View
from nerveapp.domain.worksheet import Cell

_T = TypeVar("_T")

PERSONAL_LIMIT_ACCURACY = (
    "sensitivity and specificity 75 %, against a sensitivity of 70 % with a fixed limit of 11 mm²; 253 patients, "
    "96 healthy controls"
)


@dataclass(frozen=True, slots=True)
class CellFinding:
    """What one accepted area means.

    Parameters
    ----------
    cell : Cell
        With a value in mm².
    estimate : Estimate
        The area in mm² with its standard deviation.
    limit : Norm or None
        Whose upper limit it is held against; None where none is known.
    norms : tuple of Norm
        All norms of this nerve and site.
    interpretation : Interpretation or None
        None without a limit.
    personal_limit_mm2 : float or None
        Upper limit from the wrist's circumference; None elsewhere and without one.
    judged : str
        What the area is, in words of the field, such as "enlarged at the wrist by 2.3 mm²".
    thin : bool
        Whether the evidence behind it is thin.
    against : str
        The limit it was held against, such as "limit 11 mm² (Dutch)"; "" without one.
    personally_judged : str
        What the area is against the personal limit; "" without one.
    """

    cell: Cell
    estimate: Estimate
    limit: Norm | None
    norms: tuple[Norm, ...]
    interpretation: Interpretation | None
    personal_limit_mm2: float | None
    judged: str
    thin: bool
    against: str = ""
    personally_judged: str = ""

    @property
    def verdict(self) -> str:
        """What the area is, and against which limit."""
        return "; ".join(filter(None, (self.judged, self.against)))

    @property
    def personal_verdict(self) -> str:
        """What the area is against the personal limit, with that one's accuracy; "" without one."""
        return f"{self.personally_judged} ({PERSONAL_LIMIT_ACCURACY})" if self.personally_judged else ""

    @property
    def z_scores(self) -> tuple[tuple[Norm, float], ...]:
        """The z-score against each norm that has a mean."""
        scores = ((norm, norm.z_score(self.estimate.value)) for norm in self.norms)
        return tuple((norm, score) for norm, score in scores if score is not None)


class PairKind(StrEnum):
    """What is compared."""

    WRIST_MINUS_PRONATOR = "wrist minus pronator quadratus"
    WRIST_TO_FOREARM = "wrist-to-forearm ratio"
    ULNAR_SWELLING = "ulnar swelling ratio"
    SIDE_TO_SIDE = "side to side"
    INTRANERVE = "intranerve variability"
    MEDIAN_TO_ULNAR = "median-to-ulnar ratio"


@dataclass(frozen=True, slots=True)
class Pair:
    """Two or more accepted areas compared.

    Parameters
    ----------
    kind : PairKind
    what : str
        What is compared, in words, such as "Median, wrist − pronator quadratus".
    views : tuple of View
        Of the areas that it is made of.
    estimate : Estimate
        The difference in mm² or the ratio, with its propagated standard deviation.
    unit : str
        "mm²" or "" for a ratio.
    cut_off : float or None
        In the same unit; None where none is known.
    interpretation : Interpretation or None
        Indeterminate where the cut-off lies within 1.96 standard deviations; None without one.
    verdict : str
        In words.
    remarks : tuple of str
        What is to be known beside it, such as that the mean of the healthy lies above the cut-off.
    source : str
        Where cut-off and remark come from.
    thin : bool
        Whether the evidence is thin.
    """

    kind: PairKind
    what: str
    views: tuple[View, ...]
    estimate: Estimate
    unit: str
    cut_off: float | None
    interpretation: Interpretation | None
    verdict: str
    remarks: tuple[str, ...]
    source: str
    thin: bool

    @property
    def nerve(self) -> Nerve | None:
        """The one that it is of; None where two are compared."""
        return _common(view.nerve for view in self.views)

    @property
    def site(self) -> Site | None:
        """The one that it is of; None where several are compared."""
        return _common(view.site for view in self.views)

    @property
    def side(self) -> Side | None:
        """The one that it is of; None where both are compared."""
        return _common(view.side for view in self.views)


def _common(values: Iterable[_T]) -> _T | None:
    found = set(values)
    return found.pop() if len(found) == 1 else None
