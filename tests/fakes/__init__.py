"""Stand-ins for the ports, in files of the same names."""

from tests.fakes.analysis_runner import FakeAnalysisRunner
from tests.fakes.analysis_store import FakeAnalysisStore
from tests.fakes.annotation_store import FakeAnnotationStore
from tests.fakes.clip import FakeClip
from tests.fakes.frame_source import FakeFrameSource
from tests.fakes.model_registry import FakeModelRegistry
from tests.fakes.model_store import FakeModelFolders, FakeModelStore
from tests.fakes.norm_store import FakeNormStore
from tests.fakes.output_files import FakeOutputFiles
from tests.fakes.previews import FakePreviews
from tests.fakes.segmenter import CARD, FakeSegmenter
from tests.fakes.table_files import FakeTableFiles
from tests.fakes.tracker import FakeTracker
from tests.fakes.trainer import FakeTrainer
from tests.fakes.worksheet_store import FakeWorksheetStore

__all__ = [
    "CARD",
    "FakeAnalysisRunner",
    "FakeAnalysisStore",
    "FakeAnnotationStore",
    "FakeClip",
    "FakeFrameSource",
    "FakeModelFolders",
    "FakeModelRegistry",
    "FakeModelStore",
    "FakeNormStore",
    "FakeOutputFiles",
    "FakePreviews",
    "FakeSegmenter",
    "FakeTableFiles",
    "FakeTracker",
    "FakeTrainer",
    "FakeWorksheetStore",
]
