"""How far two readers agree on the frames that both outlined, in numbers and as a file."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from nerveapp import NOTICE
from nerveapp.analysis.rater_agreement import (
    FEWEST_PAIRS,
    BlandAltman,
    Interval,
    bland_altman,
    icc_agreement,
    intervals_in_words,
)
from nerveapp.domain.counted import counted
from nerveapp.domain.measurement import with_minus
from nerveapp.ports import TableFiles
from nerveapp.workflows.reading.compare import FramePair, Reader, ReaderKind, all_calibrated

MODEL_REMARK = (
    "The model is compared on frames that somebody corrected or confirmed, no random sample; and a correction starts "
    "from the model's outline, so that the two agree more than for a tracing made without it."
)


@dataclass(frozen=True, slots=True)
class Spread:
    """Mean and standard deviation of a sample.

    Parameters
    ----------
    mean : float
    sd : float or None
        Over n - 1; of one value there is none.
    n : int
        Values.
    unit : str
        "" where they have none.
    """

    mean: float
    sd: float | None
    n: int
    unit: str = ""

    def words(self, digits: int) -> str:
        """Write it, such as "0.93 ± 0.02"."""
        deviation = "" if self.sd is None else f" ± {self.sd:.{digits}f}"
        return f"{self.mean:.{digits}f}{deviation} {self.unit}".rstrip()


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two readers agree, first minus second.

    Parameters
    ----------
    pairs : tuple of FramePair
    unit : str
        Of areas: "mm²" where all pairs are calibrated, else "px²".
    clips, people : int
        A clip without a patient's code stands for a person of its own.
    dice, iou : Spread
    hd95, assd : Spread or None
        Of the pairs in which both outline a nerve, in mm where all of these are calibrated, else in px.
    limits : BlandAltman or None
        Of the areas of these pairs; None of fewer than `FEWEST_PAIRS`.
    icc : Interval or None
        The same; NaN where the areas do not vary.
    one_empty, both_empty : int
        Pairs in which one, or neither, outlines a nerve.
    """

    pairs: tuple[FramePair, ...]
    unit: str
    clips: int
    people: int
    dice: Spread
    iou: Spread
    hd95: Spread | None
    assd: Spread | None
    limits: BlandAltman | None
    icc: Interval | None
    one_empty: int
    both_empty: int

    @property
    def calibrated(self) -> bool:
        """Whether areas are in mm²."""
        return self.unit == "mm²"

    @property
    def independent(self) -> bool:
        """Whether no two frames are of one person."""
        return self.people == len(self.pairs)

    @property
    def of_words(self) -> str:
        """Say of how many frames, clips and people it is."""
        return f"{counted(len(self.pairs), 'frame')} of {counted(self.clips, 'clip')}, {counted(self.people, 'person')}"


def of_one_unit(pairs: Sequence[FramePair], *, in_mm: bool | None = None) -> list[FramePair]:
    """Keep the pairs in millimetres alone, where there are others beside them.

    Parameters
    ----------
    pairs : sequence of FramePair
    in_mm : bool or None
        Whether that is wanted; None where there are enough of them to measure how far readers agree.
    """
    calibrated = [pair for pair in pairs if pair.calibrated]
    wanted = len(calibrated) >= FEWEST_PAIRS if in_mm is None else in_mm
    return calibrated if wanted else list(pairs)


def agreement_of(pairs: Sequence[FramePair]) -> Agreement:
    """Measure how far two readers agree.

    Parameters
    ----------
    pairs : sequence of FramePair
        By `compare`; one at least.
    """
    calibrated = all_calibrated(pairs)
    outlined = [pair for pair in pairs if pair.both_outlined]
    areas = np.array([pair.areas(calibrated=calibrated) for pair in outlined]).reshape(-1, 2)
    enough = len(outlined) >= FEWEST_PAIRS
    first, second = areas[:, 0].tolist(), areas[:, 1].tolist()
    people = [pair.clip.person for pair in outlined]
    neither = sum(not any(pair.areas_px) for pair in pairs)
    return Agreement(
        pairs=tuple(pairs),
        unit="mm²" if calibrated else "px²",
        clips=len({pair.clip.sha256 for pair in pairs}),
        people=len({pair.clip.person for pair in pairs}),
        dice=_spread([pair.dice for pair in pairs]),
        iou=_spread([pair.iou for pair in pairs]),
        hd95=_distance([(pair.hd95_px, pair.hd95_mm) for pair in pairs]),
        assd=_distance([(pair.assd_px, pair.assd_mm) for pair in pairs]),
        limits=bland_altman(first, second, people) if enough else None,
        icc=icc_agreement(first, second) if enough else None,
        one_empty=len(pairs) - len(outlined) - neither,
        both_empty=neither,
    )


def _spread(values: Sequence[float], unit: str = "") -> Spread:
    there = np.asarray(values, float)
    return Spread(float(there.mean()), float(there.std(ddof=1)) if len(there) > 1 else None, len(there), unit)


def _distance(values: Sequence[tuple[float | None, float | None]]) -> Spread | None:
    px = [px for px, _ in values if px is not None]
    mm = [mm for _, mm in values if mm is not None]
    if not px:
        return None
    return _spread(mm, "mm") if len(mm) == len(px) else _spread(px, "px")


def icc_words(found: Agreement) -> str:
    """Say how much of the variation of areas readers share, and how surely; or why that is not said."""
    if found.icc is None:
        return f"ICC of area: not of fewer than {FEWEST_PAIRS} frames that both outline."
    if math.isnan(found.icc.value):
        return "ICC of area: none, since all areas are the same; it says how much of their variation readers share."
    said = "" if found.independent else ", as if frames were independent"
    return with_minus(f"ICC of area, 95 %{said}: {found.icc.low:.3f} to {found.icc.high:.3f}.")


def limits_words(found: Agreement) -> str:
    """Write bias and limits of agreement with their intervals, and what these take for independent; or ""."""
    if (limits := found.limits) is None:
        return ""
    bias, lower, upper = (_interval_words(one, found.unit) for one in (limits.bias, limits.lower, limits.upper))
    how = intervals_in_words(limits, independent=found.independent)
    return f"Bias {bias}; limits of agreement {lower} and {upper}. In brackets 95 % {how}."


def _interval_words(interval: Interval, unit: str) -> str:
    digits = 2 if unit == "mm²" else 0
    value, low, high = (with_minus(f"{one:+.{digits}f}") for one in (interval.value, interval.low, interval.high))
    return f"{value} ({low} to {high}) {unit}"


COLUMNS = (
    "patient", "clip", "frame", "nerve", "site", "side", "dice", "iou", "hd95_px", "hd95_mm", "assd_px", "assd_mm",
    "first_area_px2", "second_area_px2", "first_area_mm2", "second_area_mm2", "first_record", "second_record",
)  # fmt: skip
"""Of a comparison as a file: `clip` is the hash of its file, records are those of the annotations."""


def agreement_csv(
    found: Agreement, first: Reader, second: Reader, tables: TableFiles, *, europe: bool = False
) -> bytes:
    """Write a comparison as CSV: its numbers in lines above, then a frame a row; with `europe` for such an Excel."""
    return tables.csv(COLUMNS, map(_row, found.pairs), remarks=_remarks(found, first, second), europe=europe)


def _remarks(found: Agreement, first: Reader, second: Reader) -> Iterable[str]:
    yield NOTICE
    yield f"First: {first}. Second: {second}. Differences are first minus second."
    yield f"{found.of_words}."
    if ReaderKind.MODEL in (first.kind, second.kind):
        yield MODEL_REMARK
    if not found.calibrated and found.clips > 1:
        yield "Areas are in pixels, whose size differs from clip to clip: ICC, bias and limits mix them."
    if found.one_empty or found.both_empty:
        yield f"Frames without a nerve: {found.both_empty} by both (Dice 1), {found.one_empty} by one of them (Dice 0)."
    yield f"Dice {found.dice.words(4)}; IoU {found.iou.words(4)} (mean ± standard deviation of a sample)."
    if found.hd95 is not None and found.assd is not None:
        yield f"HD95 {found.hd95.words(3)}; mean distance of the boundaries {found.assd.words(3)}."
    if found.limits is not None:
        yield f"Areas of {counted(found.limits.n, 'frame')}. {limits_words(found)}"
    if found.icc is not None and not math.isnan(found.icc.value):
        yield f"ICC(2,1) of area {with_minus(f'{found.icc.value:.3f}')}."
    yield icc_words(found)


def _row(pair: FramePair) -> tuple[object, ...]:
    view = pair.clip.view
    areas_mm = pair.areas(calibrated=True) if pair.calibrated else (None, None)
    return (
        pair.clip.subject or None,
        pair.clip.sha256,
        pair.frame,
        view.nerve.value,
        view.site.value,
        view.side.value,
        *(
            None if one is None else round(one, 4)
            for one in (pair.dice, pair.iou, pair.hd95_px, pair.hd95_mm, pair.assd_px, pair.assd_mm)
        ),
        *pair.areas_px,
        *(None if one is None else round(one, 4) for one in areas_mm),
        pair.first.record,
        pair.second.record,
    )
