"""The time as it is written down."""

from nerveapp.clock import now

__all__ = ["now"]
