"""The command about readers: how far two of them agree, as a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nerveapp import bootstrap
from nerveapp.cli.console import console, output
from nerveapp.domain.counted import counted
from nerveapp.domain.view import Nerve, Site
from nerveapp.errors import AnnotationError
from nerveapp.workflows.reading.compare import Outlines, Reader, compare, gather, of_view
from nerveapp.workflows.reading.reader_agreement import agreement_csv, agreement_of, of_one_unit


def compare_readers(
    *,
    first: Annotated[str, typer.Option(help='A reader, such as "rater R1"; without it readers are listed.')] = "",
    second: Annotated[str, typer.Option(help="The other one.")] = "",
    out: Annotated[Path, typer.Option(help="File to write.")] = Path("comparison.csv"),
    nerve: Annotated[Nerve | None, typer.Option(help="Only this nerve.")] = None,
    site: Annotated[Site | None, typer.Option(help="Only this site.")] = None,
    in_mm: Annotated[
        bool | None,
        typer.Option(
            "--in-mm/--all",
            help="Only frames whose areas are known in mm², or all; unless said, mm² where they suffice.",
        ),
    ] = None,
    europe: Annotated[bool, typer.Option("--europe", help="As a European Excel opens it.")] = False,
) -> None:
    """Write how far two readers agree on the frames that both outlined: Dice, distances, Bland-Altman, ICC.

    Example: `python -m nerveapp compare-readers --first "rater R1" --second "rater R2" --out r1-r2.csv`
    """
    app = bootstrap.application()
    found = gather(app.annotations)
    if not first and not second:
        for reader in found.readers:
            output.print(f"{reader}  ({len(found.by_reader[reader])} frames)", markup=False)
        return
    one, other = _reader(found, first), _reader(found, second)
    keep = of_view(nerve, site)
    shared = [pair for pair in compare(found, one, other) if keep(pair.clip)]
    pairs = of_one_unit(shared, in_mm=in_mm)
    if not pairs:
        raise AnnotationError(f"{one} and {other} have no such frame in common.", "Choose others, or fewer conditions.")
    agreement = agreement_of(pairs)
    app.files.write(out, agreement_csv(agreement, one, other, app.visits.tables, europe=europe))
    if len(pairs) < len(shared):
        console.print(
            f"left out, as their areas are known in pixels alone: {counted(len(shared) - len(pairs), 'frame')}"
        )
    output.print(f"{agreement.of_words} written to {out}", markup=False)


def _reader(found: Outlines, wanted: str) -> Reader:
    for reader in found.readers:
        if str(reader) == wanted:
            return reader
    raise AnnotationError(f"There is no reader {wanted!r}.", "Without --first and --second the command lists readers.")
