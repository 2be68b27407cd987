"""The Annotations page: what is stored, by clip and person; files out and in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from nerveapp.bootstrap.application import Application
from nerveapp.domain.annotation import ClipRecord
from nerveapp.domain.counted import counted
from nerveapp.domain.outline_files import Format
from nerveapp.errors import AnnotationError, NerveAppError
from nerveapp.ports import AnnotationFiles
from nerveapp.ui.annotations.dataset_browser import show_dataset
from nerveapp.ui.annotations.import_view import OpenClip, offer_import
from nerveapp.ui.clips.clip_names import whose_and_called
from nerveapp.ui.page.failures import show_error
from nerveapp.ui.page.labels import labels_apart
from nerveapp.ui.page.plain_text import plain
from nerveapp.workflows.annotating.dataset import listed
from nerveapp.workflows.annotating.export_outlines import export_outlines
from nerveapp.workflows.annotating.select_annotations import entries_that_count

_ANYBODY = "Anybody's"
_NAMES = {
    Format.TRAINING: "Training set, for the command train",
    Format.PNG: "PNG masks with an index",
    Format.COCO: "COCO JSON",
    Format.IMAGEJ: "ImageJ / Fiji RoiSet",
    Format.NIFTI: "NIfTI label volume",
    Format.DICOM_SEG: "DICOM segmentation, of the DICOM clip that is open",
}


def show_annotations(app: Application, opened: OpenClip | None) -> None:
    """Draw the page, with the clip that is open."""
    store = app.annotations
    outlines = listed(store)
    show_dataset(store, app.library, outlines, entries_that_count(store))
    import_column, export_column = st.columns([1.6, 1], gap="large")
    with import_column:
        st.subheader("Import", anchor=False)
        offer_import(store, app.annotation_files, opened)
    if outlines:
        with export_column:
            st.subheader("Export", anchor=False)
            try:
                clips = {one.clip.sha256: one.clip for one in outlines}
                _export(app, [*clips.values()], sorted({one.entry.rater for one in outlines}), opened)
            except NerveAppError as error:
                show_error(error)


def _export(app: Application, clips: Sequence[ClipRecord], raters: list[str], opened: OpenClip | None) -> None:
    kind = st.selectbox("Kind of file", list(_NAMES), format_func=_NAMES.__getitem__)
    rater = st.selectbox(
        "Whose outlines",
        [_ANYBODY, *raters],
        help="Of each frame the adjudicated outline counts, or else the newest final one.",
    )
    known = {clip.sha256: clip for clip in clips}
    names = labels_apart(known, lambda sha256: whose_and_called(known[sha256]))
    source, identity = _open_dicom(app.annotation_files, opened) if kind is Format.DICOM_SEG else (None, ())
    if kind is not Format.DICOM_SEG:
        clip = st.selectbox("Clip", ["", *names], format_func=lambda sha256: names.get(sha256, "All clips"))
    elif source is None or opened is None or opened.clip.info.sha256 not in names:
        st.info(
            "Open the DICOM clip on the Analyse page first, one that has outlines: a segmentation refers to it.",
            icon=":material/folder_open:",
        )
        return
    else:
        clip = opened.clip.info.sha256
        st.selectbox("Clip", [clip], format_func=names.__getitem__, disabled=True, key="export-open-clip")
    agreed = source is None or _identity_agreed(identity)
    if st.button("Prepare the file", icon=":material/output:", disabled=not agreed):
        made = export_outlines(
            kind,
            store=app.annotations,
            registry=app.registry,
            files=app.annotation_files,
            rater=None if rater == _ANYBODY else rater,
            clip_sha256=clip,
            source=source,
            may_identify=agreed,
        )
        if made.locked:
            st.caption(f":material/lock: {plain(', '.join(made.locked))}: left out, models are judged on them.")
        st.download_button(
            f"Download {counted(made.count, 'outline')}",
            made.data,
            f"nerveapp-{kind.value}.{made.suffix}",
            on_click="ignore",
            icon=":material/download:",
            key="download-annotations",
        )


def _identity_agreed(identity: Sequence[str]) -> bool:
    """Show what a segmentation of the open clip would reveal of the person, and ask."""
    if not identity:
        return True
    st.warning(
        f"The file will identify the patient, as the clip does: {plain(', '.join(identity))}.",
        icon=":material/badge:",
    )
    return st.checkbox("It may: I know where it goes", key="identity-agreed")


def _open_dicom(files: AnnotationFiles, opened: OpenClip | None) -> tuple[Path | None, tuple[str, ...]]:
    """Give the file of the open clip, if it is a DICOM file, and what it reveals of the person."""
    paths = opened.own_files() if opened is not None else ()
    if len(paths) != 1:
        return None, ()
    try:
        return paths[0], files.identity_in(paths[0])
    except AnnotationError:
        return None, ()
