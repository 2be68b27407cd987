"""An analysis with people's outlines in place of the model's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from nerveapp.analysis.echo import echo
from nerveapp.analysis.morphometry import measure, measure_mm
from nerveapp.analysis.series import complete_series, summarise, with_displacement
from nerveapp.domain.analysis import Analysis
from nerveapp.domain.annotation import Annotation
from nerveapp.domain.clip import Image
from nerveapp.domain.measurement import FrameMeasurement
from nerveapp.domain.segmentation import Flag
from nerveapp.domain.tracking import How


def with_corrections(
    analysis: Analysis, corrections: Sequence[Annotation], image_of: Callable[[int], Image]
) -> Analysis:
    """Measure a clip anew with the outlines of people; a frame they drew or confirmed is no longer flagged.

    Parameters
    ----------
    analysis : Analysis
        By the model alone.
    corrections : sequence of Annotation
        Of frames of this clip, one per frame.
    image_of : callable
        Gives a frame's pixels by its index.
    """
    masks = list(analysis.masks)
    # Jumps are judged anew: a corrected neighbour may have made or mended one.
    frames = [_without_jump(one) for one in analysis.frames]
    for correction in corrections:
        masks[correction.frame] = correction.mask
        frames[correction.frame] = _measured(analysis, frames[correction.frame], correction, image_of(correction.frame))
    completed = complete_series(frames, analysis.clip)
    # A reviewed frame has no flag, also where displacement begins.
    unflagged = [replace(one, flags=()) if one.reviewed else one for one in completed]
    series = with_displacement(unflagged, analysis.clip)
    return replace(
        analysis,
        frames=series,
        masks=tuple(masks),
        summary=summarise(series, analysis.calibration, analysis.clip),
        corrections=tuple(corrections),
    )


def _without_jump(frame: FrameMeasurement) -> FrameMeasurement:
    return replace(frame, flags=tuple(flag for flag in frame.flags if flag is not Flag.AREA_JUMP))


def _measured(analysis: Analysis, frame: FrameMeasurement, correction: Annotation, image: Image) -> FrameMeasurement:
    mask = correction.mask.unpack()
    calibration, grey = analysis.calibration, echo(image, mask)
    return replace(
        frame,
        px=measure(mask),
        mm=measure_mm(mask, calibration) if calibration is not None else None,
        displacement_px=None,
        displacement_mm=None,
        echo_intensity=grey.intensity,
        hypoechoic_fraction=grey.hypoechoic_fraction,
        flags=(),
        how=How.CONFIRMED if correction.mask == analysis.masks[frame.frame] else How.CORRECTED,
        followed_from=None,
    )
