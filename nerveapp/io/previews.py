"""The player's videos in the object store (the `Previews` port)."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nerveapp.analysis.preview import PREVIEW_FRAME_RATE, preview_size
from nerveapp.domain.clip import ClipInfo
from nerveapp.domain.kept_object import preview_key
from nerveapp.io.video_writing import VideoWriter, writing_video
from nerveapp.ports import ObjectStore

_QUALITY = 23


class StoredPreviews:
    """Previews under keys.

    Parameters
    ----------
    objects : ObjectStore
    """

    def __init__(self, objects: ObjectStore) -> None:
        self._objects = objects

    def has(self, clip_sha256: str) -> bool:
        """Whether a clip's is kept."""
        return self._objects.has(preview_key(clip_sha256))

    @contextmanager
    def writing(self, clip: ClipInfo) -> Iterator[VideoWriter]:
        """Write a clip's; see the port."""
        width, height = preview_size(clip)
        with tempfile.TemporaryDirectory(prefix="nerveapp-preview-") as folder:
            path = Path(folder) / "preview.mp4"
            with writing_video(
                path, width=width, height=height, frame_rate=PREVIEW_FRAME_RATE, scrubbable=True, quality=_QUALITY
            ) as video:
                yield video
            self._objects.put(preview_key(clip.sha256), path)

    def read(self, clip_sha256: str) -> bytes:
        """Give a clip's; see the port."""
        return self._objects.read(preview_key(clip_sha256))
