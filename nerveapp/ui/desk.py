"""What a session has on its desk: the clip, the run, the result. One object, so that a page has one place to look."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import streamlit as st

from nerveapp import bootstrap
from nerveapp.demo import DEMO_CLIP, DEMO_SPEC
from nerveapp.domain.analysis import Analysis
from nerveapp.domain.annotation import Annotation
from nerveapp.domain.calibration import Calibration
from nerveapp.domain.clip import Clip, Image
from nerveapp.domain.view import Nerve, Site, View
from nerveapp.io.phantom_files import phantom_calibration
from nerveapp.io.readers.limits import ReadLimits
from nerveapp.io.readers.open_clip import open_clip
from nerveapp.ui.analysis_run import AnalysisRun, Outcome, Request
from nerveapp.ui.session_end import when_the_session_ends
from nerveapp.ui.view_form import Choice
from nerveapp.ui.workspace import fresh_folder
from nerveapp.workflows.analyse import recalibrate
from nerveapp.workflows.correct import with_corrections

_KEY = "desk"
_MEGABYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class LoadedClip:
    """A clip the session has opened.

    Parameters
    ----------
    clip : Clip
    folder : Path
        The session's folder, where films of it go.
    first_image : ndarray
        Its first frame, for calibrating on.
    calibration : Calibration or None
        Spacing known without the user's doing.
    credit : str
        Attribution or remark to show beside it.
    paths : tuple of Path
        Its files.
    view : View
        What it shows, where that is known.
    """

    clip: Clip
    folder: Path
    first_image: Image
    calibration: Calibration | None
    credit: str = ""
    paths: tuple[Path, ...] = ()
    view: View = field(default_factory=View)


@dataclass(slots=True)
class Desk:
    """The session's state for the main job.

    Parameters
    ----------
    loaded : LoadedClip or None
    run : AnalysisRun or None
        Under way or just finished.
    outcome : Outcome or None
        The last finished analysis of the loaded clip.
    chosen : Choice or None
        Nerve, site, side and model as chosen for the loaded clip.
    made_with : Choice or None
        What the outcome was made with.
    frame : int
        The frame at which the player came to rest.
    to_correct : int or None
        The frame to open on the Correct page, where one was asked for.
    """

    loaded: LoadedClip | None = None
    run: AnalysisRun | None = None
    outcome: Outcome | None = None
    chosen: Choice | None = None
    made_with: Choice | None = None
    frame: int = 0
    to_correct: int | None = None
    _measured: Analysis | None = None
    _corrected: Analysis | None = None

    def load(
        self,
        paths: Sequence[Path],
        folder: Path,
        *,
        name: str | None = None,
        calibration: Calibration | None = None,
        credit: str = "",
    ) -> LoadedClip:
        """Open a clip and clear what belonged to the one before.

        Raises
        ------
        ClipError
            If it cannot be read.
        """
        self.clear()
        limits = ReadLimits(max_bytes=bootstrap.Settings.from_environment().upload_limit_mb * _MEGABYTE)
        clip = open_clip(paths if len(paths) > 1 else paths[0], limits=limits, name=name)
        first = next(iter(clip.frames())).image
        self.loaded = LoadedClip(clip, folder, first, calibration or clip.info.calibration, credit, tuple(paths))
        return self.loaded

    def load_demo(self) -> None:
        """Put the synthetic demo clip on the desk and start analysing it."""
        loaded = self.load(
            [DEMO_CLIP],
            fresh_folder(),
            name="Demo clip (synthetic)",
            calibration=phantom_calibration(DEMO_SPEC),
            credit="Made by NerveApp: no person was scanned. Its true areas are known.",
        )
        view = View(Nerve.MEDIAN, Site.WRIST)
        self.start(
            Request(
                loaded.clip,
                view,
                loaded.calibration,
                bootstrap.default_model(view, bootstrap.model_store().names()),
                flip=False,
            )
        )

    def start(self, request: Request) -> None:
        """Begin an analysis of the loaded clip."""
        if self.loaded is None:
            raise ValueError("expected a loaded clip")
        self.outcome = self._measured = self._corrected = self.made_with = None
        self.run = AnalysisRun(request, self.loaded.folder)

    @property
    def busy(self) -> bool:
        """Whether an analysis is under way."""
        return self.run is not None and not self.run.finished

    def measured(self, calibration: Calibration | None) -> Analysis:
        """Give the outcome's analysis in the calibration in force; outlines are kept, only measured anew."""
        if self.outcome is None:
            raise ValueError("expected a finished analysis")
        if self._measured is None or self._measured.calibration != calibration:
            self._measured = recalibrate(self.outcome.analysis, calibration)
        return self._measured

    @property
    def shown(self) -> Analysis:
        """The outcome's analysis as it was last shown, in the calibration chosen for it."""
        if self.outcome is None:
            raise ValueError("expected a finished analysis")
        return self._measured or self.outcome.analysis

    def corrected(self, corrections: Sequence[Annotation], image_of: Callable[[int], Image]) -> Analysis:
        """Give the analysis with these outlines in place of the model's; the same object until either changes."""
        base, known = self.shown, self._corrected
        same = known is not None and known.corrections == tuple(corrections) and known.calibration == base.calibration
        if known is None or not same:
            known = self._corrected = with_corrections(base, corrections, image_of)
        return known

    def clear(self) -> None:
        """Stop what runs and forget the clip."""
        if self.run is not None:
            self.run.cancel()
        self.loaded = self.run = self.outcome = self._measured = self._corrected = self.to_correct = None
        self.chosen = self.made_with = None
        self.frame = 0


def desk() -> Desk:
    """Give this session's desk."""
    if _KEY not in st.session_state:
        st.session_state[_KEY] = Desk()
    found: Desk = st.session_state[_KEY]
    when_the_session_ends("desk", found.clear)
    return found
