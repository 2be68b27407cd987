"""The commands, gathered, and the one place that turns failures into messages and exit codes."""

from __future__ import annotations

import io
import sys

import typer

from nerveapp import NOTICE
from nerveapp.cli import (
    accuracy,
    analyses,
    clips,
    inspection,
    library,
    live,
    machine,
    models,
    outlines,
    readers,
    recipes,
    registry,
    training_work,
    visits,
)
from nerveapp.cli.console import console
from nerveapp.errors import NerveAppError

app = typer.Typer(
    help=f"Outline peripheral nerves in ultrasound clips and measure them. {NOTICE}",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)
for command in (
    clips.analyse,
    inspection.inspect,
    live.live,
    clips.phantom,
    models.models,
    models.evaluate,
    models.describe_training,
    recipes.train,
    registry.promote,
    registry.roll_back,
    registry.export_model,
    registry.import_model,
    registry.remove_model,
    accuracy.measure,
    accuracy.external_baseline,
    accuracy.accuracy,
    outlines.export_annotations,
    outlines.import_annotations,
    readers.compare_readers,
    outlines.backup,
    visits.report,
    machine.bench,
    machine.doctor,
):
    app.command()(command)
app.command("yardstick", hidden=True)(accuracy.external_baseline)  # its name before, for scripts
app.command(hidden=True)(analyses.work_analyses)
app.command(hidden=True)(training_work.work)
app.command("restore")(outlines.restore_backup)
app.add_typer(library.app, name="library")


def main() -> None:
    """Run a command; what the user can cause ends with a message and exit code 2."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without "²" must not end what is done already
    try:
        app()
    except NerveAppError as error:
        console.print(error.message, style="bold red", soft_wrap=True, markup=False)
        if error.hint:
            console.print(error.hint, soft_wrap=True, markup=False)
        sys.exit(2)
