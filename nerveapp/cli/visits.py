"""The command about visits: their reports as files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from nerveapp import NOTICE
from nerveapp.bootstrap import report_sources
from nerveapp.bootstrap.application import Application, application
from nerveapp.cli.console import PlainTable, console, output
from nerveapp.clock import now
from nerveapp.domain.counted import counted
from nerveapp.domain.exam import Exam
from nerveapp.domain.visit_report import ReportKind, ReportOptions, VisitReport
from nerveapp.domain.worksheet import CellState
from nerveapp.errors import LibraryError
from nerveapp.workflows.visits.visit_report import visit_report

_WIDE = 200
_SHORTEST = 4
"""Digits of an id from which its beginning is taken for one."""


def report(
    exam: Annotated[
        str,
        typer.Option(
            "--visit",
            "--exam",
            help="Id of the visit or its beginning, or the patient's code, with date or day where there are several "
            'visits ("S01 2026-01-05", "S01 day 3"). Without it all visits are listed.',
        ),
    ] = "",
    out: Annotated[Path | None, typer.Option(help="Folder for the files; made where it is missing.")] = None,
    kind: Annotated[list[ReportKind] | None, typer.Option(help="Form of the report; again for another one.")] = None,
    europe: Annotated[
        bool, typer.Option("--europe", help="CSV for a European Excel: semicolons and decimal commas.")
    ] = False,
    keep_references: Annotated[
        bool,
        typer.Option(
            "--keep-references",
            help="Name the DICOM objects that were measured in the structured report: by them an archive finds the "
            "person. Without it the report is a study of its own.",
        ),
    ] = False,
) -> None:
    """Write the report of a visit: for the record (pdf, html), an archive (sr), a registry (csv), a hospital (fhir).

    Example: `python -m nerveapp report --visit "S01 2026-01-05" --out report --kind pdf --kind csv`.
    NERVEAPP_CLINIC and NERVEAPP_LOGO give the letterhead.
    """
    app = application()
    if not exam:
        _print_exams(app)
        return
    found = _exam(exam, app)
    if out is None:
        raise LibraryError("No folder was named for the report.", "Give one with --out.")
    kinds = list(dict.fromkeys(kind or [ReportKind.PDF]))
    made = visit_report(found, report_sources(app), now=now(), pictures=any(one.has_pictures for one in kinds))
    options = ReportOptions(europe=europe, keep_references=keep_references)
    for one in kinds:
        for name, data in app.visits.reports.write(made, one, options=options).items():
            app.files.write(out / name, data)
            output.print(str(out / name), markup=False)
    _tell_what_is_open(made)
    console.print(NOTICE)


def _exam(text: str, app: Application) -> Exam:
    """Find the visit that a text names; raises LibraryError unless it is one."""
    code, _, when = text.strip().partition(" ")
    exams = app.library.exams()
    beginning = text.strip().lower()
    found = [one for one in exams if one.patient == code and when.strip() in ("", one.when, one.day_of_visit)]
    if not found and len(beginning) >= _SHORTEST:  # digits of a code may begin the id of another patient's visit
        found = [one for one in exams if one.id.startswith(beginning)]
    if len(found) == 1:
        return found[0]
    if not found:
        raise LibraryError(f"No visit is called {text!r}.", "See `python -m nerveapp report` for a list.")
    which = "; ".join(f"{one.id[:12]} ({one.when})" for one in found)
    raise LibraryError(f"{counted(len(found), 'visit')} fit {text!r}: {which}.", "Give the date, or the visit's id.")


def _print_exams(app: Application) -> None:
    table = PlainTable("visit", "patient", "when", "values", "indication")
    for exam in app.library.exams():
        accepted = str(len(app.visits.worksheets.values(exam.id)))
        table.add_row(exam.id, exam.patient, exam.when, accepted, exam.indication)
    (output if output.is_terminal else Console(width=_WIDE)).print(table)


def _tell_what_is_open(made: VisitReport) -> None:
    """Say what the report lacks: it is marked as partial, or preliminary."""
    cells = made.worksheet.cells
    for state, words in ((CellState.MISSING, "still to be scanned"), (CellState.TO_REVIEW, "scanned but not accepted")):
        names = [f"{one.station.words}, {one.view.side}" for one in cells if one.state is state]
        if names:
            console.print(f"{words.capitalize()}: {'; '.join(names)}.", markup=False)
    for one in cells:
        if one.outdated:
            name = f"{one.station.words}, {one.view.side}"
            console.print(f"{name}: not what would be measured today: {one.outdated}.", markup=False)
