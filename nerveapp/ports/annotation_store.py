"""Where what people drew is kept."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Protocol

from nerveapp.domain.annotation import Annotation, ClipRecord, Entry, State
from nerveapp.domain.clip import Image
from nerveapp.domain.clip_description import ClipDescription
from nerveapp.domain.reader_study import ReaderStudy


class AnnotationStore(Protocol):
    """Where what people drew is kept. Rows are added, never changed; a clip's go with it when it is deleted."""

    def register(self, clip: ClipRecord, *, rater: str = "", now: datetime | None = None) -> None:
        """Note a clip, or what is newly known of it (subject, view, calibration, affine) as its newest description.

        What is not said this time is not forgotten; see `with_knowledge`.

        Parameters
        ----------
        clip : ClipRecord
            The names of its stills are not kept.
        rater : str
            Code of who says so; "" where that is not known.
        now : datetime, optional
            With a time zone; the store's own clock by default.

        Raises
        ------
        AnnotationError
            If the clip was stored in another size.
        StoreError
            As every method: if the store cannot be read or written now.
        """
        ...

    def clips(self) -> tuple[ClipRecord, ...]:
        """All clips as they were described last, by subject."""
        ...

    def clip(self, sha256: str) -> ClipRecord | None:
        """Give a clip as it was described last; None where it is not in the store."""
        ...

    def descriptions(self, sha256: str) -> tuple[ClipDescription, ...]:
        """Give every description of a clip, oldest first."""
        ...

    def save(self, annotation: Annotation, image: Image | None = None) -> None:
        """Add a record, whole or not at all; saving the same one twice is saving it once.

        Parameters
        ----------
        annotation : Annotation
            Of a registered clip.
        image : ndarray of uint8, (H, W) or (H, W, 3), optional
            The frame's pixels; needed the first time a frame is annotated.

        Raises
        ------
        AnnotationError
            If the clip has no such frame, or mask or pixels are of another size than it.
        StoreError
            If another outline is stored under its id, or the clip is not registered.
        """
        ...

    def save_onto(self, records: Iterable[tuple[Annotation, Image | None]]) -> tuple[Annotation, ...]:
        """Add records but for those of frames of which their rater has made another one since the one they supersede.

        Parameters
        ----------
        records : iterable of (Annotation, ndarray or None)
            Each with its frame's pixels as `save` takes them.

        Returns
        -------
        tuple of Annotation
            What was added: the rater's newest draft or final record of the frame was the one that it supersedes, or
            there was none and it supersedes none.
        """
        ...

    def save_all(
        self, records: Iterable[tuple[Annotation, Image | None]], *, clip: ClipRecord | None = None, rater: str = ""
    ) -> None:
        """Add records with their frames' pixels, all of them or none.

        With `clip`, what is newly known of it is noted along as `register` does, or not at all either.
        """
        ...

    def latest(
        self,
        *,
        clip_sha256: str | None = None,
        frame: int | None = None,
        rater: str | None = None,
        states: Collection[State] = ...,
        studies: bool = False,
    ) -> tuple[Annotation, ...]:
        """Give the newest record of each rater and frame among those of the states, oldest first.

        A final one that its rater took back, by a propagated draft that supersedes it, is none of them, nor one that
        the rater withdrew: a withdrawn draft came after it. So it is with what somebody adjudicated and withdrew.

        With `studies`, instead, the newest of each rater, frame, study and round: those of blinded readings.
        """
        ...

    def entries(self, *, states: Collection[State] = ..., clip_sha256: str | None = None) -> tuple[Entry, ...]:
        """List the newest record of each rater and frame among those of the states, without outlines, oldest first.

        One that was taken back is none of them, as for `latest`.
        Of one clip where its hash is given, else of all.
        """
        ...

    def revision(self) -> tuple[int, int]:
        """Give what is another one after every record that was added or deleted, without reading any."""
        ...

    def annotation(self, annotation_id: str) -> Annotation:
        """Give one record by its id."""
        ...

    def annotations(self, annotation_ids: Collection[str]) -> tuple[Annotation, ...]:
        """Give records by their ids, in this order; raises StoreError where one is gone."""
        ...

    def clips_of(self, annotation_ids: Collection[str]) -> dict[str, str]:
        """Give the hash of the clip of each record, by the record's id, without reading outlines."""
        ...

    def history(self, clip_sha256: str, frame: int) -> tuple[Annotation, ...]:
        """Give every record of a frame, oldest first."""
        ...

    def image(self, clip_sha256: str, frame: int) -> Image:
        """Give the pixels of an annotated frame."""
        ...

    def add_study(self, study: ReaderStudy) -> None:
        """Add a reader study of frames that are in the store; a name is given once."""
        ...

    def studies(self) -> tuple[ReaderStudy, ...]:
        """Give all reader studies, oldest first."""
        ...
