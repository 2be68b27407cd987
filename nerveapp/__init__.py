"""NerveApp: outlines of peripheral nerves in ultrasound clips, their areas, and what to do with them."""

__version__ = "0.1.0"

NOTICE = (
    "Research use only. Not a medical device; not cleared by any regulator. "
    "Measurements must be confirmed by a qualified clinician."
)
"""Shown on every page and written into every export."""
