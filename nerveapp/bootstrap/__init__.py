"""Settings, and the only place where adapters are chosen: one `Application` is built of them, once."""

from nerveapp.bootstrap.analysis_bench import JobTimes, time_analysis_jobs
from nerveapp.bootstrap.analysis_process import work_on_analyses
from nerveapp.bootstrap.application import Application, application
from nerveapp.bootstrap.reports import report_sources
from nerveapp.bootstrap.segmenters import load_segmenter
from nerveapp.bootstrap.settings import REPOSITORY, Settings
from nerveapp.bootstrap.training import checkpoints
from nerveapp.bootstrap.versions import software_versions

__all__ = [
    "REPOSITORY",
    "Application",
    "JobTimes",
    "Settings",
    "application",
    "checkpoints",
    "load_segmenter",
    "report_sources",
    "software_versions",
    "time_analysis_jobs",
    "work_on_analyses",
]
