"""Which corrected outlines of a clip stand in the place of the model's, the same for whoever reads it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nerveapp.domain.analysis import Analysis
from nerveapp.domain.annotation import Annotation, State
from nerveapp.ports import AnnotationStore
from nerveapp.workflows.analysing.choose_nerve import of_measured_nerve
from nerveapp.workflows.annotating.select_annotations import finished_entries


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
    """Give the finished outlines of a clip that count of the nerve that is measured, see `entries_that_count`.

    Of a frame in which people outlined several nerves that one counts which counts among those of this nerve.

    Parameters
    ----------
    analysis : Analysis
        Frames that it has not are left out: a clip that is cut short has fewer than it had when it was outlined.
    store : AnnotationStore

    Raises
    ------
    StoreError
        If the store cannot be read.
    """
    found = finished_entries(store, clip_sha256=analysis.clip.sha256)
    within = [found[key] for key in sorted(found) if key[1] < len(analysis.frames)]
    if not analysis.others:
        return counting(store.annotations([entries[-1].id for entries in within]))
    read = store.annotations([one.id for entries in within for one in entries])
    return counting([*{one.frame: one for one in of_measured_nerve(analysis, read)}.values()])


def counting(outlines: Sequence[Annotation]) -> Corrections:
    """Say of outlines that count whose they are."""
    raters = {one.rater for one in outlines if one.state is State.FINAL}
    agreed = sum(one.state is State.ADJUDICATED for one in outlines)
    return Corrections(tuple(outlines), tuple(sorted(raters)), agreed)
