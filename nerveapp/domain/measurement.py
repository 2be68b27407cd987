"""What is measured of an outline: pixel values always, millimetres only with a calibration."""

from __future__ import annotations

import math
from dataclasses import dataclass

from nerveapp.domain.calibration import Calibration
from nerveapp.domain.segmentation import Flag
from nerveapp.domain.tracking import How


def with_minus(text: str) -> str:
    """Write a number, as Python formats it, with a minus sign in place of its hyphen."""
    return text.replace("-", "−")


def signed(value: float, digits: int = 1) -> str:
    """Give a difference or a z-score with its sign, such as "+0.4" or "−2.0"; what rounds to nothing has none."""
    text = f"{value:+.{digits}f}"
    return with_minus(text) if float(text) else text[1:]


def area_in_words(area: float, unit: str, *, digits: int = 2, sd: float | None = None) -> str:
    """Write an area with its unit: mm² to so many digits and with a standard deviation, px² whole and by thousands."""
    if unit != "mm²":
        return f"{area:,.0f} {unit}"
    return f"{area:.{digits}f} mm²" if sd is None else f"{area:.{digits}f} ± {sd:.{digits}f} mm²"


def change_in_words(change: float, unit: str) -> str:
    """Write a difference of areas with its sign and unit, as precisely as the areas are written."""
    if unit == "mm²":
        return f"{signed(change, 2)} {unit}"
    return with_minus(f"{round(change):+,} {unit}") if round(change) else f"0 {unit}"


@dataclass(frozen=True, slots=True)
class Morphometry:
    """Size, shape and place of one outline, in one unit of length.

    Parameters
    ----------
    area : float
        Cross-sectional area, all parts together, in the unit squared.
    perimeter : float
        Length of the outline, all parts together.
    major_diameter, minor_diameter : float
        Axes of the ellipse with the outline's second moments.
    centroid_x, centroid_y : float
        Centre of area from the image's top left corner.
    """

    area: float
    perimeter: float
    major_diameter: float
    minor_diameter: float
    centroid_x: float
    centroid_y: float

    @property
    def flattening_ratio(self) -> float:
        """Major over minor diameter, at least 1."""
        return self.major_diameter / self.minor_diameter

    @property
    def circularity(self) -> float:
        """4π area / perimeter²: 1 for a circle, less for anything else (Cox 1927)."""
        return min(1.0, 12.566370614359172 * self.area / self.perimeter**2)


@dataclass(frozen=True, slots=True)
class FrameMeasurement:
    """What one frame gave.

    Parameters
    ----------
    frame : int
        Index of the decoded frame.
    time_s : float
        Presentation time from the first frame.
    px : Morphometry or None
        In pixels (area in px²); None where no nerve was found.
    mm : Morphometry or None
        In millimetres (area in mm²); None without a calibration, and outside of the region it holds for.
    displacement_px, displacement_mm : float or None
        Distance of the centroid from that of the first outlined frame without a flag (or the first outlined); None
        where there is no outline in that unit.
    echo_intensity : float or None
        Mean grey level inside the outline, 0 to 255.
    confidence : float
        The network's expected Dice, 0 to 1.
    flags : tuple of Flag
        Why the frame is flagged for review.
    how : How
        How the outline that was measured came about.
    followed_from : int or None
        The frame it was followed from; None where it was not followed.
    hypoechoic_fraction : float or None
        Share of the pixels inside the outline below their MaxEntropy threshold, 0 to 1; None where it was not measured.

    Raises
    ------
    ValueError
        If there are millimetres or a displacement without an outline, the confidence is not from 0 to 1, or frame or
        time are below 0.
    """

    frame: int
    time_s: float
    px: Morphometry | None
    mm: Morphometry | None
    displacement_px: float | None
    displacement_mm: float | None
    echo_intensity: float | None
    confidence: float
    flags: tuple[Flag, ...]
    how: How = How.FOUND
    followed_from: int | None = None
    hypoechoic_fraction: float | None = None

    def __post_init__(self) -> None:
        if self.mm is not None and self.px is None:
            raise ValueError("expected millimetres only where there is an outline")
        for unit, shape, moved in (("px", self.px, self.displacement_px), ("mm", self.mm, self.displacement_mm)):
            if shape is None and moved is not None:
                raise ValueError(f"expected a displacement only where there is an outline, got {moved} {unit}")
        if not 0 <= self.confidence <= 1:
            raise ValueError(f"expected a confidence from 0 to 1, got {self.confidence}")
        if self.frame < 0 or not 0 <= self.time_s < math.inf:
            raise ValueError(f"expected a frame and a time from 0 up, got {self.frame} and {self.time_s}")

    @property
    def corrected(self) -> bool:
        """Whether a person drew the outline that was measured."""
        return self.how is How.CORRECTED

    @property
    def reviewed(self) -> bool:
        """Whether a person drew the outline or confirmed it as it was."""
        return self.how in (How.CORRECTED, How.CONFIRMED)

    @property
    def flagged(self) -> bool:
        """Whether it has a flag and deserves review. All counts of flagged frames are of these."""
        return bool(self.flags)

    @property
    def flags_in_words(self) -> str:
        """Why it is flagged for review, such as "area jump, low confidence"; "" where it is not."""
        return ", ".join(flag.replace("-", " ") for flag in self.flags)


@dataclass(frozen=True, slots=True)
class StableRun:
    """Consecutive frames, half a second of the clip, over which the area changes least.

    Parameters
    ----------
    first, last : int
        Frame indices, both included.
    mean_area : float
        In px² or mm², as its summary says.
    variation : float
        Standard deviation over mean of the area, 0 and up.
    """

    first: int
    last: int
    mean_area: float
    variation: float


@dataclass(frozen=True, slots=True)
class Summary:
    """A clip in a few numbers. Areas are in mm² where calibrated, else in px²; `unit` says which.

    Parameters
    ----------
    unit : str
        "mm²" or "px²".
    calibration : Calibration or None
        The pixel spacing behind mm², and where it came from.
    frames, outlined : int
        Frames decoded, frames with a nerve.
    uncalibrated : int
        Outlined frames without mm², since the outline lies (partly) outside of the calibrated region; 0 in px².
    unflagged, flagged : int
        Outlined frames with an area in `unit` that are not flagged; flagged frames.
    area_max, area_median, area_mean, area_sd : float or None
        Over the `unflagged` frames, or where there is none over all that have an area; None without any.
    area_max_frame, area_median_frame : int or None
        The first frame that has the largest area, and the first that has the median one: of an even number of areas
        the lower of the two in the middle is taken, so that there is such a frame.
    most_stable : StableRun or None
        The run of frames that varies least; None where none is long enough, or each varies by more than 15 %.
    """

    unit: str
    calibration: Calibration | None
    frames: int
    outlined: int
    uncalibrated: int
    unflagged: int
    flagged: int
    area_max: float | None
    area_median: float | None
    area_mean: float | None
    area_sd: float | None
    area_max_frame: int | None
    area_median_frame: int | None
    most_stable: StableRun | None

    def __post_init__(self) -> None:
        if (self.unit == "mm²") != (self.calibration is not None):
            raise ValueError(f"expected mm² exactly with a calibration, got {self.unit} with {self.calibration}")
        if not 0 <= self.uncalibrated <= (self.outlined if self.calibration else 0):
            raise ValueError(
                f"expected outlines outside of a calibrated region among {self.outlined}, got {self.uncalibrated}"
            )

    @property
    def outside(self) -> bool:
        """Whether the nerve lies outside of the calibrated region wherever it was found: there is no mm² then."""
        return 0 < self.outlined == self.uncalibrated
