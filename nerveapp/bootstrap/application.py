"""The app as a bundle of ports: what ui and cli are given in place of adapters."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from nerveapp.bootstrap import stores
from nerveapp.bootstrap.segmenters import CachedSegmenters
from nerveapp.bootstrap.settings import REPOSITORY, Settings
from nerveapp.bootstrap.versions import software_versions
from nerveapp.io.model_store import FolderModelStore
from nerveapp.ports import (
    AnnotationStore,
    ClipReader,
    JobRunner,
    Library,
    ModelRegistry,
    ObjectStore,
    OutputFiles,
    ResultExports,
    Segmenters,
)


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
    def clips(self) -> ClipReader:
        """What opens files."""
        from nerveapp.io.readers.open_clip import IsolatedClipReader, ReadLimits  # noqa: PLC0415

        return IsolatedClipReader(ReadLimits(max_bytes=self.settings.upload_limit_mb << 20))

    @cached_property
    def exports(self) -> ResultExports:
        """Results as files."""
        from nerveapp.io.result_exports import VersionedExports  # noqa: PLC0415

        return VersionedExports(software_versions())

    @cached_property
    def objects(self) -> ObjectStore:
        """Files: clips, previews, masks."""
        if "://" in self.settings.data:
            from nerveapp.io.fsspec_objects import FsspecObjects  # noqa: PLC0415 - only where a URL is set

            return FsspecObjects(self.settings.data, REPOSITORY / "data" / "temp" / "objects")
        from nerveapp.io.folder_objects import FolderObjects  # noqa: PLC0415

        return FolderObjects(Path(self.settings.data))

    @cached_property
    def library(self) -> Library:
        """Patients, exams and clips."""
        return stores.library()

    @cached_property
    def files(self) -> OutputFiles:
        """Files where a user wants them."""
        from nerveapp.io.output_files import AtomicOutputFiles  # noqa: PLC0415

        return AtomicOutputFiles()

    @cached_property
    def segmenters(self) -> Segmenters:
        """Models, loaded."""
        return CachedSegmenters()

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
