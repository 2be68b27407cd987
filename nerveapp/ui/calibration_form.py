"""How large a pixel is: from the file, from two points on a frame, or typed in."""

from __future__ import annotations

import cv2
import streamlit as st

from nerveapp.domain.calibration import SHORTEST_RULER_PX, Calibration, CalibrationOrigin
from nerveapp.errors import CalibrationError
from nerveapp.ui.desk import LoadedClip
from nerveapp.ui.drawing import last_line, line_drawing, scaled
from nerveapp.ui.plain_text import plain
from nerveapp.ui.ruler import Ruler

_NONE, _FILE, _POINTS, _TYPED = "None: areas in px²", "From the file", "Two points on a frame", "Type it in"
_SUGGESTED = "What the file suggests"
_CANVAS_WIDTH = 700
_RULER_COLOUR = "#FFB000"


def choose_calibration(loaded: LoadedClip) -> Calibration | None:
    """Draw the choice of calibration for a clip.

    Returns
    -------
    Calibration or None
        None while there is none; areas are then in px² and said so.
    """
    known = from_the_file(loaded)
    options = [*known, _POINTS, _TYPED, _NONE]
    sha256 = loaded.clip.info.sha256
    in_force = next((label for label, one in known.items() if one == loaded.calibration), _NONE)
    st.session_state.setdefault(f"calibration-{sha256}", in_force)
    way = st.radio(
        "Calibration (mm per pixel)",
        options,
        horizontal=True,
        key=f"calibration-{sha256}",
        help="Millimetres are shown only with a calibration, and its origin travels with every number.",
    )
    try:
        if way in known:
            return _confirmed(known[way])
        if way == _POINTS:
            return _two_points(loaded)
        if way == _TYPED:
            return _typed(sha256)
    except CalibrationError as error:
        st.warning(f"**{plain(error.message)}** {plain(error.hint)}", icon=":material/straighten:")
        return None
    st.caption("Uncalibrated: areas will be in px², never in mm².")
    return None


def from_the_file(loaded: LoadedClip) -> dict[str, Calibration]:
    """Give the calibrations that a clip's file offers, by the words to choose them with.

    Each region of a dual screen holds for itself. What the file only suggests is used once it is chosen.
    """
    info = loaded.clip.info
    offers = {f"Region {number} of the file": region for number, region in enumerate(info.regions, 1)}
    if loaded.calibration is not None and not offers:
        offers[_FILE] = loaded.calibration
    if info.suggestion is not None:
        offers[_SUGGESTED] = info.suggestion
    return offers


def _typed(sha256: str) -> Calibration | None:
    row_column, column_column = st.columns(2)
    row = row_column.number_input(
        "mm per pixel, along depth", value=None, step=0.001, format="%.4f", placeholder="0.0800", key=f"row-{sha256}"
    )
    column = column_column.number_input(
        "mm per pixel, across (if other)",
        value=None,
        step=0.001,
        format="%.4f",
        placeholder="the same",
        key=f"column-{sha256}",
    )
    if row is None:
        st.caption("Type the spacing to get areas in mm².")
        return None
    return _confirmed(Calibration(row, row if column is None else column, CalibrationOrigin.TYPED, "mm per pixel"))


def _two_points(loaded: LoadedClip) -> Calibration | None:
    # It registers itself on import, which works only inside a running app.
    from streamlit_drawable_canvas import st_canvas  # noqa: PLC0415

    height, width = loaded.first_image.shape[:2]
    scale = min(1.0, _CANVAS_WIDTH / width)
    sha256 = loaded.clip.info.sha256
    canvas = f"ruler-{sha256}"
    ruler: Ruler = st.session_state.setdefault(f"ruler-line-{sha256}", Ruler())
    if canvas not in st.session_state:
        ruler.appear()
    st.caption("Draw a line on the frame from one point to the other. The line drawn last counts.")
    st.session_state.setdefault(f"distance-{sha256}", 10.0)
    distance = st.number_input(
        "True distance between the two points, in mm",
        min_value=0.1,
        step=1.0,
        key=f"distance-{sha256}",
        help="For example 10 mm between two ticks of the depth ruler.",
    )
    drawing = st_canvas(
        drawing_mode="line",
        stroke_width=1,
        stroke_color=_RULER_COLOUR,
        background_image=_jpeg(loaded, scale),
        width=round(width * scale),
        height=round(height * scale),
        key=canvas,
        initial_drawing=None if ruler.start is None else line_drawing(ruler.start, scale, colour=_RULER_COLOUR),
    )
    found = last_line(drawing.json_data, shortest=SHORTEST_RULER_PX * scale)
    line = ruler.take(None if found is None else scaled(found, 1 / scale))
    if line is None:
        st.caption("No line is drawn yet: areas will be in px².")
        return None
    return _confirmed(Calibration.from_two_points(*line, distance))


def _jpeg(loaded: LoadedClip, scale: float) -> bytes:
    image = loaded.first_image
    size = (round(image.shape[1] * scale), round(image.shape[0] * scale))
    shrunk = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    bgr = shrunk if shrunk.ndim == 2 else cv2.cvtColor(shrunk, cv2.COLOR_RGB2BGR)
    return cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, 92])[1].tobytes()


def _confirmed(calibration: Calibration) -> Calibration:
    st.caption(_describe(calibration))
    return calibration


def _describe(calibration: Calibration) -> str:
    size = (
        f"{calibration.row_spacing_mm:.4f} mm per pixel"
        if calibration.row_spacing_mm == calibration.column_spacing_mm
        else f"{calibration.row_spacing_mm:.4f} × {calibration.column_spacing_mm:.4f} mm per pixel (depth × width)"
    )
    where = "" if calibration.box is None else f" · holds for {calibration.box.words}: no mm² outside"
    return f"{size} · origin: {calibration.origin} · {plain(calibration.detail)}{where}"
