"""What the app and a decoder's process say to each other: a line of JSON each, and frames through shared memory."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import IO, Any, cast

from nerveapp.domain.calibration import Calibration, CalibrationOrigin, Region
from nerveapp.domain.clip import Affine, ClipInfo
from nerveapp.errors import ClipError

Message = dict[str, Any]


class BrokenMessageError(Exception):
    """What came is no message: the other side has ended, or is not itself any more."""


def send(stream: IO[bytes], message: Message) -> None:
    """Write a message; raises OSError if the other side has gone."""
    stream.write(json.dumps(message).encode() + b"\n")
    stream.flush()


def receive(stream: IO[bytes], *, longest: int = 64 << 20) -> Message:
    """Read a message.

    Raises
    ------
    BrokenMessageError
        At the end of the stream, or if it is no JSON object.
    """
    line = stream.readline(longest)
    try:
        message = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BrokenMessageError from error
    if not isinstance(message, dict):
        raise BrokenMessageError
    return message


def info_message(info: ClipInfo) -> Message:
    """Turn a clip's description into JSON values."""
    return asdict(info)


def info_of(message: Message) -> ClipInfo:
    """Give the description that a message holds.

    Raises
    ------
    BrokenMessageError
        If it holds none.
    """
    try:
        values = {field.name: message[field.name] for field in fields(ClipInfo)}
        values |= {name: _calibration(values[name]) for name in ("calibration", "suggestion")}
        values["regions"] = tuple(region for one in values["regions"] if (region := _calibration(one)) is not None)
        values |= {name: tuple(values[name]) for name in ("notes", "names")}
        values["details"] = tuple((str(name), str(value)) for name, value in values["details"])
        values["affine"] = _affine(values["affine"])
        return ClipInfo(**values)
    except (KeyError, TypeError, ValueError) as error:
        raise BrokenMessageError from error


def error_message(error: ClipError) -> Message:
    """Turn a failure into JSON values."""
    return {"message": error.message, "hint": error.hint}


def error_of(message: Message) -> ClipError:
    """Give the failure that a message reports."""
    return ClipError(str(message.get("message", "")), str(message.get("hint", "")))


def _calibration(value: Mapping[str, Any] | None) -> Calibration | None:
    if value is None:
        return None
    box = value["box"]
    return Calibration(
        value["row_spacing_mm"],
        value["column_spacing_mm"],
        CalibrationOrigin(value["origin"]),
        value["detail"],
        None if box is None else Region(**box),
        tuple(Region(**part) for part in value["except_in"]),
    )


def _affine(value: list[list[float]] | None) -> Affine | None:
    return None if value is None else cast(Affine, tuple(tuple(float(cell) for cell in row) for row in value))
