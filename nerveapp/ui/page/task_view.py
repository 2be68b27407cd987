"""A task under way: how far it has come, and a button that stops it."""

from __future__ import annotations

from collections.abc import Hashable

import streamlit as st

from nerveapp.workflows.execution.tasks import T, Task, Tasks

_LOOK_EVERY_S = 0.5


def result_of(tasks: Tasks[T], about: Hashable, doing: str, *, key: str) -> T | None:
    """Give what a task found, or show that it is under way; the page is drawn anew when it has ended.

    Parameters
    ----------
    tasks : Tasks
    about : hashable
        What the task is about.
    doing : str
        What it does, shown above the bar.
    key : str
        Of the button that stops it.

    Returns
    -------
    T or None
        None where nobody has asked for it, and as long as there is nothing.

    Raises
    ------
    NerveAppError
        What ended it without a result; once, to who looks first.
    """
    task = tasks.of(about)
    if task is None:
        return None
    if not task.ended:
        st.fragment(_watch, run_every=_LOOK_EVERY_S)(task, doing, key)
        return None
    if task.failed:
        tasks.drop(about)  # it is told once
    return task.result()


def _watch(task: Task[T], doing: str, key: str) -> None:
    if task.ended or task.stopped:
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.progress(task.share, doing)
        st.button("Stop", icon=":material/stop:", key=key, on_click=task.stop)
