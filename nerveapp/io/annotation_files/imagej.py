"""ROI sets of ImageJ and Fiji: outlines along the edges of pixels, so that filling them gives the masks exactly."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import groupby

import numpy as np
from roifile import ROI_TYPE, ImagejRoi

from nerveapp import NOTICE
from nerveapp.errors import AnnotationError
from nerveapp.io.annotation_files.frames import Exported, Versions, check_chosen
from nerveapp.io.annotation_files.pixel_edges import Corners, trace
from nerveapp.io.annotation_files.zip_files import MAX_COMMENT_BYTES, pack

LARGEST_PX = 32_767
"""ImageJ keeps corners in 16 bits."""

NO_NERVE_KEY = "frames_without_nerve"
_MOVE, _LINE, _CLOSE = 0.0, 1.0, 4.0  # java.awt.geom.PathIterator


def export_imagej(frames: Sequence[Exported], versions: Versions) -> bytes:
    """Write a RoiSet.zip of one ROI per frame; its position in the stack is the frame's index plus 1.

    A nerve in one piece is a traced ROI, as of ImageJ's wand; holes and further pieces make it a composite one. No ROI
    can say that a frame shows no nerve: these frames are listed in the comment of the ZIP, which Fiji does not keep.

    Raises
    ------
    AnnotationError
        If nothing is chosen, a frame twice, several clips, or the frames are too large for ImageJ.
    """
    check_chosen(frames, one_clip=True)
    clip = frames[0].clip
    if max(clip.width, clip.height) > LARGEST_PX:
        raise AnnotationError(f"ImageJ's ROIs reach to {LARGEST_PX} px at most.", "Export PNG masks or COCO.")
    rois, empty = [], []
    for shown in sorted(frames, key=lambda shown: shown.frame):
        loops = trace(shown.annotation.mask.unpack())
        if loops:
            rois.append((f"frame_{shown.frame:06d}.roi", _roi(loops, shown).tobytes()))
        else:
            empty.append(shown.frame)
    about = {
        "notice": NOTICE,
        "versions": dict(versions),
        "clip_sha256": clip.sha256,
        NO_NERVE_KEY: as_ranges(empty),
    }
    comment = json.dumps(about).encode()
    if len(comment) > MAX_COMMENT_BYTES:
        raise AnnotationError("Too many frames show no nerve for a ROI set.", "Export PNG masks or COCO.")
    return pack(rois, comment)


def as_ranges(frames: Sequence[int]) -> list[list[int]]:
    """Give ascending frames as [first, last] pairs."""
    runs = [list(run) for _, run in groupby(enumerate(frames), key=lambda pair: pair[1] - pair[0])]
    return [[run[0][1], run[-1][1]] for run in runs]


def _roi(loops: Sequence[Corners], shown: Exported) -> ImagejRoi:
    corners = np.concatenate(loops)
    (left, top), (right, bottom) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
    roi = ImagejRoi(
        roitype=ROI_TYPE.TRACED,
        name=f"frame_{shown.frame:06d}",
        position=shown.frame + 1,
        props=f"notice: {NOTICE}\nrater: {shown.annotation.rater}\nstate: {shown.annotation.state}\n",
        left=left,
        top=top,
        right=right,
        bottom=bottom,
    )
    if len(loops) == 1:
        roi.n_coordinates = len(corners)
        roi.integer_coordinates = corners - np.array([left, top], np.int32)
    else:
        path = np.array([value for loop in loops for value in _path(loop)], np.float32)
        roi.roitype = ROI_TYPE.RECT
        roi.multi_coordinates = path
        roi.shape_roi_size = len(path)
    return roi


def _path(loop: Corners) -> list[float]:
    steps = [_MOVE] + [_LINE] * (len(loop) - 1)
    points = loop.tolist()
    return [value for step, (x, y) in zip(steps, points, strict=True) for value in (step, float(x), float(y))] + [
        _CLOSE
    ]
