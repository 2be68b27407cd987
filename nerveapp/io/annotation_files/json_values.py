"""JSON from strangers: its shape is checked value by value."""

from __future__ import annotations

import json
import math

from nerveapp.errors import AnnotationError

MAX_JSON_BYTES = 64 * 1024 * 1024
"""Parsed, JSON takes many times its size in memory."""

_HINT = "Export it again as COCO or LabelMe JSON."


class ShapeError(Exception):
    """A shape that cannot be taken, in words that follow its name; its importer tells it as a problem."""


def parse(data: bytes, name: str) -> dict[str, object]:
    """Parse a JSON object.

    Raises
    ------
    AnnotationError
        If it is too large, damaged, nested too deeply, or no object.
    """
    if len(data) > MAX_JSON_BYTES:
        raise AnnotationError(f"{name} is larger than {MAX_JSON_BYTES // 2**20} MiB.", "Split it.")
    try:
        value: object = json.loads(data.decode("utf-8-sig"), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise AnnotationError(f"{name} is not valid JSON.", _HINT) from error
    if not isinstance(value, dict):
        raise AnnotationError(f"{name} holds no JSON object.", _HINT)
    return value


def is_json(head: bytes) -> bool:
    """Whether what begins so is an object or a list in JSON."""
    return head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith((b"{", b"["))


def _no_constant(text: str) -> float:
    raise ValueError(f"{text} is no JSON number")


def objects(value: object, what: str) -> list[dict[str, object]]:
    """Check a list of JSON objects.

    Raises
    ------
    AnnotationError
        If it is anything else; `what` names it.
    """
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise AnnotationError(f"The file's {what} are not a list of objects.", _HINT)
    return value


def whole(value: object) -> int | None:
    """Give a whole number from 0 up; None where the value is no such number."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return int(value) if value == int(value) and 0 <= value < 2**53 else None


def number(value: object) -> float:
    """Give a finite number.

    Raises
    ------
    ShapeError
        If the value is anything else.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ShapeError("holds something that is no number")
    try:
        converted = float(value)
    except OverflowError as error:
        raise ShapeError("holds a number that is too large") from error
    if not math.isfinite(converted):
        raise ShapeError("holds a number that is not finite")
    return converted


def numbers(value: object) -> list[float]:
    """Give a list of finite numbers.

    Raises
    ------
    ShapeError
        If the value is anything else.
    """
    if not isinstance(value, list):
        raise ShapeError("holds no list of numbers")
    return [number(item) for item in value]
