"""Stand-in for the port of this name: what SQL is held against, too."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from threading import Lock

from nerveapp.domain.annotation import ClipRecord
from nerveapp.domain.clip_description import check_same_size, filed_under, with_knowledge
from nerveapp.domain.clip_source import ClipSource
from nerveapp.domain.exam import Exam
from nerveapp.domain.kept_object import clip_key, preview_key
from nerveapp.domain.library import ClipFilter, Deletion, ListedClip, LogEntry
from nerveapp.domain.patient import Patient
from nerveapp.domain.retention import Retention
from nerveapp.errors import LibraryError


@dataclass
class FakeLibrary:
    """A library in memory, without outlines and analyses."""

    people: dict[str, Patient] = field(default_factory=dict)
    visits: dict[str, Exam] = field(default_factory=dict)
    known: dict[str, ClipRecord] = field(default_factory=dict)
    came: dict[str, datetime] = field(default_factory=dict)
    sources: dict[str, ClipSource] = field(default_factory=dict)
    thumbnails: dict[str, bytes] = field(default_factory=dict)
    lines: list[LogEntry] = field(default_factory=list)
    describing: Lock = field(default_factory=Lock)

    def describe_patient(
        self, code: str, change: Callable[[Patient], Patient], *, actor: str, now: datetime
    ) -> Patient:
        with self.describing:
            self.people[code] = change(self.people.get(code, Patient(code)))
            self._log(f"described patient {code}", actor, now)
            return self.people[code]

    def rename_patient(self, code: str, new: str, *, actor: str, now: datetime) -> None:
        if code not in self.people:
            raise LibraryError("The patient is not in the library (any more).")
        if new in self.people:
            raise LibraryError(f"There is a patient {new} already.")
        self.people[new] = replace(self.people.pop(code), code=new)
        for exam in list(self.visits.values()):
            if exam.patient == code:
                self.visits[exam.id] = replace(exam, patient=new)
        for clip in list(self.known.values()):
            if clip.subject == code:
                self._keep(replace(clip, subject=new))
        whole = re.compile(rf"(?<![\w.-]){re.escape(code)}(?![\w-])")
        self.lines = [replace(one, what=whole.sub(new, one.what)) for one in self.lines]
        self._log(f"gave a patient the code {new}", actor, now)

    def patients(self, text: str = "") -> tuple[Patient, ...]:
        found = (code for code in sorted(self.people) if text.casefold() in code.casefold())
        return tuple(self.people[code] for code in found)

    def patient(self, code: str) -> Patient | None:
        return self.people.get(code)

    def add_exam(self, exam: Exam, *, once_a_day: bool = False, actor: str, now: datetime) -> Exam:
        with self.describing:
            of_day = [one for one in self.exams(exam.patient) if one.date == exam.date] if once_a_day else []
            if of_day:
                return of_day[0]
            self.people.setdefault(exam.patient, Patient(exam.patient))
            self.visits[exam.id] = exam
            self._log(f"described an exam of {exam.patient} ({exam.when})", actor, now)
            return exam

    def describe_exam(self, exam_id: str, change: Callable[[Exam], Exam], *, actor: str, now: datetime) -> Exam:
        if exam_id not in self.visits:
            raise LibraryError("The visit is not in the library (any more).")
        with self.describing:
            before = self.visits[exam_id]
            exam = self.visits[exam_id] = change(before)
            self.people.setdefault(exam.patient, Patient(exam.patient))
            self._log(f"described an exam of {exam.patient} ({exam.when})", actor, now)
            if exam.patient != before.patient:
                for clip in list(self.known.values()):
                    if clip.exam == exam_id:
                        self._keep(replace(clip, subject=exam.patient))
                self._log(f"moved an exam ({before.when}) from {before.patient} to {exam.patient}", actor, now)
            return exam

    def _numbered(self, exam: Exam) -> Exam:
        day = (exam.patient, exam.date, exam.day)
        of_day = [one.id for one in self.visits.values() if (one.patient, one.date, one.day) == day]
        return replace(exam, number=of_day.index(exam.id) + 1)

    def exams(self, patient: str | None = None) -> tuple[Exam, ...]:
        order = list(self.visits)
        found = [self._numbered(exam) for exam in self.visits.values() if patient in (None, exam.patient)]
        return tuple(
            sorted(
                found,
                key=lambda exam: (
                    exam.date is None,
                    exam.date or date.min,
                    exam.day is None,
                    exam.day or 0,
                    order.index(exam.id),
                ),
            )
        )

    def exam(self, exam_id: str) -> Exam | None:
        found = self.visits.get(exam_id)
        return None if found is None else self._numbered(found)

    def add_clip(self, clip: ClipRecord, source: ClipSource, thumbnail: bytes, *, actor: str, now: datetime) -> None:
        known, clip = self.known.get(clip.sha256), replace(clip, names=())
        self._keep(clip if known is None else with_knowledge(known, clip))
        self.came[clip.sha256] = now
        first = self.sources.get(clip.sha256, source)
        self.sources[clip.sha256] = replace(source, name=first.name)
        if thumbnail:
            self.thumbnails[clip.sha256] = thumbnail
        self._log(f"added clip {clip.sha256[:12]}", actor, now)

    def describe(
        self, sha256: str, change: Callable[[ClipRecord], ClipRecord], *, actor: str, now: datetime
    ) -> ClipRecord:
        if sha256 not in self.known:
            raise LibraryError("The clip is not in the library (any more).")
        with self.describing:
            clip = change(self.known[sha256])
            check_same_size(self.known[sha256], clip)
            self._keep(replace(clip, names=()))
            self._log(f"described clip {sha256[:12]}", actor, now)
        return self.known[sha256]

    def clips(self, wanted: ClipFilter) -> tuple[ListedClip, ...]:
        return self._found(wanted)[wanted.offset : wanted.offset + wanted.limit]

    def count(self, wanted: ClipFilter) -> int:
        return len(self._found(wanted))

    def bytes_kept(self) -> int:
        return sum(file.size for source in self.sources.values() for file in source.files)

    def clip(self, sha256: str) -> ListedClip | None:
        return self._listed(self.known[sha256]) if sha256 in self.known else None

    def source(self, sha256: str) -> ClipSource | None:
        return self.sources.get(sha256)

    def thumbnail(self, sha256: str) -> bytes:
        return self.thumbnails.get(sha256, b"")

    def forget_files(self, sha256: str, *, actor: str, now: datetime, by_rule: Retention | None = None) -> bool:
        if by_rule is not None and sha256 not in self.clips_over(by_rule, now):
            return False
        if sha256 in self.sources and self.sources[sha256].files:
            self.sources[sha256] = replace(self.sources[sha256], files=())
            self._log(f"removed the files of clip {sha256[:12]}", actor, now)
        return True

    def what_goes(self, *, patient: str = "", exam: str = "", clip: str = "") -> Deletion:
        return self._deletion(*({one} - {""} for one in (patient, exam, clip)))

    def delete(self, deletion: Deletion, *, actor: str, now: datetime) -> None:
        gone = self._deletion(set(deletion.patients), set(deletion.exams), set(deletion.clips))
        if not deletion.holds(gone):
            raise LibraryError("More would be deleted by now than was listed.")
        for place, keys in ((self.people, gone.patients), (self.visits, gone.exams)):
            for key in keys:
                place.pop(key)
        for clip in gone.clips:
            for kept in (self.known, self.came, self.sources, self.thumbnails):
                kept.pop(clip, None)
        self._log(gone.tombstone, actor, now)

    def clips_over(self, retention: Retention, now: datetime) -> tuple[str, ...]:
        before = retention.came_before(now)
        kept = (clip for clip, source in self.sources.items() if source.files)
        over = [clip for clip in kept if before is not None and self.came[clip] < before]
        return tuple(sorted(over, key=lambda clip: (self.came[clip], clip)))

    def keys(self) -> frozenset[str]:
        kept = {clip: source.files for clip, source in self.sources.items() if source.files}
        return frozenset({file.key for files in kept.values() for file in files} | set(map(preview_key, kept)))

    def log(self, limit: int = 100) -> tuple[LogEntry, ...]:
        return tuple(self.lines[::-1][:limit])

    def _keep(self, clip: ClipRecord) -> None:
        filed = filed_under(clip, self.visits.get(clip.exam))
        if filed.subject:
            self.people.setdefault(filed.subject, Patient(filed.subject))
        self.known[clip.sha256] = filed

    def _found(self, wanted: ClipFilter) -> tuple[ListedClip, ...]:
        found = [one for one in map(self._listed, self.known.values()) if _fits(one, wanted)]
        return tuple(sorted(found, key=lambda one: (-one.added_at.timestamp(), one.record.sha256)))

    def _listed(self, clip: ClipRecord) -> ListedClip:
        source = self.sources.get(clip.sha256)
        name, origin = (source.name, source.origin) if source else ("", None)
        kept = bool(source and source.files)
        return ListedClip(clip, name, origin, self.came[clip.sha256], kept, exam=self.exam(clip.exam))

    def _deletion(self, patients: set[str], exams: set[str], clips: set[str]) -> Deletion:
        people = sorted(patients & set(self.people))
        visits = sorted(exam.id for exam in self.visits.values() if exam.id in exams or exam.patient in people)
        filed = (c.sha256 for c in self.known.values() if c.sha256 in clips or c.subject in people or c.exam in visits)
        hashes = sorted(filed)
        if not (people or visits or hashes):
            raise LibraryError("It is not in the library (any more).")
        size = sum(file.size for clip in hashes if clip in self.sources for file in self.sources[clip].files)
        keys = (*map(clip_key, hashes), *map(preview_key, hashes))
        return Deletion(tuple(people), tuple(visits), tuple(hashes), 0, 0, 0, 0, size, keys)

    def _log(self, what: str, actor: str, now: datetime) -> None:
        self.lines.append(LogEntry(now, actor, what))


def _fits(one: ListedClip, wanted: ClipFilter) -> bool:
    clip, view = one.record, one.record.view
    somewhere = (clip.subject.casefold(), one.name.casefold(), view.nerve, view.site, view.side)
    words = wanted.text.casefold().split()
    told = all(any(word in one for one in somewhere) or clip.sha256.startswith(word) for word in words)
    pairs = (
        (wanted.patient, clip.subject),
        (wanted.exam, clip.exam),
        (wanted.nerve, clip.view.nerve),
        (wanted.site, clip.view.site),
        (wanted.side, clip.view.side),
    )
    told = told and clip.sha256.startswith(wanted.hash_start.casefold())
    return told and all(asked is None or asked == has for asked, has in pairs)
