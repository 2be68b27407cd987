"""Stand-ins for the ports, in files of the same names."""

from tests.fakes.annotation_store import FakeAnnotationStore
from tests.fakes.clip import FakeClip
from tests.fakes.frame_source import FakeFrameSource
from tests.fakes.model_registry import FakeModelRegistry
from tests.fakes.model_store import FakeModelFolders, FakeModelStore
from tests.fakes.output_files import FakeOutputFiles
from tests.fakes.segmenter import CARD, FakeSegmenter
from tests.fakes.trainer import FakeTrainer

__all__ = [
    "CARD",
    "FakeAnnotationStore",
    "FakeClip",
    "FakeFrameSource",
    "FakeModelFolders",
    "FakeModelRegistry",
    "FakeModelStore",
    "FakeOutputFiles",
    "FakeSegmenter",
    "FakeTrainer",
]
