"""Whether an accepted value is still what its clip would give today, and if not, why."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from nerveapp.domain.accepted_value import AcceptedValue, Measured, Reservation
from nerveapp.domain.annotation import Annotation, ClipRecord, Entry, FrameKey, Source
from nerveapp.errors import AnalysisError, AnnotationError, StoreError
from nerveapp.ports import AnalysisStore, AnnotationStore, Library
from nerveapp.workflows.analysing.choose_nerve import of_measured_nerve, with_nerve
from nerveapp.workflows.annotating.select_annotations import finished_entries

_CORRECTED = "its outline was corrected since"
_TAKEN_BACK = "its corrected outline was taken back since"

_FEW_CLIPS = 20
"""Of more, the outlines of all clips are listed at once."""


@dataclass(frozen=True, slots=True)
class Today:
    """What is known today of what values were measured in.

    Parameters
    ----------
    clips : mapping
        By hash.
    outlines : mapping
        The outlines of each frame that may count, see `finished_entries`.
    nerves : mapping
        By the id of an analysis, the nerve that somebody chose to measure.
    read : callable
        Gives an outline by its id; None where it is gone.
    concerns : callable
        Whether an outline is of the nerve that was measured, and not of one beside it. Both are asked only of outlines
        that came or went since.
    """

    clips: Mapping[str, ClipRecord]
    outlines: Mapping[FrameKey, Sequence[Entry]]
    nerves: Mapping[str, int]
    read: Callable[[str], Annotation | None]
    concerns: Callable[[Measured, Annotation], bool]


def clips_behind(values: Iterable[AcceptedValue], library: Library) -> dict[str, ClipRecord]:
    """Give the clips that values were measured in, by hash, as far as they are in the library."""
    hashes = {one.measured.clip_sha256 for one in values if one.measured is not None}
    return {clip: found.record for clip in hashes if (found := library.clip(clip)) is not None}


def today_of(
    values: Iterable[AcceptedValue],
    clips: Mapping[str, ClipRecord],
    *,
    annotations: AnnotationStore,
    analyses: AnalysisStore,
) -> Today:
    """Ask what is known today of what values were measured in.

    Parameters
    ----------
    values : iterable of AcceptedValue
    clips : mapping
        By hash; those that values were measured in, such as `clips_behind`.
    annotations, analyses : AnnotationStore, AnalysisStore
    """
    hashes = sorted({one.measured.clip_sha256 for one in values if one.measured is not None})
    outlines: dict[FrameKey, list[Entry]] = {}
    for clip in hashes if len(hashes) <= _FEW_CLIPS else [None]:
        outlines |= finished_entries(annotations, clip_sha256=clip)

    def read(outline: str) -> Annotation | None:
        try:
            return annotations.annotation(outline)
        except (AnnotationError, StoreError):
            return None

    def concerns(measured: Measured, outline: Annotation) -> bool:
        try:
            analysis = with_nerve(analyses.result(measured.analysis), measured.nerve)
            return bool(of_measured_nerve(analysis, [outline]))
        except (AnalysisError, StoreError):  # lost since: it may be
            return True

    return Today(clips, outlines, analyses.chosen_nerves(), read, concerns)


def why_outdated(value: AcceptedValue, today: Today) -> str:
    """Say in words why a value is not what its frames would give today; "" where nothing has changed.

    A largest or median value stays one as it was accepted: other frames of the clip may be larger by now.
    """
    measured = value.measured
    if measured is None:
        return ""
    clip = today.clips.get(measured.clip_sha256)
    if clip is None or clip.exam != value.exam:
        return "its clip is no longer filed under this visit"
    if clip.view != value.view:
        return "its clip is of another nerve, site or side now"
    if clip.calibration != measured.calibration:
        return "its clip was calibrated anew since"
    if measured.nerve is not None and today.nerves.get(measured.analysis, measured.nerve) != measured.nerve:
        return "another nerve in its clip is measured since"
    return _redrawn(value, measured, today)


def _redrawn(value: AcceptedValue, measured: Measured, today: Today) -> str:
    behind = _behind(measured, today)
    if measured.outlines is None:  # accepted by a version that did not keep them
        later = [one for one in behind if one.made_at > value.at and one.source is not Source.CONFIRMED]
        if _of_the_nerve(later, measured, today):
            return _CORRECTED
        gone = measured.corrected and len(behind) < measured.last_frame - measured.first_frame + 1
        return _TAKEN_BACK if gone else ""
    known = set(measured.outlines)
    if Reservation.CORRECTIONS_LEFT_OUT in value.reservations:  # it rests on the model's outlines alone
        known = set()
        behind = [one for one in behind if one.id not in measured.outlines]
    gone_ids = known - {one.id for one in behind}
    gone_by_frame = {one.frame: one for one in map(today.read, gone_ids) if one is not None}
    lost = len(gone_by_frame) < len(gone_ids)
    came = _of_the_nerve([one for one in behind if one.id not in known], measured, today)
    for entry, now in came:
        before = gone_by_frame.pop(entry.frame, None)
        if _as_it_was(entry.source, entry.model_sha256, measured):
            if before is not None and before.mask != now.mask:
                return _TAKEN_BACK
        elif before is None or before.mask != now.mask:
            return _CORRECTED
    taken_back = [
        one for one in gone_by_frame.values() if not _confirmed(one, measured) and today.concerns(measured, one)
    ]
    return _TAKEN_BACK if lost or taken_back else ""


def _of_the_nerve(entries: Iterable[Entry], measured: Measured, today: Today) -> list[tuple[Entry, Annotation]]:
    """Read outlines; gives those of the nerve that was measured, and not of one beside it."""
    read = ((one, today.read(one.id)) for one in entries)
    return [(one, outline) for one, outline in read if outline is not None and today.concerns(measured, outline)]


def _confirmed(outline: Annotation, measured: Measured) -> bool:
    prediction = outline.prediction
    return prediction is not None and _as_it_was(outline.source, prediction.model_sha256, measured)


def _as_it_was(source: Source, model_sha256: str, measured: Measured) -> bool:
    """Whether somebody found the outline right that the value's model had drawn."""
    return source is Source.CONFIRMED and model_sha256 == measured.model_sha256


def _behind(measured: Measured, today: Today) -> list[Entry]:
    """Give the outlines that count today in the frames that a value is of; where there are several, of its nerve."""
    found: list[Entry] = []
    for at in range(measured.first_frame, measured.last_frame + 1):
        entries = today.outlines.get((measured.clip_sha256, at), ())
        own = _of_the_nerve(entries, measured, today) if len(entries) > 1 else [(one, None) for one in entries]
        found += [one for one, _ in own[-1:]]
    return found
