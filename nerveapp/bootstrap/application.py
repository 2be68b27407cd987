"""The app as a bundle of ports: what ui and cli are given in place of adapters."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from nerveapp.bootstrap import stores, training
from nerveapp.bootstrap.analyses import AnalysisTools
from nerveapp.bootstrap.live import LiveTools, live_tools
from nerveapp.bootstrap.scorings import Scorings
from nerveapp.bootstrap.segmenters import CachedSegmenters
from nerveapp.bootstrap.settings import Settings
from nerveapp.bootstrap.versions import software_versions
from nerveapp.bootstrap.visits import VisitTools
from nerveapp.domain.clip import Clip
from nerveapp.domain.computing import DeviceName
from nerveapp.domain.view import View
from nerveapp.io.model_store import DiskModelFolders, FolderModelStore
from nerveapp.ports import (
    AnalysisRunner,
    AnalysisStore,
    AnnotationFiles,
    AnnotationStore,
    Backups,
    ClipFolders,
    ClipReader,
    FrameSource,
    JobRunner,
    JobWork,
    LabelledFolders,
    Library,
    ModelFolders,
    ModelPackages,
    ModelRegistry,
    ModelStore,
    ObjectStore,
    OutputFiles,
    PhantomFiles,
    Previews,
    PublicStills,
    ReportFiles,
    ResultExports,
    ResultFiles,
    ScratchFolder,
    Segmenters,
    TrainingFolders,
    Workers,
)
from nerveapp.workflows.library.stored_clip import open_stored_clip
from nerveapp.workflows.models.choose_model import default_model
from nerveapp.workflows.training.custom_training import TrainingTools


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
    def models(self) -> ModelStore:
        """The models of this installation."""
        return FolderModelStore(self.settings.weights)

    @cached_property
    def annotations(self) -> AnnotationStore:
        """What people drew."""
        return stores.annotation_store(self.settings)

    @cached_property
    def annotation_files(self) -> AnnotationFiles:
        """Outlines as files of other tools."""
        from nerveapp.io.annotation_files.adapter import VersionedAnnotationFiles  # noqa: PLC0415

        return VersionedAnnotationFiles(software_versions())

    @cached_property
    def backups(self) -> Backups:
        """Copies of the whole store."""
        from nerveapp.io.store.backup import SqlBackups  # noqa: PLC0415

        return SqlBackups(self.settings.database, stores.database)

    def frames_of(self, clip: Clip, folder: Path) -> FrameSource:
        """Give single frames of a clip, kept in a folder that belongs to whoever looks at it."""
        from nerveapp.io.frame_cache import FrameCache  # noqa: PLC0415

        return FrameCache(clip, folder)

    @cached_property
    def clips(self) -> ClipReader:
        """What opens files from outside."""
        from nerveapp.io.readers.open_clip import IsolatedClipReader, ReadLimits  # noqa: PLC0415

        return IsolatedClipReader(ReadLimits(max_bytes=self.settings.upload_limit_mb << 20))

    @cached_property
    def local_clips(self) -> ClipReader:
        """What opens files that are on this machine already, for commands: without the limit on uploads."""
        from nerveapp.io.readers.open_clip import IsolatedClipReader, ReadLimits  # noqa: PLC0415

        return IsolatedClipReader(ReadLimits())

    @cached_property
    def clip_folders(self) -> ClipFolders:
        """Folders of clips, and of their results."""
        from nerveapp.io.clip_folders import LocalClipFolders  # noqa: PLC0415

        return LocalClipFolders(self.exports)

    @cached_property
    def phantom_files(self) -> PhantomFiles:
        """Phantom clips as files."""
        from nerveapp.io.phantom_files import LocalPhantomFiles  # noqa: PLC0415

        return LocalPhantomFiles()

    @cached_property
    def exports(self) -> ResultExports:
        """Results as files."""
        from nerveapp.io.result_exports import VersionedExports  # noqa: PLC0415

        return VersionedExports(software_versions())

    @cached_property
    def objects(self) -> ObjectStore:
        """Files: clips, previews, masks."""
        return stores.object_store(self.settings)

    @cached_property
    def visits(self) -> VisitTools:
        """What visits need: worksheets, normal values, reports."""
        return VisitTools(self.settings)

    @cached_property
    def live(self) -> LiveTools:
        """What a live examination needs."""
        return live_tools(self.settings, self.local_clips)

    @cached_property
    def library(self) -> Library:
        """Patients, exams and clips."""
        return stores.library(self.settings)

    @cached_property
    def files(self) -> OutputFiles:
        """Files where a user wants them."""
        from nerveapp.io.output_files import AtomicOutputFiles  # noqa: PLC0415

        return AtomicOutputFiles()

    @cached_property
    def public_stills(self) -> PublicStills:
        """Real stills for who has no clip at hand."""
        from nerveapp.io.public_stills import WebStills  # noqa: PLC0415

        return WebStills()

    @cached_property
    def scratch(self) -> ScratchFolder:
        """Where uploads lie until they are in the library; it goes with the server."""
        return stores.scratch_folder()

    @cached_property
    def previews(self) -> Previews:
        """Videos for the player."""
        from nerveapp.io.previews import StoredPreviews  # noqa: PLC0415

        return StoredPreviews(self.objects)

    def open_stored_clip(self, sha256: str) -> Clip:
        """Open a clip of the library; raises LibraryError where its files are not kept."""
        return open_stored_clip(sha256, self.library, self.objects, self.clips)

    @cached_property
    def analyses(self) -> AnalysisStore:
        """Analyses, those that wait and run too."""
        from nerveapp.io.store.analyses import SqlAnalysisStore  # noqa: PLC0415

        return SqlAnalysisStore(stores.database(self.settings.database), self.objects)

    @cached_property
    def analysis_tools(self) -> AnalysisTools:
        """What works on analyses, here or in a process of its own."""
        return AnalysisTools(self.settings, self.analyses, self.open_stored_clip, self.segmenters, self.previews)

    @property
    def analysis_runner(self) -> AnalysisRunner:
        """What works on analyses."""
        return self.analysis_tools.runner

    @cached_property
    def segmenters(self) -> Segmenters:
        """Models, loaded."""
        return CachedSegmenters(self.models)

    @cached_property
    def scorings(self) -> Scorings:
        """Scorings that pages have asked for."""
        return Scorings()

    @cached_property
    def registry(self) -> ModelRegistry:
        """Which frames are locked, which models are in use."""
        return stores.model_registry(self.settings)

    def workers(self, *, on_ray: bool) -> Workers:
        """Give who does independent pieces of work: this process, or Ray; raises ClusterError if it is not reached."""
        return training.workers(self.settings, on_ray=on_ray)

    def default_model(self, view: View) -> str:
        """Choose the model that fits a view best; raises ModelError if there is none, StoreError."""
        return default_model(view, self.models, self.registry_if_there)

    @property
    def registry_if_there(self) -> ModelRegistry | None:
        """The registry where there is a database; none is made by asking."""
        return stores.model_registry_if_there(self.settings)

    @cached_property
    def model_folders(self) -> ModelFolders:
        """Models of any folder."""
        return DiskModelFolders()

    @cached_property
    def model_packages(self) -> ModelPackages:
        """Models as one file."""
        return training.model_packages()

    @cached_property
    def labelled_folders(self) -> LabelledFolders:
        """Folders of images and masks."""
        from nerveapp.io.labelled_folders import DiskLabelledFolders  # noqa: PLC0415

        return DiskLabelledFolders()

    @cached_property
    def results(self) -> ResultFiles:
        """Results of evaluations."""
        from nerveapp.io.results import JsonResultFiles  # noqa: PLC0415

        return JsonResultFiles()

    @cached_property
    def reports(self) -> ReportFiles:
        """Reports as files."""
        from nerveapp.io.documents import ReportFormats  # noqa: PLC0415

        return ReportFormats()

    @property
    def versions(self) -> tuple[tuple[str, str], ...]:
        """Versions of what decides a result."""
        return software_versions()

    @cached_property
    def trainings(self) -> JobRunner:
        """Trainings, on this machine or on the cluster named."""
        return training.job_runner(self.settings)

    @cached_property
    def training_work(self) -> JobWork:
        """What hands trainings to the processes that work on them."""
        return training.job_work(self.settings)

    @cached_property
    def training_folders(self) -> TrainingFolders:
        """Training sets as folders."""
        return training.training_folders()

    def training_tools(
        self, *, device: DeviceName = DeviceName.AUTO, threads: int = 1, encoder_weights: Path | None = None
    ) -> TrainingTools:
        """Give what a training works with on a device; raises ModelError, ClusterError where it is not reached."""
        return training.training_tools(self.settings, device=device, threads=threads, encoder_weights=encoder_weights)


def application() -> Application:
    """Give the application of the environment's settings; one per process, as long as they stay the same."""
    return _application(Settings.from_environment())


@lru_cache(maxsize=4)
def _application(settings: Settings) -> Application:
    return Application(settings)
