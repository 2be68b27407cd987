"""What is in the store, frame by frame: chosen by people, sites and raters, counted, and judged as a training set."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from nerveapp.domain.annotation import OWN, ClipRecord, Entry, FrameKey, State
from nerveapp.domain.patient import written_alike
from nerveapp.domain.view import Nerve, Side, Site
from nerveapp.ports import AnnotationStore

ENOUGH_PEOPLE = 5
ENOUGH_FRAMES = 50
"""Below these a score says little about the next person, and a network learns little from an encoder alone."""


@dataclass(frozen=True, slots=True)
class Listed:
    """An outline in the store and its clip.

    Parameters
    ----------
    clip : ClipRecord
    entry : Entry
    """

    clip: ClipRecord
    entry: Entry

    @property
    def frame_key(self) -> FrameKey:
        """Clip and frame."""
        return self.clip.sha256, self.entry.frame

    @property
    def site(self) -> tuple[Nerve, Site]:
        """What was scanned."""
        return self.clip.view.nerve, self.clip.view.site

    @property
    def subject(self) -> str:
        """The person's code, or what stands for it where there is none."""
        return self.clip.subject or f"clip {self.clip.sha256[:8]}"


@dataclass(frozen=True, slots=True)
class OutlineFilter:
    """Which outlines are asked for; an empty choice asks for all.

    Parameters
    ----------
    subjects, raters : collection of str
    sites : collection of (Nerve, Site)
    sides : collection of Side
    states : collection of State
    """

    subjects: Collection[str] = ()
    sites: Collection[tuple[Nerve, Site]] = ()
    sides: Collection[Side] = ()
    raters: Collection[str] = ()
    states: Collection[State] = ()

    def fits(self, one: Listed) -> bool:
        """Whether an outline is among those asked for."""
        asked = (
            (self.subjects, one.subject),
            (self.sites, one.site),
            (self.sides, one.clip.view.side),
            (self.raters, one.entry.rater),
            (self.states, one.entry.state),
        )
        return all(not choice or value in choice for choice, value in asked)


def listed(store: AnnotationStore) -> list[Listed]:
    """List the newest record of each rater and frame, by subject, clip, frame and rater; adjudicated ones beside."""
    entries = (*store.entries(states=OWN), *store.entries(states={State.ADJUDICATED}))
    # Last, so that a clip that comes meanwhile is there; one that is deleted meanwhile takes its outlines along.
    clips = {clip.sha256: clip for clip in store.clips()}
    found = [Listed(clips[entry.clip_sha256], entry) for entry in entries if entry.clip_sha256 in clips]
    return sorted(found, key=lambda one: (one.subject, *one.frame_key, one.entry.rater))


def frames_by_person(found: Sequence[Listed]) -> dict[str, Counter[tuple[Nerve, Site]]]:
    """Count the frames of each person at each site; a frame that several traced counts once."""
    traced = {(one.subject, one.site, one.frame_key) for one in found}
    counts: dict[str, Counter[tuple[Nerve, Site]]] = {}
    for subject, site, _ in sorted(traced):
        counts.setdefault(subject, Counter())[site] += 1
    return counts


def what_is_missing(found: Sequence[Listed]) -> tuple[str, ...]:
    """Report in plain words what stands in the way of a sound training on these outlines."""
    if not found:
        return ()
    remarks = []
    people = {one.clip.person for one in found}
    if any(not one.clip.subject for one in found):
        remarks.append("Some clips have no patient's code: each of them then counts as a person of its own.")
    if alike := written_alike(one.clip.subject for one in found if one.clip.subject):
        remarks.append(
            f"The codes {alike[0]} and {alike[1]} are written nearly alike: if they are one person, put them right on "
            "the Library page first, or the person is on both sides of a split."
        )
    if len(people) < ENOUGH_PEOPLE:
        known = "One person" if len(people) == 1 else f"{len(people)} people"
        remarks.append(f"{known}: a score on unseen people needs at least five to hold for the next one.")
    if any(not one.clip.view.placed for one in found):
        remarks.append("Of some it is not said which nerve and site they show: give it on the Library page.")
    elif len({one.site for one in found}) == 1:
        remarks.append("All are of one nerve and site: a model trained on them knows no other.")
    if len({one.frame_key for one in found}) < ENOUGH_FRAMES:
        remarks.append(
            "Fewer than 50 frames: expect a weak model. A better start, under Settings, is a model that was not "
            "trained on these people."
        )
    return tuple(remarks)
