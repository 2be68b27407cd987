"""Commands about annotations: export, import, backup, restore."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nerveapp import bootstrap
from nerveapp.cli.clips import parse_spacing, site_of
from nerveapp.cli.console import console, output
from nerveapp.clock import now
from nerveapp.domain.actor import Actor
from nerveapp.domain.annotation import code
from nerveapp.domain.counted import counted
from nerveapp.domain.outline_files import Format, Known, Question
from nerveapp.domain.view import Nerve, Side, Site, View
from nerveapp.errors import AnnotationError
from nerveapp.workflows.annotating.export_outlines import export_outlines
from nerveapp.workflows.annotating.import_outlines import (
    as_known,
    check_is_theirs,
    import_outlines,
    record_of,
    replaced,
)

_ANSWERS = {
    Question.FIRST_FRAME: "--first-frame 0 or --first-frame 1 gives the number of the file's first frame.",
    Question.LARGE: "--accept-large takes masks that cover most of the frame as they are.",
    Question.EMPTY: "--accept-empty takes masks without an outline as frames without a nerve.",
}
RaterOption = Annotated[str | None, typer.Option(help="Whose outlines; anybody's without it.")]


def export_annotations(
    *,
    out: Annotated[Path, typer.Option(help="File to write; its ending is added.")],
    kind: Annotated[
        Format, typer.Option(help="Kind of file; training is what `train` is trained on.")
    ] = Format.TRAINING,
    rater: RaterOption = None,
    clip: Annotated[str | None, typer.Option(help="Only this clip: the first digits of its hash.")] = None,
    adjudicated: Annotated[bool, typer.Option(help="Only frames with an adjudicated outline.")] = False,
    source: Annotated[Path | None, typer.Option(help="For dicom-seg: the DICOM clip they were drawn on.")] = None,
    with_identity: Annotated[
        bool,
        typer.Option("--with-identity", help="For dicom-seg: let the file identify the patient, as the clip does."),
    ] = False,
) -> None:
    """Write the outlines that count to a file: of each frame the adjudicated one, or else the newest final one.

    Example: `python -m nerveapp export-annotations --kind coco --out outlines`
    """
    app = bootstrap.application()
    if not out.name:
        raise AnnotationError(f'"{out}" is a folder, and --out is a file.', "Give a name, such as outlines.")
    made = export_outlines(
        kind,
        store=app.annotations,
        registry=app.registry,
        files=app.annotation_files,
        rater=rater,
        clip_sha256=clip or "",
        adjudicated_only=adjudicated,
        source=source,
        may_identify=with_identity,
    )
    if made.locked:
        console.print(f"left out, since models are judged on them: {', '.join(made.locked)}", markup=False)
    path = out.with_name(f"{out.name}.{made.suffix}") if out.suffix != f".{made.suffix}" else out
    app.files.write(path, made.data)
    output.print(f"{counted(made.count, 'outline')} written to {path}", markup=False)


def import_annotations(
    *,
    file: Annotated[Path, typer.Argument(help="PNG masks, COCO, LabelMe, NIfTI, DICOM-SEG or ImageJ ROIs, or a ZIP.")],
    clip: Annotated[Path, typer.Option(help="The clip they were drawn on.")],
    rater: Annotated[str, typer.Option(help="Code of who drew them, no name.")],
    subject: Annotated[str, typer.Option(help="Study code of the person scanned, no name.")] = "",
    nerve: Annotated[Nerve, typer.Option(help="The nerve.")] = Nerve.UNKNOWN,
    site: Annotated[Site | None, typer.Option(help="Where it was scanned.")] = None,
    side: Annotated[Side, typer.Option(help="Side of the body.")] = Side.UNKNOWN,
    spacing_mm: Annotated[str | None, typer.Option(metavar="ROW[,COL]", help="Millimetres per pixel.")] = None,
    first_frame: Annotated[
        int | None,
        typer.Option(min=0, max=1, help="Number of the file's first frame, where frames are given by number alone."),
    ] = None,
    accept_large: Annotated[bool, typer.Option(help="Take masks that cover most of the frame as they are.")] = False,
    accept_empty: Annotated[
        bool, typer.Option(help="Take masks without an outline as frames without a nerve.")
    ] = False,
    check: Annotated[bool, typer.Option(help="Only report what the file holds.")] = False,
) -> None:
    """Read outlines drawn elsewhere into the store, all of them or none.

    An outline belongs to the still whose name it bears. Where a clip has no stills with names, the digits at the end of
    a name count, from 0 unless `--first-frame 1` says otherwise.

    Example: `python -m nerveapp import-annotations RoiSet.zip --clip clip.mp4 --rater R1 --subject S012`
    """
    app, actor = bootstrap.application(), Actor(code(rater, what="rater"))
    opened = app.local_clips.open([clip])
    stored = app.annotations.clip(opened.info.sha256)
    typed = None if spacing_mm is None else parse_spacing(spacing_mm)
    own = opened.info.calibration if stored is None or stored.calibration is None else None  # what is stored stands
    known_view = None if stored is None else stored.view
    view = as_known(View(nerve, site_of(nerve, site), side), known_view, clip.name)
    record = record_of(opened, subject=subject, view=view, calibration=typed or own)
    check_is_theirs(record, stored)
    try:
        data = file.read_bytes()
    except OSError as error:
        raise AnnotationError(f"{file.name} cannot be read: {error.strerror}.", "Check the path.") from error
    known = Known(clip.name, app.annotation_files.sop_instance_uid([clip]), first_frame, accept_large, accept_empty)
    found = app.annotation_files.preview([(file.name, data)], clip=record, known=known)
    for remark in found.remarks:
        console.print(remark, markup=False)
    for problem in found.problems:
        console.print(problem, markup=False)
    for option in (option for question, option in _ANSWERS.items() if question in found.asks):
        console.print(option, markup=False)
    if found.problems:
        problems = counted(len(found.problems), "problem")
        raise AnnotationError(f"{problems}: nothing was imported.", "Mend the file and try again.")
    masks = {one.frame: one.mask for one in found.outlines}
    if earlier := replaced(masks, record, actor.code, app.annotations):
        console.print(
            f"{actor.code} has finished outlines of {counted(len(earlier), 'frame')} of these already: the imported "
            "ones count in their place; the earlier ones stay in the history."
        )
    if check:
        frames = ", ".join(str(one.frame) for one in found.outlines)
        of = "frame" if len(found.outlines) == 1 else "frames"
        output.print(f"{counted(len(found.outlines), 'outline')}, no problems; of {of} {frames}")
        return
    done = import_outlines(opened, record, masks, app.annotations, actor=actor, now=now())
    output.print(f"{counted(done, 'outline')} imported")
    listed = app.library.clip(record.sha256)
    if listed is not None and not listed.kept:
        console.print("The clip's own file is not in the library: open it on the page Analyse to see it there.")


def backup(*, file: Annotated[Path, typer.Argument(help="SQLite file to write.")]) -> None:
    """Copy the whole database into one file, while others go on working.

    Files of clips are not in it: they lie in the data folder (NERVEAPP_DATA_DIR), which is copied by itself.

    Example: `python -m nerveapp backup monday.db`
    """
    rows = bootstrap.application().backups.back_up(file)
    output.print(f"{rows} rows written to {file}", markup=False)


def restore_backup(*, file: Annotated[Path, typer.Argument(help="A file that `backup` wrote.")]) -> None:
    """Copy a backup into an empty store; also the way from SQLite to PostgreSQL.

    Files of clips lie in the data folder: put its copy back, too. Clips without their files keep all else.

    Example: `NERVEAPP_DATABASE=sqlite:///data/new.db python -m nerveapp restore monday.db`
    """
    rows = bootstrap.application().backups.restore(file)
    output.print(f"{rows} rows restored")
