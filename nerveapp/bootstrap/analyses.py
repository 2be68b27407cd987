"""Analyses as jobs: who works on them, in this process or another one."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from nerveapp.bootstrap.settings import Settings
from nerveapp.domain.clip import Clip
from nerveapp.ports import AnalysisRunner, AnalysisStore, Previews, Segmenters

if TYPE_CHECKING:
    from nerveapp.io.analysis_worker import AnalysisWorker
    from nerveapp.io.early_results import EarlyResults


@dataclass(frozen=True)
class AnalysisTools:
    """What works on analyses, and where it leaves what it writes on this machine.

    Parameters
    ----------
    settings : Settings
    store : AnalysisStore
        Keeps the jobs and what comes of them.
    open_clip : callable
        Gives a stored clip by its hash.
    segmenters : Segmenters
    previews : Previews
    """

    settings: Settings
    store: AnalysisStore
    open_clip: Callable[[str], Clip]
    segmenters: Segmenters
    previews: Previews

    @cached_property
    def runner(self) -> AnalysisRunner:
        """What works on analyses: a process of this machine, a job of the cluster named, or a thread in tests."""
        from nerveapp.io.analysis_runners import InProcessAnalysisRunner, LocalAnalysisRunner  # noqa: PLC0415

        if not self.settings.analyses_apart:
            return InProcessAnalysisRunner(self.worker(), self._early)
        if self.settings.cluster:
            from nerveapp.io.ray_cluster import RayAnalysisRunner  # noqa: PLC0415

            return RayAnalysisRunner(self.store, self._early, self.settings.cluster, self.settings.of_workers)
        return LocalAnalysisRunner(self.store, self._early, self.logs, settings=self.settings.of_workers)

    def worker(self, name: str = "") -> AnalysisWorker:
        """Give what works on analyses in this very process."""
        from nerveapp.io.analysis_worker import AnalysisWorker  # noqa: PLC0415

        return AnalysisWorker(
            self.store,
            open_clip=self.open_clip,
            segmenters=self.segmenters,
            previews=self.previews,
            early=self._early,
            name=name or uuid.uuid4().hex,
        )

    @property
    def logs(self) -> Path:
        """Folder of what workers log."""
        return self._here / "logs"

    @property
    def _early(self) -> EarlyResults:
        from nerveapp.io.early_results import EarlyResults  # noqa: PLC0415

        return EarlyResults(self._here / "early")

    @property
    def _here(self) -> Path:
        """A folder of this machine, also where clips are kept elsewhere."""
        data = self.settings.data
        return Path(data) if "://" not in data else self.settings.jobs.parent
