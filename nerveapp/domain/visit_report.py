"""A visit's report: everything that goes into the record, in whatever form."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from nerveapp.domain.exam import Exam
from nerveapp.domain.findings import CellFinding, Pair
from nerveapp.domain.follow_up import Change
from nerveapp.domain.patient import Patient
from nerveapp.domain.view import View
from nerveapp.domain.worksheet import Worksheet


class ReportKind(StrEnum):
    """The forms in which a report is written."""

    PDF = "pdf"
    HTML = "html"
    SR = "sr"
    CSV = "csv"
    FHIR = "fhir"

    @property
    def has_pictures(self) -> bool:
        """Whether it shows pictures and curves: to draw them decodes the clips, which takes seconds."""
        return self in (ReportKind.PDF, ReportKind.HTML, ReportKind.SR)


@dataclass(frozen=True, slots=True)
class ReportOptions:
    """How a report is written.

    Parameters
    ----------
    europe : bool
        CSV as a European Excel opens it: semicolons and decimal commas.
    keep_references : bool
        Whether a structured report names the DICOM objects of the clips that were measured: by them an archive finds
        the person. Otherwise it makes a study of its own.
    """

    europe: bool = False
    keep_references: bool = False


AS_USUAL = ReportOptions()
"""Neither."""


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What stands above a report.

    Parameters
    ----------
    clinic : str
        Name of the clinic; "" where none is set.
    logo : bytes
        PNG or JPEG; b"" where none is set.
    """

    clinic: str = ""
    logo: bytes = b""


@dataclass(frozen=True, slots=True)
class ReportPicture:
    """An accepted frame with its outline and scale bar.

    Parameters
    ----------
    view : View
        The cell that it belongs to.
    png : bytes
        RGB, with outline, scale bar and caption.
    caption : str
        The same caption in words.
    width, height : int
        Of the picture in pixels.
    """

    view: View
    png: bytes
    caption: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class ReportCurve:
    """The area over time of the clip behind an accepted value.

    Parameters
    ----------
    view : View
    unit : str
        "mm²" or "px²".
    times_s, areas : tuple of float
        Of the frames that have an area.
    accepted : float
        The value accepted.
    """

    view: View
    unit: str
    times_s: tuple[float, ...]
    areas: tuple[float, ...]
    accepted: float


@dataclass(frozen=True, slots=True)
class VisitReport:
    """A visit's report.

    Parameters
    ----------
    letterhead : Letterhead
    patient : Patient
    exam : Exam
    worksheet : Worksheet
    findings : tuple of CellFinding
        Of every accepted value in mm², by row.
    pairs : tuple of Pair
    pictures : tuple of ReportPicture
        Of every accepted value whose clip is kept.
    curves : tuple of ReportCurve
    methods : tuple of str
        Sentences: models and versions, calibrations and their origin, what was corrected by hand, how errors were
        propagated.
    sources : tuple of str
        Citations of all that the report holds values against, each once.
    version : str
        Of NerveApp.
    made_at : datetime
        With a time zone.
    changes : tuple of Change
        From the visits before, of values in mm², by row.
    """

    letterhead: Letterhead
    patient: Patient
    exam: Exam
    worksheet: Worksheet
    findings: tuple[CellFinding, ...]
    pairs: tuple[Pair, ...]
    pictures: tuple[ReportPicture, ...]
    curves: tuple[ReportCurve, ...]
    methods: tuple[str, ...]
    sources: tuple[str, ...]
    version: str
    made_at: datetime
    changes: tuple[Change, ...] = ()
