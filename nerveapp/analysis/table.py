"""The measurements as a table: one definition of the columns for CSV, XLSX and the page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from nerveapp.domain.measurement import FrameMeasurement, Morphometry


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Parameters
    ----------
    name : str
        Heading, with its unit; scripts rely on it.
    meaning : str
        What it is, for the legend of an export.
    value : callable
        Takes a FrameMeasurement, gives the cell; None is an empty cell.
    digits : int
        Decimals written.
    """

    name: str
    meaning: str
    value: Callable[[FrameMeasurement], float | int | str | None]
    digits: int = 3


def _px(pick: Callable[[Morphometry], float]) -> Callable[[FrameMeasurement], float | None]:
    return lambda frame: None if frame.px is None else pick(frame.px)


def _mm(pick: Callable[[Morphometry], float]) -> Callable[[FrameMeasurement], float | None]:
    return lambda frame: None if frame.mm is None else pick(frame.mm)


def _shape(pick: Callable[[Morphometry], float]) -> Callable[[FrameMeasurement], float | None]:
    """Ratios are taken in millimetres where pixels have a size, since pixels need not be square."""
    return lambda frame: None if (shape := frame.mm or frame.px) is None else pick(shape)


COLUMNS: tuple[Column, ...] = (
    Column("frame", "index of the decoded frame, from 0", lambda frame: frame.frame, 0),
    Column("time_s", "presentation time from the first frame", lambda frame: frame.time_s, 6),
    Column("area_px2", "cross-sectional area in square pixels", _px(lambda s: s.area), 0),
    Column("area_mm2", "cross-sectional area; empty where no calibration holds", _mm(lambda s: s.area), 4),
    Column("perimeter_px", "length of the outline", _px(lambda s: s.perimeter)),
    Column("perimeter_mm", "length of the outline; empty where no calibration holds", _mm(lambda s: s.perimeter), 4),
    Column("major_diameter_px", "long axis of the ellipse of equal second moments", _px(lambda s: s.major_diameter)),
    Column("major_diameter_mm", "the same; empty where no calibration holds", _mm(lambda s: s.major_diameter), 4),
    Column("minor_diameter_px", "short axis of the ellipse of equal second moments", _px(lambda s: s.minor_diameter)),
    Column("minor_diameter_mm", "the same; empty where no calibration holds", _mm(lambda s: s.minor_diameter), 4),
    Column("flattening_ratio", "long axis over short axis", _shape(lambda s: s.flattening_ratio)),
    Column("circularity", "4 pi area / perimeter squared; 1 for a circle", _shape(lambda s: s.circularity)),
    Column("centroid_x_px", "centre of area, from the left edge", _px(lambda s: s.centroid_x), 2),
    Column("centroid_y_px", "centre of area, from the top edge", _px(lambda s: s.centroid_y), 2),
    Column(
        "displacement_px", "distance of the centre from the first unflagged outline's", lambda f: f.displacement_px, 2
    ),
    Column("displacement_mm", "the same; empty where no calibration holds", lambda f: f.displacement_mm),
    Column("echogenicity", "mean grey level inside the outline, 0 to 255", lambda f: f.echo_intensity, 2),
    Column(
        "confidence",
        "Dice the network expects of its outline, 0 to 1; empty where a person drew another",
        lambda frame: None if frame.corrected else frame.confidence,
        4,
    ),
    Column("outlined_by", "model, or person where it was corrected", lambda f: "person" if f.corrected else "model"),
    Column("flags", "why the frame is flagged for review", lambda frame: " ".join(frame.flags)),
    Column(
        "how",
        "found, followed from another frame, pointed at, corrected, confirmed as it was by a person, or lost",
        lambda frame: str(frame.how),
    ),
    Column("followed_from", "the frame that it was followed from", lambda frame: frame.followed_from, 0),
    Column(
        "hypoechoic_fraction",
        "share of dark pixels inside the outline, by the MaxEntropy threshold, 0 to 1",
        lambda frame: frame.hypoechoic_fraction,
        4,
    ),
)


def rows(frames: Sequence[FrameMeasurement]) -> list[tuple[float | int | str | None, ...]]:
    """Give one row per frame, numbers rounded to each column's digits."""
    return [tuple(_rounded(column, frame) for column in COLUMNS) for frame in frames]


def _rounded(column: Column, frame: FrameMeasurement) -> float | int | str | None:
    value = column.value(frame)
    if not isinstance(value, float):
        return value
    return round(value) if column.digits == 0 else round(value, column.digits)
