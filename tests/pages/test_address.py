"""What a page shows has an address: reload, Back, a bookmark and a second tab show the same."""

from pathlib import Path

import pytest

from nerveapp.bootstrap import Application
from tests.io.store.records import CLIP, IMAGE, annotation
from tests.pages.driving import ANALYSE, CORRECT, analysed, go, here, metrics, opened, subject, texts, upload, video

ANNOTATIONS = "pages/annotations.py"
UNKNOWN = "0" * 32


@pytest.mark.usefixtures("quick")
def test_a_fresh_session_at_the_address_of_an_analysis_shows_the_same(tmp_path: Path) -> None:
    test = analysed(upload(opened(ANALYSE), ("clip.mp4", video(tmp_path))))
    assert test.query_params == {"analysis": here(test).analysis}
    other = opened(ANALYSE, analysis=here(test).analysis)
    assert metrics(other) == metrics(test)
    assert subject(other) == subject(test)
    assert other.query_params == test.query_params


@pytest.mark.usefixtures("quick")
def test_a_clip_has_an_address_and_once_it_is_analysed_shows_that(tmp_path: Path) -> None:
    test = upload(opened(ANALYSE), ("clip.mp4", video(tmp_path)))
    clip = here(test).clip
    assert test.query_params == {"clip": clip}
    other = opened(ANALYSE, clip=clip)
    assert here(other).clip == clip
    assert other.button(key="analyse")
    analysed(other)
    later = opened(ANALYSE, clip=clip)
    assert here(later).analysis == here(other).analysis
    assert metrics(later) == metrics(other)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("page", [ANALYSE, CORRECT])
def test_a_bare_page_leads_to_the_clips_that_are_here_already(page: str, tmp_path: Path) -> None:
    assert "here already" not in texts(opened(page)), "nothing is here yet"
    clip = here(upload(opened(ANALYSE), ("clip.mp4", video(tmp_path)))).clip
    links = {link.proto.label: link.proto for link in opened(page).get("page_link")}
    found = next(link for label, link in links.items() if label.startswith("clip.mp4"))
    assert (found.page, found.query_string) == (Path(page).stem, f"clip={clip}")
    assert "All clips and patients" in links


@pytest.mark.usefixtures("quick")
def test_an_address_may_name_a_frame_to_correct_and_a_wrong_one_does_no_harm(tmp_path: Path) -> None:
    test = analysed(upload(opened(ANALYSE), ("clip.mp4", video(tmp_path))))
    clip = here(test).clip
    for asked, frame in (("2", 2), ("-1", None), ("²", None), ("9" * 5000, None), ("99999999", 99_999_999)):
        other = opened(CORRECT, clip=clip, frame=asked)
        assert not other.exception
        assert here(other).to_correct == frame, "it waits until somebody says who they are"


def test_the_clip_that_outlines_come_into_is_in_the_address(tmp_path: Path) -> None:
    test = upload(opened(ANALYSE), ("clip.mp4", video(tmp_path)))
    clip = here(test).clip
    go(test, ANNOTATIONS)
    assert test.query_params == {"clip": clip}
    reloaded = opened(ANNOTATIONS, clip=clip)
    assert reloaded.get("file_uploader")
    assert here(reloaded).clip == clip


@pytest.mark.parametrize("page", [ANALYSE, CORRECT, ANNOTATIONS])
@pytest.mark.parametrize(
    ("address", "words"),
    [
        ({"analysis": UNKNOWN}, "There is no analysis under this address"),
        ({"clip": "0" * 64}, "This clip is not in the library"),
        ({"analysis": "../../etc <b>x</b>"}, "There is no analysis under this address"),
    ],
    ids=["analysis", "clip", "nonsense"],
)
def test_an_address_of_nothing_says_so(page: str, address: dict[str, str], words: str) -> None:
    test = opened(page, **address)
    assert words in texts(test)


def test_annotations_are_there_without_the_clip_of_the_address(installation: Application) -> None:
    installation.annotations.register(CLIP)
    installation.annotations.save(annotation(0), IMAGE)
    test = opened(ANNOTATIONS, clip="0" * 64)
    assert "This clip is not in the library" in texts(test)
    assert test.dataframe
    assert "Prepare the file" in [button.label for button in test.button]


def test_a_list_of_nothing_says_so() -> None:
    test = opened(ANALYSE, analyses=f"{UNKNOWN},{UNKNOWN}")
    assert "There is no analysis under this address" in texts(test)


@pytest.mark.usefixtures("quick")
def test_a_bare_address_entered_from_another_page_shows_what_was_at_hand(tmp_path: Path) -> None:
    test = analysed(upload(opened(ANALYSE), ("clip.mp4", video(tmp_path))))
    analysis, figures = here(test).analysis, metrics(test)
    go(test, "pages/models.py")
    assert test.query_params == {}
    go(test, ANALYSE)
    assert metrics(test) == figures
    assert test.query_params == {"analysis": analysis}
    go(test, CORRECT)
    assert test.query_params == {"analysis": analysis}
    assert test.text_input(key="rater")


@pytest.mark.usefixtures("quick")
def test_a_bare_address_on_the_page_itself_shows_the_sources(tmp_path: Path) -> None:
    test = analysed(upload(opened(ANALYSE), ("clip.mp4", video(tmp_path))))
    test.query_params.clear()
    test.run()
    assert not test.exception
    assert test.get("file_uploader")
    assert here(test).clip == ""
    assert test.query_params == {}


@pytest.mark.usefixtures("quick")
def test_back_from_one_clip_to_another_shows_that_one(tmp_path: Path) -> None:
    test = analysed(upload(opened(ANALYSE), ("one.mp4", video(tmp_path))))
    first, line = here(test).analysis, subject(test)
    test.button(key="another-clip").click().run()
    analysed(upload(test, ("two.mp4", video(tmp_path, first_level=80))))
    assert here(test).analysis != first
    test.query_params.clear()
    test.query_params["analysis"] = first
    test.run()
    assert not test.exception
    assert here(test).analysis == first
    assert "one.mp4" in texts(test)
    assert subject(test) == line


@pytest.mark.usefixtures("quick")
def test_the_address_of_an_unknown_analysis_leaves_no_other_on_display(tmp_path: Path) -> None:
    test = analysed(upload(opened(ANALYSE), ("one.mp4", video(tmp_path))))
    test.query_params["analysis"] = UNKNOWN
    test.run()
    assert not test.exception
    assert "There is no analysis under this address" in texts(test)
    assert not test.metric


@pytest.mark.parametrize(("page", "asked"), [(ANALYSE, {"analysis": "f" * 32}), ("pages/visit.py", {"visit": "zzz"})])
def test_an_address_that_leads_to_nothing_is_left_by_a_button(page: str, asked: dict[str, str]) -> None:
    test = opened()
    go(test, page, **asked)
    assert any("address is wrong" in one.value for one in test.error)
    test.button(key="leave-address").click().run()
    assert not test.exception
    assert not test.error
