"""Reading ROI sets of ImageJ and Fiji, or a single ROI."""

from __future__ import annotations

import re
import struct
from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from roifile import ImagejRoi

from nerveapp import NOTICE
from nerveapp.domain.annotation import ClipRecord
from nerveapp.domain.outline_files import Known, Preview
from nerveapp.errors import AnnotationError
from nerveapp.io.annotation_files.gathering import Gathering
from nerveapp.io.annotation_files.imagej import NO_NERVE_KEY
from nerveapp.io.annotation_files.imagej_shapes import roi_mask
from nerveapp.io.annotation_files.json_values import ShapeError, parse, whole
from nerveapp.io.annotation_files.labels import check_one_nerve, is_nerve, is_other_structure, part_of, words_of
from nerveapp.io.annotation_files.placing import Named, still_of
from nerveapp.io.annotation_files.still_names import StillNames

ROI_MAGIC = b"Iout"
MAX_ROI_BYTES = 32 * 1024 * 1024

_ROI_ERRORS = (ValueError, TypeError, LookupError, OverflowError, MemoryError, struct.error)
"""What roifile raises for damaged ROIs."""

_NAMED_AFTER_SLICE = re.compile(r"(\d{4,9})-\d{4,}-\d{4,}(?:-\d+)?")


def preview_imagej(rois: Sequence[tuple[str, bytes]], comment: bytes, clip: ClipRecord, known: Known) -> Preview:
    """Read ROIs as (name, content); several ROIs of a frame are parts of its nerve.

    The frame is the ROI's position, counted from 1, or the still whose name the ROI bears.

    Parameters
    ----------
    rois : sequence of (str, bytes)
    comment : bytes
        The ZIP's comment: this app lists there the frames that show no nerve.
    clip : ClipRecord
    known : Known

    Raises
    ------
    AnnotationError
        If the comment is this app's and damaged.
    """
    found = Gathering(clip, known)
    found.is_ours = clip.sha256.encode() in comment
    stills = StillNames(clip.names)
    opened: list[tuple[str, bytes, ImagejRoi]] = []
    for name, data in rois:
        try:
            opened.append((name, data, _roi(data)))
        except ShapeError as error:
            found.problem(f"{name} {error}.")
    labels = [_label(name, roi) for name, _, roi in opened]
    nerve_is_named = any(is_nerve(label, clip) for label in labels)
    check_one_nerve((label for label in labels if not is_other_structure(label, clip)), clip)
    called: defaultdict[int, dict[str, str]] = defaultdict(dict)
    labelled: defaultdict[int, list[str]] = defaultdict(list)
    for (name, data, roi), label in zip(opened, labels, strict=True):
        if _is_other(label, clip, nerve_is_named=nerve_is_named):
            found.remark(f"{name} is called {label[:60]!r}, which is not the nerve: it is left out.")
            continue
        try:
            frame = _checked_frame(found, roi, name, stills)
            if found.has_frame(frame, name) and frame is not None:
                found.add(frame, roi_mask(roi, data, clip.height, clip.width), name, unite=True)
                labelled[frame].append(label)
                if part := part_of(label, clip):
                    called[frame][part] = label
        except ShapeError as error:
            found.problem(f"{name} {error}.")
    found.check_sides(labelled)
    for frame, names in called.items():
        if len(names) > 1:
            listed = " and ".join(repr(label[:40]) for label in names.values())
            found.problem(f"Frame {frame} has ROIs called {listed}. Which is the nerve? Call all of its parts 'nerve'.")
    if NO_NERVE_KEY.encode() in comment:
        _add_empty(found, comment)
    return found.preview()


def _label(name: str, roi: ImagejRoi) -> str:
    """Give what a ROI is called, which may be a label: its own name, else that of its file."""
    return roi.name or name.rsplit("/", maxsplit=1)[-1].removesuffix(".roi")


def _is_other(label: str, clip: ClipRecord, *, nerve_is_named: bool) -> bool:
    """Whether a ROI is another structure. Most are called anything, after their place or a number.

    Beside ROIs that are called nerve, whatever else has a name is one.
    """
    if nerve_is_named and words_of(label):
        return not is_nerve(label, clip)
    return is_other_structure(label, clip)


def _roi(data: bytes) -> ImagejRoi:
    if len(data) > MAX_ROI_BYTES:
        raise ShapeError(f"is larger than {MAX_ROI_BYTES // 2**20} MiB")
    try:
        return ImagejRoi.frombytes(data)
    except _ROI_ERRORS as error:
        raise ShapeError("is damaged") from error


def _checked_frame(found: Gathering, roi: ImagejRoi, name: str, stills: StillNames) -> int | None:
    """Give the frame by position and by name, which must not contradict each other."""
    frame = _frame(roi, name)
    bears = tuple(text for text in dict.fromkeys((roi.name or "", name.removesuffix(".roi"))) if stills.frames_of(text))
    if bears and NOTICE not in (roi.props or ""):  # this app names its ROIs after positions
        named = still_of(found, Named(name, bears), stills)
        if named is not None and frame not in (None, named):
            raise ShapeError(f"is named after {found.clip.names[named]}, but its position is {(frame or 0) + 1}")
        return named
    # The channels of a single picture are its colours.
    is_single = found.clip.frame_count == 1 and max(roi.position, roi.t_position, roi.z_position) <= 1
    return 0 if is_single else frame


def _frame(roi: ImagejRoi, name: str) -> int | None:
    """Give the frame from 0: the position in the stack, or in a hyperstack's only long axis; ImageJ counts from 1.

    The long axis may be the one of channels: a stack that ImageJ opened as channels is read as frames here. 0 is unset.
    """
    if roi.position > 0:
        return roi.position - 1
    places = (roi.t_position, roi.z_position, roi.c_position)
    if sum(place > 1 for place in places) > 1:
        raise ShapeError("belongs to a stack with several of frames, slices and channels; a clip has frames only")
    if max(places) > 0:
        return max(places) - 1
    # Older versions of ImageJ said it in the name only: slice-y-x.
    found = _NAMED_AFTER_SLICE.fullmatch(name.rsplit("/", maxsplit=1)[-1].removesuffix(".roi"))
    return int(found[1]) - 1 if found else None


def _add_empty(found: Gathering, comment: bytes) -> None:
    about = parse(comment, "The ZIP's comment")
    if about.get("clip_sha256", found.clip.sha256) != found.clip.sha256:
        found.problem("The ROIs were made from another clip.")
    ranges = about.get(NO_NERVE_KEY)
    blank = np.zeros((found.clip.height, found.clip.width), np.bool_)
    for pair in ranges if isinstance(ranges, list) else []:
        ends = [whole(end) for end in pair] if isinstance(pair, list) else []
        if len(ends) != 2 or ends[0] is None or ends[1] is None:
            raise AnnotationError("The ZIP's comment is damaged.", "Export the ROI set again.")
        # One frame beyond the clip is enough to say that there are such.
        for frame in range(ends[0], min(ends[1], found.clip.frame_count) + 1):
            found.add(frame, blank, f"The entry of frame {frame} without nerve", empty_is_meant=True)
