"""What lies at the pointer, told to the player directly: a run of the page takes longer than a hand waits.

The page opens a picture and gives its player the path under which outlines are told. The path holds a secret of the
session: who knows it sees the page.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import cache

import streamlit as st
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from nerveapp.domain.tracking import Point, Pointed
from nerveapp.errors import NerveAppError
from nerveapp.ports import FrameSource, Segmenter
from nerveapp.ui.components.pointing import told
from nerveapp.workflows.following.point import pointed_at, preview_at

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
    count : int
        So many frames it has: to look for another one would decode all of them.
    """

    def __init__(self, segmenter: Callable[[], Segmenter], frames: FrameSource, count: int) -> None:
        self._segmenter, self._frames, self._count = segmenter, frames, count
        self._lock = threading.Lock()
        self._known: dict[Point, Pointed | None] = {}

    def pointed(self, point: Point) -> Pointed | None:
        """Outline what was clicked, or lies in a box; see `pointed_at`. To choose another size costs nothing."""
        where = replace(point, area=None)
        with self._lock:
            if where not in self._known:
                found = pointed_at(where, segmenter=self._segmenter(), frames=self._frames)
                self._known = dict([*self._known.items(), (where, found)][-_KEPT:])
            known = self._known[where]
        return None if known is None else known.of_area(point.area)

    def preview(self, point: Point) -> Pointed | None:
        """Outline roughly what a click would; see `preview_at`."""
        with self._lock:
            outline = preview_at(point, segmenter=self._segmenter(), frames=self._frames)
        return None if outline is None else Pointed((outline,))

    def has(self, point: Point) -> bool:
        """Say whether the clip has the frame that is pointed at."""
        return 0 <= point.frame < self._count

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
        """Answer ``GET …/SECRET?frame=&x=&y=[&width=&height=][&preview=1]`` with what may be meant.

        Returns
        -------
        Response
            See `told`; of a preview one outline at most. 404 where the secret is none, 400 where the question cannot be
            answered: the page says why when it is asked.
        """
        picture = self._open.get(request.path_params["secret"])
        if picture is None:
            return Response(status_code=404)
        asked = request.query_params
        try:
            sides = [float(asked[side]) if side in asked else None for side in ("width", "height")]
            point = Point(int(asked["frame"]), float(asked["x"]), float(asked["y"]), *sides)
            if not picture.has(point):
                return Response(status_code=400)
            found = picture.preview(point) if "preview" in asked else picture.pointed(point)
        except (KeyError, ValueError, NerveAppError):
            return Response(status_code=400)
        return JSONResponse(told(found), headers={"Cache-Control": "no-store"})


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
