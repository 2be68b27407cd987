"""The plain editor on streamlit-drawable-canvas: for whoever prefers its tools, or a browser the other one fails in."""

from __future__ import annotations

import hashlib
import json

import cv2
import numpy as np
import streamlit as st

from nerveapp.analysis.rendering import draw_outline
from nerveapp.domain.clip import Image
from nerveapp.domain.editing import Edit, FrameToCorrect
from nerveapp.domain.segmentation import Mask
from nerveapp.ui.components.editor import task_id
from nerveapp.ui.correction.drawing import mask_from_drawing

_WIDTH = 740
_ADDS, _ERASES = "#00b37a88", "#dc267f88"
_BRUSH, _ERASER, _POLYGON = "Brush", "Eraser", "Polygon"


def canvas_editor(task: FrameToCorrect, image: Image, mask: Mask, *, seconds: float) -> Edit | None:
    """Draw the canvas for a frame.

    Parameters
    ----------
    task : FrameToCorrect
        The frame, and the outline it was opened with.
    image : ndarray of uint8
        The frame's pixels.
    mask : ndarray of bool, (H, W)
        The outline displayed.
    seconds : float
        Time spent on the frame.

    Returns
    -------
    Edit or None
        The outline after the last stroke.
    """
    # It registers itself on import, which works only inside a running app.
    from streamlit_drawable_canvas import st_canvas  # noqa: PLC0415

    tool_column, size_column = st.columns([1.4, 1], vertical_alignment="bottom")
    tool = tool_column.segmented_control(
        "Tool", [_BRUSH, _ERASER, _POLYGON], default=_BRUSH, key="canvas-tool", required=True
    )
    size = size_column.slider("Brush size (px of the clip)", 1, 60, 9, key="canvas-size")
    height, width = mask.shape
    scale = min(2.0, _WIDTH / width)
    key = f"canvas-{task_id(task)}"
    drawing = st_canvas(
        drawing_mode="polygon" if tool == _POLYGON else "freedraw",
        stroke_width=max(1, round(size * scale)) if tool != _POLYGON else 2,
        stroke_color=_ERASES if tool == _ERASER else _ADDS,
        fill_color="#00000000",
        background_image=_background(image, mask, scale),
        width=round(width * scale),
        height=round(height * scale),
        key=key,
    )
    drawn = mask_from_drawing(drawing.json_data, task.mask, scale=scale, erasing_colour=_ERASES)
    if drawn is None:
        return None
    reported = json.dumps(drawing.json_data, sort_keys=True)
    return Edit(hashlib.blake2b((task.rater + key + reported).encode(), digest_size=16).hexdigest(), drawn, seconds)


def _background(image: Image, mask: Mask, scale: float) -> bytes:
    drawn = draw_outline(image, mask)
    displayed = cv2.resize(drawn, None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR)
    _, data = cv2.imencode(".jpg", np.ascontiguousarray(displayed[..., ::-1]), [cv2.IMWRITE_JPEG_QUALITY, 90])
    return data.tobytes()
