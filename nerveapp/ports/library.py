"""Where patients, exams and clips are kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from nerveapp.domain.annotation import ClipRecord
from nerveapp.domain.clip_source import ClipSource
from nerveapp.domain.exam import Exam
from nerveapp.domain.library import ClipFilter, Deletion, ListedClip, LogEntry
from nerveapp.domain.patient import Patient
from nerveapp.domain.retention import Retention


class Library(Protocol):
    """Patients, their exams, and the clips filed there. What a clip shows is described in the `AnnotationStore`.

    Raises
    ------
    StoreError
        By every method: if the store cannot be read or written now.
    """

    def describe_patient(
        self, code: str, change: Callable[[Patient], Patient], *, actor: str, now: datetime
    ) -> Patient:
        """Say anew what is known of a patient, who is added where unknown, and give it.

        Parameters
        ----------
        code : str
        change : callable
            Gives of what stands what is to stand; of whoever is unknown only the code stands. Nobody else describes the
            patient between.
        actor : str
        now : datetime
        """
        ...

    def rename_patient(self, code: str, new: str, *, actor: str, now: datetime) -> None:
        """Give a patient another code, with all exams, clips and locked outlines; the old one stays nowhere.

        Raises
        ------
        LibraryError
            If there is no such patient, or one of the new code already.
        """
        ...

    def patients(self, text: str = "") -> tuple[Patient, ...]:
        """Give the patients whose code holds a text, by code."""
        ...

    def patient(self, code: str) -> Patient | None:
        """Give a patient."""
        ...

    def add_exam(self, exam: Exam, *, once_a_day: bool = False, actor: str, now: datetime) -> Exam:
        """Add an exam, whose patient is added where unknown, and give it.

        Parameters
        ----------
        exam : Exam
        once_a_day : bool
            Gives the first exam of that patient and date instead, where there is one already.
        actor : str
        now : datetime
        """
        ...

    def describe_exam(self, exam_id: str, change: Callable[[Exam], Exam], *, actor: str, now: datetime) -> Exam:
        """Say an exam anew, and give it; of another patient than before, it moves with all its clips.

        That patient is added where unknown.

        Parameters
        ----------
        exam_id : str
        change : callable
            Gives of what stands what is to stand, of the same id. Nobody else describes the exam between.
        actor : str
        now : datetime

        Raises
        ------
        LibraryError
            If there is no such exam.
        """
        ...

    def exams(self, patient: str | None = None) -> tuple[Exam, ...]:
        """Give the exams of a patient, or all, oldest first."""
        ...

    def exam(self, exam_id: str) -> Exam | None:
        """Give an exam."""
        ...

    def add_clip(self, clip: ClipRecord, source: ClipSource, thumbnail: bytes, *, actor: str, now: datetime) -> None:
        """Add a clip, or what is newly known of it (see `AnnotationStore.register`); its files are taken anew.

        It keeps the name under which it came first: by another one, people would not find it again.

        All of it or nothing.

        Parameters
        ----------
        clip : ClipRecord
        source : ClipSource
        thumbnail : bytes
            JPEG of its first frame, at most 320 px wide.
        actor : str
        now : datetime

        Raises
        ------
        AnnotationError
            If it was stored in another size.
        LibraryError
            If the exam that it is filed under is not there, or is another patient's.
        """
        ...

    def describe(
        self, sha256: str, change: Callable[[ClipRecord], ClipRecord], *, actor: str, now: datetime
    ) -> ClipRecord:
        """Say anew what a clip of the library is, and give what it is then.

        Parameters
        ----------
        sha256 : str
        change : callable
            Gives of what stands what is to stand: exam, subject, view and calibration. Nobody else describes the clip
            between, so that of two who say different things of it in one moment neither undoes the other's.
        actor : str
        now : datetime

        Raises
        ------
        LibraryError
            If it is not in the library, or its exam is not there or is another patient's.
        """
        ...

    def clips(self, wanted: ClipFilter) -> tuple[ListedClip, ...]:
        """List clips, those that came last first."""
        ...

    def count(self, wanted: ClipFilter) -> int:
        """Count the clips that a filter lets through, whatever its offset and limit."""
        ...

    def bytes_kept(self) -> int:
        """Count the bytes of the files of all clips, as they were when they came."""
        ...

    def clip(self, sha256: str) -> ListedClip | None:
        """Give one clip; None where it is not in the library."""
        ...

    def source(self, sha256: str) -> ClipSource | None:
        """Give where a clip came from; None for clips that only their outlines tell of."""
        ...

    def thumbnail(self, sha256: str) -> bytes:
        """Give a clip's thumbnail, b"" where there is none."""
        ...

    def forget_files(self, sha256: str, *, actor: str, now: datetime, by_rule: Retention | None = None) -> bool:
        """Note that a clip's files are gone; measurements and outlines stay.

        With a rule, only where by that they are to go still: somebody may have brought the clip anew meanwhile.

        Returns
        -------
        bool
            False where they stay.
        """
        ...

    def what_goes(self, *, patient: str = "", exam: str = "", clip: str = "") -> Deletion:
        """Say what deleting a patient, an exam or a clip takes along.

        Raises
        ------
        LibraryError
            If there is no such thing.
        """
        ...

    def delete(self, deletion: Deletion, *, actor: str, now: datetime) -> None:
        """Delete all rows of what `what_goes` said and leave a tombstone in the log, all or nothing.

        Raises
        ------
        LibraryError
            If there is more now than it said: nothing goes that nobody was told of.
        """
        ...

    def clips_over(self, retention: Retention, now: datetime) -> tuple[str, ...]:
        """Give the clips whose files are kept and are to go by a rule, those that came first before the others."""
        ...

    def keys(self) -> frozenset[str]:
        """Give every key that a file is kept under, or below, for a clip or an analysis: all else is nobody's."""
        ...

    def log(self, limit: int = 100) -> tuple[LogEntry, ...]:
        """Give what was done, newest first."""
        ...
