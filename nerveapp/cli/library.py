"""Commands about the library: list, show, move, delete, and let go of what was kept long enough."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from nerveapp.bootstrap.application import Application, application
from nerveapp.cli.console import By, PlainTable, console, output
from nerveapp.clock import now
from nerveapp.domain.actor import Actor
from nerveapp.domain.clip_source import ClipSource
from nerveapp.domain.counted import counted
from nerveapp.domain.library import ClipFilter, ListedClip
from nerveapp.errors import LibraryError
from nerveapp.workflows.library import filing
from nerveapp.workflows.library.delete import delete as delete_all
from nerveapp.workflows.library.delete import what_goes_in_words
from nerveapp.workflows.library.retain import sweep as sweep_all

app = typer.Typer(
    help="Patients, visits and clips: what is kept, and deleting it. Files of clips lie in the data folder "
    "(NERVEAPP_DATA_DIR), all else in the database.",
    no_args_is_help=True,
)

_WIDE = 250
_SHOWN = 12
"""Digits of a hash that are printed: enough to tell clips apart."""


@app.command("list")
def list_clips(
    text: Annotated[str, typer.Argument(help="Part of a patient's code or a clip's name, or a hash's beginning.")] = "",
    patient: Annotated[str | None, typer.Option(help="Code; an empty one lists clips of nobody.")] = None,
    exam: Annotated[str | None, typer.Option("--visit", "--exam", help="Id of a visit, see `show`.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many.")] = 50,
) -> None:
    """List clips, those that came last first."""
    library, wanted = application().library, ClipFilter(text=text, patient=patient, exam=exam, limit=limit)
    _print_clips(library.clips(wanted))
    if (total := library.count(wanted)) > limit:
        console.print(f"{limit} of {total}: give --limit {total} for all")


@app.command("patients")
def list_patients(
    text: Annotated[str, typer.Argument(help="Part of a code.")] = "",
) -> None:
    """List patients with the number of their visits and clips."""
    library = application().library
    table = PlainTable("patient", "born", "sex", "visits", "clips")
    for one in library.patients(text):
        clips = library.count(ClipFilter(patient=one.code))
        born = str(one.birth_year or "")
        table.add_row(one.code, born, one.sex or "", str(len(library.exams(one.code))), str(clips))
    _print(table)


@app.command()
def show(what: Annotated[str, typer.Argument(help="A patient's code, or the beginning of a clip's hash.")]) -> None:
    """Show a patient's visits and clips, or all that is known of a clip."""
    library = application().library
    if library.patient(what) is None:
        clip = _clip(what, application())
        _print_clip(clip, library.source(clip.record.sha256))
        return
    table = PlainTable("visit", "when", "indication", "note")
    for exam in library.exams(what):
        table.add_row(exam.id, exam.when, exam.indication, exam.note)
    _print(table)
    clips = ClipFilter(patient=what)
    _print_clips(library.clips(ClipFilter(patient=what, limit=max(1, library.count(clips)))))


@app.command()
def move(
    clip: Annotated[str, typer.Argument(help="Beginning of its hash.")],
    visit: Annotated[str, typer.Argument(help='Id of the visit, see `show`; "" takes it from its patient.')],
    by: By = "",
) -> None:
    """File a clip under another visit, whose patient is its own from then on."""
    app = application()
    sha256 = _clip(clip, app).record.sha256
    moved = filing.move_clip(sha256, visit, app.library, actor=Actor(by), now=now())
    output.print(f"{sha256[:_SHOWN]} is of {moved.subject or 'nobody'}", markup=False)


@app.command()
def delete(
    patient: Annotated[str, typer.Option(help="Code of a patient: with visits and clips.")] = "",
    exam: Annotated[str, typer.Option("--visit", "--exam", help="Id of a visit: with its clips.")] = "",
    clip: Annotated[str, typer.Option(help="Beginning of a clip's hash.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    by: By = "",
) -> None:
    """Delete a patient, a visit or a clip with all that hangs on it, for ever; lists what goes and asks."""
    if sum(map(bool, (patient, exam, clip))) != 1:
        raise LibraryError("Nothing was named to be deleted.", "Give one of --patient, --visit and --clip.")
    app = application()
    sha256 = _clip(clip, app).record.sha256 if clip else ""
    gone = app.library.what_goes(patient=patient, exam=exam, clip=sha256)
    output.print(f"This deletes {what_goes_in_words(gone)}", markup=False)
    if not yes and not typer.confirm("Delete it for ever?"):
        output.print("Nothing was deleted.")
        return
    delete_all(gone, app.library, app.objects, actor=Actor(by), now=now())
    output.print("Deleted.")


@app.command()
def sweep() -> None:
    """Remove the files of clips that were kept long enough (NERVEAPP_RETENTION), and files that a crash left behind."""
    app = application()
    retention = app.settings.retention
    done = sweep_all(app.library, app.objects, retention, actor=Actor(), now=now())
    output.print(retention.words)
    output.print(f"Removed: the files of {counted(done.clips, 'clip')}, {counted(done.orphans, 'file')} of nobody.")


def _print(table: PlainTable) -> None:
    """Print a table, whole where it goes into a file or another program."""
    (output if output.is_terminal else Console(width=_WIDE)).print(table)


def _clip(start: str, app: Application) -> ListedClip:
    found = app.library.clips(ClipFilter(hash_start=start, limit=2))
    if len(found) != 1 or not start:
        none = f"There is no patient {start!r}, and no clip whose hash begins so."
        said = f"Several clips begin with {start!r}." if found else none
        raise LibraryError(said, "See `python -m nerveapp library list`.")
    return found[0]


def _print_clips(clips: tuple[ListedClip, ...]) -> None:
    table = PlainTable("clip", "patient", "visit", "view", "name", "added (UTC)", "analyses", "annotated", "file")
    for one in clips:
        view = one.record.view
        table.add_row(
            one.record.sha256[:_SHOWN],
            one.record.subject,
            one.exam.when if one.exam else "",
            f"{view.nerve} {view.site} {view.side}",
            one.name,
            f"{one.added_at:%Y-%m-%d %H:%M}",
            str(one.analyses),
            str(one.annotated),
            "kept" if one.kept else "not kept",
        )
    _print(table)


def _print_clip(clip: ListedClip, source: ClipSource | None) -> None:
    record, exam = clip.record, clip.exam
    lines = [
        ("clip", record.sha256),
        ("name", clip.name),
        ("patient", record.subject or "nobody"),
        ("visit", f"{exam.when} ({exam.id})" if exam else "none"),
        ("view", f"{record.view.nerve} {record.view.site} {record.view.side}"),
        ("size", f"{record.width} x {record.height} px, {counted(record.frame_count, 'frame')}"),
        ("calibration", f"{record.calibration.origin} {record.calibration.detail}" if record.calibration else "none"),
        ("origin", str(clip.origin or "older than the library")),
        ("credit", source.credit if source else ""),
        ("file", "kept" if clip.kept else "not kept"),
        ("analyses", str(clip.analyses)),
        ("frames outlined", str(clip.annotated)),
    ]
    for name, value in lines:
        output.print(f"{name}: {value}", markup=False)
