"""What is known of a clip, by whom and since when: descriptions are added, and the newest stands."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from nerveapp.domain.annotation import ClipRecord, code
from nerveapp.domain.view import Side, View
from nerveapp.errors import AnnotationError


@dataclass(frozen=True, slots=True)
class ClipDescription:
    """A clip as somebody described it.

    Parameters
    ----------
    clip : ClipRecord
        Without the names of its stills.
    rater : str
        Code of who said so; "" where that is not known.
    at : datetime
        With a time zone.
    """

    clip: ClipRecord
    rater: str
    at: datetime

    def __post_init__(self) -> None:
        if self.rater:
            code(self.rater, what="rater")
        if self.at.tzinfo is None:
            raise ValueError("expected a time with its zone")


def with_knowledge(known: ClipRecord, said: ClipRecord) -> ClipRecord:
    """Add what is newly said of a clip to what is known; what is not said is not forgotten.

    No subject, no calibration, an unknown side and the nerve and site that forms begin with say nothing. A calibration
    is taken whole: its detail and its box are of its own origin.

    Parameters
    ----------
    known, said : ClipRecord
        Of one clip.

    Raises
    ------
    AnnotationError
        If the two are of another size, so that outlines of one do not fit the other.
    """
    if known.sha256 != said.sha256:
        raise ValueError("expected two descriptions of one clip")
    check_same_size(known, said)
    nothing = View()
    place = said.view if (said.view.nerve, said.view.site) != (nothing.nerve, nothing.site) else known.view
    side = said.view.side if said.view.side is not Side.UNKNOWN else known.view.side
    return replace(
        known,
        frame_count=max(known.frame_count, said.frame_count),  # a reader that ends early knows less
        subject=said.subject or known.subject,
        view=View(place.nerve, place.site, side),
        calibration=said.calibration or known.calibration,
        affine=said.affine or known.affine,
    )


def check_same_size(known: ClipRecord, said: ClipRecord) -> None:
    """Refuse a clip whose frames are of another size than when it was stored; raises AnnotationError."""
    if (known.width, known.height) != (said.width, said.height):
        raise AnnotationError(
            f"The store knows this clip as {known.width} x {known.height} px; it is read as "
            f"{said.width} x {said.height} px now.",
            "Outlines of one size do not fit the other: correct it with the version that it was stored by.",
        )
