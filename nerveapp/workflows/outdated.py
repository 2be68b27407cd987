"""Whether an accepted value is still what its clip would give today, and if not, why."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from nerveapp.domain.annotation import ClipRecord, Entry, FrameKey, Source
from nerveapp.domain.worksheet import AcceptedValue, Measured
from nerveapp.errors import AnalysisError, StoreError
from nerveapp.ports import AnalysisStore, AnnotationStore
from nerveapp.workflows.choose_nerve import of_measured_nerve, with_nerve
from nerveapp.workflows.select_annotations import entries_that_count

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
        The outline of each frame that counts, see `outlines_that_count`; one of the frames that people outlined.
    nerves : mapping
        By the id of an analysis, the nerve that somebody chose to measure.
    concerns : callable
        Whether an outline is of the nerve that was measured, and not of one beside it. It reads both: it is asked only
        of outlines that came since.
    """

    clips: Mapping[str, ClipRecord]
    outlines: Mapping[FrameKey, Entry]
    nerves: Mapping[str, int]
    concerns: Callable[[Measured, Entry], bool] = lambda *_: True


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
        By hash; those that values were measured in.
    annotations, analyses : AnnotationStore, AnalysisStore
    """
    hashes = sorted({one.measured.clip_sha256 for one in values if one.measured is not None})
    outlines: dict[FrameKey, Entry] = {}
    for clip in hashes if len(hashes) <= _FEW_CLIPS else [None]:
        outlines |= entries_that_count(annotations, clip_sha256=clip)

    def concerns(measured: Measured, outline: Entry) -> bool:
        try:
            analysis = with_nerve(analyses.result(measured.analysis), measured.nerve)
            return bool(of_measured_nerve(analysis, [annotations.annotation(outline.id)]))
        except (AnalysisError, StoreError):  # lost since: it may be
            return True

    return Today(clips, outlines, analyses.chosen_nerves(), concerns)


def outlines_behind(measured: Measured, today: Mapping[FrameKey, Entry]) -> tuple[str, ...]:
    """Give the ids of the outlines that people finished in the frames that a value is of, by frame."""
    return tuple(one.id for one in _behind(measured, today))


def why_outdated(value: AcceptedValue, today: Today) -> str:
    """Say in words why a value is not what its clip would give today; "" where nothing has changed."""
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
    behind = _behind(measured, today.outlines)
    if measured.outlines is None:  # accepted by a version that did not keep them
        later = [one for one in behind if one.made_at > value.at and one.source is not Source.CONFIRMED]
        if any(today.concerns(measured, one) for one in later):
            return "its outline was corrected since"
        gone = measured.corrected and len(behind) < measured.last_frame - measured.first_frame + 1
        return "its corrected outline was taken back since" if gone else ""
    kept, known = {one.id for one in behind}, set(measured.outlines)
    later = [one for one in behind if one.id not in known and not _as_it_was(one, measured)]
    if any(today.concerns(measured, one) for one in later):
        return "its outline was corrected since"
    return "" if known <= kept else "its corrected outline was taken back since"


def _as_it_was(outline: Entry, measured: Measured) -> bool:
    """Whether somebody found the outline right that the value's model had drawn."""
    return outline.source is Source.CONFIRMED and outline.model_sha256 == measured.model_sha256


def _behind(measured: Measured, outlines: Mapping[FrameKey, Entry]) -> list[Entry]:
    frames = range(measured.first_frame, measured.last_frame + 1)
    return [outlines[key] for at in frames if (key := (measured.clip_sha256, at)) in outlines]
