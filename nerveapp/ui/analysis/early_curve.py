"""The area over the part of a clip that is outlined so far."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from nerveapp.domain.calibration import Calibration
from nerveapp.domain.clip import ClipInfo
from nerveapp.domain.early_outline import EarlyOutline
from nerveapp.ui.page.charts import BLUE, waiting_figure


def early_curve(
    outlines: Sequence[EarlyOutline], info: ClipInfo, calibration: Calibration | None, *, last_s: float
) -> go.Figure:
    """Draw the areas of an analysis under way; which of them are flagged is known at its end.

    Parameters
    ----------
    outlines : sequence of EarlyOutline
        Of frames 0, 1, ..., one at least.
    info : ClipInfo
        Of the clip: separate stills are not joined.
    calibration : Calibration or None
        Areas are in mm² where it holds for the whole frame, else in px²: whether they lie in its region is told by
        the result.
    last_s : float
        Time of the clip's last frame, so that what is still to come has its place.
    """
    in_mm = calibration is not None and calibration.everywhere
    pixel = calibration.pixel_area_mm2 if calibration is not None and in_mm else 1.0
    figure = waiting_figure()
    figure.add_scatter(
        x=[one.time_s for one in outlines],
        y=[None if one.area_px is None else pixel * one.area_px for one in outlines],
        mode="lines" if info.one_movement else "markers",
        line={"color": BLUE, "width": 2},
        hoverinfo="skip",
    )
    figure.update_xaxes(showticklabels=True, range=[0, last_s])
    figure.update_yaxes(
        showticklabels=True, rangemode="tozero", title=f"Cross-sectional area so far ({'mm²' if in_mm else 'px²'})"
    )
    return figure
