"""The poster's table for one's own clips: IoU and Dice of a model against the accepted outlines, site by site.

AAN abstract 11-002 gives IoU and Dice at the forearm and at the wrist, for frames of people whom the network had seen.
Here people that a model has learnt from and people it has not are never put together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from nerveapp import NOTICE
from nerveapp.analysis.report_metrics import Metrics, metrics_of
from nerveapp.domain.experiments.report import TestedFrame
from nerveapp.domain.view import Nerve, Site, nerve_and_site
from nerveapp.errors import DataError
from nerveapp.ports import AnnotationStore, Segmenter, TableFiles
from nerveapp.workflows.annotating.dataset import Listed
from nerveapp.workflows.annotating.select_annotations import outlines_that_count, read_frames
from nerveapp.workflows.evaluating.evaluate import score_image
from nerveapp.workflows.evaluating.judge import labelled
from nerveapp.workflows.execution.tasks import Progress

_POSTER = ((Nerve.MEDIAN, Site.FOREARM), (Nerve.MEDIAN, Site.WRIST))
"""The poster's sites: they come first."""

_COLUMNS = (
    "nerve and site", "split", "images", "people", "corrected from this model", "IoU mean", "IoU SD", "Dice mean",
    "Dice SD", "Dice 95 % from", "Dice 95 % to",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SiteScore:
    """A model at one site, on people it has learnt from or on others.

    Parameters
    ----------
    site : (Nerve, Site) or None
        None for all sites together.
    seen : bool
        Whether the model was trained on these people.
    metrics : Metrics
    own : int
        Images whose accepted outline was made by correcting this very model's: they favour it.
    """

    site: tuple[Nerve, Site] | None
    seen: bool
    metrics: Metrics
    own: int

    @property
    def where(self) -> str:
        """Nerve and site in words."""
        return "All sites" if self.site is None else nerve_and_site(*self.site)

    @property
    def split(self) -> str:
        """The split in words."""
        return "seen in training" if self.seen else "unseen"


@dataclass(frozen=True, slots=True)
class OwnClipsScore:
    """How a model outlined the clips of this installation.

    Parameters
    ----------
    model, sha256 : str
    outlines : tuple of Listed
        What it was held against: of whom and of what, as it was said then.
    rows : tuple of SiteScore
        Forearm and wrist of the median nerve first, all sites together last; seen and unseen people apart.
    unnamed : tuple of str
        Sets it was trained on whose people its card does not name: whether they are among these is not known.
    """

    model: str
    sha256: str
    outlines: tuple[Listed, ...]
    rows: tuple[SiteScore, ...]
    unnamed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Scored:
    frame: TestedFrame
    seen: bool
    own: bool


def own_outlines(store: AnnotationStore) -> tuple[Listed, ...]:
    """Give the outlines that count, of whom and what they are: scores on them hold as long as these are the same."""
    return tuple(outlines_that_count(store))


def score_own_clips(
    store: AnnotationStore, segmenter: Segmenter, *, on_progress: Progress = lambda *_: None
) -> OwnClipsScore:
    """Outline every frame that has an accepted outline, and compare.

    Parameters
    ----------
    store : AnnotationStore
    segmenter : Segmenter
    on_progress : callable
        Called with images done and images in all.

    Raises
    ------
    DataError
        If there are no accepted outlines.
    """
    card, outlines = segmenter.card, own_outlines(store)
    if not outlines:
        raise DataError("There are no accepted outlines to score on.", "Save corrections as final on the Correct page.")
    frames = read_frames(store, [one.entry.id for one in outlines])
    scored, known = [], set()
    for done, frame in enumerate(frames, start=1):
        image, one, clip = labelled(frame), frame.annotation, frame.clip
        (predicted,) = segmenter.segment([image.grey])
        score = score_image(image.name, image.group, image.nerve, predicted, flag_below=card.flag_below)
        if card.knows(image.group, image.clip):
            known.add(image.group)
        own = one.prediction is not None and one.prediction.model_sha256 == card.sha256
        scored.append((TestedFrame(score, 0, clip.sha256, one.frame, clip.view), own))
        on_progress(done, len(frames))
    rows = _rows([_Scored(frame, frame.score.group in known, own) for frame, own in scored])
    return OwnClipsScore(card.name, card.sha256, outlines, rows, card.unnamed_sets)


def own_clips_csv(found: OwnClipsScore, tables: TableFiles) -> bytes:
    """Write the table as CSV, with the notice and the model above."""
    rows = [
        (
            one.where,
            one.split,
            one.metrics.frames,
            one.metrics.people,
            one.own,
            *(round(value, 4) for value in (one.metrics.iou.mean, one.metrics.iou.sd)),
            *(round(value, 4) for value in (one.metrics.dice.mean, one.metrics.dice.sd)),
            *_interval(one.metrics),
        )
        for one in found.rows
    ]
    return tables.csv(_COLUMNS, rows, remarks=(NOTICE, f"Model {found.model}, sha256 {found.sha256}"))


def _interval(metrics: Metrics) -> tuple[float | None, float | None]:
    """Give the 95 % interval of the mean Dice; none for one person, of whom nothing can be resampled."""
    return (None, None) if metrics.people < 2 else (round(metrics.dice.low, 4), round(metrics.dice.high, 4))


def _rows(scored: Sequence[_Scored]) -> tuple[SiteScore, ...]:
    found: defaultdict[tuple[tuple[Nerve, Site] | None, bool], list[_Scored]] = defaultdict(list)
    for one in scored:
        view = one.frame.view
        if view is not None:
            found[(view.nerve, view.site), one.seen].append(one)
        found[None, one.seen].append(one)
    rows = [
        SiteScore(site, seen, metrics_of([one.frame for one in ones]), sum(one.own for one in ones))
        for (site, seen), ones in found.items()
    ]
    return tuple(sorted(rows, key=_order))


def _order(row: SiteScore) -> tuple[bool, int, int, int, bool]:
    """Sort the poster's sites before the others, all sites last, unseen people first."""
    if row.site is None:
        return True, 0, 0, 0, row.seen
    first = _POSTER.index(row.site) if row.site in _POSTER else len(_POSTER)
    return False, first, tuple(Nerve).index(row.site[0]), tuple(Site).index(row.site[1]), row.seen
