"""Masks as pictures: a ZIP of PNG with a table that says what each of them is, and those of other tools."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np

from nerveapp import NOTICE
from nerveapp.domain.annotation import ClipRecord
from nerveapp.domain.outline_files import Known, Preview
from nerveapp.errors import AnnotationError
from nerveapp.io.annotation_files.class_tables import ClassTable, MaskClass, table_among
from nerveapp.io.annotation_files.frames import (
    Exported,
    Versions,
    check_chosen,
    clip_of_name,
    frame_names,
    frame_of_name,
    frame_of_result,
)
from nerveapp.io.annotation_files.gathering import Gathering
from nerveapp.io.annotation_files.labels import check_one_nerve, check_structure, names_other_structure
from nerveapp.io.annotation_files.mask_members import masks_among
from nerveapp.io.annotation_files.placing import Named, of_this_clip, place
from nerveapp.io.annotation_files.still_names import StillNames, folders_of
from nerveapp.io.annotation_files.zip_files import Member, pack
from nerveapp.io.export import mask_png
from nerveapp.io.mask_decoding import count_of, size_of
from nerveapp.io.mask_picture import MaskError, MaskPicture, read_class, read_mask, read_stack
from nerveapp.io.tables import csv_table

INDEX = "index.csv"
COLUMNS = (
    "clip_sha256", "frame", "file", "nerve", "site", "side", "subject", "rater", "state", "source", "model",
    "model_sha256", "seconds", "made_at", "area_px",
)  # fmt: skip

FrameOfClip: TypeAlias = tuple[str, int | None]
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
    remarks = (NOTICE, ", ".join(f"{name} {version}" for name, version in versions))
    return csv_table(COLUMNS, (_row(shown, name) for shown, name in zip(frames, names, strict=True)), remarks=remarks)


def _row(shown: Exported, name: str) -> list[object]:
    clip, made = shown.clip, shown.annotation
    model = ("", "") if made.prediction is None else (made.prediction.model, made.prediction.model_sha256)
    view = (clip.view.nerve, clip.view.site, clip.view.side)
    area_px = int(made.mask.unpack().sum())
    return [
        clip.sha256, made.frame, name, *view, clip.subject, made.rater, made.state, made.source, *model,
        f"{made.seconds:.1f}", made.made_at.isoformat(), area_px,
    ]  # fmt: skip


def preview_png(members: Sequence[Member], clip: ClipRecord, known: Known, *, of_result: bool = False) -> Preview:
    """Read the masks of one clip from a ZIP: ours, one for training, or any that bear the names of its frames.

    Parameters
    ----------
    members : sequence of Member
    clip : ClipRecord
    known : Known
    of_result : bool
        Whether they are of an analysis of this clip, whose masks bear the numbers of frames, of stills too.

    Raises
    ------
    AnnotationError
        If the table or a member cannot be read, or the masks are all of other clips.
    """
    found = Gathering(clip, known)
    index = next((member for member in members if member.base == INDEX), None)
    listed = {} if index is None else _frames_in(index.read())
    masks = masks_among(members)
    for missing in sorted(listed.keys() - {member.name for member in masks}):
        if _is_of(clip, listed[missing][0]):
            found.problem(f"{missing} is in {INDEX} and not in the ZIP.")
    stills = StillNames(clip.names)
    found_at = {member.name: listed.get(member.name, _named(member, stills, clip)) for member in masks}
    own = [member for member in masks if _is_of(clip, found_at[member.name][0])]
    if masks and not own:
        raise AnnotationError("The masks in the file are all of other clips.", "Open the clip that they belong to.")
    if len(own) < len(masks):
        found.remark(f"Masks of other clips were left out: {len(masks) - len(own)}.")
    foreign = [member for member in own if not found_at[member.name][0]]
    beside = [member for member in foreign if names_other_structure(member.name, clip, known.clip_name)]
    if beside and len(beside) == len(own):  # a folder further up may be called after the whole project
        check_structure("/".join((*folders_of(beside[0].name)[-1:], beside[0].base)), clip, known.clip_name)
    elif beside:
        found.remark(f"Masks named after another structure were left out: {len(beside)}, such as {beside[0].name}.")
        foreign = [member for member in foreign if member not in beside]
    mine = {member.name for member, is_mine in zip(foreign, _mine(found, foreign), strict=True) if is_mine}
    own = [member for member in own if found_at[member.name][0] or member.name in mine]
    check_one_nerve((member.name for member in foreign), clip)
    table = None if index is not None else table_among(members)
    nerve = () if table is None else table.nerve(clip)
    if table is not None:
        found.remark(f"{table.name} says what the masks hold: {', '.join(one.label for one in nerve)} was taken.")
    marks = dict[str, str]()
    labelled: dict[int, list[str]] = {}
    for member, frame in zip(own, _placed(found, own, found_at, of_result=of_result), strict=True):
        if frame is None:
            continue
        if table is not None and not found_at[member.name][0]:
            labelled[frame] = _add_classes(found, frame, member.read(), member.base, nerve=nerve, table=table)
        else:
            _add(found, frame, member.read(), member.base, marks=None if found_at[member.name][0] else marks)
    _check_marks(found, marks)
    found.check_sides(labelled)
    return found.preview()


def _mine(found: Gathering, members: Sequence[Member]) -> list[bool]:
    return of_this_clip(found, [Named(member.base, (member.name,)) for member in members])


def _placed(
    found: Gathering, members: Sequence[Member], found_at: Mapping[str, FrameOfClip], *, of_result: bool
) -> list[int | None]:
    """Give the frame of each mask: the one this app wrote, or the one it bears the name of."""
    frames: list[int | None] = [None] * len(members)
    named: dict[int, Named] = {}
    for at, member in enumerate(members):
        sha256, frame = found_at[member.name]
        if of_result and (numbered := frame_of_result(member.base)) is not None:
            sha256, frame = found.clip.sha256, numbered
        if sha256:
            frames[at] = frame if found.has_frame(frame, member.base) else None
        else:
            named[at] = Named(member.base, (member.name,))
    for at, frame in zip(named, place(found, list(named.values())), strict=True):
        frames[at] = frame
    return frames


def preview_one_png(data: bytes, name: str, clip: ClipRecord, known: Known) -> Preview:
    """Read a single mask; its frame is the one it bears the name of.

    Raises
    ------
    AnnotationError
        If it is damaged.
    """
    found = Gathering(clip, known)
    check_structure(name, clip, known.clip_name)
    try:
        size_of(data)
        pages = count_of(data, clip.frame_count + 1)
    except MaskError as error:
        raise AnnotationError(f"{name} {error}.", "Export the mask again as PNG.") from error
    if pages > 1:
        _add_stack(found, data, name, pages)
        return found.preview()
    items = [Named(name, (name,))]
    of_this_clip(found, items)
    (frame,) = place(found, items)
    if frame is not None:
        _add(found, frame, data, name, marks={})
    return found.preview()


def _add_stack(found: Gathering, data: bytes, name: str, pages: int) -> None:
    """Take the masks of a whole clip, a page a frame."""
    count = found.clip.frame_count
    if pages != count:
        held = f"{pages} masks" if pages < count else f"more than {count} masks"
        found.problem(f"{name} holds {held}; the clip has {count} frames, and each page must be of one.")
        return
    marks = dict[str, str]()
    try:
        if found.fits(*size_of(data), name):
            for frame, mask in enumerate(read_stack(data, pages)):
                _take(found, frame, mask, f"Page {frame + 1} of {name}", marks=marks)
    except MaskError as error:
        found.problem(f"{name} {error}.")
    _check_marks(found, marks)


def _check_marks(found: Gathering, marks: Mapping[str, str]) -> None:
    if len(marks) > 1:
        list_of_values = ", ".join(f"{value} in {name}" for value, name in sorted(marks.items()))
        found.problem(f"The masks do not agree on what the nerve is: {list_of_values}.")


def _is_of(clip: ClipRecord, sha256: str) -> bool:
    return clip.sha256.startswith(sha256)


def _named(member: Member, stills: StillNames, clip: ClipRecord) -> FrameOfClip:
    """Read clip and frame from the names this app gives, unless a still of the clip is called the same."""
    sha256 = clip_of_name(member.name)
    if not sha256 or (not _is_of(clip, sha256) and stills.frames_of(member.name)):
        return "", None
    return sha256, frame_of_name(member.name)


def _frames_in(data: bytes) -> dict[str, FrameOfClip]:
    hint = f"Repair {INDEX}, or leave it out and name the masks frame_000000.png and so on."
    try:
        lines = [line for line in data.decode("utf-8-sig").splitlines() if not line.startswith("#")]
        rows = list(csv.DictReader(lines))
        return {row["file"]: (row["clip_sha256"], int(row["frame"])) for row in rows}
    except (csv.Error, ValueError, KeyError, TypeError) as error:
        raise AnnotationError(f"{INDEX} lacks the columns clip_sha256, frame and file, or is damaged.", hint) from error


def _add_classes(
    found: Gathering, frame: int, data: bytes, where: str, *, nerve: Sequence[MaskClass], table: ClassTable
) -> list[str]:
    """Take from one mask the classes that a table calls the nerve; gives the labels of those that are there."""
    labels = list[str]()
    try:
        if found.fits(*size_of(data), where):
            mask = np.zeros((found.clip.height, found.clip.width), np.bool_)
            for one in nerve:
                part = read_class(data, one.value, one.colour, others=table.others(one))
                labels += [one.label] * bool(part.any())
                mask |= part
            found.add(frame, mask, where, ours=False)
    except MaskError as error:
        found.problem(f"{where} {error}.")
    return labels


def _add(
    found: Gathering,
    frame: int,
    data: bytes,
    where: str,
    *,
    marks: dict[str, str] | None,
) -> None:
    """Take one mask; `marks` collects how masks mark the nerve, None for those that this app wrote."""
    try:
        # The size is read from the header first, so that a small file cannot unpack to a huge picture.
        if not found.fits(*size_of(data), where):
            return
        mask = read_mask(data)
    except MaskError as error:
        found.problem(f"{where} {error}.")
        return
    _take(found, frame, mask, where, marks=marks)


def _take(
    found: Gathering,
    frame: int,
    mask: MaskPicture,
    where: str,
    *,
    marks: dict[str, str] | None,
) -> None:
    if mask.vessel is not None and mask.vessel.any():
        if not mask.nerve.any():
            found.problem(f"{where} holds the label 2, a vessel, and no nerve.")
            return
        found.remark(f"{where} holds vessels, label 2, which are left out.")
    if mask.remark:
        found.remark(f"{where} {mask.remark}.")
    if marks is not None and mask.mark:
        marks.setdefault(mask.mark, where)
    found.add(frame, mask.nerve, where, ours=marks is None)
