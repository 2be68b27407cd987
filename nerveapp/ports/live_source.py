"""What gives pictures while they are made: a frame grabber, a camera, or a file that is played."""

from __future__ import annotations

from typing import Protocol

from nerveapp.domain.live import LiveFrame, NamedSource


class LiveSource(Protocol):
    """Pictures as they come. The newest wins: who asks late gets the last one, and those before it are dropped."""

    @property
    def dropped(self) -> int:
        """Pictures that nobody asked for in time."""
        ...

    @property
    def ended(self) -> bool:
        """Whether no more pictures will come; the last one may still wait to be taken."""
        ...

    def newest(self, *, wait_s: float) -> LiveFrame | None:
        """Give the newest picture that was not given before.

        Parameters
        ----------
        wait_s : float
            So long it is waited for.

        Returns
        -------
        LiveFrame or None
            None where none came. Its image is the taker's to keep.

        Raises
        ------
        ClipError
            If the source broke off.
        """
        ...

    def close(self) -> None:
        """Let the source go."""
        ...


class LiveSources(Protocol):
    """Opens sources."""

    def open(self, source: str, *, repeat: bool = False) -> LiveSource:
        """Open a source; pictures come from then on.

        Parameters
        ----------
        source : str
            A device (`/dev/video0`), FORMAT:DEVICE for FFmpeg's other input devices (`dshow:video=Grabber`,
            `avfoundation:0`), an address (`rtsp://…`), or a file, which is played at its own speed.
        repeat : bool
            Play a file over and over.

        Raises
        ------
        ClipError
            If there is no such source, it is in use or may not be read, or gives no pictures.
        """
        ...

    def offered(self) -> tuple[NamedSource, ...]:
        """Give the sources that users of the server may choose from; a folder gives its files."""
        ...
