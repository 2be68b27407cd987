"""A model from the outlines in the store."""

from nerveapp import bootstrap
from nerveapp.ui.shell import page
from nerveapp.ui.train_view import show_training

with page(__file__, "Train a model"):
    show_training(bootstrap.annotation_store(), bootstrap.model_registry(), bootstrap.job_runner())
