"""Numbers and units as TIFFs write them."""

from __future__ import annotations

import math

MM_PER_UNIT = {
    "m": 1000.0, "meter": 1000.0, "metre": 1000.0, "inch": 25.4, "inches": 25.4, "in": 25.4,
    "cm": 10.0, "centimeter": 10.0, "centimetre": 10.0, "centimeters": 10.0, "centimetres": 10.0,
    "mm": 1.0, "millimeter": 1.0, "millimetre": 1.0, "millimeters": 1.0, "millimetres": 1.0,
    "um": 1e-3, "µm": 1e-3, "μm": 1e-3, "micron": 1e-3, "microns": 1e-3, "micrometer": 1e-3, "micrometre": 1e-3,
    "micrometers": 1e-3, "micrometres": 1e-3, "\\u00b5m": 1e-3, "nm": 1e-6, "nanometer": 1e-6,
}  # fmt: skip
SECONDS_PER_UNIT = {
    "": 1.0, "s": 1.0, "sec": 1.0, "second": 1.0, "seconds": 1.0, "ms": 1e-3, "msec": 1e-3, "millisecond": 1e-3,
    "milliseconds": 1e-3, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "usec": 1e-6, "microsecond": 1e-6, "microseconds": 1e-6,
    "ns": 1e-9, "nsec": 1e-9, "min": 60.0, "minute": 60.0, "minutes": 60.0, "h": 3600.0, "hr": 3600.0, "hour": 3600.0,
    "hours": 3600.0,
}  # fmt: skip


def positive_number(value: object) -> float | None:
    """Give a finite number above 0; None where the value is no such number."""
    try:
        number = float(str(value))
    except ValueError:
        return None
    return number if math.isfinite(number) and number > 0 else None


def whole_number(value: object) -> int:
    """Give a whole number from 1 up; 1 where the value is no such number."""
    number = positive_number(value)
    return max(int(number), 1) if number is not None and number < 2**31 else 1
