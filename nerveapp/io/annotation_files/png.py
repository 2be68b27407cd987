"""A ZIP of PNG masks, with a table that says what each of them is."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import cv2
import numpy as np

from nerveapp import NOTICE
from nerveapp.domain.annotation import ClipRecord
from nerveapp.domain.segmentation import Mask
from nerveapp.errors import AnnotationError
from nerveapp.io.annotation_files.frames import (
    Exported,
    Known,
    Preview,
    Versions,
    check_chosen,
    frame_names,
    frame_of_name,
)
from nerveapp.io.annotation_files.gathering import Gathering
from nerveapp.io.annotation_files.json_values import ShapeError
from nerveapp.io.annotation_files.placing import Named, place
from nerveapp.io.annotation_files.still_names import StillNames
from nerveapp.io.annotation_files.zip_files import Member, pack
from nerveapp.io.export import mask_png

PNG_MAGIC = b"\x89PNG\r\n\x1a\n"
INDEX = "index.csv"
COLUMNS = (
    "clip_sha256", "frame", "file", "nerve", "site", "side", "subject", "rater", "state", "source", "model",
    "model_sha256", "seconds", "made_at", "area_px",
)  # fmt: skip

_INSIDE = (1, 255)
_SHORTEST_HASH = 8

Place: TypeAlias = tuple[str, int | None]
"""Hash of the clip, or its first digits, or "" where none is given; and the frame."""


def export_png(frames: Sequence[Exported], versions: Versions) -> bytes:
    """Write masks (0 outside, 255 inside) and index.csv, of one clip or several.

    Raises
    ------
    AnnotationError
        If nothing is chosen, or a frame twice.
    """
    check_chosen(frames)
    names = [f"{name}.png" for name in frame_names(frames, "masks/{clip}/frame_{frame:06d}")]
    index = (INDEX, _index(frames, names, versions))
    masks = ((name, mask_png(shown.annotation.mask)) for name, shown in zip(names, frames, strict=True))
    return pack([index, *masks])


def _index(frames: Sequence[Exported], names: Sequence[str], versions: Versions) -> bytes:
    text = io.StringIO(newline="")
    text.write(f"# {NOTICE}\n# {', '.join(f'{name} {version}' for name, version in versions)}\n")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(_row(shown, name) for shown, name in zip(frames, names, strict=True))
    return text.getvalue().encode()


def _row(shown: Exported, name: str) -> list[object]:
    clip, made = shown.clip, shown.annotation
    model = ("", "") if made.prediction is None else (made.prediction.model, made.prediction.model_sha256)
    exam = (clip.exam.nerve, clip.exam.site, clip.exam.side)
    area_px = int(made.mask.unpack().sum())
    return [
        clip.sha256, made.frame, name, *exam, clip.subject, made.rater, made.state, made.source, *model,
        f"{made.seconds:.1f}", made.made_at.isoformat(), area_px,
    ]  # fmt: skip


def preview_png(members: Sequence[Member], clip: ClipRecord, known: Known) -> Preview:
    """Read the masks of one clip from a ZIP: ours, one for training, or any that bear the names of its frames.

    Raises
    ------
    AnnotationError
        If the table or a member cannot be read, or the masks are all of other clips.
    """
    found = Gathering(clip, known)
    index = next((member for member in members if member.base == INDEX), None)
    places = {} if index is None else _places(index.read())
    masks = [member for member in members if _is_mask(member)]
    for missing in sorted(places.keys() - {member.name for member in masks}):
        if _is_of(clip, places[missing][0]):
            found.problem(f"{missing} is in {INDEX} and not in the ZIP.")
    stills = StillNames(clip.names)
    found_at = {member.name: places.get(member.name, _named(member, stills, clip)) for member in masks}
    own = [member for member in masks if _is_of(clip, found_at[member.name][0])]
    if masks and not own:
        raise AnnotationError("The masks in the file are all of other clips.", "Open the clip that they belong to.")
    for member, frame in zip(own, _placed(found, own, found_at), strict=True):
        if frame is not None:
            _add(found, frame, member.read(), member.base)
    return found.preview()


def _placed(found: Gathering, members: Sequence[Member], found_at: Mapping[str, Place]) -> list[int | None]:
    """Give the frame of each mask: the one this app wrote, or the one it bears the name of."""
    frames: list[int | None] = [None] * len(members)
    named: dict[int, Named] = {}
    for at, member in enumerate(members):
        sha256, frame = found_at[member.name]
        if sha256:
            frames[at] = frame if found.has_frame(frame, member.base) else None
        else:
            named[at] = Named(member.base, (member.name,))
    for at, frame in zip(named, place(found, list(named.values())), strict=True):
        frames[at] = frame
    return frames


def preview_one_png(data: bytes, name: str, clip: ClipRecord, known: Known) -> Preview:
    """Read a single mask; its frame is the one it bears the name of."""
    found = Gathering(clip, known)
    (frame,) = place(found, [Named(name, (name,))])
    if frame is not None:
        _add(found, frame, data, name)
    return found.preview()


def _is_mask(member: Member) -> bool:
    folders = member.name.split("/")[:-1]
    return "images" not in folders and member.head().startswith(PNG_MAGIC)


def _is_of(clip: ClipRecord, sha256: str) -> bool:
    return clip.sha256.startswith(sha256)


def _named(member: Member, stills: StillNames, clip: ClipRecord) -> Place:
    """Read clip and frame from the names this app gives, unless a still of the clip is called the same."""
    words = member.name.removesuffix(".png").replace("/", "_").split("_")
    is_ours = len(words) > 2 and words[-2] == "frame" and len(words[-3]) >= _SHORTEST_HASH
    is_hash = is_ours and set(words[-3]) <= set("0123456789abcdef")
    if not is_hash or (not _is_of(clip, words[-3]) and stills.frames_of(member.name)):
        return "", None
    return words[-3], frame_of_name(member.name)


def _places(data: bytes) -> dict[str, Place]:
    hint = f"Repair {INDEX}, or leave it out and name the masks frame_000000.png and so on."
    try:
        lines = [line for line in data.decode("utf-8-sig").splitlines() if not line.startswith("#")]
        rows = list(csv.DictReader(lines))
        return {row["file"]: (row["clip_sha256"], int(row["frame"])) for row in rows}
    except (csv.Error, ValueError, KeyError, TypeError) as error:
        raise AnnotationError(f"{INDEX} lacks the columns clip_sha256, frame and file, or is damaged.", hint) from error


def _add(found: Gathering, frame: int, data: bytes, where: str) -> None:
    # The size is read from the header first, so that a small file cannot unpack to a huge picture.
    width, height = (int.from_bytes(data[at : at + 4], "big") for at in (16, 20))
    if not found.fits(width, height, where):
        return
    try:
        found.add(frame, _decoded(data), where)
    except ShapeError as error:
        found.problem(f"{where} {error}.")


def _decoded(data: bytes) -> Mask:
    values = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if values is None:
        raise ShapeError("is damaged")
    if values.ndim == 3:
        if (values[..., :3] != values[..., :1]).any():
            raise ShapeError("is a colour picture and no mask")
        values = values[..., 0]
    labels = {int(label) for label in np.unique(values)} - {0, *_INSIDE}
    if labels:
        raise ShapeError(f"holds the value {min(labels)}; a mask holds 0 outside and 255 (or 1) inside")
    return np.asarray(values != 0, np.bool_)
