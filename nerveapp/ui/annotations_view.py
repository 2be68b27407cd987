"""The Annotations page: what is stored, by clip and person; files out and in."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import streamlit as st
from pydicom.dataset import Dataset

from nerveapp import bootstrap
from nerveapp.analysis.rendering import close_up, draw_outline
from nerveapp.domain.annotation import Annotation, ClipRecord, State
from nerveapp.errors import NerveAppError
from nerveapp.io.annotation_files import Format, Preview, chosen, export, preview, source_header
from nerveapp.ports import AnnotationStore
from nerveapp.ui.desk import Desk
from nerveapp.ui.exam_form import in_words
from nerveapp.ui.shell import show_error
from nerveapp.ui.words import counted
from nerveapp.workflows.annotate import clip_record
from nerveapp.workflows.import_outlines import import_outlines

_ANYBODY = "Anybody's newest"
_THUMBNAILS = 12
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
    records = store.latest()
    clips = store.clips()
    if records:
        _overview(clips, records)
        export_column, thumbnails_column = st.columns([1, 1.4], gap="large")
        with export_column:
            try:
                _export(store, clips, records, desk)
            except NerveAppError as error:
                show_error(error)
        with thumbnails_column:
            _thumbnails(store, records)
    else:
        st.info("No outlines are stored yet. Correct some, or import them below.", icon=":material/draw:")
    st.subheader("Import", anchor=False)
    _import(store, desk)


def _overview(clips: tuple[ClipRecord, ...], records: tuple[Annotation, ...]) -> None:
    final = Counter(one.clip_sha256 for one in records if one.state is not State.DRAFT)
    drafts = Counter(one.clip_sha256 for one in records if one.state is State.DRAFT)
    raters: dict[str, set[str]] = {}
    for one in records:
        raters.setdefault(one.clip_sha256, set()).add(one.rater)
    st.dataframe(
        [
            {
                "subject": clip.subject or "no code",
                "nerve": in_words(clip.exam.nerve),
                "site": in_words(clip.exam.site),
                "side": in_words(clip.exam.side),
                "clip": clip.sha256[:8],
                "frames": clip.frame_count,
                "final": final[clip.sha256],
                "drafts": drafts[clip.sha256],
                "raters": ", ".join(sorted(raters.get(clip.sha256, ()))),
                "mm": "yes" if clip.calibration else "no",
            }
            for clip in clips
        ],
        hide_index=True,
    )
    for words in _what_is_missing(clips, final):
        st.caption(f":material/info: {words}")


def _what_is_missing(clips: tuple[ClipRecord, ...], final: Counter[str]) -> list[str]:
    """Say in plain words what stands in the way of a sound training on these."""
    used = [clip for clip in clips if final[clip.sha256]]
    people = {clip.subject for clip in used if clip.subject}
    said = []
    if any(not clip.subject for clip in used):
        said.append("Some clips have no subject code: each of them then counts as a person of its own.")
    if len(people) < 5:
        known = counted(len(people), "person", "people")
        said.append(f"{known} with a code: a score on unseen people needs at least five to mean much.")
    if len({clip.exam.site for clip in used}) == 1:
        said.append("All are of one site: a model trained on them knows no other.")
    return said


def _export(store: AnnotationStore, clips: tuple[ClipRecord, ...], records: tuple[Annotation, ...], desk: Desk) -> None:
    st.subheader("Export", anchor=False)
    kind = st.selectbox("Kind of file", list(_NAMES), format_func=_NAMES.__getitem__)
    raters = sorted({one.rater for one in records})
    rater = st.selectbox("Whose final outlines", [_ANYBODY, *raters])
    names = {clip.sha256: f"{clip.subject or 'no code'} · {clip.sha256[:8]}" for clip in clips}
    clip = st.selectbox("Clip", ["", *names], format_func=lambda sha256: names.get(sha256, "All clips"))
    if st.button("Prepare the file", icon=":material/output:"):
        frames = chosen(store, rater=None if rater == _ANYBODY else rater, clip_sha256=clip or None)
        source = _open_dicom(desk, frames[0].clip) if kind is Format.DICOM_SEG else None
        data, suffix = export(kind, frames, bootstrap.software_versions(), source=source)
        st.download_button(
            f"Download {counted(len(frames), 'outline')}",
            data,
            f"nerveapp-{kind.value}.{suffix}",
            on_click="ignore",
            icon=":material/download:",
            key="download-annotations",
        )


def _open_dicom(desk: Desk, clip: ClipRecord) -> Dataset | None:
    """Read the header of the open clip, if it is the one whose outlines are wanted and a DICOM file."""
    loaded = desk.loaded
    if loaded is None or loaded.clip.info.sha256 != clip.sha256 or len(loaded.paths) != 1:
        return None
    return source_header(loaded.paths[0])


def _thumbnails(store: AnnotationStore, records: tuple[Annotation, ...]) -> None:
    st.subheader("Newest", anchor=False)
    columns = st.columns(4)
    for number, one in enumerate(reversed(records[-_THUMBNAILS:])):
        mask = one.mask.unpack()
        drawn = close_up(draw_outline(store.image(one.clip_sha256, one.frame), mask), mask)
        columns[number % 4].image(drawn, width="stretch", caption=f"{one.rater}, frame {one.frame}, {one.state}")


def _import(store: AnnotationStore, desk: Desk) -> None:
    if desk.outcome is None or desk.loaded is None:
        st.caption("Open and analyse the clip first: outlines are stored with the frames they were drawn on.")
        return
    left, middle, right = st.columns([2, 1, 1])
    upload = left.file_uploader(
        f"Outlines of {desk.loaded.clip.info.name}: RoiSet.zip or .roi, PNG masks, COCO, LabelMe, NIfTI, DICOM-SEG",
        key="import-file",
    )
    rater = middle.text_input("Drawn by (code)", placeholder="R1", key="import-rater")
    subject = right.text_input("Subject (code)", placeholder="S012", key="import-subject")
    if upload is None:
        return
    try:
        record = clip_record(desk.shown, subject=subject)
        found = preview(upload.getvalue(), name=upload.name, clip=record)
        _show_preview(found)
        ready = bool(found.outlines) and not found.problems and bool(rater)
        if st.button(
            f"Import {counted(len(found.outlines), 'outline')}", type="primary", disabled=not ready, key="import-now"
        ):
            masks = {one.frame: one.mask for one in found.outlines}
            done = import_outlines(desk.loaded.clip, record, masks, store, rater=rater, now=datetime.now(UTC))
            st.success(f"{counted(done, 'outline')} imported.", icon=":material/check:")
    except NerveAppError as error:
        show_error(error)


def _show_preview(found: Preview) -> None:
    frames = [one.frame for one in found.outlines]
    if frames:
        shown = ", ".join(map(str, frames[:12])) + (" …" if len(frames) > 12 else "")
        st.write(f"{counted(len(frames), 'outline')}, of frames {shown}.")
    if found.problems:
        st.error(
            "**Nothing can be imported until these are mended:**\n"
            + "".join(f"\n- {one}" for one in found.problems[:20]),
            icon=":material/error:",
        )
