"""The Train page: from what is stored to a model, watched while it learns."""

from __future__ import annotations

import streamlit as st

from nerveapp.ports import AnnotationStore, JobRunner, ModelRegistry
from nerveapp.ui.training.job_view import show_jobs
from nerveapp.ui.training.training_data import choose_data
from nerveapp.ui.training.training_form import plan_training


def show_training(store: AnnotationStore, registry: ModelRegistry, runner: JobRunner) -> None:
    """Draw the page."""
    st.write(
        "A U-Net is trained on the final outlines in the store and scored on what was held out. The settings may stay "
        "as they are. Whoever models are to be compared on must be locked on the Models page before training."
    )
    with st.expander("Train a model", expanded=not runner.jobs()):
        found = choose_data(store, registry)
        if found:
            plan_training(store, runner, found)
    show_jobs(runner)
