"""Still pictures, TIFFs of one page among them: one, a selection, or a ZIP of them, in the natural order of names."""

from __future__ import annotations

import filecmp
import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, TypeAlias

import numpy as np

from nerveapp.domain.clip import ClipInfo
from nerveapp.errors import ClipError
from nerveapp.io.readers.archive import STILL_KINDS, ZIP_ERRORS, open_archive, picture_members, read_member
from nerveapp.io.readers.content import Kind, recognise
from nerveapp.io.readers.grey_window import GreyWindow, RawImage, full_window
from nerveapp.io.readers.hashing import sha256_of
from nerveapp.io.readers.limits import ReadLimits
from nerveapp.io.readers.natural_order import in_natural_order
from nerveapp.io.readers.picture import PictureHead, read_head, read_moving, read_pixels
from nerveapp.io.readers.picture_sets import frames_among
from nerveapp.io.readers.streamed import StreamedClip, TimedImage, first_image
from nerveapp.io.readers.tiff import OpenFile, TiffStack, describe_tiff
from nerveapp.io.readers.video import open_video

_JPEG, _MULTI_PICTURE = b"\xff\xd8\xff", b"MPF\0"
_NEXT_JPEG = re.compile(rb"\xff\xd9[\0\r\n ]*\xff\xd8\xff")
"""One picture behind another; recorders fill up to whole blocks between them."""
_HEADER_BYTES, _LOOKED_AT_BYTES = 64 * 1024, 32 * 1024**2


@dataclass(frozen=True, slots=True)
class _Still:
    """One picture: the name to say in messages, a way to its bytes, and what it is."""

    name: str
    open: OpenFile
    kind: Kind

    def head(self, limits: ReadLimits) -> PictureHead:
        if self.kind is Kind.TIFF:
            return self._tiff_head(limits)
        with self.open() as file:
            return read_head(file, self.name, limits)

    def pixels(self, limits: ReadLimits) -> RawImage:
        if self.kind is Kind.TIFF:
            return self._only_page(self._stack(limits))
        with self.open() as file:
            return read_pixels(file, self.name)

    def _tiff_head(self, limits: ReadLimits) -> PictureHead:
        stack = self._stack(limits)
        if stack.frame_count > 1:
            raise ClipError(
                f"{self.name} holds {stack.frame_count} frames: it is a clip and no still.",
                "Open it by itself, or choose stills of one picture each.",
            )
        if stack.pages.chain_broken:
            raise ClipError(f"{self.name}: The TIFF is cut off.", "Export it again, or leave it out.")
        page = self._only_page(stack)
        return PictureHead(
            page.shape[1],
            page.shape[0],
            "TIFF",
            deep=page.dtype != np.uint8,
            calibration=stack.calibration,
            display=stack.display,
            notes=stack.notes,
        )

    def _stack(self, limits: ReadLimits) -> TiffStack:
        try:
            return describe_tiff(self.open, limits)
        except ClipError as error:
            raise ClipError(f"{self.name}: {error.message}", error.hint) from error

    def _only_page(self, stack: TiffStack) -> RawImage:
        try:
            return next(stack.planes())
        except ClipError as error:
            raise ClipError(f"{self.name}: {error.message}", error.hint) from error


_StillsOpener: TypeAlias = Callable[[], AbstractContextManager[Sequence[_Still]]]


def open_stills(paths: Sequence[Path], name: str, limits: ReadLimits) -> StreamedClip:
    """Open pictures as the frames of a clip, at 1 per second.

    Raises
    ------
    ClipError
        If one of them is no picture, is damaged, or differs in size from the first.
    """
    once = list({path.resolve(): path for path in paths}.values())
    ordered = in_natural_order(once, lambda path: path.name)
    for path in ordered:
        if recognise(path) not in STILL_KINDS:
            raise ClipError(
                f"{path.name} is not a picture of a kind that is read.",
                "Choose stills only (PNG, JPEG, BMP, WebP, TIFF, ...), or a single clip file by itself.",
            )

    at = {path.name: path for path in ordered}
    names, notes = frames_among(
        [path.name for path in ordered], lambda one, other: filecmp.cmp(at[one], at[other], shallow=False)
    )
    chosen = [path for path in ordered if path.name in names]
    if len(once) < len(paths):
        notes = (f"Pictures that were chosen twice: {len(paths) - len(once)}; each is used once.", *notes)

    @contextmanager
    def stills() -> Iterator[Sequence[_Still]]:
        yield [_still_of(path) for path in chosen]

    return _open_pictures(stills, sha256_of(chosen), name, limits, in_zip=False, notes=notes)


def open_still(path: Path, name: str, limits: ReadLimits) -> StreamedClip:
    """Open one picture; see `open_stills`. One that moves (animated PNG or WebP, motion JPEG) is a clip."""
    if _is_motion_jpeg(path):
        return open_video(path, name, limits, container="mjpeg")
    still = _still_of(path)
    head = still.head(limits)
    if head.frames == 1 or head.deep:
        return open_stills([path], name, limits)

    def read() -> Iterator[TimedImage]:
        with still.open() as file:
            yield from read_moving(file, still.name)

    first_image(read)
    info = ClipInfo(
        name, sha256_of([path]), f"Animated {head.format}", head.width, head.height, head.frames, timed=True
    )
    return StreamedClip(info, read)


def _is_motion_jpeg(path: Path) -> bool:
    """Whether one JPEG follows another: a recording without a container. Cameras put previews behind a picture, too."""
    with path.open("rb") as file:
        if file.read(len(_JPEG)) != _JPEG:
            return False
        data = _JPEG + file.read(_LOOKED_AT_BYTES)
    if _MULTI_PICTURE in data[:_HEADER_BYTES]:
        return False
    following = [found.end() - len(_JPEG) for found in _NEXT_JPEG.finditer(data)]
    return len(following) > 1 or (len(following) == 1 and _sides_of(data) == _sides_of(data[following[0] :]))


def _sides_of(jpeg: bytes) -> tuple[int, int] | None:
    try:
        head = read_head(BytesIO(jpeg), "", ReadLimits())
    except ClipError:
        return None
    return head.size


def open_zip(path: Path, name: str, limits: ReadLimits) -> StreamedClip:
    """Open a ZIP of pictures; they are read in place, one at a time.

    Raises
    ------
    ClipError
        If it is damaged, encrypted or a bomb, has unsafe names, holds no pictures, or pictures of several sizes.
    """
    with open_archive(path) as archive:
        members, notes = picture_members(archive, limits)
        members, more = _without_odd_tiffs(archive, members, limits)
        notes = (*notes, *more)

    @contextmanager
    def stills() -> Iterator[Sequence[_Still]]:
        with open_archive(path) as archive:
            yield [_still_in(archive, member, kind, limits) for member, kind in members]

    return _open_pictures(stills, sha256_of([path]), name, limits, in_zip=True, notes=notes)


def _without_odd_tiffs(
    archive: zipfile.ZipFile, members: list[tuple[zipfile.ZipInfo, Kind]], limits: ReadLimits
) -> tuple[list[tuple[zipfile.ZipInfo, Kind]], tuple[str, ...]]:
    """Leave out TIFFs that lie beside other stills and are no frames, such as the stack that these were taken from."""
    stills = [_still_in(archive, member, kind, limits) for member, kind in members]
    others = [still for still in stills if still.kind is not Kind.TIFF]
    if not others or len(others) == len(stills):
        return members, ()
    size = others[0].head(limits).size

    def is_frame(still: _Still) -> bool:
        try:
            return still.kind is not Kind.TIFF or still.head(limits).size == size
        except ClipError:
            return False

    kept = [member for member, still in zip(members, stills, strict=True) if is_frame(still)]
    left_out = len(members) - len(kept)
    return kept, (f"TIFF files in the ZIP that are no frames: {left_out}; they were left out.",) if left_out else ()


def _still_of(path: Path) -> _Still:
    return _Still(path.name, lambda: path.open("rb"), recognise(path))


def _still_in(archive: zipfile.ZipFile, member: zipfile.ZipInfo, kind: Kind, limits: ReadLimits) -> _Still:
    @contextmanager
    def opened() -> Iterator[BinaryIO]:
        yield BytesIO(read_member(archive, member, limits))

    return _Still(member.filename, opened, kind)


def _open_pictures(
    stills: _StillsOpener, sha256: str, name: str, limits: ReadLimits, *, in_zip: bool, notes: tuple[str, ...] = ()
) -> StreamedClip:
    with stills() as pictures:
        names = tuple(picture.name for picture in pictures)
        heads = [picture.head(limits) for picture in pictures]
        _check_same_size(pictures, heads)
        if len({head.deep for head in heads}) > 1:
            raise ClipError(
                "Some of the pictures have 8 bits and some have more: no one scale of greys fits them.",
                "Choose stills of one kind.",
            )
        window = _window(pictures, heads, limits) if any(head.deep for head in heads) else None

    def read() -> Iterator[TimedImage]:
        try:
            with stills() as pictures:
                for index, picture in enumerate(pictures):
                    yield float(index), _shown(picture.pixels(limits), window)
        except ZIP_ERRORS as error:
            raise ClipError("A picture cannot be read.", "Check the files, or pack the ZIP again.") from error

    first_image(read)
    moving = [picture.name for picture, head in zip(pictures, heads, strict=True) if head.frames > 1]
    extra = (f"{moving[0]} is animated; only its first picture is used.",) if moving else ()
    window_note = () if window is None else (window.note,)
    calibrations = {head.calibration for head in heads}
    unlike = ("Its pictures do not all announce the same size of a pixel: none is used.",) * (len(calibrations) > 1)
    info = ClipInfo(
        name,
        sha256,
        _format_name(heads, in_zip=in_zip),
        heads[0].width,
        heads[0].height,
        len(heads),
        None if unlike else next(iter(calibrations)),
        timed=False,
        notes=(*notes, *dict.fromkeys(note for head in heads for note in head.notes), *extra, *window_note, *unlike),
        names=names,
    )
    return StreamedClip(info, read)


def _window(pictures: Sequence[_Still], heads: Sequence[PictureHead], limits: ReadLimits) -> GreyWindow:
    """Give the greys that the program of all of them shows, where it is one and shows anything, else their range."""
    whole = full_window(picture.pixels(limits) for picture in pictures)
    wanted = heads[0].display
    if wanted is None or any(head.display != wanted for head in heads):
        return whole
    return whole if whole.high <= wanted.low or wanted.high <= whole.low else wanted


def _shown(pixels: RawImage, window: GreyWindow | None) -> RawImage:
    return pixels if window is None else window.show(pixels)


def _check_same_size(stills: Sequence[_Still], heads: Sequence[PictureHead]) -> None:
    first = heads[0]
    for still, head in zip(stills, heads, strict=True):
        if head.size != first.size:
            raise ClipError(
                f"{still.name} is {head.width} x {head.height} px, but {stills[0].name} is "
                f"{first.width} x {first.height} px.",
                "Choose stills of one size only.",
            )


def _format_name(heads: Sequence[PictureHead], *, in_zip: bool) -> str:
    kinds = "/".join(sorted({head.format for head in heads}))
    if in_zip:
        return f"ZIP of {len(heads)} {kinds} stills" if len(heads) > 1 else f"ZIP of one {kinds} still"
    return f"{kinds} still" if len(heads) == 1 else f"{len(heads)} {kinds} stills"
