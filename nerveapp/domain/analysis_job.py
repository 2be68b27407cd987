"""An analysis as a job: what was asked for, and how far it has come."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import datetime

from nerveapp.domain.job import JobState
from nerveapp.domain.tracking import Point


@dataclass(frozen=True, slots=True)
class AnalysisRequest:
    """What decides the outlines of an analysis. Nerve, site, side and calibration do not: they are the clip's.

    Parameters
    ----------
    clip_sha256 : str
    model, model_sha256 : str
        Name of the model and its identity, `ModelCard.sha256`.
    test_time_flip : bool
        Test-time flip.
    version : str
        Of NerveApp.
    points : tuple of Point
        Where somebody pointed at the nerve to be followed, by clicks or boxes; none where it is to be found.
    """

    clip_sha256: str
    model: str
    model_sha256: str
    test_time_flip: bool
    version: str
    points: tuple[Point, ...] = ()

    @property
    def id(self) -> str:
        """32 hexadecimal digits, the same for the same request: the same work is never done twice."""
        deciding = asdict(self)
        # What earlier versions did not know is left out where there is none of it: points, boxes and areas.
        deciding["points"] = [point.told for point in self.points]
        if not self.points:
            del deciding["points"]
        return hashlib.sha256(json.dumps(deciding, sort_keys=True).encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class AnalysisJob:
    """An analysis as it stands.

    Parameters
    ----------
    request : AnalysisRequest
    state : JobState
        STOPPED after a stop, FAILED after an error; a job whose worker fell silent is WAITING again.
    said : str
        Why it waits or ended.
    frames_done : int
    frame_count : int or None
        What the container announces; None where it does not.
    by : str
        Code of who asked for it first; "" where nobody said.
    made_at : datetime
        With a time zone.
    attempt : int
        How often it was begun.
    nerve : int or None
        The nerve that somebody chose to measure; None for the one that the analysis chose.
    """

    request: AnalysisRequest
    state: JobState
    said: str
    frames_done: int
    frame_count: int | None
    by: str
    made_at: datetime
    attempt: int
    nerve: int | None = None

    @property
    def id(self) -> str:
        """Of its request."""
        return self.request.id
