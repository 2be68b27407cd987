"""A report to read or print, before it is HTML or PDF."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Heading:
    """Words above a part."""

    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Words."""

    text: str


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text, each as long as the head."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Scatter:
    """Points and level lines.

    Parameters
    ----------
    points : tuple of (float, float)
    levels : tuple of float
        Heights of lines across.
    x_title, y_title : str
    """

    points: tuple[tuple[float, float], ...]
    levels: tuple[float, ...]
    x_title: str
    y_title: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG with its caption."""

    png: bytes
    caption: str


Block = Heading | Paragraph | Table | Scatter | Picture


@dataclass(frozen=True, slots=True)
class Document:
    """What is printed, from top to bottom."""

    title: str
    blocks: tuple[Block, ...]
