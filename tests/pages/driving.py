"""Driving the whole app as Streamlit's own test driver sees it."""

import time
from pathlib import Path

import numpy as np
from streamlit.testing.v1 import AppTest

from nerveapp.bootstrap import application
from nerveapp.domain.analysis_job import AnalysisJob
from nerveapp.domain.annotation import ClipRecord
from nerveapp.io.video_writing import writing_video
from nerveapp.ui.page.session_state import SessionState

APP = str(Path(__file__).parents[2] / "main.py")
ANALYSE, CORRECT = "pages/analyse.py", "pages/correct.py"


def opened(page: str = "pages/home.py", **address: str) -> AppTest:
    """A new session on a page, at an address."""
    test = AppTest.from_file(APP, default_timeout=60).run()
    if page != "pages/home.py":
        go(test, page, **address)
    assert not test.exception
    return test


def go(test: AppTest, page: str, **address: str) -> AppTest:
    """Turn to a page as the navigation does: at its bare address unless one is given."""
    test.query_params.clear()
    test.query_params.update(address)
    test.switch_page(page).run()
    assert not test.exception
    return test


def texts(test: AppTest) -> str:
    """All that is written on the page, without the marks that keep it from being read as Markdown."""
    headings = (*test.title, *test.metric)
    elements = (*headings, *test.markdown, *test.caption, *test.error, *test.warning, *test.info, *test.success)
    return " ".join(str(element.value).replace("\\", "") for element in elements)


def here(test: AppTest) -> SessionState:
    """What the session looks at."""
    found: SessionState = test.session_state["session"]
    return found


def record(test: AppTest) -> ClipRecord:
    """The clip at hand as the library knows it."""
    found = application().library.clip(here(test).clip)
    assert found is not None
    return found.record


def job(test: AppTest) -> AnalysisJob:
    """The analysis at hand."""
    found = application().analyses.job(here(test).analysis)
    assert found is not None
    return found


def finish(test: AppTest) -> AppTest:
    """Wait for the analysis at hand and draw its result."""
    wait_for(here(test).analysis)
    test.run()
    assert not test.exception
    return test


def wait_for(analysis: str, within_s: float = 120) -> AnalysisJob:
    """Wait until an analysis has ended."""
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        found = application().analyses.job(analysis)
        assert found is not None
        if not found.state.active:
            return found
        time.sleep(0.02)
    raise AssertionError(f"{analysis} has not ended within {within_s} s")


def until_ended(test: AppTest, stop: str, within_s: float = 60) -> AppTest:
    """Run the page until the task is over that the button of this key stops."""
    end = time.monotonic() + within_s
    while stop in [button.key for button in test.button]:
        assert time.monotonic() < end, "it is still under way"
        time.sleep(0.05)
        test.run()
    return test


def video(folder: Path, *, frames: int = 6, first_level: int = 10) -> bytes:
    """A small clip of grey frames, each a level lighter than the one before."""
    path = folder / f"grey-{first_level}-{frames}.mp4"
    if not path.exists():
        with writing_video(path, width=320, height=240, frame_rate=25) as film:
            for number in range(frames):
                film.add(np.full((240, 320), first_level + number, np.uint8), number / 25)
    return path.read_bytes()


def upload(test: AppTest, *files: tuple[str, bytes]) -> AppTest:
    """Drop files."""
    for name, data in files:
        test.file_uploader[0].upload(name, data, "application/octet-stream")
    test.run()
    assert not test.exception
    return test


def analysed(test: AppTest) -> AppTest:
    """Ask for the analysis that is offered and wait for it."""
    test.button(key="analyse").click().run()
    return finish(test)


def metrics(test: AppTest) -> dict[str, str]:
    """The figures on the page by their labels."""
    return {metric.label: str(metric.value) for metric in test.metric}


def choose(test: AppTest, label: str, index: int) -> None:
    """Choose an entry of a select box."""
    next(box for box in test.selectbox if box.label == label).select_index(index).run()
    assert not test.exception


def chosen(test: AppTest, *labels: str) -> list[object]:
    """What select boxes show."""
    return [next(box for box in test.selectbox if box.label == label).value for label in labels]


def calibrate(test: AppTest, way: str) -> None:
    """Choose where the calibration comes from."""
    next(radio for radio in test.radio if "Calibration" in radio.label).set_value(way).run()
    assert not test.exception


def type_spacing(test: AppTest, spacing_mm: float) -> None:
    """Type a calibration in."""
    calibrate(test, "Type it in")
    next(one for one in test.number_input if "along depth" in one.label).set_value(spacing_mm).run()
    assert not test.exception


def subject(test: AppTest) -> str:
    """The line above a result that says what it is of."""
    (line,) = (
        str(one.value) for one in test.markdown if "side" in str(one.value) and "split by person" in str(one.value)
    )
    return line
