"""The Annotations page: what is stored, by clip and person; files out and in."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import streamlit as st
from pydicom.dataset import Dataset

from nerveapp import bootstrap
from nerveapp.analysis.pictures import image_of
from nerveapp.analysis.rendering import draw_outline, refinement
from nerveapp.domain.annotated_frame import AnnotatedFrame
from nerveapp.domain.annotation import ClipRecord
from nerveapp.domain.outline_files import Format, Known, Preview, Question
from nerveapp.errors import AnnotationError, NerveAppError
from nerveapp.io.annotation_files import export, identity_in, preview, sop_instance_uid, source_header
from nerveapp.ports import AnnotationStore
from nerveapp.ui.dataset_browser import show_dataset
from nerveapp.ui.desk import Desk
from nerveapp.ui.frame_shelf import FrameShelf
from nerveapp.ui.plain_text import plain
from nerveapp.ui.shell import show_error
from nerveapp.ui.words import counted
from nerveapp.workflows.annotate import clip_record
from nerveapp.workflows.import_outlines import import_outlines
from nerveapp.workflows.select_annotations import select_frames, without_locked

_ANYBODY = "Anybody's"
_SHOWN = 6
_LISTED = 20
_DONE, _TURN = "import-done", "import-turn"
_NAMES = {
    Format.TRAINING: "Training set, for the command train",
    Format.PNG: "PNG masks with an index",
    Format.COCO: "COCO JSON",
    Format.IMAGEJ: "ImageJ / Fiji RoiSet",
    Format.NIFTI: "NIfTI label volume",
    Format.DICOM_SEG: "DICOM segmentation, of the DICOM clip that is open",
}


def show_annotations(store: AnnotationStore, desk: Desk) -> None:
    """Draw the page."""
    show_dataset(store)
    clips, entries = store.clips(), store.entries()
    import_column, export_column = st.columns([1.6, 1], gap="large")
    with import_column:
        st.subheader("Import", anchor=False)
        _import(store, desk)
    if entries:
        with export_column:
            st.subheader("Export", anchor=False)
            try:
                outlined = {one.clip_sha256 for one in entries}
                _export(
                    store,
                    [clip for clip in clips if clip.sha256 in outlined],
                    sorted({one.rater for one in entries}),
                    desk,
                )
            except NerveAppError as error:
                show_error(error)


def _export(store: AnnotationStore, clips: Sequence[ClipRecord], raters: list[str], desk: Desk) -> None:
    kind = st.selectbox("Kind of file", list(_NAMES), format_func=_NAMES.__getitem__)
    rater = st.selectbox(
        "Whose outlines",
        [_ANYBODY, *raters],
        help="Of each frame the adjudicated outline counts, or else the newest final one.",
    )
    names = {clip.sha256: f"{clip.subject or 'no code'} · {clip.sha256[:8]}" for clip in clips}
    source = _open_dicom(desk) if kind is Format.DICOM_SEG else None
    if kind is not Format.DICOM_SEG:
        clip = st.selectbox("Clip", ["", *names], format_func=lambda sha256: names.get(sha256, "All clips"))
    elif source is None or desk.loaded is None or desk.loaded.clip.info.sha256 not in names:
        st.info(
            "Open the DICOM clip on the Analyse page first, one that has outlines: a segmentation refers to it.",
            icon=":material/folder_open:",
        )
        return
    else:
        clip = desk.loaded.clip.info.sha256
        st.selectbox("Clip", [clip], format_func=names.__getitem__, disabled=True, key="export-open-clip")
    agreed = source is None or _identity_agreed(source)
    if st.button("Prepare the file", icon=":material/output:", disabled=not agreed):
        frames = select_frames(store, rater=None if rater == _ANYBODY else rater, clip_sha256=clip)
        if kind is Format.TRAINING:
            frames = _without_locked(store, frames)
        data, suffix = export(kind, frames, bootstrap.software_versions(), source=source)
        st.download_button(
            f"Download {counted(len(frames), 'outline')}",
            data,
            f"nerveapp-{kind.value}.{suffix}",
            on_click="ignore",
            icon=":material/download:",
            key="download-annotations",
        )


def _without_locked(store: AnnotationStore, frames: list[AnnotatedFrame]) -> list[AnnotatedFrame]:
    kept, locked = without_locked(frames, store, bootstrap.model_registry())
    if locked:
        st.caption(f":material/lock: {plain(', '.join(locked))}: left out, models are judged on them.")
    return kept


def _identity_agreed(source: Dataset) -> bool:
    """Say what a segmentation of the open clip tells of the person, and ask."""
    told = identity_in(source)
    if not told:
        return True
    st.warning(
        f"The file will say who the patient is, as the clip does: {plain(', '.join(told))}.", icon=":material/badge:"
    )
    return st.checkbox("It may: I know where it goes", key="identity-agreed")


def _open_dicom(desk: Desk) -> Dataset | None:
    """Read the header of the open clip, if it is a DICOM file."""
    if desk.loaded is None or len(desk.loaded.paths) != 1:
        return None
    try:
        return source_header(desk.loaded.paths[0])
    except AnnotationError:
        return None


def _import(store: AnnotationStore, desk: Desk) -> None:
    if desk.outcome is None or desk.loaded is None:
        st.caption("Open and analyse the clip first: outlines are stored with the frames they were drawn on.")
        return
    done = st.session_state.pop(_DONE, None)
    if done is not None:
        st.success(f"{counted(done, 'outline')} imported.", icon=":material/check:")
    turn = st.session_state.get(_TURN, 0)
    upload = st.file_uploader(
        f"Outlines of {plain(desk.loaded.clip.info.name)}: RoiSet.zip or .roi, PNG masks (also as ZIP), COCO, LabelMe, "
        "NIfTI, DICOM-SEG",
        key=f"import-file-{turn}",
    )
    left, right = st.columns(2)
    rater = left.text_input("Drawn by (code)", placeholder="R1", key="import-rater")
    sha256 = desk.loaded.clip.info.sha256
    known = store.clip(sha256)
    subject = right.text_input(
        "Subject (code)",
        known.subject if known is not None else "",
        placeholder="S012",
        key=f"import-subject-{sha256[:16]}",
    )
    if upload is None:
        return
    try:
        record = clip_record(desk.shown, subject=subject)
        opened = Known(desk.loaded.clip.info.name, sop_instance_uid(desk.loaded.paths))
        found = answered(upload.getvalue(), upload.name, record, opened)
        show_preview(found, desk)
        if not rater:
            st.caption(":material/info: Say who drew them: a code such as R1.")
        ready = bool(found.outlines) and not found.problems and bool(rater)
        if st.button(
            f"Import {counted(len(found.outlines), 'outline')}", type="primary", disabled=not ready, key="import-now"
        ):
            masks = {one.frame: one.mask for one in found.outlines}
            now = datetime.now(UTC)
            st.session_state[_DONE] = import_outlines(desk.loaded.clip, record, masks, store, rater=rater, now=now)
            st.session_state[_TURN] = turn + 1  # an empty uploader: nothing is imported twice
            st.rerun()  # what is stored was drawn before
    except NerveAppError as error:
        show_error(error)


def answered(data: bytes, name: str, record: ClipRecord, known: Known) -> Preview:
    """Preview a file, asking for what it leaves open."""
    found = preview(data, name=name, clip=record, known=known)
    file = hashlib.sha256(data).hexdigest()[:16]  # no answer holds for another file
    if Question.FIRST_FRAME in found.asks:
        taken = 0 if _say_what_waits(found, Question.FIRST_FRAME) == 0 else None
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
            found = preview(data, name=name, clip=record, known=known)
    if Question.LARGE in found.asks:
        _say_what_waits(found, Question.LARGE)
        if st.checkbox("The masks really cover most of the frame", key=f"import-large-{file}"):
            found = preview(data, name=name, clip=record, known=replace(known, accept_large=True))
    return found


def _say_what_waits(found: Preview, question: Question) -> int:
    """Say what waits for an answer, above the question, and give how many things do."""
    waiting = [words for asked, words in found.to_answer if asked is question]
    for words in waiting[:_LISTED]:
        st.caption(f":material/help: {plain(words)}")
    return len(waiting)


def show_preview(found: Preview, desk: Desk) -> None:
    """Draw what a file holds, and what must be mended in it before it can be imported."""
    frames = [one.frame for one in found.outlines]
    if frames:
        shown = ", ".join(map(str, frames[:12])) + (" …" if len(frames) > 12 else "")
        st.write(f"{counted(len(frames), 'outline')}, of frames {shown}.")
        _show_some(found, desk)
    for remark in found.remarks:
        st.text(remark)
    asked = {words for _, words in found.to_answer}
    to_mend = [one for one in found.problems if one not in asked]
    if to_mend:
        st.error(
            "**Nothing can be imported until these are mended:**\n"
            + "".join(f"\n- {plain(one)}" for one in to_mend[:_LISTED]),
            icon=":material/error:",
        )


def _show_some(found: Preview, desk: Desk) -> None:
    """Draw a few of the outlines on the clip's frames, spread evenly: whether they sit right is seen at a glance."""
    if desk.loaded is None:
        return
    clip = desk.loaded.clip.info
    size = (clip.height, clip.width)
    inside = [one for one in found.outlines if one.frame < len(desk.shown.frames) and one.mask.shape == size]
    spread = [inside[round(at)] for at in np.linspace(0, len(inside) - 1, min(_SHOWN, len(inside)))]
    shelf = FrameShelf(desk.loaded.clip, desk.loaded.folder)
    for column, one in zip(st.columns(_SHOWN), spread, strict=False):
        image = image_of(shelf.png(one.frame, soon=[other.frame for other in spread]))
        drawn = refinement(draw_outline(image, one.mask), one.mask)
        column.image(drawn, width="stretch", caption=f"frame {one.frame}")
