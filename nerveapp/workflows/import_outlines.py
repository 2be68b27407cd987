"""Outlines drawn in another tool become annotations."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from datetime import datetime

from nerveapp.domain.actor import Actor, Right
from nerveapp.domain.annotation import OWN, Annotation, ClipRecord, Source, State, check_fits, code
from nerveapp.domain.calibration import Calibration
from nerveapp.domain.clip import Clip, Image
from nerveapp.domain.segmentation import Mask, PackedMask
from nerveapp.domain.view import View
from nerveapp.errors import AnnotationError
from nerveapp.ports import AnnotationStore


def record_of(
    clip: Clip,
    *,
    subject: str = "",
    view: View,
    calibration: Calibration | None,
    frame_count: int | None = None,
) -> ClipRecord:
    """Describe a clip that need not be analysed; its own name is left out.

    Parameters
    ----------
    clip : Clip
    subject : str
        Study code of the person.
    view : View
    calibration : Calibration or None
    frame_count : int, optional
        Decoded frames, where they are counted already; else they are decoded to be counted.

    Raises
    ------
    AnnotationError
        If the subject is no code.
    ClipError
        If the clip cannot be read.
    """
    info = clip.info
    count = frame_count if frame_count is not None else sum(1 for _ in clip.frames())
    return ClipRecord(
        info.sha256, info.width, info.height, count, subject, view, calibration, info.affine, names=info.names
    )


def import_outlines(
    clip: Clip,
    record: ClipRecord,
    outlines: Mapping[int, Mask],
    store: AnnotationStore,
    *,
    actor: Actor,
    now: datetime,
) -> int:
    """Store outlines drawn elsewhere as final annotations of a rater: all of them or, if anything fails, none.

    What is newly known of the clip is noted along with them, or not at all either.

    Parameters
    ----------
    clip : Clip
        Its frames are stored along.
    record : ClipRecord
        The same clip.
    outlines : mapping
        Mask (H, W) by frame; an empty one says that the frame shows no nerve.
    store : AnnotationStore
    actor : Actor
        Who drew them, by their code.
    now : datetime
        With a time zone.

    Returns
    -------
    int
        Annotations stored.

    Raises
    ------
    AnnotationError
        If the clip ends before the last of them, a mask is of another size than the clip, or the clip is known as
        somebody else's: it would leave their visit.
    """
    actor.require(Right.ANNOTATE)
    rater = code(actor.code, what="rater")
    before = store.clip(record.sha256)
    if before is not None and record.subject and before.subject not in ("", record.subject):
        raise AnnotationError(
            f"The clip is of {before.subject}, not of {record.subject}.",
            "Give no patient's code, or move the clip in the library first.",
        )
    known = {one.frame: one.id for one in store.latest(clip_sha256=record.sha256, rater=rater, states=OWN)}
    left = set(outlines)

    def imported(frame: int) -> Annotation:
        return Annotation(
            id=uuid.uuid4().hex,
            clip_sha256=record.sha256,
            frame=frame,
            rater=rater,
            state=State.FINAL,
            source=Source.IMPORTED,
            mask=PackedMask.pack(outlines[frame]),
            prediction=None,
            made_at=now,
            seconds=0.0,
            supersedes=known.get(frame),
        )

    def records() -> Iterator[tuple[Annotation, Image | None]]:
        for frame in clip.frames():
            if frame.index not in left:
                continue
            left.remove(frame.index)
            made = imported(frame.index)
            check_fits(record, made, frame.image)
            yield made, frame.image
            if not left:
                return
        if left:
            raise AnnotationError(f"The clip ends before frame {max(left)}.", "Import outlines of this very clip.")

    store.save_all(records(), clip=record, rater=rater)
    return len(outlines)
