"""How large a pixel is: from the file, from two points on a frame, or typed in. It belongs to the clip."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import streamlit as st

from nerveapp.bootstrap import application
from nerveapp.clock import now
from nerveapp.domain.annotation import ClipRecord
from nerveapp.domain.calibration import Calibration, CalibrationOrigin
from nerveapp.domain.clip import ClipInfo, Image
from nerveapp.errors import CalibrationError, NerveAppError
from nerveapp.ui.clips.clip_form import follow
from nerveapp.ui.components.ruler import Line, ruler
from nerveapp.ui.page.actor import actor
from nerveapp.ui.page.plain_text import plain
from nerveapp.ui.page.session_state import SessionState
from nerveapp.workflows.library.filing import set_calibration

_NONE, _FILE, _POINTS, _TYPED = "None: areas in px²", "From the file", "Two points on a frame", "Type it in"
_SUGGESTED, _CAME = "What the file suggests", "As it came"
_PICTURE_WIDTH = 960

_USUAL_DEPTHS_MM = (8.0, 120.0)
"""Depths of pictures of peripheral nerves, with room to spare; an abdomen or a heart is deeper."""


def choose_calibration(here: SessionState, record: ClipRecord, info: ClipInfo) -> None:
    """Draw the choice of calibration; what is chosen is kept with the clip at once."""
    earlier = [one.clip.calibration for one in application().annotations.descriptions(record.sha256)]
    offers = from_the_file(info, [*earlier, record.calibration])
    key = f"calibration-{record.sha256}"
    follow(key, _way_of(record.calibration, offers), of=record.calibration)
    way = st.radio(
        "Calibration (mm per pixel)",
        [*offers, _POINTS, _TYPED, _NONE],
        horizontal=True,
        key=key,
        help="Millimetres are displayed only with a calibration, and its origin travels with every number.",
    )
    try:
        if way in offers:
            _keep(record, offers[way])
        elif way == _NONE:
            _keep(record, None)
        elif way == _POINTS:
            _two_points(here, record)
        else:
            _typed(record)
    except CalibrationError as error:
        st.warning(f"**{plain(error.message)}** {plain(error.hint)}", icon=":material/straighten:")
    _show_in_force(record)


def from_the_file(info: ClipInfo, known: Sequence[Calibration | None]) -> dict[str, Calibration]:
    """Give the calibrations that a clip's file offers, by the words to choose them with.

    Each region of a dual screen holds for itself. What the file only suggests is used once it is chosen. Of those that
    are or were in force, oldest first, the newest that no person gave is offered too, such as the demo's.
    """
    offers = {f"Region {number} of the file": region for number, region in enumerate(info.regions, 1)}
    if info.calibration is not None and not offers:
        offers[_FILE] = info.calibration
    if info.suggestion is not None:
        offers[_SUGGESTED] = info.suggestion
    own = (CalibrationOrigin.TWO_POINTS, CalibrationOrigin.TYPED)
    came = [one for one in known if one is not None and one.origin not in own and one not in offers.values()]
    if came:
        offers[_CAME] = came[-1]
    return offers


def _way_of(kept: Calibration | None, offers: dict[str, Calibration]) -> str:
    if kept is None:
        return _NONE
    ways = {CalibrationOrigin.TWO_POINTS: _POINTS, CalibrationOrigin.TYPED: _TYPED}
    return ways.get(kept.origin) or next(label for label, one in offers.items() if one == kept)


def _keep(record: ClipRecord, calibration: Calibration | None) -> None:
    if calibration == record.calibration:
        return
    try:
        set_calibration(record.sha256, calibration, application().library, actor=actor(), now=now())
    except NerveAppError as error:
        st.error(f"**{plain(error.message)}** {plain(error.hint)}")
        return
    st.rerun()


def _typed(record: ClipRecord) -> None:
    kept = record.calibration if record.calibration and record.calibration.origin is CalibrationOrigin.TYPED else None
    row_key, column_key = f"row-{record.sha256}", f"column-{record.sha256}"
    follow(row_key, kept.row_spacing_mm if kept else None)
    follow(column_key, kept.column_spacing_mm if kept and kept.column_spacing_mm != kept.row_spacing_mm else None)
    row_column, column_column = st.columns(2)
    row = row_column.number_input(
        "mm per pixel, along depth", step=0.001, format="%.4f", placeholder="0.0800", key=row_key
    )
    column = column_column.number_input(
        "mm per pixel, across (where it differs)", step=0.001, format="%.4f", placeholder="the same", key=column_key
    )
    if row is None:
        st.caption("Type the spacing to get areas in mm².")
        return
    if kept is not None and (row, column or row) == kept.spacing_mm:
        return
    _keep(record, Calibration(row, row if column is None else column, CalibrationOrigin.TYPED, "mm per pixel"))


def _two_points(here: SessionState, record: ClipRecord) -> None:
    distance_key, line_key = f"distance-{record.sha256}", f"line-{record.sha256}"
    st.session_state.setdefault(distance_key, None)
    distance = st.number_input(
        "True distance between the two points, in mm",
        min_value=0.1,
        step=1.0,
        placeholder="such as 10, between two ticks of the depth scale",
        key=distance_key,
    )
    image = here.first_image()
    known: Line | None = st.session_state.get(line_key)
    drawn = ruler(_jpeg(image), width=image.shape[1], height=image.shape[0], line=known, key=f"ruler-{record.sha256}")
    line = st.session_state[line_key] = drawn or known
    if line is None or distance is None:
        missing = "Draw the line" if line is None else "Type the distance"
        kept = record.calibration is not None and record.calibration.origin is CalibrationOrigin.TWO_POINTS
        st.caption("Draw a line again to change the calibration." if kept else f"{missing} to get areas in mm².")
        return
    ruled, ruled_key = Calibration.from_two_points(*line, distance), f"ruled-{record.sha256}"
    in_force = record.calibration is not None and record.calibration.origin is CalibrationOrigin.TWO_POINTS
    if in_force and st.session_state.get(ruled_key) == ruled:
        return  # kept before: what is in force now, somebody else has drawn since
    st.session_state[ruled_key] = ruled
    _keep(record, ruled)
    if record.calibration != ruled:  # it could not be kept: tried again
        del st.session_state[ruled_key]


def _jpeg(image: Image) -> bytes:
    scale = min(1.0, _PICTURE_WIDTH / image.shape[1])
    size = (round(image.shape[1] * scale), round(image.shape[0] * scale))
    shrunk = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    bgr = shrunk if shrunk.ndim == 2 else cv2.cvtColor(shrunk, cv2.COLOR_RGB2BGR)
    return cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, 92])[1].tobytes()


def _show_in_force(record: ClipRecord) -> None:
    calibration = record.calibration
    if calibration is None:
        st.caption("Uncalibrated: areas are in px², never in mm².")
        return
    deep, wide = record.height * calibration.row_spacing_mm, record.width * calibration.column_spacing_mm
    size = "" if calibration.box else f" The picture is {deep:.0f} mm deep and {wide:.0f} mm wide: check that."
    st.caption(f"In force: {plain(calibration.words)}.{size}")
    if not calibration.box and not _USUAL_DEPTHS_MM[0] <= deep <= _USUAL_DEPTHS_MM[1]:
        st.warning(
            f"A picture {deep:.0f} mm deep is unusual for a nerve: all areas are wrong if that is not so.",
            icon=":material/straighten:",
        )
