"""What leaves the app: measurements, masks, provenance and the overlay video, each with notice and calibration."""

from __future__ import annotations

import io
import json
import zipfile
from collections import Counter
from dataclasses import asdict
from pathlib import Path

import cv2
import numpy as np
from openpyxl import Workbook

from nerveapp import NOTICE
from nerveapp.analysis.pictures import png_of
from nerveapp.analysis.plausibility import implausible, outside_region
from nerveapp.analysis.rendering import add_caption, draw_outline
from nerveapp.analysis.report_picture import frame_caption, report_picture
from nerveapp.analysis.table import COLUMNS, rows
from nerveapp.domain.analysis import Analysis
from nerveapp.domain.clip import Clip, Image
from nerveapp.domain.exam import NOWHERE, FiledUnder
from nerveapp.domain.model import ModelCard
from nerveapp.domain.segmentation import PackedMask
from nerveapp.domain.tracking import How
from nerveapp.io.tables import cell, csv_table
from nerveapp.io.video_writing import writing_video

Versions = tuple[tuple[str, str], ...]


def provenance(analysis: Analysis, versions: Versions, filed: FiledUnder = NOWHERE) -> dict[str, object]:
    """Everything needed to defend or repeat the numbers, ready for JSON. Names no file, and a person by a code."""
    calibration = analysis.calibration
    model = analysis.model
    return {
        "notice": NOTICE,
        "clip": {
            "sha256": analysis.clip.sha256,
            "format": analysis.clip.format,
            "width": analysis.clip.width,
            "height": analysis.clip.height,
            "frames_decoded": len(analysis.frames),
            "frames_announced": analysis.clip.frame_count,
            "times": "from the file" if analysis.clip.timed else "numbered, 1 frame per second: the file has none",
            "truncation": analysis.truncation,
            "notes": list(analysis.clip.notes),
        },
        "exam": {"nerve": analysis.view.nerve, "site": analysis.view.site, "side": analysis.view.side},
        "calibration": None if calibration is None else asdict(calibration),
        "model": {
            "name": model.name,
            "sha256": model.sha256,
            "files": [{"network": one.name, "sha256": one.sha256} for one in model.networks],
            "licence": model.licence,
            "engine": analysis.engine,
        },
        "unlike_training": analysis.unlike_training or None,
        "corrections": [
            {"frame": one.frame, "rater": one.rater, "annotation": one.id, "made_at": one.made_at.isoformat()}
            for one in analysis.corrections
        ],
        "tracking": _tracking(analysis),
        "device": analysis.engine.rsplit(" on ", 1)[-1].split(",")[0],
        "summary": _summary(analysis),
        "timings": {
            "seconds": round(analysis.seconds, 3),
            "frames_per_second": round(len(analysis.frames) / analysis.seconds, 2),
        },
        "versions": dict(versions),
        "filed": asdict(filed),
    }


def _tracking(analysis: Analysis) -> dict[str, object]:
    """Say how the outlines came about; frames and nerves are numbered from 0."""
    came = Counter(frame.how for frame in analysis.frames)
    return {
        "points": [one.told for one in analysis.points],
        "nerve": analysis.nerve,
        "other_nerves": [one.nerve for one in analysis.others],
        "frames": {how.value: came[how] for how in How},
    }


def _summary(analysis: Analysis) -> dict[str, object]:
    """Give the summary under the keys that scripts rely on, whatever the fields are called today."""
    summary = analysis.summary
    return {
        "unit": summary.unit,
        "frames": summary.frames,
        "outlined": summary.outlined,
        "uncalibrated": summary.uncalibrated,
        "unflagged": summary.unflagged,
        "flagged": summary.flagged,
        "area_max": summary.area_max,
        "area_median": summary.area_median,
        "area_mean": summary.area_mean,
        "area_sd": summary.area_sd,
        "area_max_frame": summary.area_max_frame,
        "area_median_frame": summary.area_median_frame,
        "steadiest": None if summary.most_stable is None else asdict(summary.most_stable),
        "implausible": list(implausible(analysis)),
    }


def summary_json(analysis: Analysis, versions: Versions, filed: FiledUnder = NOWHERE) -> bytes:
    """Give the provenance as JSON."""
    return json.dumps(provenance(analysis, versions, filed), indent=2, ensure_ascii=False).encode() + b"\n"


def heading_lines(analysis: Analysis, filed: FiledUnder = NOWHERE) -> list[str]:
    """Lines that travel with every table: notice, whose nerve it is, model, calibration."""
    view = analysis.view
    calibration = analysis.calibration
    spacing = "none; areas are in px² only" if calibration is None else calibration.words
    outside = outside_region(analysis.summary)
    return [
        NOTICE,
        *([filed.words] if filed.words else []),
        view.words,
        f"model {analysis.model.name}, sha256 {analysis.model.sha256}{_files(analysis.model)}, {analysis.engine}",
        f"calibration {spacing}",
        *([analysis.unlike_training] if analysis.unlike_training else []),
        *([outside] if outside else []),
        *(f"the areas are no finding: {reason}" for reason in implausible(analysis)),
        f"clip sha256 {analysis.clip.sha256}",
        *(
            f"{'followed from' if len(analysis.frames) > 1 else 'outlined'} where a person pointed: {one.in_words}"
            for one in analysis.points
        ),
        *([_reviewed(analysis)] if analysis.corrections else []),
        *([f"incomplete: {analysis.truncation}"] if analysis.truncation else []),
    ]


def _reviewed(analysis: Analysis) -> str:
    frames = [analysis.frames[one.frame] for one in analysis.corrections]
    corrected = sum(frame.corrected for frame in frames)
    raters = ", ".join(sorted({one.rater for one in analysis.corrections}))
    confirmed = f"{len(frames) - corrected} confirmed as the model drew them"
    return f"{corrected} outlines corrected by a person, {confirmed}, by {raters}"


def _files(model: ModelCard) -> str:
    if model.refinement is None:
        return ""
    files = ", ".join(f"{one.name} {one.sha256}" for one in model.networks)
    return f" (of the hashes of its two files: {files})"


def measurements_csv(analysis: Analysis, filed: FiledUnder = NOWHERE, *, europe: bool = False) -> bytes:
    """Give one row per decoded frame; lines that start with # carry notice and provenance."""
    names, remarks = [column.name for column in COLUMNS], heading_lines(analysis, filed)
    return csv_table(names, rows(analysis.frames), remarks=remarks, europe=europe)


def measurements_xlsx(analysis: Analysis, versions: Versions, filed: FiledUnder = NOWHERE) -> bytes:
    """Give the same table as a workbook, with a sheet of provenance and one that gives the columns' meanings."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("measurements")
    sheet.freeze_panes = "B2"
    sheet.append([column.name for column in COLUMNS])
    for row in rows(analysis.frames):
        sheet.append([cell(value) for value in row])
    about = book.create_sheet("about")
    about.column_dimensions["A"].width = 32
    for line in heading_lines(analysis, filed):
        about.append([cell(line)])
    about.append([])
    for key, value in _flat(provenance(analysis, versions, filed)):
        about.append([cell(key), cell(value)])
    legend = book.create_sheet("columns")
    for column in COLUMNS:
        legend.append([cell(column.name), cell(column.meaning)])
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def _flat(values: dict[str, object], prefix: str = "") -> list[tuple[str, str | float | int | None]]:
    flat: list[tuple[str, str | float | int | None]] = []
    for key, value in values.items():
        if isinstance(value, dict):
            flat += _flat(value, f"{prefix}{key}.")
        elif isinstance(value, int | float | None):
            flat.append((prefix + key, value))
        elif isinstance(value, list):
            flat.append((prefix + key, "; ".join(map(_in_a_cell, value))))
        else:
            flat.append((prefix + key, str(value)))
    return flat


def _in_a_cell(value: object) -> str:
    """Write an item of a list for people, such as "frame 3, rater R1"."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {part}" for name, part in value.items())
    return str(value)


def mask_png(mask: PackedMask) -> bytes:
    """Give a mask as a one-channel PNG, 255 inside the nerve and 0 outside."""
    _, data = cv2.imencode(".png", mask.unpack().astype(np.uint8) * 255)
    return data.tobytes()


def frame_png(image: Image, analysis: Analysis, frame: int, *, visit: str = "", code: str = "") -> bytes:
    """Give a frame with outline, scale bar, depth, side and caption as PNG; see `report_picture`."""
    caption = frame_caption(analysis, frame, code=code, visit=visit)
    mask = analysis.masks[frame].unpack()
    side = analysis.view.side
    return png_of(report_picture(image, mask, calibration=analysis.calibration, side=side, caption=caption))


def mask_name(frame: int) -> str:
    """File name of a frame's mask."""
    return f"mask_{frame:06d}.png"


def masks_zip(analysis: Analysis, versions: Versions, filed: FiledUnder = NOWHERE) -> bytes:
    """Give all masks and the provenance as a ZIP."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("summary.json", summary_json(analysis, versions, filed))
        for frame, mask in zip(analysis.frames, analysis.masks, strict=True):
            archive.writestr(f"masks/{mask_name(frame.frame)}", mask_png(mask))
    return data.getvalue()


def write_overlay(path: Path, clip: Clip, analysis: Analysis) -> None:
    """Write the clip with its outlines as an H.264 video; every frame carries its area and the notice.

    Raises
    ------
    WriteError
        If the video cannot be written.
    """
    times = [frame.time_s for frame in analysis.frames]
    captioned = add_caption(np.zeros((analysis.clip.height, analysis.clip.width, 3), np.uint8), _caption(analysis, 0))
    height, width = captioned.shape[:2]
    with writing_video(path, width=width, height=height, frame_rate=frame_rate(times)) as video:
        for frame, mask in zip(clip.frames(), analysis.masks, strict=False):
            drawn = draw_outline(frame.image, mask.unpack())
            video.add(add_caption(drawn, _caption(analysis, frame.index))[:height], frame.time_s)


def frame_rate(times_s: list[float]) -> float:
    """Mean frames per second of presentation times; 1 for a single frame."""
    span = times_s[-1] - times_s[0] if len(times_s) > 1 else 0
    return min(240.0, (len(times_s) - 1) / span) if span > 0 else 1.0


def _caption(analysis: Analysis, index: int) -> list[str]:
    measured = analysis.frames[index]
    if measured.px is None:
        area = "no nerve found"
    elif measured.mm is None and analysis.calibration is not None:
        area = "outside the calibrated region"
    elif measured.mm is None:
        area = f"area {measured.px.area:.0f} px2 (uncalibrated)"
    else:
        area = f"area {measured.mm.area:.2f} mm2"
    # Fixed widths keep the strip's height the same on every frame.
    by = "Outlined by hand" if measured.corrected else analysis.model.name
    return [f"frame {index:>6d}   {measured.time_s:>8.3f} s   {area:<30s}", f"{by}. {NOTICE}"]
