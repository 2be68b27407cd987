from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from streamlit.proto.Common_pb2 import FileURLs
from streamlit.runtime.uploaded_file_manager import UploadedFile, UploadedFileRec

from nerveapp.bootstrap import application
from nerveapp.domain.clip_source import ClipSource, Origin, SourceFile
from nerveapp.errors import ClipError
from nerveapp.io.server_folder import ServerFolder
from nerveapp.ui.page.uploads import file_name, spool
from tests.fakes.library import FakeLibrary


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder of a session, on a server whose visitors may keep 2 MB, 1 MB each."""
    monkeypatch.setenv("NERVEAPP_SESSION_LIMIT_MB", "1")
    monkeypatch.setenv("NERVEAPP_CLIPS_LIMIT_MB", "2")
    monkeypatch.setenv("NERVEAPP_DATA_DIR", str(tmp_path / "data"))
    server = ServerFolder(tmp_path)
    monkeypatch.setitem(vars(application()), "scratch", server)
    (mine := server.path / "mine").mkdir()
    yield mine
    server.remove()


def upload(name: str, size: int) -> UploadedFile:
    return UploadedFile(UploadedFileRec(name, name, "video/mp4", b"x" * size), FileURLs())


def test_two_files_of_one_name_are_kept_apart(folder: Path) -> None:
    first, second = spool([upload("a.png", 3), upload("a.png", 5)], folder)
    assert (first.name, first.stat().st_size) == ("a.png", 3)
    assert (second.name, second.stat().st_size) == ("a.png", 5)


def test_a_session_brings_no_more_than_it_may(folder: Path) -> None:
    with pytest.raises(ClipError, match="a session may bring 1 MB") as caught:
        spool([upload("a.mp4", 600_000), upload("b.mp4", 600_000)], folder)
    assert "NERVEAPP_SESSION_LIMIT_MB" in caught.value.hint
    assert list(folder.iterdir()) == []


def test_all_sessions_together_keep_no_more_than_they_may(folder: Path) -> None:
    (folder.parent / "another").write_bytes(b"x" * 1_500_000)
    spool([upload("a.mp4", 500_000)], folder)
    with pytest.raises(ClipError, match="as many clips as it may") as caught:
        spool([upload("b.mp4", 500_000)], folder)
    assert "NERVEAPP_CLIPS_LIMIT_MB" in caught.value.hint


def test_clips_of_the_library_count_as_it_knows_them(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library = FakeLibrary()
    kept = (SourceFile("a.mp4", "clips/a/00000/a.mp4", "f" * 64, 1_700_000),)
    library.sources["a"] = ClipSource("a", kept, Origin.UPLOAD, "a.mp4")
    monkeypatch.setitem(vars(application()), "library", library)
    monkeypatch.setitem(vars(application()), "objects", None)  # a walk through all files takes long: it is not done
    spool([upload("a.mp4", 300_000)], folder)
    with pytest.raises(ClipError, match="as many clips as it may"):
        spool([upload("b.mp4", 300_000)], folder)


@settings(deadline=None)
@given(
    st.text(max_size=400)
    | st.sampled_from(["", "..", "/", "a/b.mp4", "ä" * 300 + ".mp4", "a\x00b.dcm", "x." + "y" * 300])
)
def test_any_name_a_browser_says_is_one_a_disk_takes(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    path = tmp_path_factory.getbasetemp() / file_name(name)
    assert path.parent == tmp_path_factory.getbasetemp()
    path.write_bytes(b"")
    path.unlink()


@pytest.mark.parametrize("name", ["wrist left.mp4", "Über.dcm", "IM_0001", ".hidden", "clip.nii.gz"])
def test_a_usual_name_stays(name: str) -> None:
    assert file_name(f"folder/{name}") == name


def test_a_long_name_keeps_its_ending() -> None:
    assert file_name("ä" * 300 + ".mp4").endswith("ä.mp4")
