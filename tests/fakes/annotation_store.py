"""Stand-in for the port of this name."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import numpy as np

from nerveapp.domain.annotation import COUNTING, OWN, Annotation, ClipRecord, Entry, Source, State, check_fits
from nerveapp.domain.clip import Image
from nerveapp.domain.clip_description import ClipDescription, with_knowledge
from nerveapp.domain.reader_study import ReaderStudy
from nerveapp.errors import StoreError

ANY_STATE = frozenset(State)


@dataclass
class FakeAnnotationStore:
    """Annotations in memory; refuses to write as often as `failures` says."""

    failures: int = 0
    _described: list[ClipDescription] = field(default_factory=list)
    _records: dict[str, Annotation] = field(default_factory=dict)
    _images: dict[tuple[str, int], Image] = field(default_factory=dict)
    _studies: list[ReaderStudy] = field(default_factory=list)

    def register(self, clip: ClipRecord, *, rater: str = "", now: datetime | None = None) -> None:
        self._check_writable()
        known, said = self.clip(clip.sha256), replace(clip, names=())
        new = said if known is None else with_knowledge(known, said)
        if new != known:
            self._described.append(ClipDescription(new, rater, now or datetime.now(UTC)))

    def clips(self) -> tuple[ClipRecord, ...]:
        newest = {one.clip.sha256: one.clip for one in self._described}
        return tuple(sorted(newest.values(), key=lambda one: (one.subject, one.sha256)))

    def clip(self, sha256: str) -> ClipRecord | None:
        return next((one for one in self.clips() if one.sha256 == sha256), None)

    def descriptions(self, sha256: str) -> tuple[ClipDescription, ...]:
        return tuple(one for one in self._described if one.clip.sha256 == sha256)

    def save(self, annotation: Annotation, image: Image | None = None) -> None:
        self.save_all([(annotation, image)])

    def save_onto(self, records: Iterable[tuple[Annotation, Image | None]]) -> tuple[Annotation, ...]:
        rows = list(records)
        fitting = [(one, image) for one, image in rows if self._newest_of(one) == one.supersedes]
        self.save_all(fitting)
        return tuple(one for one, _ in fitting)

    def _newest_of(self, one: Annotation) -> str | None:
        own = self.latest(clip_sha256=one.clip_sha256, frame=one.frame, rater=one.rater, states=OWN)
        return own[-1].id if own else None

    def save_all(
        self, records: Iterable[tuple[Annotation, Image | None]], *, clip: ClipRecord | None = None, rater: str = ""
    ) -> None:
        rows = list(records)
        self._check_writable()
        before = list(self._described), dict(self._records), dict(self._images)
        try:
            if clip is not None:
                self.register(clip, rater=rater)
            for annotation, image in rows:
                self._add(annotation, image)
        except Exception:
            self._described, self._records, self._images = before
            raise

    def _add(self, annotation: Annotation, image: Image | None) -> None:
        clip = self.clip(annotation.clip_sha256)
        if clip is None:
            raise StoreError("The clip of an outline is not in the store.", "Open the clip again.")
        check_fits(clip, annotation, None if image is None else image.shape[:2])
        place = (annotation.clip_sha256, annotation.frame)
        if image is not None:
            self._images.setdefault(place, image.copy())
        if place not in self._images:
            raise StoreError("The frame of an outline is not in the store.", "Open the clip again.")
        known = self._records.setdefault(annotation.id, annotation)
        if (known.frame, known.rater, known.state, known.mask) != (
            annotation.frame, annotation.rater, annotation.state, annotation.mask,
        ):  # fmt: skip
            raise StoreError("Another outline is stored under this outline's id.", "Open the frame again.")

    def latest(
        self,
        *,
        clip_sha256: str | None = None,
        frame: int | None = None,
        rater: str | None = None,
        states: Collection[State] = ANY_STATE,
        studies: bool = False,
    ) -> tuple[Annotation, ...]:
        newest: dict[object, Annotation] = {}
        taken_back = {one.supersedes for one in self._records.values() if one.unreviewed} | self._withdrawn()
        for one in self._records.values():
            fits = one.state in states and (one.study is not None) == studies and one.id not in taken_back
            for wanted, found in ((clip_sha256, one.clip_sha256), (frame, one.frame), (rater, one.rater)):
                fits = fits and wanted in (None, found)
            if fits:
                key = (one.clip_sha256, one.frame, one.rater, one.study, one.study_round)
                newest.pop(key, None)  # the newest stands last
                newest[key] = one
        return tuple(newest.values())

    def _withdrawn(self) -> set[str | None]:
        made: defaultdict[object, set[str | None]] = defaultdict(set)
        withdrawn: set[str | None] = set()
        for one in self._records.values():
            place = (one.clip_sha256, one.frame, one.rater)
            if one.state in COUNTING and one.study is None:
                made[one.state, *place].add(one.id)
            if one.source is Source.WITHDRAWN:
                withdrawn |= made[State.FINAL if one.state is State.DRAFT else one.state, *place]
        return withdrawn

    def entries(self, *, states: Collection[State] = ANY_STATE, clip_sha256: str | None = None) -> tuple[Entry, ...]:
        return tuple(
            Entry(
                one.id,
                one.clip_sha256,
                one.frame,
                one.rater,
                one.state,
                one.source,
                one.made_at,
                "" if one.prediction is None else one.prediction.model_sha256,
            )
            for one in self.latest(states=states, clip_sha256=clip_sha256)
        )

    def revision(self) -> tuple[int, int]:
        return len(self._records), len(self._records)  # it forgets none

    def annotation(self, annotation_id: str) -> Annotation:
        if annotation_id not in self._records:
            raise StoreError("There is no such outline in the store.", "Reload the page.")
        return self._records[annotation_id]

    def annotations(self, annotation_ids: Collection[str]) -> tuple[Annotation, ...]:
        return tuple(map(self.annotation, annotation_ids))

    def clips_of(self, annotation_ids: Collection[str]) -> dict[str, str]:
        return {one: self._records[one].clip_sha256 for one in annotation_ids if one in self._records}

    def history(self, clip_sha256: str, frame: int) -> tuple[Annotation, ...]:
        return tuple(one for one in self._records.values() if (one.clip_sha256, one.frame) == (clip_sha256, frame))

    def image(self, clip_sha256: str, frame: int) -> Image:
        if (clip_sha256, frame) not in self._images:
            raise StoreError(f"Frame {frame} of the clip is not in the store.", "Annotate it again from the clip.")
        return np.array(self._images[clip_sha256, frame])

    def add_study(self, study: ReaderStudy) -> None:
        self._check_writable()
        if any(one.name == study.name for one in self._studies):
            raise StoreError(f"There is a study called {study.name} already.", "Choose another name.")
        self._studies.append(study)

    def studies(self) -> tuple[ReaderStudy, ...]:
        return tuple(self._studies)

    def _check_writable(self) -> None:
        if self.failures:
            self.failures -= 1
            raise StoreError("The disk is full.", "Free some space.")
