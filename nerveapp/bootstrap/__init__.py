"""Settings, and the only place where adapters are chosen: one `Application` is built of them, once."""

from nerveapp.bootstrap.analyses import analysis_worker, work_on_analyses
from nerveapp.bootstrap.analysis_bench import JobTimes, time_analysis_jobs
from nerveapp.bootstrap.application import Application, application
from nerveapp.bootstrap.segmenters import cached_segmenter, load_segmenter, proposer
from nerveapp.bootstrap.settings import REPOSITORY, Settings
from nerveapp.bootstrap.stores import (
    annotation_store,
    annotation_store_if_there,
    database,
    default_model,
    job_runner,
    job_store,
    keep_a_decoder_ready,
    model_in_use,
    model_registry,
    model_store,
    trainer,
    workers,
)
from nerveapp.bootstrap.versions import software_versions

__all__ = [
    "REPOSITORY",
    "Application",
    "JobTimes",
    "Settings",
    "analysis_worker",
    "annotation_store",
    "annotation_store_if_there",
    "application",
    "cached_segmenter",
    "database",
    "default_model",
    "job_runner",
    "job_store",
    "keep_a_decoder_ready",
    "load_segmenter",
    "model_in_use",
    "model_registry",
    "model_store",
    "proposer",
    "software_versions",
    "time_analysis_jobs",
    "trainer",
    "work_on_analyses",
    "workers",
]
