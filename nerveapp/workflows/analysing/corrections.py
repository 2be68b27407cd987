"""Which corrected outlines of a clip stand in the place of the model's, the same for whoever reads it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nerveapp.domain.analysis import Analysis
from nerveapp.domain.annotation import Annotation, State
from nerveapp.ports import AnnotationStore
from nerveapp.workflows.analysing.choose_nerve import of_measured_nerve
from nerveapp.workflows.annotating.select_annotations import entries_that_count


@dataclass(frozen=True, slots=True)
class Corrections:
    """The finished outlines of a clip that count.

    Parameters
    ----------
    outlines : tuple of Annotation
        One per frame, by frame.
    raters : tuple of str
        Codes of whose they are, sorted; those of adjudicated outlines are not among them.
    adjudicated : int
        How many of them were agreed upon.
    """

    outlines: tuple[Annotation, ...] = ()
    raters: tuple[str, ...] = ()
    adjudicated: int = 0


def corrections_of(analysis: Analysis, store: AnnotationStore) -> Corrections:
    """Give the finished outlines of a clip that count, see `entries_that_count`, of the nerve that is measured.

    Parameters
    ----------
    analysis : Analysis
        By the model alone. Frames that it has not are left out: a clip that is cut short has fewer than it had when it
        was outlined.
    store : AnnotationStore

    Raises
    ------
    StoreError
        If the store cannot be read.
    """
    found = entries_that_count(store, clip_sha256=analysis.clip.sha256)
    ids = [found[key].id for key in sorted(found) if key[1] < len(analysis.frames)]
    return counting(of_measured_nerve(analysis, store.annotations(ids)))


def counting(outlines: Sequence[Annotation]) -> Corrections:
    """Say of outlines that count whose they are."""
    raters = {one.rater for one in outlines if one.state is State.FINAL}
    agreed = sum(one.state is State.ADJUDICATED for one in outlines)
    return Corrections(tuple(outlines), tuple(sorted(raters)), agreed)
