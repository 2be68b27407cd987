"""Numbers in words."""

from nerveapp.domain.counted import counted

__all__ = ["counted"]
