"""The command by which a training's own process is started."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer

from nerveapp.bootstrap import application
from nerveapp.domain.actor import Actor
from nerveapp.workflows.training.training_jobs import work_on_training


def work(job_id: Annotated[str, typer.Argument()], attempt: Annotated[int, typer.Argument()]) -> None:
    """Do the work of a job; the app starts this command by itself."""
    app = application()
    work_on_training(
        Actor(),
        job_id,
        attempt,
        work=app.training_work,
        tools=partial(app.training_tools, threads=app.settings.training_threads),
        models=app.models,
        save_report=app.models.save_report,
    )
