"""Where a session's clip and film lie on disk while it looks at them, and how they get there."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import streamlit as st
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile

from nerveapp.errors import ClipError

_CHUNK = 1 << 20
_FOLDER = "workspace-folder"


@cache
def _server_folder() -> Path:
    """Temporary folder of this server; it goes when the server stops, clips are not kept."""
    folder = Path(tempfile.mkdtemp(prefix="nerveapp-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def fresh_folder() -> Path:
    """Give this session an empty folder and remove the one it had."""
    old: Path | None = st.session_state.get(_FOLDER)
    if old is not None:
        shutil.rmtree(old, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(dir=_server_folder()))
    st.session_state[_FOLDER] = folder
    return folder


def spool(uploads: Sequence[UploadedFile], folder: Path) -> list[Path]:
    """Write uploaded files to disk in chunks and drop them from the server's memory.

    Parameters
    ----------
    uploads : sequence of UploadedFile
    folder : Path
        Emptied beforehand by `fresh_folder`.

    Raises
    ------
    ClipError
        If the disk is full or refuses.
    """
    paths = []
    for number, upload in enumerate(uploads):
        # The number keeps two files of one name apart; the name keeps stills in their natural order.
        path = folder / f"{number:05d}" / Path(upload.name).name
        try:
            path.parent.mkdir()
            with path.open("wb") as target:
                shutil.copyfileobj(upload, target, _CHUNK)
        except OSError as error:
            raise ClipError(
                f"The upload could not be stored: {error.strerror}.", "Free some space on the server and try again."
            ) from error
        paths.append(path)
        _forget(upload)
    return paths


def _forget(upload: UploadedFile) -> None:
    """Free the memory of an upload; Streamlit keeps it for the whole session otherwise (internal interface)."""
    context = get_script_run_ctx()
    if context is not None and isinstance(context.uploaded_file_mgr, MemoryUploadedFileManager):
        context.uploaded_file_mgr.remove_file(session_id=context.session_id, file_id=upload.file_id)
