"""How clips come in on the Analyse page, and what is said where they do not."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from nerveapp.bootstrap import Application, application
from nerveapp.clock import now
from nerveapp.domain.actor import Actor
from nerveapp.domain.counted import counted
from nerveapp.domain.library import ClipFilter
from nerveapp.domain.public_still import PublicStill
from nerveapp.domain.view import Nerve, Site
from nerveapp.workflows.library.filing import set_view
from tests.io.annotation_files.samples import exported
from tests.pages.driving import ANALYSE, here, opened, record, texts, upload, video, wait_for


def still(level: int) -> bytes:
    return cv2.imencode(".png", np.full((120, 160), level, np.uint8))[1].tobytes()


def clips() -> int:
    return application().library.count(ClipFilter())


def kept_in_scratch() -> list[Path]:
    return [path for path in application().scratch.path.rglob("*") if path.is_file() and path.name != "alive"]


def test_bad_uploads_are_told_and_leave_the_page_usable(tmp_path: Path) -> None:
    test = opened(ANALYSE)
    for name, data in (("clip.mp4", b""), ("clip.mp4", b"<html>not a clip</html>"), ("x.dcm", bytes(500))):
        upload(test, (name, data))
        assert test.error, name
        assert test.get("file_uploader")
        test.run()
        assert not test.error, "it is said once"
    upload(test, ("clip.mp4", video(tmp_path)))
    assert here(test).clip
    assert test.query_params == {"clip": here(test).clip}


def test_a_file_that_is_refused_is_told_and_does_not_stay() -> None:
    before = kept_in_scratch()
    test = upload(opened(ANALYSE), ("clip.mp4", b"no clip"))
    assert "not a clip" in texts(test)
    assert here(test).clip == ""
    assert clips() == 0
    assert kept_in_scratch() == before
    assert list(application().objects.listed()) == []


def test_too_much_at_once_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NERVEAPP_SESSION_LIMIT_MB", "1")
    test = upload(opened(ANALYSE), ("clip.mp4", bytes(2 << 20)))
    assert "a session may bring 1 MB" in texts(test)
    assert here(test).clip == ""


def test_beside_a_public_still_stands_which_models_have_seen_its_person(
    installation: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Stills:
        def fetch(self, wanted: PublicStill, folder: Path) -> Path:
            (folder / wanted.file).write_bytes(still(90))
            return folder / wanted.file

    monkeypatch.setitem(vars(installation), "public_stills", Stills())
    test = opened(ANALYSE)
    assert "not trained on" not in texts(test)
    test.button(key="still-0045.png").click().run()
    assert not test.exception
    assert here(test).clip
    assert "The model peripheral-nerve has seen this person in training." in texts(test)
    assert "The model median-wrist has not seen this person in training." in texts(test)


@pytest.mark.usefixtures("quick")
def test_several_clips_at_once_give_a_list_of_analyses(tmp_path: Path) -> None:
    files = [(f"clip-{level}.mp4", video(tmp_path, first_level=level)) for level in (10, 60, 110)]
    test = upload(opened(ANALYSE), *files)
    batch = here(test).batch
    assert len(set(batch)) == 3
    assert test.query_params == {"analyses": ",".join(batch)}
    for analysis in batch:
        wait_for(analysis)
    test.run()
    assert all(name in texts(test).replace("\\", "") for name, _ in files)
    assert [test.button(key=f"open-{analysis}").label for analysis in batch] == ["Open"] * 3
    assert texts(test).count("frames flagged") == 3, "what was found is said, not only that it is done"
    assert texts(test).count("Nerve, site and side not given") == 3
    clip = application().analyses.job(batch[0])
    assert clip is not None
    listed = application().library.clip(clip.request.clip_sha256)
    assert listed is not None
    for frame in range(listed.record.frame_count):
        mask = np.zeros((listed.record.height, listed.record.width), np.bool_)
        mask[40:60, 40:65] = True
        drawn = exported(mask, frame, listed.record)
        application().annotations.save(drawn.annotation, drawn.image())
    test.run()
    assert "500 px²** in the median" in texts(test), "people's outlines count as they do on Analyse"
    assert f"{counted(listed.record.frame_count, 'frame')} outlined by people" in texts(test)
    assert "was not made for" not in texts(test)
    set_view(
        listed.record.sha256,
        application().library,
        nerve=Nerve.ULNAR,
        site=Site.ELBOW,
        actor=Actor("R1"),
        now=now(),
    )
    assert "it was not made for the ulnar nerve at the elbow" in texts(test.run())
    other = opened(ANALYSE, analyses=",".join(batch))
    assert here(other).batch == batch
    other.button(key=f"open-{batch[1]}").click().run()
    assert here(other).analysis == batch[1]
    assert other.query_params == {"analysis": batch[1]}
    other.button(key="another-clip").click().run()
    assert not other.exception
    assert other.get("file_uploader")


@pytest.mark.usefixtures("quick")
def test_a_bad_file_among_several_is_told_by_its_name_and_the_others_come_in(tmp_path: Path) -> None:
    good = [(f"clip-{level}.mp4", video(tmp_path, first_level=level)) for level in (10, 60)]
    test = upload(opened(ANALYSE), good[0], ("broken_one.mp4", b"no clip"), good[1])
    assert len(here(test).batch) == 2
    assert clips() == 2
    assert "broken_one.mp4" in texts(test)


def test_only_bad_files_are_each_told_by_name(tmp_path: Path) -> None:
    test = upload(opened(ANALYSE), ("one.mp4", b"no clip"), ("two.mp4", b"neither"))
    assert len(test.error) == 2
    assert "one.mp4" in test.error[0].value
    assert "two.mp4" in test.error[1].value
    assert test.get("file_uploader")


STILLS = [("b.png", still(60)), ("a.png", still(30)), ("c.png", still(90))]


def test_stills_may_be_frames_of_one_clip() -> None:
    test = upload(opened(ANALYSE), *STILLS)
    assert "3 stills" in texts(test)
    assert clips() == 0, "nothing is taken before the answer"
    test.button(key="stills-one").click().run()
    assert not test.exception
    assert clips() == 1
    assert record(test).frame_count == 3
    assert "stills-one" not in [button.key for button in test.button]


@pytest.mark.usefixtures("quick")
def test_stills_may_be_pictures_of_several_people() -> None:
    test = upload(opened(ANALYSE), *STILLS)
    test.button(key="stills-apart").click().run()
    assert not test.exception
    assert len(here(test).batch) == clips() == 3


def test_stills_may_be_discarded() -> None:
    before = kept_in_scratch()
    test = upload(opened(ANALYSE), *STILLS)
    test.button(key="stills-none").click().run()
    assert not test.exception
    assert clips() == 0
    assert kept_in_scratch() == before
    assert "3 stills" not in texts(test)
    assert test.get("file_uploader")


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("until-deleted", "kept on this server until somebody deletes them"),
        ("none", "Clips are not kept"),
        ("30", "kept on this server for 30 days"),
    ],
)
def test_how_long_clips_are_kept_is_said_where_they_are_brought(
    monkeypatch: pytest.MonkeyPatch, setting: str, words: str
) -> None:
    monkeypatch.setenv("NERVEAPP_RETENTION", setting)
    assert words in texts(opened(ANALYSE))
