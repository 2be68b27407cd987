"""What lies at the pointer, told to the player directly: a run of the page takes longer than a hand waits.

The page opens a picture and gives its player the path under which outlines are told. The path holds a secret of the
session: who knows it sees the page.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import cache

import streamlit as st
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from nerveapp.domain.segmentation import PredictedMask
from nerveapp.domain.tracking import Point
from nerveapp.errors import NerveAppError
from nerveapp.ports import FrameSource, Segmenter
from nerveapp.ui.player import parts_of
from nerveapp.workflows.point import outline_at, preview_at

_PATH = "outline"
_KEPT = 8
"""Outlines of clicks: the player asks first, and the page right after for the same."""


class PointedPicture:
    """A clip in which somebody points at the nerve. Safe to ask from several threads, one at a time is answered.

    Parameters
    ----------
    segmenter : callable
        Gives the model.
    frames : FrameSource
        Of the clip.
    """

    def __init__(self, segmenter: Callable[[], Segmenter], frames: FrameSource) -> None:
        self._segmenter, self._frames = segmenter, frames
        self._lock = threading.Lock()
        self._outlines: dict[Point, PredictedMask | None] = {}

    def outline(self, point: Point) -> PredictedMask | None:
        """Outline what was clicked, or lies in a box; see `outline_at`."""
        with self._lock:
            if point not in self._outlines:
                outline = outline_at(point, segmenter=self._segmenter(), frames=self._frames)
                self._outlines = dict([*self._outlines.items(), (point, outline)][-_KEPT:])
            return self._outlines[point]

    def preview(self, point: Point) -> PredictedMask | None:
        """Outline roughly what a click would; see `preview_at`."""
        with self._lock:
            return preview_at(point, segmenter=self._segmenter(), frames=self._frames)

    def make_ready(self, frame: int) -> None:
        """Load the model and the frames around one meanwhile: the first question is then answered at once."""

        def load() -> None:
            with suppress(NerveAppError, ValueError):  # the click will say it
                self._segmenter()
                self._frames.png(frame)

        threading.Thread(target=load, name="make ready", daemon=True).start()


class PointedPictures:
    """The pictures that are pointed at, each under a secret of its own."""

    def __init__(self) -> None:
        self._open: dict[str, PointedPicture] = {}

    def open(self, picture: PointedPicture) -> str:
        """Take a picture up, and give its secret."""
        secret = secrets.token_urlsafe(24)
        self._open[secret] = picture
        return secret

    def close(self, secret: str) -> None:
        """Answer no more about a picture."""
        self._open.pop(secret, None)

    def answer(self, request: Request) -> Response:
        """Answer ``GET …/SECRET?frame=&x=&y=[&width=&height=][&preview=1]`` with the parts of the outline.

        Returns
        -------
        Response
            ``{"parts": [[x0, y0, x1, y1, ...], ...]}``, source pixel indices, none where there is no nerve. 404 where
            the secret is none, 400 where the question cannot be answered: the page says why when it is asked.
        """
        picture = self._open.get(request.path_params["secret"])
        if picture is None:
            return Response(status_code=404)
        asked = request.query_params
        try:
            sides = [float(asked[side]) if side in asked else None for side in ("width", "height")]
            point = Point(int(asked["frame"]), float(asked["x"]), float(asked["y"]), *sides)
            outline = picture.preview(point) if "preview" in asked else picture.outline(point)
        except (KeyError, ValueError, NerveAppError):
            return Response(status_code=400)
        parts = () if outline is None else parts_of(outline.mask)
        return JSONResponse({"parts": parts}, headers={"Cache-Control": "no-store"})


@cache
def pointed_pictures() -> PointedPictures:
    """Give those of this server."""
    return PointedPictures()


def outline_route() -> Route:
    """Give the route of the server under which players ask."""
    return Route(f"{base_path()}/{_PATH}/{{secret}}", pointed_pictures().answer)


def outline_path(secret: str) -> str:
    """Give the path under which the player asks about a picture."""
    return f"{base_path()}/{_PATH}/{secret}"


def base_path() -> str:
    """Give the path under which the app is served, such as ``/nerves``; "" at a host's root."""
    base = str(st.get_option("server.baseUrlPath")).strip("/")
    return f"/{base}" if base else ""
