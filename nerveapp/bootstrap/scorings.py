"""Scorings that pages have asked for, each kind apart."""

from __future__ import annotations

from dataclasses import dataclass, field

from nerveapp.domain.experiments.report import TrainingReport
from nerveapp.domain.promotion import Gate
from nerveapp.workflows.evaluating.score_own_clips import OwnClipsScore
from nerveapp.workflows.execution.tasks import Tasks


@dataclass(frozen=True, slots=True)
class Scorings:
    """Tasks under way and ended, of this process.

    Parameters
    ----------
    comparisons : Tasks of Gate
        Two models on the same frames.
    own_clips : Tasks of OwnClipsScore
        A model on the clips of this installation.
    locked : Tasks of TrainingReport
        A model on the locked people.
    """

    comparisons: Tasks[Gate] = field(default_factory=Tasks)
    own_clips: Tasks[OwnClipsScore] = field(default_factory=Tasks)
    locked: Tasks[TrainingReport] = field(default_factory=Tasks)
