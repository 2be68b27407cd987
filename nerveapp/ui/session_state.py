"""What a session looks at: ids of what is kept in the library, and what was read of it, so that a page is drawn quickly."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import streamlit as st

from nerveapp.bootstrap import application
from nerveapp.domain.analysis import Analysis
from nerveapp.domain.annotation import Annotation, ClipRecord
from nerveapp.domain.clip import Clip, Image
from nerveapp.errors import LibraryError
from nerveapp.workflows.analyse import recalibrate
from nerveapp.workflows.correct import with_corrections
from nerveapp.workflows.stored_clip import open_stored_clip

_KEY = "session"


@dataclass(slots=True)
class SessionState:
    """What is at hand.

    Parameters
    ----------
    clip : str
        Hash of the clip; "" while none is open.
    analysis : str
        Id of the analysis looked at; "" where there is none yet.
    batch : tuple of str
        Ids of analyses that were asked for together.
    frame : int
        The frame at which the player came to rest.
    to_correct : int or None
        The frame to open on the Correct page, where one was asked for.
    """

    clip: str = ""
    analysis: str = ""
    batch: tuple[str, ...] = ()
    frame: int = 0
    to_correct: int | None = None
    _opened: Clip | None = None
    _first_image: Image | None = None
    _result: tuple[str, Analysis] | None = None
    _measured: Analysis | None = None
    _corrected: Analysis | None = None

    def look_at(self, *, clip: str = "", analysis: str = "", batch: tuple[str, ...] = ()) -> None:
        """Turn to a clip, an analysis of it or several analyses; what was read of another clip is let go."""
        if clip != self.clip:
            self._opened = self._first_image = self.to_correct = None
            self.frame = 0
        if analysis != self.analysis:
            self._result = self._measured = self._corrected = None
        self.clip, self.analysis, self.batch = clip, analysis, batch

    @property
    def record(self) -> ClipRecord:
        """The clip as it was described last, in whichever tab; raises LibraryError if it is not there."""
        found = application().annotations.clip(self.clip)
        if found is None:
            raise LibraryError("This clip is not in the library.", "It was deleted, or the address is wrong.")
        return found

    def opened(self) -> Clip:
        """Open the clip's files, once; raises LibraryError where they are not kept."""
        if self._opened is None:
            app = application()
            self._opened = open_stored_clip(self.clip, app.library, app.objects, app.clips)
        return self._opened

    def first_image(self) -> Image:
        """Decode the clip's first frame, once."""
        if self._first_image is None:
            self._first_image = next(iter(self.opened().frames())).image.copy()
        return self._first_image

    def measured(self, record: ClipRecord) -> Analysis:
        """Give the finished analysis under today's nerve, site, side and calibration of its clip.

        Raises
        ------
        AnalysisError
            If it is not finished, or was deleted.
        """
        if self._result is None or self._result[0] != self.analysis:
            self._result = (self.analysis, application().analyses.result(self.analysis))
            self._measured = None
        known = self._measured
        if known is None or known.calibration != record.calibration:
            known = recalibrate(self._result[1], record.calibration)
        if self._measured is not known or known.view != record.view:
            known = self._measured = replace(known, view=record.view)
        return known

    def corrected(self, corrections: Sequence[Annotation], image_of: Callable[[int], Image]) -> Analysis:
        """Give the analysis measured last with these outlines in place of the model's; the same until either changes."""
        base, known = self._measured, self._corrected
        if base is None:
            raise ValueError("expected a finished analysis")
        same = known is not None and known.corrections == tuple(corrections)
        if known is None or not (same and (known.calibration, known.view) == (base.calibration, base.view)):
            known = self._corrected = with_corrections(base, corrections, image_of)
        return known


def session_state() -> SessionState:
    """Give this session's state."""
    if _KEY not in st.session_state:
        st.session_state[_KEY] = SessionState()
    found: SessionState = st.session_state[_KEY]
    return found
