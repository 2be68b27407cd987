"""Outlines drawn elsewhere come in: files, whose they are, what they leave open, and a look before they are kept."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import streamlit as st

from nerveapp.analysis.pictures import image_of
from nerveapp.analysis.rendering import close_up, draw_outline
from nerveapp.bootstrap import application
from nerveapp.clock import now
from nerveapp.domain.annotation import ClipRecord
from nerveapp.domain.calibration import Calibration
from nerveapp.domain.clip import Clip
from nerveapp.domain.counted import counted
from nerveapp.domain.outline_files import Known, Preview, Question
from nerveapp.domain.view import View
from nerveapp.errors import NerveAppError
from nerveapp.ports import AnnotationFiles, AnnotationStore, FrameSource
from nerveapp.ui.clips.patient_code import is_meant
from nerveapp.ui.page.actor import acting_as
from nerveapp.ui.page.failures import show_error
from nerveapp.ui.page.plain_text import plain
from nerveapp.ui.page.session_state import SessionState
from nerveapp.workflows.annotating.import_outlines import import_outlines, record_of, replaced

_SHOWN = 6
_LISTED = 20
_DONE, _TURN, _COUNTED, _PREVIEWS = "import-done", "import-turn", "import-frames-counted", "import-previews"


@dataclass(frozen=True, slots=True)
class OpenClip:
    """The clip that outlines can be imported into: open is enough, it need not be analysed.

    Parameters
    ----------
    clip : Clip
    frames : FrameSource
        Its frames.
    own_files : callable
        Gives the paths of its files; where they are kept elsewhere they are fetched then.
    view : View
    calibration : Calibration or None
    frame_count : int or None
        Decoded frames, where an analysis has counted them.
    """

    clip: Clip
    frames: FrameSource
    own_files: Callable[[], tuple[Path, ...]] = tuple
    view: View = field(default_factory=View)
    calibration: Calibration | None = None
    frame_count: int | None = None


def open_clip(here: SessionState) -> OpenClip | None:
    """Give the clip at hand; None where there is none, or its files are not kept."""
    if not here.clip or not here.listed.kept:
        return None
    app, clip, record = application(), here.opened(), here.record
    known = app.annotations.clip(here.clip)
    count = known.frame_count if known is not None and here.analysis else None
    return OpenClip(clip, here.frames(clip.info), here.own_files, record.view, record.calibration, count)


def offer_import(store: AnnotationStore, files: AnnotationFiles, opened: OpenClip | None) -> None:
    """Draw the form for the clip that is open."""
    if opened is None:
        st.caption("Open the clip on the Analyse page first: outlines are stored with the frames they were drawn on.")
        return
    done = st.session_state.pop(_DONE, None)
    if done is not None:
        st.success(f"{counted(done, 'outline')} imported.", icon=":material/check:")
    turn = st.session_state.get(_TURN, 0)
    info = opened.clip.info
    uploads = st.file_uploader(
        f"Outlines of {plain(info.name)}: RoiSet.zip or .roi, PNG masks (several, or as ZIP), COCO, LabelMe, NIfTI, "
        "DICOM-SEG",
        accept_multiple_files=True,
        key=f"import-file-{turn}",
    )
    left, right = st.columns(2)
    rater = left.text_input("Drawn by (code)", placeholder="Code of who drew them", key="import-rater")
    known = store.clip(info.sha256)
    subject = right.text_input(
        "Patient code",
        known.subject if known is not None else "",
        placeholder="such as S012",
        key=f"import-subject-{info.sha256[:16]}",
    )
    if not uploads:
        return
    st.caption(
        f":material/label: They are stored as of: {opened.view.words}, as the clip is "
        "described; where that is not so, describe it on the page Analyse first."
    )
    try:
        record = record_of(
            opened.clip, subject=subject, view=opened.view, calibration=opened.calibration,
            frame_count=_frame_count(opened),
        )  # fmt: skip
        given = [(upload.name, upload.getvalue()) for upload in uploads]
        found = answered(files, given, record, Known(info.name, files.sop_instance_uid(opened.own_files())))
        show_preview(found, opened.frames, record)
        nobody = not subject and st.checkbox("No patient code", key=f"import-no-subject-{info.sha256[:16]}")
        meant = is_meant(subject, key=f"import-subject-{info.sha256[:16]}")
        if not rater:
            st.caption(":material/info: Enter who drew them: a code such as R1.")
        if not subject and not nobody:
            st.caption(":material/info: Enter the patient's code, or mark that there is none.")
        if rater and (earlier := replaced((one.frame for one in found.outlines), record, rater, store)):
            st.warning(
                f"{plain(rater)} has finished outlines of {counted(len(earlier), 'frame')} of these already: the "
                "imported ones will count in their place; the earlier ones stay in the history.",
                icon=":material/history:",
            )
        ready = bool(found.outlines) and not found.problems and bool(rater) and bool(subject or nobody) and meant
        if st.button(
            f"Import {counted(len(found.outlines), 'outline')}", type="primary", disabled=not ready, key="import-now"
        ):
            masks = {one.frame: one.mask for one in found.outlines}
            st.session_state[_DONE] = import_outlines(
                opened.clip, record, masks, store, actor=acting_as(rater), now=now()
            )
            st.session_state[_TURN] = turn + 1  # an empty uploader: nothing is imported twice
            st.rerun()  # what is stored was drawn before
    except NerveAppError as error:
        show_error(error)


def _frame_count(opened: OpenClip) -> int:
    """Count a clip's frames once: what its file announces is no promise."""
    if opened.frame_count is not None:
        return opened.frame_count
    sha256 = opened.clip.info.sha256
    known: tuple[str, int] | None = st.session_state.get(_COUNTED)
    if known is None or known[0] != sha256:
        with st.spinner("Counting the clip's frames"):
            known = st.session_state[_COUNTED] = (sha256, sum(1 for _ in opened.clip.frames()))
    return known[1]


def answered(files: AnnotationFiles, given: Sequence[tuple[str, bytes]], record: ClipRecord, known: Known) -> Preview:
    """Preview files, asking for what they leave open; each answer has them read once."""
    # No answer holds for another file.
    file = hashlib.sha256(b"".join(hashlib.sha256(data).digest() for _, data in given)).hexdigest()[:16]

    def previewed(known: Known) -> Preview:
        asked = ((file, *(name for name, _ in given)), record, known)
        previews: dict[tuple[tuple[str, ...], ClipRecord, Known], Preview] = st.session_state.setdefault(_PREVIEWS, {})
        if asked not in previews:
            for other in [one for one in previews if one[:2] != asked[:2]]:
                del previews[other]
            previews[asked] = files.preview(given, clip=record, known=known)
        return previews[asked]

    found = previewed(known)
    if Question.FIRST_FRAME in found.asks:
        taken = 0 if _list_what_waits(found, Question.FIRST_FRAME) == 0 else None
        first = st.radio(
            "What does the file call the first frame?",
            [0, 1],
            index=taken,
            horizontal=True,
            help="Frames are numbered from 0 here; some programs number them from 1.",
            key=f"import-first-frame-{file}",
        )
        if first != taken:
            known = replace(known, first_frame=first)
            found = previewed(known)
    if Question.LARGE in found.asks:
        _list_what_waits(found, Question.LARGE)
        if st.checkbox("The masks really cover most of the frame", key=f"import-large-{file}"):
            known = replace(known, accept_large=True)
            found = previewed(known)
    # What was answered is asked no more: a tick would take its own box away.
    empty = f"import-empty-{file}"
    asks = Question.EMPTY in found.asks or st.session_state.get(empty, False)
    if asks and st.checkbox("Masks without an outline are of frames without a nerve", key=empty):
        found = previewed(replace(known, accept_empty=True))
    return found


def _list_what_waits(found: Preview, question: Question) -> int:
    """List what waits for an answer, above the question, and give how many things do."""
    waiting = [words for asked, words in found.to_answer if asked is question]
    for words in waiting[:_LISTED]:
        st.caption(f":material/help: {plain(words)}")
    for more in _and_more(waiting):
        st.caption(more)
    return len(waiting)


def _and_more(listed: Sequence[str]) -> list[str]:
    return [f"and {len(listed) - _LISTED} more"] if len(listed) > _LISTED else []


def show_preview(found: Preview, frames: FrameSource | None, record: ClipRecord) -> None:
    """Draw what files hold, and what must be put right in them before they can be imported."""
    numbers = [one.frame for one in found.outlines]
    if numbers:
        listed = ", ".join(map(str, numbers[:12])) + (" …" if len(numbers) > 12 else "")
        st.write(f"{counted(len(numbers), 'outline')}, of {'frame' if len(numbers) == 1 else 'frames'} {listed}.")
        if frames is not None:
            _show_some(found, frames, record)
    for remark in found.remarks:
        st.text(remark)
    asked = {words for _, words in found.to_answer}
    unsolved = [one for one in found.problems if one not in asked]
    if unsolved:
        st.error(
            "**Nothing can be imported until these problems are solved:**\n"
            + "".join(f"\n- {plain(one)}" for one in [*unsolved[:_LISTED], *_and_more(unsolved)]),
            icon=":material/error:",
        )


def _show_some(found: Preview, frames: FrameSource, record: ClipRecord) -> None:
    """Draw a few of the outlines on the clip's frames, spread evenly: whether they sit right is seen at a glance."""
    size = (record.height, record.width)
    inside = [one for one in found.outlines if one.frame < record.frame_count and one.mask.size == size]
    spread = [inside[round(at)] for at in np.linspace(0, len(inside) - 1, min(_SHOWN, len(inside)))]
    for column, one in zip(st.columns(_SHOWN), spread, strict=False):
        image = image_of(frames.png(one.frame, soon=[other.frame for other in spread]))
        mask = one.mask.unpack()
        drawn = close_up(draw_outline(image, mask), mask)
        column.image(drawn, width="stretch", caption=f"frame {one.frame}")
