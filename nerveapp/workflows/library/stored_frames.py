"""Frames of clips in the library, opened when they are first needed, or what is left where their files are not kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from nerveapp.analysis.pictures import png_of
from nerveapp.domain.clip import Clip, ClipInfo, Frame, Image
from nerveapp.errors import LibraryError
from nerveapp.ports import AnnotationStore


class LazyClip:
    """A clip whose files are opened when its frames are first asked for (the `Clip` protocol).

    Parameters
    ----------
    info : ClipInfo
        As it was read before.
    opened : callable
        Opens it; raises LibraryError where its files are not kept.
    """

    def __init__(self, info: ClipInfo, opened: Callable[[], Clip]) -> None:
        self._info = info
        self._opened = opened
        self._clip: Clip | None = None

    @property
    def info(self) -> ClipInfo:
        """What was known of it before."""
        return self._info

    @property
    def truncation(self) -> str | None:
        """After `frames` has been exhausted: why decoding ended early."""
        return None if self._clip is None else self._clip.truncation

    def frames(self) -> Iterator[Frame]:
        """Decode the frames in presentation order."""
        self._clip = self._clip or self._opened()
        yield from self._clip.frames()


class StoredFrames:
    """The frames of a clip that were corrected, kept with their outlines (the `FrameSource` port).

    Parameters
    ----------
    clip_sha256 : str
    store : AnnotationStore
    """

    def __init__(self, clip_sha256: str, store: AnnotationStore) -> None:
        self._sha256 = clip_sha256
        self._store = store

    @property
    def clip(self) -> Clip:
        """Raise LibraryError: its files are not kept."""
        raise LibraryError("The clip's files are not kept on this server.", "Open the clip again from its file.")

    def png(self, index: int, *, soon: Sequence[int] = ()) -> bytes:  # noqa: ARG002 - there is nothing to fetch
        """Give a corrected frame as PNG."""
        return png_of(self.image(index), fast=True)

    def image(self, index: int) -> Image:
        """Give a corrected frame's pixels; raises StoreError for others."""
        return self._store.image(self._sha256, index)
