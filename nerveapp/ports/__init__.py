"""What the workflows need from outside, as small protocols, one file each; `bootstrap` chooses who fulfils them."""

from nerveapp.ports.analysis_runner import AnalysisRunner
from nerveapp.ports.analysis_store import AnalysisStore
from nerveapp.ports.annotation_files import AnnotationFiles
from nerveapp.ports.annotation_store import AnnotationStore
from nerveapp.ports.backups import Backups
from nerveapp.ports.clip_folders import ClipFolders
from nerveapp.ports.clip_reader import ClipReader
from nerveapp.ports.frame_source import FrameSource
from nerveapp.ports.job_runner import JobRunner
from nerveapp.ports.job_work import JobWork, RunningJob
from nerveapp.ports.labelled_folders import LabelledFolders
from nerveapp.ports.library import Library
from nerveapp.ports.live_files import LiveFiles
from nerveapp.ports.live_source import LiveSource, LiveSources
from nerveapp.ports.model_packages import ModelPackages
from nerveapp.ports.model_registry import ModelRegistry
from nerveapp.ports.model_store import ModelFolders, ModelStore
from nerveapp.ports.norm_store import NormStore
from nerveapp.ports.object_store import ObjectStore
from nerveapp.ports.output_files import OutputFiles
from nerveapp.ports.phantom_files import PhantomFiles
from nerveapp.ports.previews import Previews, PreviewVideo
from nerveapp.ports.public_stills import PublicStills
from nerveapp.ports.report_files import ReportFiles
from nerveapp.ports.result_exports import ResultExports
from nerveapp.ports.result_files import ResultFiles
from nerveapp.ports.scratch_folder import ScratchFolder
from nerveapp.ports.segmenter import Segmenter
from nerveapp.ports.segmenters import Segmenters
from nerveapp.ports.table_files import TableFiles
from nerveapp.ports.tracker import StudiedTracker, Tracker
from nerveapp.ports.trainer import Checkpoints, TrainedWeights, Trainer, TrainingResult, TrainingRun
from nerveapp.ports.training_folders import TrainingFolders
from nerveapp.ports.visit_reports import VisitReports
from nerveapp.ports.workers import Item, Result, Workers
from nerveapp.ports.worksheet_store import WorksheetStore

__all__ = [
    "AnalysisRunner",
    "AnalysisStore",
    "AnnotationFiles",
    "AnnotationStore",
    "Backups",
    "Checkpoints",
    "ClipFolders",
    "ClipReader",
    "FrameSource",
    "Item",
    "JobRunner",
    "JobWork",
    "LabelledFolders",
    "Library",
    "LiveFiles",
    "LiveSource",
    "LiveSources",
    "ModelFolders",
    "ModelPackages",
    "ModelRegistry",
    "ModelStore",
    "NormStore",
    "ObjectStore",
    "OutputFiles",
    "PhantomFiles",
    "PreviewVideo",
    "Previews",
    "PublicStills",
    "ReportFiles",
    "Result",
    "ResultExports",
    "ResultFiles",
    "RunningJob",
    "ScratchFolder",
    "Segmenter",
    "Segmenters",
    "StudiedTracker",
    "TableFiles",
    "Tracker",
    "TrainedWeights",
    "Trainer",
    "TrainingFolders",
    "TrainingResult",
    "TrainingRun",
    "VisitReports",
    "Workers",
    "WorksheetStore",
]
