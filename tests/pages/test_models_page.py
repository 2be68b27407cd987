"""The Models page: who is locked is asked about first, and a model without use is not offered."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from nerveapp import bootstrap
from nerveapp.bootstrap import Application
from nerveapp.bootstrap.stores import database
from nerveapp.domain.annotation import ClipRecord
from tests.io.store.records import CLIP, IMAGE, annotation

APP = str(Path(__file__).parents[2] / "app.py")


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Application:
    """An installation with outlines of two people."""
    monkeypatch.setenv("NERVEAPP_DATABASE", f"sqlite:///{tmp_path / 'nerveapp.db'}")
    monkeypatch.setenv("NERVEAPP_UPLOAD_LIMIT_MB", "77")  # an application of its own
    database.cache_clear()
    found = Application(bootstrap.Settings.from_environment())
    for sha256, subject, frames in ((CLIP.sha256, "S01", 2), ("b" * 64, "S02", 1)):
        found.annotations.register(ClipRecord(sha256, 64, 48, 100, subject=subject))
        for frame in range(frames):
            found.annotations.save(annotation(frame, clip_sha256=sha256), IMAGE)
    return found


def opened() -> AppTest:
    test = AppTest.from_file(APP, default_timeout=60).run()
    test.switch_page("pages/models.py").run()
    assert not test.exception
    return test


def texts(test: AppTest) -> str:
    return " ".join(str(one.value) for one in (*test.markdown, *test.caption, *test.success, *test.error))


def test_locking_asks_first_and_says_what_it_means(app: Application) -> None:
    test = opened()
    test.multiselect(key="lock-people").set_value(["S01"]).run()
    test.button(key="lock-now").click().run()
    assert not test.exception
    assert "2 frames of 1 person will be locked" in texts(test)
    assert "cannot be undone" in texts(test)
    assert app.registry.locked() == (), "nothing is locked before the answer"
    test.button(key="lock-yes").click().run()
    assert not test.exception
    assert len(app.registry.locked()) == 2
    assert app.registry.locked_people() == ("S01",)
    assert "2 frames of 1 person locked" in texts(test)


def test_cancelling_locks_nobody(app: Application) -> None:
    test = opened()
    test.multiselect(key="lock-people").set_value(["S01", "S02"]).run()
    test.button(key="lock-now").click().run()
    assert "3 frames of 2 people will be locked" in texts(test)
    test.button(key="lock-no").click().run()
    assert app.registry.locked() == ()


def test_the_overview_says_how_each_model_scored_on_unseen_people(app: Application) -> None:
    overview = opened().dataframe[0].value.set_index("model")
    assert overview.loc["median-wrist", "score"] == "Dice 0.92 on 195 images of 81 people, split by person"
    assert set(overview["offered on Analyse"]) == {"yes"}
