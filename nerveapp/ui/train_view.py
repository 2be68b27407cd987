"""The Train page: from what is stored to a model, watched while it learns."""

from __future__ import annotations

import streamlit as st

from nerveapp.ports import AnnotationStore, JobRunner, ModelRegistry
from nerveapp.ui.job_view import show_jobs
from nerveapp.ui.training_data import choose_data
from nerveapp.ui.training_form import plan_training


def show_training(store: AnnotationStore, registry: ModelRegistry, runner: JobRunner) -> None:
    """Draw the page."""
    st.write(
        "A U-Net learns from the final outlines in the store and is scored on what was held out. Nothing needs to be "
        "set: press Train."
    )
    with st.expander("Train a model", expanded=not runner.jobs()):
        found = choose_data(store, registry)
        if found:
            plan_training(store, runner, found)
    show_jobs(runner)
