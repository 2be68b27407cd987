"""The app as a bundle of ports: what ui and cli are given in place of adapters."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

from nerveapp.bootstrap import stores
from nerveapp.bootstrap.settings import Settings
from nerveapp.io.model_store import FolderModelStore
from nerveapp.ports import AnnotationStore, JobRunner, ModelRegistry


@dataclass(frozen=True)
class Application:
    """What the use cases need from outside, each adapter made when it is first asked for.

    Parameters
    ----------
    settings : Settings

    Raises
    ------
    StoreError
        By what is kept in the database, where that cannot be opened.
    """

    settings: Settings

    @cached_property
    def models(self) -> FolderModelStore:
        """The models of this installation."""
        return FolderModelStore(self.settings.weights)

    @cached_property
    def annotations(self) -> AnnotationStore:
        """What people drew."""
        return stores.annotation_store()

    @cached_property
    def registry(self) -> ModelRegistry:
        """Which frames are locked, which models are in use."""
        return stores.model_registry()

    @cached_property
    def trainings(self) -> JobRunner:
        """Trainings, on this machine or on the cluster named."""
        return stores.job_runner()


def application() -> Application:
    """Give the application of the environment's settings; one per process, as long as they stay the same."""
    return _application(Settings.from_environment())


@lru_cache(maxsize=4)
def _application(settings: Settings) -> Application:
    return Application(settings)
