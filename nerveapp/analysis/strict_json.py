"""JSON that every program reads."""

from __future__ import annotations

import json
import math


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
