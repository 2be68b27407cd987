"""What the workflows need from outside, as small protocols, one file each; `bootstrap` chooses who fulfils them."""

from nerveapp.ports.annotation_store import AnnotationStore
from nerveapp.ports.job_runner import JobRunner
from nerveapp.ports.model_registry import ModelRegistry
from nerveapp.ports.model_store import ModelStore
from nerveapp.ports.segmenter import Proposer, Segmenter
from nerveapp.ports.trainer import Checkpoints, LearntWeights, TrainedWeights, Trainer
from nerveapp.ports.workers import Item, Result, Workers

__all__ = [
    "AnnotationStore",
    "Checkpoints",
    "Item",
    "JobRunner",
    "LearntWeights",
    "ModelRegistry",
    "ModelStore",
    "Proposer",
    "Result",
    "Segmenter",
    "TrainedWeights",
    "Trainer",
    "Workers",
]
