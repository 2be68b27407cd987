"""Taking a clip into the library: it is opened, kept, and known from then on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path, PurePosixPath

from nerveapp.analysis.pictures import thumbnail_of
from nerveapp.domain.actor import Actor, Right
from nerveapp.domain.annotation import ClipRecord
from nerveapp.domain.calibration import Calibration
from nerveapp.domain.clip import Clip, ClipInfo
from nerveapp.domain.clip_source import ClipSource, Origin, SourceFile
from nerveapp.domain.kept_object import clip_key
from nerveapp.domain.library import ListedClip
from nerveapp.domain.view import View
from nerveapp.domain.view_name import view_of_name
from nerveapp.errors import ClipError, StoreError
from nerveapp.ports import ClipReader, Library, ObjectStore

_STILLS_LOOKED_AT = 12
LONGEST_NAME = 150
"""Bytes of a file's name that are kept in its key: file systems take 255, and names of temporary files are longer."""


def acquire_clip(
    paths: Sequence[Path],
    reader: ClipReader,
    library: Library,
    objects: ObjectStore,
    *,
    origin: Origin,
    name: str | None = None,
    credit: str = "",
    calibration: Calibration | None = None,
    view: View | None = None,
    on_known: Callable[[ListedClip], None] = lambda _: None,
    actor: Actor,
    now: datetime,
) -> Clip:
    """Open files as a clip, keep them, and add the clip to the library.

    The same clip brought again is one clip: what was said of it (view, calibration, exam) and its name stand.

    Parameters
    ----------
    paths : sequence of Path
        One file, or several stills.
    reader : ClipReader
    library : Library
    objects : ObjectStore
    origin : Origin
    name : str, optional
        What to call it on the pages; by default the file's own name.
    credit : str
        Attribution or remark to show beside it.
    calibration : Calibration, optional
        Of a clip that is new; by default what the file itself says.
    view : View, optional
        Of a clip that is new; by default what the file's name says, see `view_of_name`.
    on_known : callable, optional
        Called with what is known of the clip, where it was there before: it keeps its name and whose it is.
    actor : Actor
        Needs the right to analyse.
    now : datetime
        With a time zone.

    Raises
    ------
    ClipError
        If the files cannot be read as a clip. Nothing is kept then.
    StoreError
        If they cannot be kept, such as on a full disk. Nothing is kept then.
    AnnotationError
        If the clip was known in another size.
    RightsError
        If the actor may not.
    """
    actor.require(Right.ANALYSE)
    clip = reader.open(paths, name=name)
    info = clip.info
    thumbnail = _thumbnail(clip)
    known = library.clip(info.sha256)
    if known is not None:
        on_known(known)
    record = ClipRecord(
        info.sha256,
        info.width,
        info.height,
        info.frame_count or 1,
        view=(view or view_of_name(info.name)) if known is None else View(),
        calibration=(calibration or info.calibration) if known is None or not known.record.calibration else None,
        affine=info.affine,
    )
    put: list[str] = []
    ordered = _in_order(paths, info)
    try:
        already = _known_files(library, info.sha256)
        files = tuple(
            _kept(path, f"{clip_key(info.sha256)}/{position:05d}/{_short(path.name)}", already, objects, put)
            for position, path in enumerate(ordered)
        )
        _check_unchanged(files, info)
        uids = reader.identifiers(paths)
        source = ClipSource(info.sha256, files, origin, info.name, credit, uids.study, uids.series, uids.instance)
        library.add_clip(record, source, thumbnail, actor=actor.code, now=now)
        for path, file in zip(ordered, files, strict=True):
            if not objects.has(file.key):  # a sweep took it for one that nobody names, before it was named here
                objects.put(file.key, path)
    except BaseException:
        named = {file.key for file in _known_files(library, info.sha256)}
        for key in put:
            if key not in named:
                objects.remove(key)
        raise
    return clip


def are_stills(paths: Sequence[Path], reader: ClipReader) -> bool:
    """Tell whether files may be the stills of one clip: each of the first ones is one picture, and they go together."""
    first = paths[:_STILLS_LOOKED_AT]
    try:
        return all(reader.open([path]).info.frame_count == 1 for path in first) and bool(reader.open(first[:2]))
    except ClipError:
        return False  # opened one by one, each says what is wrong


def _thumbnail(clip: Clip) -> bytes:
    first = next(iter(clip.frames()), None)
    return b"" if first is None else thumbnail_of(first.image)


def _in_order(paths: Sequence[Path], info: ClipInfo) -> list[Path]:
    """Put stills in the order of the frames; what became no frame comes last."""
    place = {name: position for position, name in enumerate(info.names)}
    return sorted(paths, key=lambda path: place.get(path.name, len(place)))


def _kept(path: Path, key: str, already: Sequence[SourceFile], objects: ObjectStore, put: list[str]) -> SourceFile:
    """Keep a file, unless it is kept undamaged: the clip's hash, of which the key is, says that it is the same."""
    for file in already:
        if file.key == key:
            with suppress(StoreError):
                objects.local(key, sha256=file.sha256)
                return file
    put.append(key)
    return objects.put(key, path)


def _check_unchanged(files: Sequence[SourceFile], info: ClipInfo) -> None:
    if len(files) == 1 and files[0].sha256 != info.sha256:  # of stills, the hash is of all in a row
        raise ClipError("The file was changed while it was read.", "Open it again.")


def _known_files(library: Library, sha256: str) -> tuple[SourceFile, ...]:
    source = library.source(sha256)
    return source.files if source else ()


def _short(name: str) -> str:
    """Cut the stem of a name that is too long, between characters."""
    suffix = PurePosixPath(name).suffix
    room = LONGEST_NAME - len(suffix.encode())
    if len(name.encode()) <= LONGEST_NAME or room < 1:
        return name.encode()[:LONGEST_NAME].decode(errors="ignore")
    return name.removesuffix(suffix).encode()[:room].decode(errors="ignore") + suffix
