"""What a session looks at: ids of what is kept in the library, and what was read of it, so that pages are quick."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from nerveapp.bootstrap import application
from nerveapp.domain.analysis import Analysis
from nerveapp.domain.annotation import ClipRecord
from nerveapp.domain.clip import Clip, ClipInfo, Image
from nerveapp.domain.library import ListedClip
from nerveapp.errors import LibraryError
from nerveapp.ports import FrameSource
from nerveapp.ui.page.uploads import session_folder
from nerveapp.workflows.analysing.request_analysis import in_force
from nerveapp.workflows.library.stored_frames import LazyClip, StoredFrames

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
    _own_files: tuple[Path, ...] = ()
    _first_image: Image | None = None
    _result: tuple[str, Analysis] | None = None

    def look_at(self, *, clip: str = "", analysis: str = "", batch: tuple[str, ...] = ()) -> None:
        """Turn to a clip, an analysis of it or several analyses; what was read of another clip is let go."""
        if clip != self.clip:
            self._opened = self._first_image = self.to_correct = None
            self._own_files, self.frame = (), 0
        if analysis != self.analysis:
            self._result = None
        self.clip, self.analysis, self.batch = clip, analysis, batch

    @property
    def record(self) -> ClipRecord:
        """The clip as it was described last, in whichever tab; raises LibraryError if it is not there."""
        return self.listed.record

    @property
    def listed(self) -> ListedClip:
        """The clip as the library lists it; raises LibraryError if it is not there."""
        found = application().library.clip(self.clip)
        if found is None:
            raise LibraryError("This clip is not in the library.", "It was deleted, or the address is wrong.")
        return found

    def opened(self) -> Clip:
        """Open the clip's files, once; raises LibraryError where they are not kept."""
        if self._opened is None:
            self._opened = application().open_stored_clip(self.clip)
        return self._opened

    def own_files(self) -> tuple[Path, ...]:
        """Give paths of the clip's own files, fetched once, and again where the copies were cleared away."""
        if not self._own_files or not all(path.is_file() for path in self._own_files):
            app = application()
            source = app.library.source(self.clip)
            files = source.files if source is not None else ()
            self._own_files = tuple(app.objects.local(file.key, sha256=file.sha256) for file in files)
        return self._own_files

    def frames(self, info: ClipInfo) -> FrameSource:
        """Give the clip's frames, or where its files are not kept those that were corrected."""
        return frames_of(self.listed, info, self.opened)

    def first_image(self) -> Image:
        """Decode the clip's first frame, once."""
        if self._first_image is None:
            self._first_image = next(iter(self.opened().frames())).image.copy()
        return self._first_image

    def measured(self, record: ClipRecord, *, nerve: int | None) -> Analysis:
        """Give the finished analysis under today's nerve, site, side and calibration of its clip.

        Parameters
        ----------
        record : ClipRecord
        nerve : int or None
            Which of its nerves somebody chose to measure, `AnalysisJob.nerve`.

        Raises
        ------
        AnalysisError
            If it is not finished, or was deleted.
        """
        if self._result is None or self._result[0] != self.analysis:
            self._result = self.analysis, application().analyses.result(self.analysis)
        self._result = self.analysis, in_force(self._result[1], record, nerve=nerve)
        return self._result[1]


def session_state() -> SessionState:
    """Give this session's state."""
    if _KEY not in st.session_state:
        st.session_state[_KEY] = SessionState()
    found: SessionState = st.session_state[_KEY]
    return found


def frames_of(clip: ListedClip, info: ClipInfo, opened: Callable[[], Clip]) -> FrameSource:
    """Give a clip's frames, or where its files are not kept those that were corrected.

    Parameters
    ----------
    clip : ListedClip
    info : ClipInfo
        Of the same clip, as it was analysed.
    opened : callable
        Opens it; asked with the first frame.
    """
    app, sha256 = application(), clip.record.sha256
    if not clip.kept:
        return StoredFrames(sha256, app.annotations)
    return app.frames_of(LazyClip(info, opened), session_folder() / sha256)
