"""Devices, addresses and played files as sources of live pictures."""

from __future__ import annotations

import errno
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import av
import av.error
from av.container import InputContainer

from nerveapp.domain.clip import Clip
from nerveapp.domain.live import NamedSource
from nerveapp.errors import ClipError
from nerveapp.io.newest_frame import CapturedImage, NewestFrame, waited_until
from nerveapp.io.readers.video_frames import Pixels
from nerveapp.ports import ClipReader, LiveSource

_FORMATS = ("v4l2", "dshow", "avfoundation", "decklink", "x11grab", "gdigrab", "lavfi")
"""FFmpeg's input devices that may be named, as FORMAT:DEVICE; which of them are there depends on the system."""

_TIMEOUT_S = 10.0
_NO_PROTOCOL = ("concat:", "subfile:", "data:", "pipe:", "file:", "fd:")


class FfmpegLiveSources:
    """Opens devices and addresses through PyAV, and plays files that the house's own readers decode.

    Files are decoded in processes of their own, as everywhere. What a device or an address sends is decoded in this
    process: there it has to be fast, and only whoever runs the server, or the command, names them.

    Parameters
    ----------
    clips : ClipReader
        Opens files.
    offered : sequence of str
        What users of the server may choose: sources, folders of clips, each perhaps as LABEL=SOURCE.
    """

    def __init__(self, clips: ClipReader, offered: Sequence[str] = ()) -> None:
        self._clips = clips
        self._offered = tuple(offered)

    def open(self, source: str, *, repeat: bool = False) -> LiveSource:
        """Open a source; see the port."""
        device = _device(source)
        if device is None:
            path = Path(source)
            if not path.exists():
                raise ClipError(
                    f"There is no file or device {source}.",
                    "Give a clip, a device such as /dev/video0, FORMAT:DEVICE such as dshow:video=Grabber, or rtsp://…",
                )
            return NewestFrame(partial(_played, self._clips.open([path]), repeat))
        name, form = device
        return NewestFrame(partial(_captured, partial(_opened, name, form)))

    def offered(self) -> tuple[NamedSource, ...]:
        """Give the sources that users may choose from; see the port."""
        return tuple(one for entry in self._offered for one in _named(entry))


def _device(source: str) -> tuple[str, str | None] | None:
    """Give the name and the format that FFmpeg opens; None for a file."""
    form, colon, rest = source.partition(":")
    if colon and form in _FORMATS:
        return rest, form
    if source.startswith("/dev/"):
        return source, "v4l2"
    return (source, None) if "://" in source and not source.startswith(_NO_PROTOCOL) else None


def _named(entry: str) -> Iterator[NamedSource]:
    """Give what one entry of the setting offers."""
    label, equals, source = entry.partition("=")
    if not equals or any(sign in label for sign in "/:\\"):
        label, source = "", entry
    if _device(source) is not None:
        yield NamedSource(label or _without_password(source), source)
        return
    path = Path(source)
    if not path.is_dir():
        yield NamedSource(label or path.name, source)
        return
    for file in sorted(path.iterdir()):
        # A link could lead out of the folder.
        if file.is_file() and not file.is_symlink() and not file.name.startswith("."):
            yield NamedSource(f"{label}: {file.name}" if label else file.name, str(file))


_STILL_S = 0.2


def _without_password(source: str) -> str:
    scheme, slashes, rest = source.partition("://")
    place = rest.partition("/")[0].partition("?")[0]
    return f"{scheme}{slashes}{place.rpartition('@')[2]}" if slashes else source


def _played(clip: Clip, repeat: bool, stopped: Callable[[], bool]) -> Iterator[CapturedImage]:
    """Play a clip at its own speed."""
    start_s = time.monotonic()
    while True:
        last_s = step_s = 0.0
        for frame in clip.frames():
            step_s, last_s = frame.time_s - last_s or step_s, frame.time_s
            captured_s = waited_until(start_s + frame.time_s, stopped)
            yield captured_s, frame.image.copy()  # what its decoder lends has to be given back
            if stopped():
                return
        # A still has no pace of its own; shown again and again at once it would take a core.
        start_s = max(start_s + last_s + (step_s or _STILL_S), time.monotonic())
        if not repeat:
            waited_until(start_s, stopped)  # the last picture is shown as long as the others
            return


def _captured(opened: Callable[[], InputContainer], stopped: Callable[[], bool]) -> Iterator[CapturedImage]:
    """Read what a device sends."""
    with opened() as container:
        stream = next(iter(container.streams.video), None)
        if stream is None or stream.codec_context is None:
            raise ClipError("The source has no picture.", "Choose the one that shows the machine's screen.")
        stream.thread_type = "SLICE"  # threads over frames would hold pictures back
        pixels = Pixels()
        try:
            for packet in container.demux(stream):
                captured_s = time.monotonic()
                if stopped():
                    return
                for frame in packet.decode():
                    if not frame.is_corrupt:
                        yield captured_s, pixels.of(frame)
        except av.error.FFmpegError as error:
            raise ClipError(
                f"The source broke off: {_reason(error)}.", "Check the cable and the machine, and start again."
            ) from error


def _opened(name: str, form: str | None) -> InputContainer:
    options = {"rtsp_transport": "tcp", "fflags": "nobuffer"} if form is None else {}
    try:
        return av.open(name, "r", format=form, options=options, timeout=(_TIMEOUT_S, _TIMEOUT_S))
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise ClipError(f"{_without_password(name)} cannot be opened: {_reason(error)}.", _hint(error, form)) from error


def _hint(error: Exception, form: str | None) -> str:
    number = getattr(error, "errno", None)
    if number in (errno.EACCES, errno.EPERM):
        return "Give the account that runs NerveApp the right to read it (on Debian: usermod -aG video ACCOUNT)."
    if number == errno.EBUSY:
        return "Another program uses it: close that one."
    if isinstance(error, ValueError) and form is not None:
        return f"This system ({sys.platform}) has no devices of the kind {form}."
    if form is None:
        return "Check the address, and that the machine is on."
    return "Check the name and the cable; v4l2-ctl --list-devices lists the devices of a Linux system."


def _reason(error: Exception) -> str:
    # Only the library's words: its full text repeats the name, which may hold a password.
    words = getattr(error, "strerror", None) or ("unknown kind" if isinstance(error, ValueError) else "unknown error")
    return str(words).rstrip(".").lower()
