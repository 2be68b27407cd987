"""Readers against each other on the frames both have outlined; a model is one more reader."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

from nerveapp.analysis.agreement import dice, iou, surface_distances
from nerveapp.domain.annotation import Annotation, ClipRecord, FrameKey, State
from nerveapp.domain.segmentation import PackedMask
from nerveapp.domain.view import Nerve, Site
from nerveapp.ports import AnnotationStore


class ReaderKind(StrEnum):
    """Who outlined."""

    MODEL = "model"
    RATER = "rater"
    STUDY = "study"
    ADJUDICATED = "adjudicated"


@dataclass(frozen=True, slots=True, order=True)
class Reader:
    """One side of a comparison.

    Parameters
    ----------
    kind : ReaderKind
    name : str
        Name of the model with the start of its hash, code of the rater, study with rater and round, or "" for the
        adjudicated outlines.
    """

    kind: ReaderKind
    name: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.name}".strip()


@dataclass(frozen=True, slots=True)
class ReadOutline:
    """What a reader outlined in a frame.

    Parameters
    ----------
    mask : PackedMask
    record : str
        Id of the annotation that holds it: their own, or of a model's outline the one that corrects it.
    """

    mask: PackedMask
    record: str


@dataclass(frozen=True, slots=True)
class FramePair:
    """One frame outlined by both readers.

    Parameters
    ----------
    clip : ClipRecord
    frame : int
    first, second : ReadOutline
    areas_px : (int, int)
        Their areas.
    dice, iou : float
        Overlap, 0 to 1.
    hd95_px, assd_px : float or None
        95th percentile and mean of the distances between the boundaries; None where an outline is empty.
    calibrated : bool
        Whether the clip has a calibration that holds for both outlines, so that their areas can be given in mm².
    hd95_mm, assd_mm : float or None
        The distances in mm; None also where the pair is not calibrated.
    """

    clip: ClipRecord
    frame: int
    first: ReadOutline
    second: ReadOutline
    areas_px: tuple[int, int]
    dice: float
    iou: float
    hd95_px: float | None
    assd_px: float | None
    calibrated: bool
    hd95_mm: float | None = None
    assd_mm: float | None = None

    @property
    def both_outlined(self) -> bool:
        """Whether both see a nerve; where one sees none, areas differ by all there is, which is no error of size."""
        return min(self.areas_px) > 0

    def areas(self, *, calibrated: bool) -> tuple[float, float]:
        """Both areas, in mm² if `calibrated` (the pair must be) and else in px².

        Raises
        ------
        ValueError
            If mm² are asked for and the pair is not calibrated.
        """
        pixel = 1.0
        if calibrated:
            if self.clip.calibration is None or not self.calibrated:
                raise ValueError(f"expected a calibration that holds for frame {self.frame}")
            pixel = self.clip.calibration.pixel_area_mm2
        first, second = self.areas_px
        return first * pixel, second * pixel


@dataclass(frozen=True, slots=True)
class Outlines:
    """All that is stored, ready to be compared.

    Parameters
    ----------
    clips : mapping
        By hash.
    by_reader : mapping
        Per reader, the outline of each (clip hash, frame).
    """

    clips: Mapping[str, ClipRecord]
    by_reader: Mapping[Reader, Mapping[FrameKey, ReadOutline]]

    @property
    def readers(self) -> tuple[Reader, ...]:
        """All readers, models first."""
        return tuple(sorted(self.by_reader))

    @property
    def likely_pair(self) -> tuple[Reader, Reader]:
        """The two readers with the most frames in common; there must be two."""

        def shared(pair: tuple[Reader, Reader]) -> int:
            return len(set(self.by_reader[pair[0]]) & set(self.by_reader[pair[1]]))

        return max(combinations(self.readers, 2), key=shared)


def gather(store: AnnotationStore) -> Outlines:
    """Read the newest final outlines of every rater, the adjudicated ones, and the predictions they correct."""
    outlines: dict[Reader, dict[FrameKey, ReadOutline]] = {}

    def note(reader: Reader, one: Annotation, mask: PackedMask) -> None:
        outlines.setdefault(reader, {})[one.clip_sha256, one.frame] = ReadOutline(mask, one.id)

    for one in store.latest(states={State.FINAL}):
        note(Reader(ReaderKind.RATER, one.rater), one, one.mask)
        if one.prediction is not None:
            model = f"{one.prediction.model} {one.prediction.model_sha256[:8]}"
            note(Reader(ReaderKind.MODEL, model), one, one.prediction.mask)
    for one in store.latest(states={State.ADJUDICATED}):
        note(Reader(ReaderKind.ADJUDICATED), one, one.mask)
    names = {study.id: study.name for study in store.studies()}
    for one in store.latest(states={State.FINAL}, studies=True):
        name = f"{names[one.study or '']}: {one.rater}, round {one.study_round}"
        note(Reader(ReaderKind.STUDY, name), one, one.mask)
    return Outlines({clip.sha256: clip for clip in store.clips()}, outlines)


def compare(found: Outlines, first: Reader, second: Reader) -> list[FramePair]:
    """Pair the outlines of two readers, by clip and frame."""
    both = set(found.by_reader[first]) & set(found.by_reader[second])
    shared = sorted((clip, frame) for clip, frame in both if clip in found.clips)  # it may be deleted meanwhile
    return [
        _pair(found.clips[clip], frame, found.by_reader[first][clip, frame], found.by_reader[second][clip, frame])
        for clip, frame in shared
    ]


def of_view(nerve: Nerve | None, site: Site | None) -> Callable[[ClipRecord], bool]:
    """Choose clips of a nerve and a site; None takes any."""
    return lambda clip: (nerve is None or clip.view.nerve is nerve) and (site is None or clip.view.site is site)


def all_calibrated(pairs: Sequence[FramePair]) -> bool:
    """Whether every pair has a pixel spacing that holds for both outlines, so that areas can be given in mm²."""
    return bool(pairs) and all(pair.calibrated for pair in pairs)


def _pair(clip: ClipRecord, frame: int, first: ReadOutline, second: ReadOutline) -> FramePair:
    one, other = first.mask.unpack(), second.mask.unpack()
    hd95, assd = surface_distances(one, other)
    calibrated = clip.calibration is not None and clip.calibration.holds_for(one | other)
    hd95_mm = assd_mm = None
    if clip.calibration is not None and calibrated:
        hd95_mm, assd_mm = surface_distances(one, other, clip.calibration.spacing_mm)
    return FramePair(
        clip,
        frame,
        first,
        second,
        (int(one.sum()), int(other.sum())),
        dice(one, other),
        iou(one, other),
        hd95,
        assd,
        calibrated,
        hd95_mm,
        assd_mm,
    )
