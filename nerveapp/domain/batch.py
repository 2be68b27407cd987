"""Many clips analysed in one go: what is asked for, and what became of each."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from nerveapp.domain.calibration import Calibration
from nerveapp.domain.computing import DeviceName, EngineName
from nerveapp.domain.view import View


class RowState(StrEnum):
    """What became of one clip."""

    DONE = "done"
    KEPT = "kept"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class BatchSettings:
    """How each clip of a batch is analysed.

    Parameters
    ----------
    view : View
        What is unknown of it is what the name of each clip's file says.
    calibration : Calibration or None
        None takes each clip's own, if it has one.
    model : str
        "" takes the one that fits what each clip shows.
    test_time_flip : bool
    device : DeviceName
    engine : EngineName
    """

    view: View
    calibration: Calibration | None
    model: str
    test_time_flip: bool = False
    device: DeviceName = DeviceName.AUTO
    engine: EngineName = EngineName.AUTO


@dataclass(frozen=True, slots=True)
class ClipTask:
    """One clip of a batch; everything a worker elsewhere has to know.

    Parameters
    ----------
    name : str
        The clip's path below the folder, for people.
    path, out : Path
        The file, and the folder for its results; both reached from wherever the work is done.
    settings : BatchSettings
    warning : str
        What to beware of before trusting its model with what it shows; "" where there is nothing.
    """

    name: str
    path: Path
    out: Path
    settings: BatchSettings
    warning: str = ""


@dataclass(frozen=True, slots=True)
class ResultIdentity:
    """What decides the results of an analysis: two that are alike in this are alike in every number.

    Parameters
    ----------
    clip_sha256 : str
    view : View
    calibration : Calibration or None
    model, model_sha256 : str
        Name of the model and its identity, `ModelCard.sha256`.
    engine : str
        What computed, as a segmenter names it.
    version : str
        Of NerveApp.
    """

    clip_sha256: str
    view: View
    calibration: Calibration | None
    model: str
    model_sha256: str
    engine: str
    version: str


@dataclass(frozen=True, slots=True)
class ClipRow:
    """What became of one clip of many.

    Parameters
    ----------
    clip : str
        Its path below the folder.
    state : RowState
        Analysed now, analysed alike before, or failed.
    remark : str
        Why it failed, or what is to be known of it.
    sha256 : str
        Hash of the file; "" where it could not be read.
    frames, outlined, flagged : int
        Decoded, with a nerve, and flagged for review.
    area_median, area_max : float or None
        In `unit`; None where no nerve was found.
    unit : str
        "mm²" or "px²".
    implausible : str
        Why the areas are no findings; "" where nothing speaks against them.
    view : View
        What the clip was analysed as.
    model : str
        Name of the model; "" where it was not analysed.
    """

    clip: str
    state: RowState
    remark: str = ""
    sha256: str = ""
    frames: int = 0
    outlined: int = 0
    flagged: int = 0
    area_median: float | None = None
    area_max: float | None = None
    unit: str = ""
    implausible: str = ""
    view: View = field(default_factory=View)
    model: str = ""

    @property
    def findings(self) -> tuple[float | None, float | None]:
        """The median and the largest area, in `unit`; None where they are no findings, or there are none."""
        return (None, None) if self.implausible else (self.area_median, self.area_max)


def remark_of(truncation: str | None, unlike_training: str | None) -> str:
    """Say what is to be known of a clip that was analysed: where it ends, and that its images are unlike others."""
    return " ".join(filter(None, (truncation, unlike_training)))
