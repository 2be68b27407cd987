"""The command that works on queued analyses."""

from __future__ import annotations

from typing import Annotated

import typer

from nerveapp import bootstrap


def work_analyses(name: Annotated[str, typer.Argument()] = "") -> None:
    """Work on queued analyses; the app begins this command by itself, and it ends when the app and the queue do."""
    bootstrap.work_on_analyses(bootstrap.application(), name)
