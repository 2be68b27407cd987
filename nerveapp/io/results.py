"""Measured results as JSON files, from which docs/accuracy.md is written."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from nerveapp.errors import DataError
from nerveapp.io.atomic import write_bytes
from nerveapp.io.older_names import with_todays_names

Result = TypeVar("Result")


def write_result(path: Path, result: object) -> None:
    """Write a result (a dataclass of `domain.study`) whole or not at all; raises WriteError."""
    write_bytes(path, TypeAdapter(type(result)).dump_json(result) + b"\n")


def read_result(path: Path, kind: type[Result]) -> Result:
    """Read a result of a kind.

    Raises
    ------
    DataError
        If the file is absent or holds something else.
    """
    try:
        return TypeAdapter(kind).validate_json(with_todays_names(path.read_bytes()))
    except OSError as error:
        raise DataError(
            f"{path} cannot be read: {error.strerror}.", "Make it with the command that measures."
        ) from error
    except ValidationError as error:
        place = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise DataError(f"{path.name} does not hold a {kind.__name__}, see {place}.", "Measure it again.") from error


def strict_json(value: object) -> bytes:
    """Write JSON as the standard has it: null in the place of a number that is not finite, and of nothing else."""
    return json.dumps(_finite(value), indent=2, allow_nan=False).encode()


def _finite(value: object) -> object:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(one) for one in value]
    return value
