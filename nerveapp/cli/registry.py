"""Commands about which model is in use: export and import models, compare two, promote, roll back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nerveapp import bootstrap
from nerveapp.cli.console import By, PlainTable, output, progress_bar
from nerveapp.clock import now
from nerveapp.domain.actor import Actor
from nerveapp.domain.promotion import Gate, Role
from nerveapp.errors import ModelError
from nerveapp.workflows.evaluating.judge import compare_models, locked_frames
from nerveapp.workflows.models import promote as promotion
from nerveapp.workflows.models.choose_model import model_in_use
from nerveapp.workflows.models.import_model import import_model as add_packed_model
from nerveapp.workflows.models.remove_model import remove_model as remove_stored_model

RoleOption = Annotated[Role, typer.Option(help="What it is to be used for.")]


def export_model(
    name: Annotated[str, typer.Argument(help="Name of the model, see `models`.")],
    file: Annotated[Path, typer.Argument(help="ZIP to write: safetensors, card and report.")],
) -> None:
    """Pack a model into one file."""
    app = bootstrap.application()
    app.files.write(file, app.model_packages.pack(app.models, name))
    output.print(f"{name} was written to {file}", markup=False)


def import_model(file: Annotated[Path, typer.Argument(help="ZIP as `export-model` writes it.")], by: By = "") -> None:
    """Check a packed model (hashes, card, whether it builds) and add it."""
    try:
        data = file.read_bytes()
    except OSError as error:
        raise ModelError(f"{file} cannot be read: {error.strerror}.", "Give the ZIP of a model.") from error
    app = bootstrap.application()
    card = add_packed_model(data, packages=app.model_packages, models=app.models, actor=Actor(by))
    output.print(f"{card.name} was added", markup=False)


def remove_model(name: Annotated[str, typer.Argument(help="Name of the model, see `models`.")], by: By = "") -> None:
    """Remove a model with its files and its report; the app's own and those in use stay."""
    app = bootstrap.application()
    remove_stored_model(name, app.models, app.registry_if_there, actor=Actor(by))
    output.print(f"{name} was removed", markup=False)


def promote(
    name: Annotated[str, typer.Argument(help="Model to put to use if it passes the gate.")],
    role: RoleOption = Role.MEDIAN_WRIST,
    dry_run: Annotated[bool, typer.Option(help="Only compare.")] = False,
    by: By = "",
) -> None:
    """Compare a model with the one in use, person by person on the locked outlines, and put it to use if it passes."""
    app = bootstrap.application()
    frames = locked_frames(role, app.annotations, app.registry)
    used = model_in_use(role, app.registry, app.models)
    old, new = (app.segmenters.segmenter(one) for one in (used, name))
    with progress_bar("outlining") as show:
        gate = compare_models(old, new, frames, on_progress=show)
    _print(gate)
    if dry_run:
        output.print("It passes." if gate.passed else "It does not pass.")
        return
    promotion.promote(
        role,
        new.card,
        gate,
        models=app.models,
        store=app.annotations,
        registry=app.registry,
        actor=Actor(by),
        now=now(),
    )
    output.print(f"{name} is in use for {role.words}", markup=False)


def roll_back(role: RoleOption = Role.MEDIAN_WRIST, by: By = "") -> None:
    """Restore the model that was in use before."""
    app = bootstrap.application()
    step = promotion.roll_back(role, app.registry, models=app.models, actor=Actor(by), now=now())
    output.print(f"{step.model} is in use for {role.words}", markup=False)


def _print(gate: Gate) -> None:
    table = PlainTable("person", "frames", gate.old, gate.new, "in the new one's training set")
    for one in gate.people:
        seen = "yes" if one.person in gate.seen_by_new else "no"
        table.add_row(one.person, str(one.frames), f"{one.old_dice:.3f}", f"{one.new_dice:.3f}", seen)
    output.print(table)
