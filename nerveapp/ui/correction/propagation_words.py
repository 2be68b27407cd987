"""How far an outline was propagated, in words."""

from __future__ import annotations

from collections.abc import Sequence

from nerveapp.workflows.annotating.disagreement import stretches
from nerveapp.workflows.annotating.propagate import Ending, PropagationReport

MOST_STRETCHES = 2


def propagation_in_words(report: PropagationReport) -> str:
    """Name the frames an outline reached, or why it reached none.

    The corrected frame itself is not among them: it was drawn.
    """
    sides = (report.first, report.start - 1), (report.start + 1, report.last)
    reached = [_span(first, last) for first, last in sides if first <= last]
    if not reached:
        why = dict.fromkeys((_why(report.first - 1, report.before), _why(report.last + 1, report.after)))
        return f"Not propagated: {'; '.join(why)}."
    lost = [
        f"frame {frame}"
        for frame, ending in ((report.first - 1, report.before), (report.last + 1, report.after))
        if ending is Ending.LOST
    ]
    stopped = f"; the nerve is lost in {' and '.join(lost)}" if lost else ""
    single = sum(last - first + 1 for first, last in sides) == 1
    return f"Propagated to {'frame' if single else 'frames'} {' and '.join(reached)}{stopped}."


def frames_in_words(frames: Sequence[int]) -> str:
    """Name frames by their stretches, such as "frames 12–40 and 45"; many stretches by their number of frames."""
    runs = stretches(frames)
    if len(runs) > MOST_STRETCHES:
        return f"{len(frames)} frames"
    spans = [f"{one[0]}–{one[-1]}" if len(one) > 1 else str(one[0]) for one in runs]
    return f"{'frame' if len(frames) == 1 else 'frames'} {' and '.join(spans)}"


def _span(first: int, last: int) -> str:
    return str(first) if first == last else f"{first} to {last}"


def _why(frame: int, ending: Ending) -> str:
    return {
        Ending.CLIP: f"the clip has no frame {'before' if frame < 0 else 'after'} this one",
        Ending.DRAWN: f"frame {frame} is drawn or reviewed already",
        Ending.LOST: f"the nerve is lost in frame {frame}",
        Ending.UNSEEN: "the model sees no nerve inside the outline, so it cannot follow it",
        Ending.LIMIT: f"frame {frame} is out of reach",
    }[ending]
