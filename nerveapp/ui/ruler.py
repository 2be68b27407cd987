"""The line drawn on a frame to calibrate by: it stays in force, though the canvas forgets it when the page is left."""

from __future__ import annotations

from dataclasses import dataclass

from nerveapp.ui.drawing import Line


@dataclass(slots=True)
class Ruler:
    """A clip's line, in px of its frame.

    Parameters
    ----------
    line : Line or None
        The one in force.
    start : Line or None
        The one that the canvas showed when it appeared; changing it would wipe the canvas.
    """

    line: Line | None = None
    start: Line | None = None
    _seen: bool = False

    def appear(self) -> None:
        """Start a canvas anew, with the line of before on it."""
        self.start, self._seen = self.line, False

    def take(self, drawn: Line | None) -> Line | None:
        """Take the line that the canvas shows now; gives the one in force.

        A canvas that has shown none since it appeared has not been heard of; one that has, and shows none, was wiped.
        """
        if drawn is not None or self._seen:
            self.line, self._seen = drawn, True
        return self.line
