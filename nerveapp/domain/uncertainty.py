"""An area with its standard deviation, and what becomes of both in a difference and a ratio."""

from __future__ import annotations

import math
from dataclasses import dataclass

from nerveapp.domain.calibration import Calibration, CalibrationOrigin
from nerveapp.domain.view import Nerve

PROPAGATION_SOURCE = (
    "First-order propagation of independent errors: JCGM 100:2008, Evaluation of measurement data, Guide to the "
    "expression of uncertainty in measurement, 5.1.2"
)

READERS_SD_ARM_MM2 = 2.0 / 1.96 / math.sqrt(2)
"""Standard deviation of one reader's area in the arm, mm²: the limits of agreement of two readers, at the least 2.0 mm²
(`norms.READERS_SOURCE`), are 1.96 standard deviations of a difference, which has twice the variance of one reading."""

READERS_SD_LEG_MM2 = 1.5 / math.sqrt(2)
"""The same in the leg: the standard deviation of the difference of two readers is 1.5 to 3.1 mm² at the tibial and the
fibular nerve and the brachial plexus (`CENTRES_SOURCE`); the least is taken, for the sural nerve too, of which there is
no figure."""

CENTRES_SOURCE = (
    "How far centres differ: Telleman JA, Herraets IJT, Goedee HS, Verhamme C, Nikolakopoulos S, van Asseldonk JTH, "
    "van der Pol WL, van den Berg LH, Visser LH. Nerve ultrasound: a reproducible diagnostic tool in peripheral "
    "neuropathy. Neurology 2019;92(5):e443-e450. doi:10.1212/WNL.0000000000006856; standard deviations: its congress "
    "abstract S135, Clinical Neurophysiology 2018"
)

_LEG = frozenset({Nerve.FIBULAR, Nerve.TIBIAL, Nerve.SURAL})

_SPACING_SD: dict[CalibrationOrigin, float] = {
    CalibrationOrigin.TWO_POINTS: 0.01,
    CalibrationOrigin.TYPED: 0.01,
}
"""Relative standard deviation of a spacing that a person gave: a pixel in a hundred. What the machine wrote is taken as
exact; whether the machine is right is not known."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number and its standard deviation, in the same unit.

    Parameters
    ----------
    value : float
    sd : float
        0 and up.

    Raises
    ------
    ValueError
        If the standard deviation is negative, or either is not finite.
    """

    value: float
    sd: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.value) and math.isfinite(self.sd) and self.sd >= 0):
            raise ValueError(f"expected finite numbers and a standard deviation of 0 or more, got {self}")

    def minus(self, other: Estimate) -> Estimate:
        """Give the difference of two independent estimates (`PROPAGATION_SOURCE`)."""
        return Estimate(self.value - other.value, math.hypot(self.sd, other.sd))

    def over(self, other: Estimate) -> Estimate:
        """Give the ratio of two independent estimates (`PROPAGATION_SOURCE`); raises ValueError if either is not > 0.

        The relative variances are added up.
        """
        if min(self.value, other.value) <= 0:
            raise ValueError(f"expected areas above 0, got {self.value} over {other.value}")
        ratio = self.value / other.value
        return Estimate(ratio, ratio * math.hypot(self.sd / self.value, other.sd / other.value))


def readers_sd_mm2(nerve: Nerve) -> float:
    """Give the standard deviation of one reader's area of a nerve, mm²."""
    return READERS_SD_LEG_MM2 if nerve in _LEG else READERS_SD_ARM_MM2


def readers_differ_mm2(nerve: Nerve) -> float:
    """Give by how much two readings of a nerve that has not changed may differ, mm².

    They differ by less in 95 of 100 cases: 1.96 standard deviations of a difference, whose variance is twice that of
    one reading. In the arm it is 2.0 mm², the least limit of agreement of trained readers (2.0 to 2.9 mm²,
    `norms.READERS_SOURCE`), in the leg 2.9 mm² (`CENTRES_SOURCE`).
    """
    return 1.96 * math.sqrt(2) * readers_sd_mm2(nerve)


def calibration_sd(calibration: Calibration | None) -> float:
    """Give the relative standard deviation of an area that comes from its calibration: twice that of the spacing."""
    return 0.0 if calibration is None else 2 * _SPACING_SD.get(calibration.origin, 0.0)


def area_estimate(
    area_mm2: float, nerve: Nerve, *, calibration: Calibration | None = None, model_error: float | None = None
) -> Estimate:
    """Give an area with the standard deviation of what is known to blur it: reader, calibration and model.

    Parameters
    ----------
    area_mm2 : float
        Above 0.
    nerve : Nerve
    calibration : Calibration or None
        None for an area that was typed in.
    model_error : float or None
        Mean absolute relative error of the model's areas on people it had not seen, such as 0.06; None where a person
        drew the outline, and where it is not known.

    Notes
    -----
    The mean absolute error of a normal distribution is sqrt(2 / pi) of its standard deviation.
    """
    model_sd = 0.0 if model_error is None else model_error * math.sqrt(math.pi / 2)
    relative = math.hypot(calibration_sd(calibration), model_sd)
    return Estimate(area_mm2, math.hypot(readers_sd_mm2(nerve), area_mm2 * relative))
