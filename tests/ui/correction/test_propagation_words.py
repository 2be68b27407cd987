import pytest

from nerveapp.ui.correction.propagation_words import frames_in_words, propagation_in_words
from nerveapp.workflows.annotating.propagate import Ending, PropagationReport


@pytest.mark.parametrize(
    ("report", "words"),
    [
        (PropagationReport(5, 5, 25, Ending.DRAWN, Ending.LIMIT), "Propagated to frames 6 to 25."),
        (PropagationReport(12, 2, 19, Ending.LIMIT, Ending.DRAWN), "Propagated to frames 2 to 11 and 13 to 19."),
        (PropagationReport(0, 0, 1, Ending.CLIP, Ending.CLIP), "Propagated to frame 1."),
        (
            PropagationReport(5, 4, 6, Ending.LOST, Ending.LOST),
            "Propagated to frames 4 and 6; the nerve is lost in frame 3 and frame 7.",
        ),
        (
            PropagationReport(0, 0, 0, Ending.CLIP, Ending.LOST),
            "Not propagated: the clip has no frame before this one; the nerve is lost in frame 1.",
        ),
        (
            PropagationReport(5, 5, 5, Ending.UNSEEN, Ending.UNSEEN),
            "Not propagated: the model sees no nerve inside the outline, so it cannot follow it.",
        ),
        (
            PropagationReport(5, 5, 5, Ending.DRAWN, Ending.CLIP),
            "Not propagated: frame 4 is drawn or reviewed already; the clip has no frame after this one.",
        ),
    ],
)
def test_only_frames_that_were_reached_are_named(report: PropagationReport, words: str) -> None:
    assert propagation_in_words(report) == words


@pytest.mark.parametrize(
    ("frames", "words"),
    [
        ([7], "frame 7"),
        ([12, 13, 14], "frames 12–14"),
        ([3, 4, 9], "frames 3–4 and 9"),
        ([1, 3, 5, 6], "4 frames"),
    ],
)
def test_frames_are_named_by_their_stretches(frames: list[int], words: str) -> None:
    assert frames_in_words(frames) == words
