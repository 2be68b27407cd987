"""An analysis in another calibration: the outlines stay as they are, the millimetres follow."""

from __future__ import annotations

from dataclasses import replace

from nerveapp.analysis.morphometry import measure_mm, scaled
from nerveapp.analysis.series import summarise, with_displacement
from nerveapp.domain.analysis import Analysis
from nerveapp.domain.calibration import Calibration
from nerveapp.domain.measurement import FrameMeasurement, Morphometry
from nerveapp.domain.segmentation import PackedMask


def recalibrate(analysis: Analysis, calibration: Calibration | None) -> Analysis:
    """Give an analysis in another calibration, or in pixels alone; the outlines stay as they are."""
    frames = [
        replace(frame, mm=None if calibration is None else _mm(frame, mask, calibration), displacement_mm=None)
        for frame, mask in zip(analysis.frames, analysis.masks, strict=True)
    ]
    series = with_displacement(frames, analysis.clip)
    summary = summarise(series, calibration, analysis.clip)
    return replace(analysis, calibration=calibration, frames=series, summary=summary)


def _mm(frame: FrameMeasurement, mask: PackedMask, calibration: Calibration) -> Morphometry | None:
    """Give a frame's millimetres; only unequal spacings or a region of validity need the mask, which takes longer."""
    if frame.px is None:
        return None
    spacing = calibration.square_mm
    if spacing is not None and calibration.everywhere:
        return scaled(frame.px, spacing)
    return measure_mm(mask.unpack(), calibration)
