"""How much a file may demand of the machine before it is refused."""

from __future__ import annotations

from dataclasses import dataclass

from nerveapp.errors import ClipError

GIB = 1024**3
_LONGEST_SIDE_PX = 32_768
_MOST_UNEQUAL = 64
"""Longer over shorter side of a frame: nothing that a person looks at is so narrow."""


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """Upper bounds checked while a file is opened and read.

    Parameters
    ----------
    max_bytes : int
        Size of the file on disk (of all files of a selection together), in bytes.
    max_pixels : int
        Rows times columns of one frame.
    max_archive_members : int
        Entries in a ZIP.
    max_unpacked_bytes : int
        Bytes a compressed file may unpack to in all.
    max_compression_ratio : float
        Unpacked over packed size of one ZIP entry; pictures never reach 200.
    """

    max_bytes: int = 4 * GIB
    max_pixels: int = 8192 * 8192
    max_archive_members: int = 20_000
    max_unpacked_bytes: int = 8 * GIB
    max_compression_ratio: float = 200.0

    def check_bytes(self, size: int) -> None:
        """Refuse a file that is empty or larger than `max_bytes`.

        Raises
        ------
        ClipError
            If `size` (in bytes) is 0 or above the limit.
        """
        if size == 0:
            raise ClipError("The file is empty (0 bytes).", "Export or copy it again and check its size.")
        if size > self.max_bytes:
            raise ClipError(
                f"The file has {size / GIB:.2f} GiB; the limit is {self.max_bytes / GIB:.2f} GiB.",
                "Cut the clip to the part you need, or export it compressed.",
            )

    def check_frame(self, width: int, height: int) -> None:
        """Refuse a frame of no size or of more than `max_pixels`.

        Raises
        ------
        ClipError
            If `width` or `height` (in px) is not positive, or their product is above the limit.
        """
        if width <= 0 or height <= 0:
            raise ClipError(f"The frames are {width} x {height} px.", "Export the clip again; it holds no picture.")
        if max(width, height) > _LONGEST_SIDE_PX or max(width, height) > _MOST_UNEQUAL * min(width, height):
            raise ClipError(f"The frames are {width} x {height} px: no picture has such sides.", "Export it again.")
        if width * height > self.max_pixels:
            raise ClipError(
                f"The frames are {width} x {height} px; the limit is {self.max_pixels} px in all.",
                "Export the clip at a smaller size.",
            )
