"""What OME-XML says of the pages of a TIFF: which are the first image's, in which order, and when each was recorded."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import tifffile

from nerveapp.io.readers.tiff_units import SECONDS_PER_UNIT, whole_number


def ome_pixels(tif: tifffile.TiffFile) -> Mapping[str, Any] | None:
    """Find the first image's Pixels in OME-XML; None where the file is no OME-TIFF.

    Beside what stands there: "several", whether there are further images; "own", the TiffData of pages in this file,
    and "elsewhere", how many are of others.
    """
    if not tif.is_ome or tif.ome_metadata is None:
        return None
    try:
        image = tifffile.xml2dict(tif.ome_metadata)["OME"]["Image"]
        several = isinstance(image, list)
        pixels = (image[0] if several else image)["Pixels"]
    except (LookupError, TypeError, ValueError, SyntaxError):
        return None
    if not isinstance(pixels, dict):
        return None
    said = pixels.get("TiffData", [])
    data = [one if isinstance(one, dict) else {} for one in (said if isinstance(said, list) else [said])]
    one_file = len({_file_of(one) for one in data}) == 1  # this one, which may be called otherwise by now
    own = [one for one in data if one_file or _file_of(one) in (None, tif.filehandle.name)]
    return {**pixels, "several": several, "own": own, "elsewhere": len(data) - len(own)}


def _file_of(data: Mapping[str, Any]) -> str | None:
    """Give the name of the file in which pages lie; None where it is not said: in this one."""
    uuid = data.get("UUID")
    name = uuid.get("FileName") if isinstance(uuid, dict) else None
    return None if name is None else str(name)


def ome_pages(tif: tifffile.TiffFile) -> tuple[int, ...]:
    """Give the pages of the first image of an OME-TIFF that lie in this file, sorted; empty where it is not said."""
    pixels = ome_pixels(tif)
    if pixels is None:
        return ()
    planes = math.prod(whole_number(pixels.get(f"Size{axis}")) for axis in "CZT")  # or fewer: colours of one page
    found = set[int]()
    try:
        for one in pixels["own"] if pixels["own"] or pixels["elsewhere"] else [{}]:
            first = int(one.get("IFD", 0))
            found |= set(range(first, first + int(one.get("PlaneCount", 1 if "IFD" in one else planes))))
    except (TypeError, ValueError):
        return ()
    return tuple(sorted(found))


def out_of_order(pixels: Mapping[str, Any]) -> bool:
    """Return whether OME-XML gives the pages in another order than they lie in the file."""
    places = []
    for one in pixels["own"]:
        keys = (f"First{axis}" for axis in str(pixels.get("DimensionOrder", "XYZCT"))[:1:-1])
        try:
            places.append((int(one.get("IFD", 0)), [int(one.get(key, 0)) for key in keys]))
        except (AttributeError, TypeError, ValueError):
            return True
    return [ifd for ifd, _ in sorted(places)] != [ifd for ifd, _ in sorted(places, key=lambda place: place[1])]


def plane_times(pixels: Mapping[str, Any], count: int) -> tuple[float, ...]:
    """Read when each moment was recorded (Plane, DeltaT); empty where that is not said of all, or they go back."""
    planes = pixels.get("Plane")
    seconds: dict[int, float] = {}
    try:
        for one in planes if isinstance(planes, list) else []:
            unit = SECONDS_PER_UNIT[str(one.get("DeltaTUnit", "s")).strip().lower()]
            seconds.setdefault(int(one["TheT"]), float(one["DeltaT"]) * unit)
    except (AttributeError, LookupError, TypeError, ValueError):
        return ()
    times = [seconds.get(index, math.nan) for index in range(count)]
    if len(times) < 2 or not all(math.isfinite(one) for one in times) or any(b <= a for a, b in pairwise(times)):
        return ()
    return tuple(one - times[0] for one in times)
