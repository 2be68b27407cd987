"""Image stacks: multi-page TIFF, ImageJ hyperstacks and NIfTI."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from nerveapp.domain.calibration import Calibration
from nerveapp.domain.clip import Affine, ClipInfo
from nerveapp.errors import ClipError
from nerveapp.io.readers.grey_window import GreyWindow, RawImage, full_window
from nerveapp.io.readers.hashing import sha256_of
from nerveapp.io.readers.limits import ReadLimits
from nerveapp.io.readers.nifti import describe_nifti
from nerveapp.io.readers.streamed import StreamedClip, TimedImage, first_image
from nerveapp.io.readers.tiff import describe_tiff


class StackDescription(Protocol):
    """What the header of a stack says, and a way to its planes."""

    @property
    def format(self) -> str:
        """What the content was recognised as."""
        ...

    @property
    def frame_count(self) -> int:
        """Number of planes announced."""
        ...

    @property
    def step_s(self) -> float | None:
        """Seconds between planes, None where the file does not say."""
        ...

    @property
    def times_s(self) -> tuple[float, ...]:
        """Seconds of each plane from the first, where the file has them one by one; else empty."""
        ...

    @property
    def calibration(self) -> Calibration | None:
        """Pixel spacing found."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """Remarks for the user."""
        ...

    @property
    def display(self) -> GreyWindow | None:
        """The values that its program shows as black and as white; None where it does not say."""
        ...

    @property
    def suggestion(self) -> Calibration | None:
        """Pixel spacing that may mean nothing, to be confirmed by a person."""
        ...

    @property
    def affine(self) -> Affine | None:
        """Where the planes lie in the world of NIfTI."""
        ...

    def planes(self) -> Iterator[RawImage]:
        """Read plane after plane as stored, (H, W) or (H, W, 3); ClipError where it cannot go on."""
        ...


def open_tiff(path: Path, name: str, limits: ReadLimits) -> StreamedClip:
    """Open a TIFF of one or more pages; 16-bit and float values get one scale for all pages.

    Raises
    ------
    ClipError
        If it is damaged, has no readable page, or more than one of time, depth and channel.
    """
    return _open_stack(path, name, describe_tiff(lambda: path.open("rb"), limits))


def open_nifti(path: Path, name: str, limits: ReadLimits) -> StreamedClip:
    """Open a NIfTI image (.nii content, or the same within gzip); the last axis longer than 1 counts the frames.

    Raises
    ------
    ClipError
        If it is damaged, half of a .hdr/.img pair, or has more than one axis of frames.
    """
    return _open_stack(path, name, describe_nifti(path, limits))


def _open_stack(path: Path, name: str, stack: StackDescription) -> StreamedClip:
    window = _window(stack)
    times_s, step_s = stack.times_s, 1.0 if stack.step_s is None else stack.step_s

    def read() -> Iterator[TimedImage]:
        for index, plane in enumerate(stack.planes()):
            yield times_s[index] if times_s else index * step_s, plane if window is None else window.show(plane)

    height, width = first_image(read).shape[:2]
    notes = stack.notes if window is None else (*stack.notes, window.note)
    info = ClipInfo(
        name,
        sha256_of([path]),
        stack.format,
        width,
        height,
        stack.frame_count,
        stack.calibration,
        timed=bool(times_s) or stack.step_s is not None,
        notes=notes,
        suggestion=stack.suggestion,
        affine=stack.affine,
    )
    return StreamedClip(info, read)


def _window(stack: StackDescription) -> GreyWindow | None:
    """Read the stack through once for its range, unless its values are bytes already.

    The range that the file wants shown counts in its place, if there is anything to be seen in it.
    """
    probe = _Probe(stack.planes)
    if probe.is_bytes():
        return None
    whole = full_window(probe.until_damaged())
    wanted = stack.display
    return whole if wanted is None or whole.high <= wanted.low or wanted.high <= whole.low else wanted


@dataclass(frozen=True, slots=True)
class _Probe:
    planes: Callable[[], Iterator[RawImage]]

    def is_bytes(self) -> bool:
        for plane in self.planes():
            return plane.dtype.name == "uint8"
        raise ClipError("The file holds no frames.", "Export the stack again.")

    def until_damaged(self) -> Iterator[RawImage]:
        count = 0
        try:
            for plane in self.planes():
                yield plane
                count += 1
        except ClipError:
            if count == 0:
                raise
