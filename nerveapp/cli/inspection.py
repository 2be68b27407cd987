"""The command that reports what is read of a clip: inspect."""

from __future__ import annotations

import json
from dataclasses import astuple
from pathlib import Path
from typing import Annotated, Any

import typer

from nerveapp import NOTICE
from nerveapp.analysis.pictures import png_of
from nerveapp.bootstrap import application
from nerveapp.cli.console import console, output
from nerveapp.domain.calibration import Calibration
from nerveapp.domain.clip import Frame
from nerveapp.workflows.analysing.inspect import Inspection, clip_properties
from nerveapp.workflows.analysing.inspect import inspect as run_inspection

_FRAME = "[0-9]" * 6 + ".png"


def inspect(
    clip: Annotated[list[Path], typer.Argument(help="A clip (video, DICOM, TIFF, NIfTI, ZIP of stills), or stills.")],
    *,
    json_file: Annotated[Path | None, typer.Option("--json", help="File to write the same to, as JSON.")] = None,
    frames: Annotated[
        Path | None, typer.Option(help="Folder for each decoded frame as displayed, 000000.png and so on.")
    ] = None,
) -> None:
    """Report what is read of a clip: kind, size, frames, times, calibration and every remark.

    Example: `python -m nerveapp inspect clip.dcm --json clip.json --frames frames`.
    A file that cannot be read is refused in words, with exit code 2.
    """
    here = application()

    def keep(frame: Frame) -> None:
        if frames is not None:
            here.files.write(frames / f"{frame.index:06d}.png", png_of(frame.image))

    found = run_inspection(here.local_clips.open(clip), keep)
    for line in lines_of(found):
        output.print(line, markup=False, highlight=False, soft_wrap=True)
    if json_file is not None:
        here.files.write(json_file, _encoded(as_json(found)))
    others = [] if frames is None else sorted(one.name for one in frames.glob(_FRAME) if int(one.stem) >= found.frames)
    if others:
        console.print(f"{frames} holds frames that are not of this clip: {others[0]} to {others[-1]}.", markup=False)
    console.print(NOTICE)


def as_json(found: Inspection) -> dict[str, Any]:
    """Give what was read as JSON values; these keys stay as they are."""
    info = found.info
    return {
        "kind": info.format,
        "width": info.width,
        "height": info.height,
        "frames": found.frames,
        "times_s": list(found.times_s),
        "calibration": None if info.calibration is None else _calibration(info.calibration),
        "remarks": list(info.notes),
        "truncation": found.truncation,
        "names": list(info.names),
    }


def _encoded(values: dict[str, Any]) -> bytes:
    """Write as UTF-8; names of files need not be text, and what is none is written as a question mark."""
    return json.dumps(values, ensure_ascii=False, indent=2).encode(errors="replace") + b"\n"


def _calibration(calibration: Calibration) -> dict[str, Any]:
    return {
        "row_mm": calibration.row_spacing_mm,
        "column_mm": calibration.column_spacing_mm,
        "origin": calibration.origin.value,
        "detail": calibration.detail,
        # First column and row, last column and row; null holds for the whole frame.
        "box": None if calibration.box is None else list(astuple(calibration.box)),
        # Boxes of the same kind where it does not hold.
        "except_in": [list(astuple(one)) for one in calibration.except_in],
    }


def lines_of(found: Inspection) -> list[str]:
    """Write what was read, a line for each property."""
    rows = clip_properties(found.info, frames=found.frames, truncation=found.truncation)
    lines = [f"{name:16} {value}" for name, value in rows]
    lines.append(f"{'last frame at':16} {found.times_s[-1]:.3f} s")
    return lines + [f"frame {index:06d} is {name}" for index, name in enumerate(found.info.names)]
