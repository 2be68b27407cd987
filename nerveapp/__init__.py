"""NerveApp: outlines of peripheral nerves in ultrasound clips, their areas, and what to do with them."""

OUTLINES = 4
"""Raised whenever the same clip and model give other outlines, areas or confidences than before: results of an earlier
one are made anew where they are asked for again."""

__version__ = f"0.1.0+outlines.{OUTLINES}"

NOTICE = (
    "Research use only. Not a medical device; not cleared by any regulator. "
    "Measurements must be confirmed by a qualified clinician."
)
"""Shown on every page and written into every export."""
