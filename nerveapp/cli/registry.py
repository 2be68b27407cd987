"""Commands about which model is in use: pack and bring models, hold two against each other, promote, go back."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from nerveapp import bootstrap
from nerveapp.cli.console import output, progress_bar
from nerveapp.domain.promotion import Gate, Role
from nerveapp.errors import ModelError
from nerveapp.io.atomic import write_bytes
from nerveapp.io.model_zip import pack_model
from nerveapp.workflows import judge

RoleOption = Annotated[Role, typer.Option(help="What it is to be used for.")]


def export_model(
    name: Annotated[str, typer.Argument(help="Name of the model, see `models`.")],
    file: Annotated[Path, typer.Argument(help="ZIP to write: safetensors, card and report.")],
) -> None:
    """Pack a model into one file."""
    write_bytes(file, pack_model(bootstrap.model_store(), name))
    output.print(f"{name} is in {file}")


def import_model(file: Annotated[Path, typer.Argument(help="ZIP as `export-model` writes it.")]) -> None:
    """Check a packed model (hashes, card, whether it builds) and add it."""
    try:
        data = file.read_bytes()
    except OSError as error:
        raise ModelError(f"{file} cannot be read: {error.strerror}.", "Give the ZIP of a model.") from error
    output.print(f"{bootstrap.import_model(data).name} is here")


def promote(
    name: Annotated[str, typer.Argument(help="Model to put to use if it passes the gate.")],
    role: RoleOption = Role.MEDIAN_WRIST,
    dry_run: Annotated[bool, typer.Option(help="Only compare.")] = False,
) -> None:
    """Hold a model against the one in use, person by person on the locked outlines, and put it to use if it passes."""
    store, registry = bootstrap.annotation_store(), bootstrap.model_registry()
    images = judge.locked_images(role, store, registry)
    old, new = (bootstrap.load_segmenter(one) for one in (bootstrap.model_in_use(role), name))
    with progress_bar("outlining") as tell:
        gate = judge.compare_models(old, new, images, on_progress=tell)
    _print(gate)
    if dry_run:
        output.print("It passes." if gate.passed else "It does not pass.")
        return
    models = bootstrap.model_store()
    judge.promote(role, new.card, gate, models=models, store=store, registry=registry, now=datetime.now(UTC))
    output.print(f"{name} is in use for {role.words}")


def roll_back(role: RoleOption = Role.MEDIAN_WRIST) -> None:
    """Bring back the model that was in use before."""
    shipped = bootstrap.model_store().card(role.shipped)
    step = judge.roll_back(role, bootstrap.model_registry(), shipped=shipped, now=datetime.now(UTC))
    output.print(f"{step.model} is in use for {role.words}")


def _print(gate: Gate) -> None:
    table = Table("person", "frames", gate.old, gate.new, "known to the new one")
    for one in gate.people:
        seen = "yes" if one.person in gate.seen_by_new else "no"
        table.add_row(one.person, str(one.frames), f"{one.old_dice:.3f}", f"{one.new_dice:.3f}", seen)
    output.print(table)
