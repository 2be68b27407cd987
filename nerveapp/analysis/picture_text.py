"""Words on pictures, in any script that OpenCV's own font knows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

_FONT = "sans"
_WEIGHT = 400
_PAPER, _WORDS = 24, (230, 230, 230)
_LEAST_PX = 15


@dataclass(frozen=True, slots=True)
class Ink:
    """How words are written.

    Parameters
    ----------
    size : int
        Of the letters, px.
    colour : tuple of int
        RGB.
    """

    size: int
    colour: tuple[int, int, int] = (255, 255, 255)

    @classmethod
    def for_width(cls, width: int) -> Ink:
        """Give letters in proportion to a picture: still read where it is printed 57 mm wide."""
        return cls(max(_LEAST_PX, round(width / 32)))

    def larger(self, factor: float) -> Ink:
        """Give the same, larger."""
        return replace(self, size=round(self.size * factor))


def write(drawn: npt.NDArray[np.uint8], text: str, corner: tuple[int, int], ink: Ink, *, outlined: bool = True) -> None:
    """Write one line onto an (H, W, 3) RGB picture.

    Parameters
    ----------
    drawn : ndarray of uint8, (H, W, 3) RGB
        Changed.
    text : str
    corner : tuple of int
        Left end of the line's foot (x, y), px.
    ink : Ink
    outlined : bool
        Dark around the letters, so that they stand out from any ground.
    """
    x, y = corner
    around = ((-1, 0), (1, 0), (0, -1), (0, 1), (-1, -1), (1, 1), (-1, 1), (1, -1)) if outlined else ()
    for dx, dy in around:
        cv2.putText(drawn, text, (x + dx, y + dy), (0, 0, 0), cv2.FontFace(_FONT), ink.size, _WEIGHT)
    cv2.putText(drawn, text, corner, ink.colour, cv2.FontFace(_FONT), ink.size, _WEIGHT)


def text_width(text: str, ink: Ink) -> int:
    """Give how wide a line is, px."""
    _, _, width, _ = cv2.getTextSize((1 << 15, 1 << 10), text, (0, ink.size), cv2.FontFace(_FONT), ink.size, _WEIGHT)
    return int(width)


def captioned(image: npt.NDArray[np.uint8], paragraphs: Sequence[str], ink: Ink) -> npt.NDArray[np.uint8]:
    """Add a dark strip with text below an (H, W, 3) RGB picture, wrapped to its width; none without text."""
    margin = ink.size // 2
    lines = [line for one in paragraphs for line in wrapped(one, image.shape[1] - 2 * margin, ink)]
    if not lines:
        return image
    pitch = round(1.35 * ink.size)
    strip = np.full((pitch * len(lines) + margin, image.shape[1], 3), _PAPER, np.uint8)
    for number, line in enumerate(lines, start=1):
        cv2.putText(strip, line, (margin, pitch * number), _WORDS, cv2.FontFace(_FONT), ink.size, _WEIGHT)
    return np.vstack([image, strip])


def wrapped(text: str, width: int, ink: Ink) -> list[str]:
    """Break a paragraph into lines no wider than `width` px; a longer word stands on a line of its own."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and text_width(longer, ink) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return [line for line in lines if line]
