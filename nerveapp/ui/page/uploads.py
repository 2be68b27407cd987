"""How what a browser sends gets onto the disk, until it is in the library."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import streamlit as st
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile

from nerveapp.bootstrap import application
from nerveapp.errors import ClipError
from nerveapp.ui.page.session_end import when_the_session_ends

_CHUNK = 1 << 20
_FOLDER, _SESSION_FOLDER = "upload-folder", "session-folder"
_LONGEST_NAME_BYTES = 200
_MEGABYTE = 1 << 20


def fresh_folder() -> Path:
    """Give this session an empty folder for what it brings, in place of the one it had; it goes with the session."""
    drop_folder()
    folder = st.session_state[_FOLDER] = folder_of_its_own("folder")
    return folder


def folder_of_its_own(name: str = "") -> Path:
    """Give a new folder, which goes with the session unless whoever has taken its files removes it before.

    Under a name the session knows one such folder, the newest.
    """
    folder = Path(tempfile.mkdtemp(dir=application().scratch.path))
    when_the_session_ends(name or folder.name, partial(shutil.rmtree, folder, ignore_errors=True))
    return folder


def session_folder() -> Path:
    """Give the folder for what this session reads again and again, such as single frames; it goes with the session."""
    known: Path | None = st.session_state.get(_SESSION_FOLDER)
    if known is None or not known.exists():
        known = st.session_state[_SESSION_FOLDER] = folder_of_its_own(_SESSION_FOLDER)
    return known


def drop_folder() -> None:
    """Remove this session's folder with all that is in it."""
    old: Path | None = st.session_state.pop(_FOLDER, None)
    if old is not None:
        shutil.rmtree(old, ignore_errors=True)


def spool(uploads: Sequence[UploadedFile], folder: Path) -> list[Path]:
    """Write uploaded files to disk in chunks, and drop them from the server's memory whatever comes of it.

    Parameters
    ----------
    uploads : sequence of UploadedFile
    folder : Path
        Emptied beforehand by `fresh_folder`.

    Raises
    ------
    ClipError
        If they are too large for a session or for the server, or the disk is full or refuses.
    """
    try:
        check_room(sum(upload.size for upload in uploads))
        return [_written(upload, folder / f"{number:05d}") for number, upload in enumerate(uploads)]
    except OSError as error:
        raise ClipError(
            f"The upload could not be stored: {error.strerror}.", "Free some space on the server and try again."
        ) from error
    finally:
        for upload in uploads:
            _forget(upload)


def check_room(size: int) -> None:
    """Refuse what is too large for a session, or for the server with what it holds; raises ClipError."""
    app = application()
    settings = app.settings
    if size > settings.session_limit_mb * _MEGABYTE:
        raise ClipError(
            f"The upload is {size / _MEGABYTE:.0f} MB in all; a session may bring {settings.session_limit_mb} MB.",
            "Bring fewer or shorter clips, or have whoever runs the server raise NERVEAPP_SESSION_LIMIT_MB.",
        )
    if app.scratch.bytes_kept() + app.library.bytes_kept() + size > settings.clips_limit_mb * _MEGABYTE:
        raise ClipError(
            f"The server holds as many clips as it may, {settings.clips_limit_mb} MB.",
            "Delete clips in the Library, or have whoever runs the server raise NERVEAPP_CLIPS_LIMIT_MB.",
        )


def _written(upload: UploadedFile, folder: Path) -> Path:
    # The folder's number keeps two files of one name apart; the name keeps stills in their natural order.
    folder.mkdir()
    path = folder / file_name(upload.name)
    with path.open("wb") as target:
        shutil.copyfileobj(upload, target, _CHUNK)
    return path


def file_name(name: str) -> str:
    """Give a name that any disk takes: the last part of what a browser said, its ending kept.

    Parameters
    ----------
    name : str
        Anything: with folders, control characters, or longer than a disk allows.
    """
    last = re.sub(r"[\x00-\x1f\x7f\ud800-\udfff]", "_", Path(name).name)
    if last in ("", ".", ".."):
        return "clip"
    ending = Path(last).suffix[-20:]
    stem = last[: len(last) - len(ending)].encode()
    return stem[: _LONGEST_NAME_BYTES - len(ending.encode())].decode(errors="ignore") + ending


def _forget(upload: UploadedFile) -> None:
    """Free the memory of an upload; Streamlit keeps it for the whole session otherwise (internal interface)."""
    context = get_script_run_ctx()
    if context is not None and isinstance(context.uploaded_file_mgr, MemoryUploadedFileManager):
        context.uploaded_file_mgr.remove_file(session_id=context.session_id, file_id=upload.file_id)
