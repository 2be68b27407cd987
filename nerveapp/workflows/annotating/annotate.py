"""Correcting an outline: what a correction changes, and the records of it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import datetime

from nerveapp.analysis.agreement import dice, iou, surface_distances
from nerveapp.domain.actor import Actor, Right
from nerveapp.domain.analysis import Analysis
from nerveapp.domain.annotation import Annotation, ClipRecord, Prediction, Source, State, code
from nerveapp.domain.calibration import Calibration
from nerveapp.domain.norms import Interpretation, Norm, interpretation
from nerveapp.domain.segmentation import Mask, PackedMask
from nerveapp.domain.view import View
from nerveapp.errors import AnnotationError
from nerveapp.ports import AnnotationStore


@dataclass(frozen=True, slots=True)
class Consequence:
    """What a correction changes.

    Parameters
    ----------
    dice, iou : float
        Overlap of correction and prediction, 0 to 1.
    hd95_px, assd_px : float or None
        95th percentile and mean of the distances between their boundaries; None where either is empty.
    hd95_mm, assd_mm : float or None
        The same in mm; None without a calibration that holds for both outlines.
    area_before, area_after : float
        In `unit`.
    unit : str
        "mm²" with a calibration that holds for both outlines, else "px²".
    interpretation_before, interpretation_after : Interpretation or None
        Against the upper limit of the site; None in px² or without a limit.
    """

    dice: float
    iou: float
    hd95_px: float | None
    assd_px: float | None
    hd95_mm: float | None
    assd_mm: float | None
    area_before: float
    area_after: float
    unit: str
    interpretation_before: Interpretation | None
    interpretation_after: Interpretation | None


def consequence(predicted: Mask, corrected: Mask, *, calibration: Calibration | None, norm: Norm | None) -> Consequence:
    """Compare a corrected outline with the predicted one.

    Parameters
    ----------
    predicted, corrected : ndarray of bool, (H, W)
    calibration : Calibration or None
    norm : Norm or None
        Whose upper limit an area is held against.
    """
    hd95_px, assd_px = surface_distances(predicted, corrected)
    hd95_mm = assd_mm = None
    pixel, unit = 1.0, "px²"
    calibrated = calibration is not None and calibration.holds_for(predicted | corrected)
    if calibration is not None and calibrated:
        hd95_mm, assd_mm = surface_distances(predicted, corrected, calibration.spacing_mm)
        pixel, unit = calibration.pixel_area_mm2, "mm²"
    before, after = float(predicted.sum()) * pixel, float(corrected.sum()) * pixel
    return Consequence(
        dice=dice(predicted, corrected),
        iou=iou(predicted, corrected),
        hd95_px=hd95_px,
        assd_px=assd_px,
        hd95_mm=hd95_mm,
        assd_mm=assd_mm,
        area_before=before,
        area_after=after,
        unit=unit,
        interpretation_before=interpretation(before, norm) if calibrated and before else None,
        interpretation_after=interpretation(after, norm) if calibrated and after else None,
    )


def clip_record(analysis: Analysis, *, subject: str) -> ClipRecord:
    """Describe an analysed clip; its own name is left out."""
    info = analysis.clip
    return ClipRecord(
        info.sha256,
        info.width,
        info.height,
        len(analysis.frames),
        subject,
        analysis.view,
        analysis.calibration,
        info.affine,
        info.names,
    )


def stated_by_drawing(analysis: Analysis, store: AnnotationStore, *, subject: str = "") -> ClipRecord:
    """Give what somebody who draws on a clip states of it.

    View and calibration only where nobody described it yet: those of the analysis may be older than what is stored.

    Parameters
    ----------
    analysis : Analysis
    store : AnnotationStore
    subject : str
        Study code of the person, where that is stated.

    Raises
    ------
    StoreError
        If the store cannot be read now.
    """
    stated = clip_record(analysis, subject=subject)
    known = store.clip(stated.sha256)
    return stated if known is None else replace(stated, view=View(), calibration=None, affine=None)


def note_subject(analysis: Analysis, subject: str, store: AnnotationStore, *, actor: Actor, now: datetime) -> None:
    """Note whose clip it is, as somebody just said; saying nothing takes no code off.

    Parameters
    ----------
    analysis : Analysis
        Of the clip.
    subject : str
        Study code of the person.
    store : AnnotationStore
    actor : Actor
        Who says so.
    now : datetime
        With a time zone.

    Raises
    ------
    AnnotationError
        If either is no code.
    StoreError
        If it cannot be stored now.
    """
    actor.require(Right.DESCRIBE)
    stated = stated_by_drawing(analysis, store, subject=subject)
    store.register(stated, rater=code(actor.code, what="rater"), now=now)


def prediction_of(analysis: Analysis, frame: int) -> Prediction:
    """Give the model's outline of one frame of an analysis."""
    return Prediction(
        analysis.model.name,
        analysis.model.sha256,
        analysis.masks[frame],
        analysis.frames[frame].confidence,
    )


def new_annotation(
    analysis: Analysis,
    frame: int,
    mask: Mask,
    *,
    rater: str,
    state: State,
    now: datetime,
    seconds: float,
    supersedes: str | None,
    source: Source | None = None,
    identity: str | None = None,
) -> Annotation:
    """Make a record of an outline of a frame of an analysed clip.

    Parameters
    ----------
    analysis : Analysis
        Holds the prediction that is corrected.
    frame : int
    mask : ndarray of bool, (H, W)
    rater : str
        Code of who drew it.
    state : State
    now : datetime
        With a time zone.
    seconds : float
        Time spent on the frame.
    supersedes : str or None
        The record it was made from.
    source : Source, optional
        By default corrected; or confirmed, where it is final and as the model drew it.
    identity : str, optional
        Its id, where it was given one before; a new one otherwise.

    Raises
    ------
    AnnotationError
        If the rater is not a code, or the clip has no such frame.
    """
    if not 0 <= frame < len(analysis.frames):
        raise AnnotationError(
            f"The clip has frames 0 to {len(analysis.frames) - 1}; the outline is of frame {frame}.", "Open it again."
        )
    packed = PackedMask.pack(mask)
    if source is None:
        confirmed = state is State.FINAL and packed == analysis.masks[frame]
        source = Source.CONFIRMED if confirmed else Source.CORRECTED
    return Annotation(
        id=identity or uuid.uuid4().hex,
        clip_sha256=analysis.clip.sha256,
        frame=frame,
        rater=rater,
        state=state,
        source=source,
        mask=packed,
        prediction=prediction_of(analysis, frame),
        made_at=now,
        seconds=seconds,
        supersedes=supersedes,
    )
