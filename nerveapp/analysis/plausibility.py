"""What has to be said of a clip's figures before anybody uses them."""

from __future__ import annotations

from nerveapp.domain.measurement import Summary


def outside_region(summary: Summary) -> str | None:
    """Say how many outlines lie, at least in part, outside of the calibrated region; None where none does."""
    if summary.uncalibrated == 0:
        return None
    if summary.outside:
        return "The nerve lies outside of the calibrated region wherever it was found: there are no areas in mm²."
    return (
        f"In {summary.uncalibrated} of {summary.outlined} outlined frames the nerve lies outside of the calibrated "
        "region, at least in part: these have no area in mm² and are not in the figures."
    )
