"""Where propagated outlines and those the model found disagree: the frames to look at first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from nerveapp.analysis.agreement import dice
from nerveapp.domain.analysis import Analysis
from nerveapp.domain.annotation import Annotation
from nerveapp.domain.calibration import Calibration
from nerveapp.domain.segmentation import Mask

LEAST_AGREEMENT = 0.85
"""Dice of a propagated and a found outline below which they disagree: readers of one nerve mostly agree better."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A rater's outline beside the model's.

    Parameters
    ----------
    dice : float
        0 to 1.
    area : float or None
        Of the rater's, in mm² with a calibration, else in px²; 0 where they say that there is no nerve; None where the
        calibration does not hold.
    """

    dice: float
    area: float | None


@dataclass(slots=True)
class Comparisons:
    """A rater's outlines beside those of an analysis, each compared once.

    Parameters
    ----------
    analysis : Analysis
        By the model alone.
    """

    analysis: Analysis
    _known: dict[str, Comparison] = field(default_factory=dict)

    def of(self, one: Annotation) -> Comparison:
        """Compare an outline with the model's."""
        if one.id not in self._known:
            mask = one.mask.unpack()
            agreement = dice(mask, self.analysis.masks[one.frame].unpack())
            self._known[one.id] = Comparison(agreement, _area(mask, self.analysis.calibration))
        return self._known[one.id]

    def disagreements(self, records: Mapping[int, Annotation]) -> dict[int, float]:
        """Give the frames in which a propagated outline and the model's disagree, and their Dice there.

        In a clip in which the model found nothing at all there is nothing to disagree with, and much to be filled in.

        Parameters
        ----------
        records : mapping
            The rater's newest record of each frame; those drawn or reviewed differ for a reason.
        """
        if not self.analysis.summary.outlined:
            return {}
        found = {frame: self.of(one).dice for frame, one in sorted(records.items()) if one.unreviewed}
        return {frame: agreement for frame, agreement in found.items() if agreement < LEAST_AGREEMENT}


def _area(mask: Mask, calibration: Calibration | None) -> float | None:
    if not mask.any():
        return 0.0
    return float(mask.sum()) if calibration is None else calibration.area_mm2(mask)


def next_disagreement(disagreements: Mapping[int, float], here: int) -> int | None:
    """Go on to the next stretch of frames with disagreements: to the frame where they agree least.

    Parameters
    ----------
    disagreements : mapping
        Dice by frame, see `Comparisons.disagreements`.
    here : int
        The frame displayed; after the last stretch comes the first.
    """
    worst = [
        min(stretch, key=lambda frame: (disagreements[frame], frame)) for stretch in stretches(sorted(disagreements))
    ]
    return next((frame for frame in worst if frame > here), worst[0] if worst else None)


def stretches(frames: Iterable[int]) -> list[list[int]]:
    """Part frames, in order, into runs of neighbours."""
    runs: list[list[int]] = []
    for frame in frames:
        if runs and frame == runs[-1][-1] + 1:
            runs[-1].append(frame)
        else:
            runs.append([frame])
    return runs
