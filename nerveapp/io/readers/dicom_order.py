"""In which order the frames of an enhanced object were taken, and whether they are one clip."""

from __future__ import annotations

from pydicom.dataset import Dataset

from nerveapp.errors import ClipError
from nerveapp.io.readers.dicom_header import DICOM_ERRORS

_AXES = (
    ("FrameContentSequence", "InStackPositionNumber", "slices"),
    ("FrameContentSequence", "StackID", "stacks"),
    ("ImageDataTypeSequence", "DataType", "kinds of picture"),
)
"""What frames may differ by beside their time: a sequence, an element in it, and a name for it."""


def order_of(header: Dataset, count: int) -> tuple[int, ...]:
    """Give the places of a clip's frames in the file, in the order of their Temporal Position Index (0020,9128).

    Parameters
    ----------
    header : Dataset
    count : int
        Frames to be read.

    Raises
    ------
    ClipError
        If there are several pictures of one time: slices of a volume, or tissue beside flow.
    """
    as_stored = tuple(range(count))
    frames = list(header.get("PerFrameFunctionalGroupsSequence") or [])[:count]
    try:
        moments = [_value(frame, "FrameContentSequence", "TemporalPositionIndex") for frame in frames]
        for sequence, keyword, what in _AXES:
            along = {str(value) for frame in frames if (value := _value(frame, sequence, keyword)) is not None}
            if len(along) > 1 and 1 < len(set(moments)) < len(frames):
                raise ClipError(
                    f"The file holds {len(along)} {what} of each moment: it is no clip of one picture after another.",
                    "Export one of them over time, as DICOM or as MP4.",
                )
        places = [int(str(moment)) for moment in moments if moment is not None]
    except DICOM_ERRORS:
        return as_stored
    if len(places) != count or len(set(places)) != count:
        return as_stored
    return tuple(sorted(as_stored, key=lambda index: places[index]))


def _value(frame: Dataset, sequence: str, keyword: str) -> object:
    items = frame.get(sequence) or [Dataset()]
    return items[0].get(keyword)
