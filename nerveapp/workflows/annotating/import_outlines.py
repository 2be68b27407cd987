"""Outlines drawn in another tool become annotations."""

from __future__ import annotations

import math
import uuid
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from nerveapp.domain.actor import Actor, Right
from nerveapp.domain.annotation import OWN, Annotation, ClipRecord, Source, State, check_fits, code
from nerveapp.domain.calibration import Calibration
from nerveapp.domain.clip import Clip, Image
from nerveapp.domain.segmentation import PackedMask
from nerveapp.domain.view import Nerve, Side, Site, View
from nerveapp.domain.view_name import view_with_name
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


def as_known(said: View, known: View | None, name: str) -> View:
    """Say what a clip shows: what is stored stands over its file's name; what is said fills gaps of what is stored.

    Parameters
    ----------
    said : View
        By whoever imports, as far as they said it.
    known : View or None
        As stored; None of a new clip.
    name : str
        Of the clip's file.

    Raises
    ------
    AnnotationError
        If what is said contradicts what is stored.
    """
    known = known or View()
    place = known if known.nerve is not Nerve.UNKNOWN else said
    pairs = ((said.nerve, known.nerve, Nerve.UNKNOWN), (said.side, known.side, Side.UNKNOWN))
    contradicts = any(new is not unsaid and old not in (unsaid, new) for new, old, unsaid in pairs)
    if contradicts or (place is known and Site.UNKNOWN is not said.site and said.site is not known.site):
        raise AnnotationError(
            f"The clip is stored as: {known.words}.",
            "Say nothing else of it here, or correct what is stored first, on the page Annotations.",
        )
    side = said.side if known.side is Side.UNKNOWN else known.side
    return view_with_name(View(place.nerve, place.site, side), name)


def check_is_theirs(record: ClipRecord, known: ClipRecord | None) -> None:
    """Check whose a clip is, and its calibration, before outlines are stored with it.

    Parameters
    ----------
    record : ClipRecord
        As whoever imports describes it.
    known : ClipRecord or None
        As stored.

    Raises
    ------
    AnnotationError
        If it is stored as somebody else's, whose visit it would leave, or with another calibration.
    """
    if known is None:
        return
    if record.subject and known.subject not in ("", record.subject):
        raise AnnotationError(
            f"The clip is of {known.subject}, not of {record.subject}.",
            "Give no patient's code, or move the clip in the library first.",
        )
    if (
        record.calibration is not None
        and known.calibration is not None
        and not _alike(record.calibration, known.calibration)
    ):
        raise AnnotationError(
            "The clip is calibrated otherwise.", "Give no spacing here, or calibrate it anew on the page Analyse."
        )


def _alike(one: Calibration, other: Calibration) -> bool:
    spacings = ((one.row_spacing_mm, other.row_spacing_mm), (one.column_spacing_mm, other.column_spacing_mm))
    return all(math.isclose(mine, theirs) for mine, theirs in spacings)


def replaced(outlines: Iterable[int], record: ClipRecord, rater: str, store: AnnotationStore) -> tuple[int, ...]:
    """Give the frames of which a rater has finished an outline already, which an import would count in place of."""
    frames = set(outlines)
    stored = store.latest(clip_sha256=record.sha256, rater=rater, states={State.FINAL})
    return tuple(sorted(one.frame for one in stored if one.frame in frames))


def import_outlines(
    clip: Clip,
    record: ClipRecord,
    outlines: Mapping[int, PackedMask],
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
        Mask by frame; an empty one says that the frame shows no nerve.
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
        somebody else's or with another calibration.
    """
    actor.require(Right.ANNOTATE)
    rater = code(actor.code, what="rater")
    check_is_theirs(record, store.clip(record.sha256))
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
            mask=outlines[frame],
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
            check_fits(record, made, frame.image.shape[:2])
            yield made, frame.image
            if not left:
                return
        if left:
            raise AnnotationError(f"The clip ends before frame {max(left)}.", "Import outlines of this very clip.")

    store.save_all(records(), clip=record, rater=rater)
    return len(outlines)
