"""Pictures as they come from a machine, the outlines in them, and how well the computer keeps up."""

from __future__ import annotations

from dataclasses import dataclass

from nerveapp.domain.clip import Frame
from nerveapp.domain.measurement import area_in_words
from nerveapp.domain.segmentation import PackedMask
from nerveapp.domain.tracking import How


@dataclass(frozen=True, slots=True)
class LiveFrame:
    """A picture that has just come.

    Parameters
    ----------
    frame : Frame
        Its index counts all pictures that came, those that were dropped too; its time is that of its coming, from the
        first picture on.
    captured_s : float
        When it came, on the clock of who outlines it.
    """

    frame: Frame
    captured_s: float


@dataclass(frozen=True, slots=True)
class LiveMeasurement:
    """The nerve in a picture that has just come.

    Parameters
    ----------
    live : LiveFrame
    mask : PackedMask
        Empty where no nerve is outlined.
    how : How
        Found, followed or lost.
    confidence : float
        The Dice to expect, 0 to 1; 0 where no nerve is outlined.
    unsure : bool
        Whether the outline deserves a second look.
    area_px : int
        Px²; 0 where no nerve is outlined.
    area_mm2 : float or None
        None where no nerve is outlined, without a calibration, and outside of the region it holds for.
    latency_s : float
        From the picture's coming to its outline.
    """

    live: LiveFrame
    mask: PackedMask
    how: How
    confidence: float
    unsure: bool
    area_px: int
    area_mm2: float | None
    latency_s: float

    @property
    def area_words(self) -> str:
        """The area with its unit, or that there is none."""
        if not self.area_px:
            return "no nerve"
        return area_in_words(*((self.area_px, "px²") if self.area_mm2 is None else (self.area_mm2, "mm²")))


@dataclass(frozen=True, slots=True)
class LiveFigures:
    """How well the computer keeps up.

    Parameters
    ----------
    frames, outlined : int
        Pictures that were looked at, and those of them in which a nerve was outlined.
    dropped : int
        Pictures that were not looked at, since newer ones had come.
    frames_per_second : float
        Of those looked at.
    latency_median_ms, latency_p95_ms : float
        From a picture's coming to its outline; 0 before the first one.
    """

    frames: int
    outlined: int
    dropped: int
    frames_per_second: float
    latency_median_ms: float
    latency_p95_ms: float

    @property
    def words(self) -> str:
        """The figures in a line."""
        return (
            f"{self.frames_per_second:.1f} frames per second, {self.dropped} dropped, "
            f"latency median {self.latency_median_ms:.0f} ms, 95th percentile {self.latency_p95_ms:.0f} ms"
        )


@dataclass(frozen=True, slots=True)
class NamedSource:
    """A source that whoever runs the server offers to its users.

    Parameters
    ----------
    label : str
        What users see.
    source : str
        A device, an address of FFmpeg's or a file; it may hold a password, and stays on the server.
    """

    label: str
    source: str
