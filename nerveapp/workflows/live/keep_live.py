"""Keeping what a live examination showed: as a clip, in the library or in a folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from nerveapp.domain.actor import Actor
from nerveapp.domain.calibration import Calibration
from nerveapp.domain.clip import Clip, Frame
from nerveapp.domain.clip_source import Origin
from nerveapp.domain.live import LiveMeasurement
from nerveapp.domain.view import View
from nerveapp.errors import ClipError
from nerveapp.ports import ClipReader, Library, LiveFiles, ObjectStore
from nerveapp.workflows.library.acquire import acquire_clip


def frames_of(outlines: Sequence[LiveMeasurement], *, seconds: float | None = None) -> tuple[Frame, ...]:
    """Give the pictures as frames of a clip, numbered from 0, their times from the first one on.

    Parameters
    ----------
    outlines : sequence of LiveMeasurement
        The oldest first.
    seconds : float, optional
        The last seconds alone.

    Raises
    ------
    ClipError
        If there is none.
    """
    kept = last_of(outlines, seconds)
    if not kept:
        raise ClipError("There is no picture to keep yet.", "Start, and wait for the first picture.")
    first_s = kept[0].live.captured_s
    return tuple(
        replace(one.live.frame, index=index, time_s=one.live.captured_s - first_s) for index, one in enumerate(kept)
    )


def last_of(outlines: Sequence[LiveMeasurement], seconds: float | None) -> Sequence[LiveMeasurement]:
    """Give those of the last seconds; all without a number."""
    if seconds is None or not outlines:
        return outlines
    newest_s = outlines[-1].live.captured_s
    return [one for one in outlines if newest_s - one.live.captured_s <= seconds]


def keep_in_library(
    frames: Sequence[Frame],
    *,
    folder: Path,
    files: LiveFiles,
    reader: ClipReader,
    library: Library,
    objects: ObjectStore,
    view: View,
    calibration: Calibration | None,
    actor: Actor,
    now: datetime,
) -> Clip:
    """Write pictures as a clip and take it into the library.

    Parameters
    ----------
    frames : sequence of Frame
        See `frames_of`.
    folder : Path
        Where the clip lies until it is in the library.
    files : LiveFiles
    reader : ClipReader
    library : Library
    objects : ObjectStore
    view : View
        What is scanned.
    calibration : Calibration or None
    actor : Actor
        Needs the right to analyse.
    now : datetime
        With a time zone.

    Raises
    ------
    WriteError, ClipError, StoreError, LibraryError, RightsError
        As `LiveFiles.write_clip` and `acquire_clip` do.
    """
    path = folder / f"live-{now:%Y%m%d-%H%M%S}.mp4"
    files.write_clip(path, frames)
    return acquire_clip(
        [path],
        reader,
        library,
        objects,
        origin=Origin.LIVE,
        name=f"Live, {now.astimezone(UTC):%Y-%m-%d %H:%M} UTC",
        calibration=calibration,
        view=view,
        actor=actor,
        now=now,
    )
