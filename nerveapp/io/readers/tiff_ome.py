"""What OME-XML says of the pages of a TIFF: which are the first image's, in which order, and when each was recorded."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import tifffile

from nerveapp.io.readers.tiff_units import SECONDS_PER_UNIT, whole_number


@dataclass(frozen=True, slots=True)
class OmeImage:
    """An image that an OME-TIFF describes, the first that has pages in this file.

    Parameters
    ----------
    pixels : mapping
        Its Pixels, as OME-XML has them.
    several : bool
        Whether the file describes further ones.
    data : tuple of mapping
        The TiffData of its pages in this file.
    elsewhere : bool
        Whether it has pages in other files.
    """

    pixels: Mapping[str, Any]
    several: bool
    data: tuple[Mapping[str, Any], ...]
    elsewhere: bool

    @property
    def pages(self) -> tuple[range, ...]:
        """Its pages in this file, by their places in the chain of headers.

        Empty where that is not said, or fewer are named than it has moments and slices: some programs name the first.
        """
        sizes = {axis: whole_number(self.pixels.get(f"Size{axis}")) for axis in "CZT"}
        try:
            found = [_pages_of(one, math.prod(sizes.values())) for one in self.data]
        except (TypeError, ValueError):
            return ()
        named = sum(map(len, found))
        # The colours of a page are channels, too: of channels it may have fewer pages than planes.
        return tuple(found) if self.elsewhere or named >= sizes["Z"] * sizes["T"] else ()

    @property
    def is_out_of_order(self) -> bool:
        """Whether its pages lie in the file in another order than it shows them."""
        places = []
        for one in self.data:
            keys = (f"First{axis}" for axis in str(self.pixels.get("DimensionOrder", "XYZCT"))[:1:-1])
            try:
                places.append((int(one.get("IFD", 0)), [int(one.get(key, 0)) for key in keys]))
            except (AttributeError, TypeError, ValueError):
                return True
        return [ifd for ifd, _ in sorted(places)] != [ifd for ifd, _ in sorted(places, key=lambda place: place[1])]


def ome_image(tif: tifffile.TiffFile) -> OmeImage | None:
    """Read which image of OME-XML this file holds; None where it is no OME-TIFF."""
    if not tif.is_ome or tif.ome_metadata is None:
        return None
    try:
        whole = tifffile.xml2dict(tif.ome_metadata)["OME"]
        listed = whole["Image"] if isinstance(whole["Image"], list) else [whole["Image"]]
        every = [(pixels, _data_of(pixels)) for pixels in (image["Pixels"] for image in listed)]
    except (AttributeError, LookupError, TypeError, ValueError, SyntaxError):
        return None
    # By its own identity or its name the file is told from others; where one alone is named, it is this one.
    here = {str(whole.get("UUID")), tif.filehandle.name}
    alone = len({_names_of(one) for _, data in every for one in data}) == 1

    def is_here(data: Mapping[str, Any]) -> bool:
        names = _names_of(data)
        return alone or not names or not names.isdisjoint(here)

    found = [(pixels, data, tuple(filter(is_here, data))) for pixels, data in every]
    pixels, data, own = next((one for one in found if one[2]), found[0])
    return OmeImage(pixels, len(listed) > 1, own, len(own) < len(data))


def _data_of(pixels: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Give the TiffData of Pixels; an empty one, which is of all pages, where there is none."""
    said = pixels.get("TiffData")
    return [one if isinstance(one, dict) else {} for one in (said if isinstance(said, list) else [said])]


def _names_of(data: Mapping[str, Any]) -> frozenset[str]:
    """Give identity and name of the file in which pages lie; empty where it is not said: in this one."""
    uuid = data.get("UUID")
    told = (uuid.get("value"), uuid.get("FileName")) if isinstance(uuid, dict) else (uuid,)
    return frozenset(str(one) for one in told if one is not None)


def _pages_of(data: Mapping[str, Any], planes: int) -> range:
    first = int(data.get("IFD", 0))
    if first < 0:
        raise ValueError(f"expected a page from 0 up, got {first}")
    return range(first, first + int(data.get("PlaneCount", 1 if "IFD" in data else planes)))


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
