"""A value that somebody accepted for a cell of a visit: how it was chosen, where measured, what speaks against it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from nerveapp.domain.annotation import code
from nerveapp.domain.calibration import Calibration
from nerveapp.domain.norms import LARGEST_NERVE_MM2, SMALLEST_NERVE_MM2, is_area_of_a_nerve
from nerveapp.domain.view import View
from nerveapp.errors import WorksheetError


class Choice(StrEnum):
    """How the value of a cell was chosen, in words; the store keeps the name."""

    LARGEST = "largest"
    MEDIAN = "median"
    MOST_STABLE = "most stable run"
    FRAME = "frame chosen by hand"
    MANUAL = "entered by hand"


class Reservation(StrEnum):
    """What speaks against a value, in words, of which the store keeps the name.

    A value that has any is accepted only by saying so.
    """

    FLAGGED = "the frame is flagged for review"
    MOSTLY_FLAGGED = "most frames of the clip are flagged for review: its figures are of the few others"
    UNCALIBRATED = "the clip is not calibrated: the area is in pixels and is compared with nothing"
    IMPLAUSIBLE = "no nerve has such an area"
    IMPLAUSIBLE_BESIDE = "the largest or the median outline of its clip is none of a nerve"
    CORRECTIONS_LEFT_OUT = "outlines that people drew in the clip were left out"
    UNLIKE_TRAINING = "the images are unlike those the model was trained on"
    WEAK_MODEL = "the model was not made for this nerve and site, or is weak there"


@dataclass(frozen=True, slots=True)
class Measured:
    """Where an accepted value was measured.

    Parameters
    ----------
    clip_sha256, analysis : str
        Hash of the clip, id of its analysis.
    first_frame, last_frame : int
        The frames it is of, both included; the same for a single frame. The picture shows the first.
    calibration : Calibration or None
    model, model_sha256 : str
        Name and identity of the model.
    corrected : bool
        Whether a person drew the outline, of several frames every one.
    confidence : float
        The Dice to be expected, 0 to 1; the least of several frames.
    model_error : float or None
        Mean absolute relative error of the model's areas on people it had not seen; None where it is not known.
    nerve : int or None
        Which of the nerves of the analysis; None where it was not kept.
    outlines : tuple of str or None
        Ids of the outlines of the nerve that people had finished in these frames, used or not; None where they were not
        kept. Earlier versions kept those of other nerves along.
    drawn_frames : int
        In how many of the frames a person drew the outline; 0 where that was not kept of a few among several.
    """

    clip_sha256: str
    analysis: str
    first_frame: int
    last_frame: int
    calibration: Calibration | None
    model: str
    model_sha256: str
    corrected: bool
    confidence: float
    model_error: float | None = None
    nerve: int | None = None
    outlines: tuple[str, ...] | None = None
    drawn_frames: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.first_frame <= self.last_frame:
            raise ValueError(f"expected frames in their order, got {self.first_frame} to {self.last_frame}")
        if not 0 <= self.confidence <= 1:
            raise ValueError(f"expected a confidence from 0 to 1, got {self.confidence}")
        if self.model_error is not None and not 0 <= self.model_error < math.inf:
            raise ValueError(f"expected an error from 0 up, got {self.model_error}")
        if not 0 <= self.drawn_frames <= self.frame_count:
            raise ValueError(f"expected 0 to {self.frame_count} drawn frames, got {self.drawn_frames}")

    @property
    def frame_count(self) -> int:
        """How many frames it is of."""
        return self.last_frame - self.first_frame + 1

    @property
    def is_mixed(self) -> bool:
        """Whether a person drew some of its outlines and the model the others."""
        return 0 < self.drawn_frames < self.frame_count


@dataclass(frozen=True, slots=True)
class AcceptedValue:
    """A value that somebody accepted for a cell; records are only added, the newest of a cell counts.

    Parameters
    ----------
    id : str
        32 hexadecimal digits.
    exam : str
        Id of the visit.
    view : View
        The cell: nerve, side, and a site that the nerve has.
    choice : Choice
    area : float
        In `unit`, above 0.
    unit : str
        "mm²", or "px²" where the clip is not calibrated.
    measured : Measured or None
        None exactly for a value entered by hand.
    reservations : tuple of Reservation
        What spoke against it and was accepted.
    echo_intensity : float or None
        Mean grey level inside the outline, 0 to 255; None where it was not measured.
    hypoechoic_fraction : float or None
        Share of the nerve's pixels below the automatic threshold, 0 to 1; None where it was not measured.
    by : str
        Code of who accepted it; "" where nobody said.
    at : datetime
        With a time zone.

    Raises
    ------
    WorksheetError
        If a value entered by hand is none of a nerve.
    AnnotationError
        If who accepted it is no code.
    ValueError
        If the parts do not belong together.
    """

    id: str
    exam: str
    view: View
    choice: Choice
    area: float
    unit: str
    measured: Measured | None
    reservations: tuple[Reservation, ...]
    by: str
    at: datetime
    echo_intensity: float | None = None
    hypoechoic_fraction: float | None = None

    def __post_init__(self) -> None:
        if (self.measured is None) != (self.choice is Choice.MANUAL):
            raise ValueError("expected a clip exactly for a value that was not entered by hand")
        if self.unit not in ("mm²", "px²") or not (math.isfinite(self.area) and self.area > 0):
            raise ValueError(f"expected an area above 0 in mm² or px², got {self.area} {self.unit}")
        calibrated = self.measured is None or self.measured.calibration is not None
        if calibrated != (self.unit == "mm²"):
            raise ValueError("expected mm² exactly of a calibrated clip, or by hand")
        if not self.view.complete:
            raise ValueError(f"expected a cell of a visit, got {self.view}")
        if self.by:
            code(self.by, what="rater")
        if self.at.tzinfo is None:
            raise ValueError("expected a time with its zone")
        if self.choice is Choice.MANUAL and not is_area_of_a_nerve(self.area):
            raise WorksheetError(
                f"{self.area:g} mm² is no cross-sectional area of a nerve.",
                f"Enter {SMALLEST_NERVE_MM2:g} to {LARGEST_NERVE_MM2:g} mm².",
            )

    @property
    def area_mm2(self) -> float | None:
        """The area in mm²; None where it is in pixels."""
        return self.area if self.unit == "mm²" else None

    @property
    def comparable_mm2(self) -> float | None:
        """The area in mm², to be compared with others; None in pixels, and where no nerve has such an area."""
        return self.area_mm2 if is_area_of_a_nerve(self.area_mm2 or 0.0) else None
