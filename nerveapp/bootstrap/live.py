"""What a live examination needs from outside."""

from __future__ import annotations

from dataclasses import dataclass

from nerveapp.bootstrap.settings import Settings
from nerveapp.ports import ClipReader, LiveFiles, LiveSources


@dataclass(frozen=True, slots=True)
class LiveTools:
    """The ports of live examinations.

    Parameters
    ----------
    sources : LiveSources
        Devices and played files.
    files : LiveFiles
        What was kept, as files.
    """

    sources: LiveSources
    files: LiveFiles


def live_tools(settings: Settings, clips: ClipReader) -> LiveTools:
    """Give them; files are opened by `clips`."""
    from nerveapp.io.live_files import Mp4LiveFiles  # noqa: PLC0415 - only where somebody is live
    from nerveapp.io.live_sources import FfmpegLiveSources  # noqa: PLC0415

    return LiveTools(FfmpegLiveSources(clips, settings.live_sources), Mp4LiveFiles())
