from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from nerveapp.analysis.plausibility import implausible, outside_region
from nerveapp.analysis.series import summarise
from nerveapp.domain.analysis import Analysis
from nerveapp.domain.calibration import Calibration, CalibrationOrigin
from nerveapp.domain.clip import ClipInfo
from nerveapp.domain.measurement import FrameMeasurement, Morphometry
from nerveapp.domain.segmentation import Flag, PackedMask
from nerveapp.domain.tracking import How
from nerveapp.domain.view import View
from tests.analysis.test_series import frame
from tests.fakes import CARD, FakeClip

SPACING = Calibration(0.1, 0.1, CalibrationOrigin.TYPED)
EMPTY = PackedMask.pack(np.zeros((400, 600), bool))


def measured(
    areas_mm2: Sequence[float | None], *, doubtful: int = 0, diameter_mm: float = 5, calibrated: bool = True
) -> Analysis:
    """A clip of 600 x 400 px of 0.1 mm with these areas, the first frames of it doubtful."""
    frames = []
    for index, area in enumerate(areas_mm2):
        px = None if area is None else Morphometry(100 * area, 1, 10 * diameter_mm, 1, 0, 0)
        mm = None if area is None or not calibrated else Morphometry(area, 1, diameter_mm, 1, 0, 0)
        flags = (Flag.NO_NERVE,) if area is None else (Flag.LOW_CONFIDENCE,) if index < doubtful else ()
        frames.append(FrameMeasurement(index, index / 25, px, mm, None, None, 90.0, 0.9, flags))
    calibration = SPACING if calibrated else None
    clip = ClipInfo("fake", "f" * 64, "fake", 600, 400, len(frames))
    masks = (EMPTY,) * len(frames)
    summary = summarise(frames, calibration, FakeClip(1).info)
    return Analysis(clip, View(), calibration, CARD, "fake on cpu", tuple(frames), masks, summary, None, 1.0)


@pytest.mark.parametrize(
    ("analysis", "reasons"),
    [
        (measured([9, 10, 11]), []),
        (measured([]), []),
        (measured([None, None]), []),
        (measured([0.5, 150]), []),
        (measured([9, 10, 512.35]), ["largest outline, of frame 2, has 512.35 mm²"]),
        (measured([0.49, 0.4, 0.3]), ["largest outline, of frame 0, has 0.49 mm²", "median outline, of frame 1"]),
        (measured([0.1, 9, 10]), []),
        (measured([512.35]), ["largest outline, of frame 0"]),
        (measured([2040], calibrated=False), ["fills 85% of the frame"]),
        (measured([1200], calibrated=False), []),
        (measured([9, 9, 9], diameter_mm=30), []),
        (measured([9, 9, 9], diameter_mm=30.1), ["is 30.1 mm across, and no nerve more than 30 mm"]),
        (measured([9, 10, 11, 12], doubtful=2), []),
        (measured([9, 10, 11, 12], doubtful=3), ["3 of 4 frames are flagged for review"]),
        (measured([9, None, None, None]), ["3 of 4 frames are flagged for review"]),
        (measured([9], doubtful=1), ["the frame is flagged for review"]),
    ],
)
def test_figures_of_no_nerve_are_told_from_findings(analysis: Analysis, reasons: list[str]) -> None:
    found = implausible(analysis)
    assert len(found) == len(reasons), found
    for one, expected in zip(found, reasons, strict=True):
        assert expected in one


def test_what_a_person_outlined_is_judged_by_its_size_alone() -> None:
    drawn = measured([512.35, 9, 9])
    frames = tuple(replace(one, how=How.CORRECTED) for one in drawn.frames)
    assert len(implausible(replace(drawn, frames=frames))) == 1


@pytest.mark.parametrize(
    ("inside", "outside", "said"),
    [
        (3, 0, None),
        (3, 1, "In 1 of 4 outlined frames the nerve lies outside of the calibrated region"),
        (0, 2, "wherever it was found: there are no areas in mm²"),
    ],
)
def test_it_is_said_how_many_outlines_have_no_area(inside: int, outside: int, said: str | None) -> None:
    frames = [frame(i, 900, calibrated=i < inside) for i in range(inside + outside)]
    found = outside_region(summarise(frames, SPACING, FakeClip(1).info))
    assert found is None if said is None else found is not None and said in found
