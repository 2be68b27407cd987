"""The Models page: who is locked is asked about first, and a model without use is not offered."""

import pytest
from streamlit.testing.v1 import AppTest

from nerveapp.bootstrap import Application
from nerveapp.domain.annotation import ClipRecord
from nerveapp.domain.promotion import Role
from nerveapp.domain.view import Nerve, Site, View
from tests.io.store.records import CLIP, IMAGE, annotation
from tests.pages.driving import opened, texts, until_ended


@pytest.fixture
def app(installation: Application) -> Application:
    """An installation with outlines of two people."""
    found = installation
    for sha256, subject, frames in ((CLIP.sha256, "S01", 2), ("b" * 64, "S02", 1)):
        found.annotations.register(ClipRecord(sha256, 64, 48, 100, subject, View(Nerve.MEDIAN, Site.WRIST)))
        for frame in range(frames):
            found.annotations.save(annotation(frame, clip_sha256=sha256), IMAGE)
    return found


def test_locking_asks_first_and_says_what_it_means(app: Application) -> None:
    test = opened("pages/models.py")
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


def test_of_codes_that_begin_alike_the_one_that_was_chosen_is_locked(app: Application) -> None:
    codes = [f"carpal-tunnel-study-2026-{number:03d}" for number in (1, 2, 3)]
    for sha256, code in zip("cde", codes, strict=True):
        app.annotations.register(ClipRecord(sha256 * 64, 64, 48, 100, code, View(Nerve.MEDIAN, Site.WRIST)))
        app.annotations.save(annotation(1, clip_sha256=sha256 * 64), IMAGE)
    test = opened("pages/models.py")
    box = test.multiselect(key="lock-people")
    box.set_value([next(one for one in box.options if one.endswith("002"))]).run()
    test.button(key="lock-now").click().run()
    assert f"{codes[1]} (1)" in texts(test).replace("\\", "")
    test.button(key="lock-yes").click().run()
    assert app.registry.locked_people() == (codes[1],)


def test_cancelling_locks_nobody(app: Application) -> None:
    test = opened("pages/models.py")
    test.multiselect(key="lock-people").set_value(["S01", "S02"]).run()
    test.button(key="lock-now").click().run()
    assert "3 frames of 2 people will be locked" in texts(test)
    test.button(key="lock-no").click().run()
    assert app.registry.locked() == ()


def test_the_overview_says_how_each_model_scored_on_unseen_people(app: Application) -> None:
    overview = opened("pages/models.py").dataframe[0].value.set_index("model")
    assert overview.loc["median-wrist", "score"] == "Dice 0.92 on 195 images of 81 people, split by person"
    assert set(overview["offered on Analyse"]) == {"yes"}


def test_the_models_page_shows_scores_with_their_split_and_counts(app: Application) -> None:
    test = opened("pages/models.py")
    for name, licence in (("median-wrist", "GPL-3.0"), ("peripheral-nerve", "CC-BY-4.0")):
        test.selectbox(key="model-shown").set_value(name).run()
        card = app.models.card(name)
        assert f"licence {licence}" in texts(test)
        assert all(sha256 in texts(test) for sha256 in (card.sha256, *(one.sha256 for one in card.networks)))
        metrics = test.table[0].value.set_index("")
        assert metrics.loc["images"].astype(int).min() > 0
        words = ("never trained on", "not shown in training", "not in the training set", "out of fold")
        assert all(any(one in str(split) for one in words) for split in metrics.loc["split"])


def compared(test: AppTest, role: Role) -> AppTest:
    """Compare the two models on all final outlines of a role."""
    test.selectbox(key="promote-role").set_value(role.value).run()
    test.button(key="promote-compare").click().run()
    return until_ended(test, "promote-stop")


@pytest.mark.usefixtures("app", "quick")
def test_two_models_are_compared_in_a_task_that_another_session_sees() -> None:
    test = compared(opened("pages/models.py"), Role.MEDIAN_WRIST)
    assert not test.exception
    assert "Mean Dice of 2 people" in texts(test)
    other = opened("pages/models.py")
    other.selectbox(key="promote-role").set_value(Role.MEDIAN_WRIST.value).run()
    assert "Mean Dice of 2 people" in texts(other)


@pytest.mark.usefixtures("app", "quick")
def test_what_keeps_two_models_from_being_compared_is_told_once() -> None:
    test = compared(opened("pages/models.py"), Role.OTHER_NERVES)
    assert "There are no frames to judge on" in texts(test)
    assert "There are no frames to judge on" not in texts(test.run())
    other = opened("pages/models.py").selectbox(key="promote-role").set_value(Role.OTHER_NERVES.value).run()
    assert "There are no frames to judge on" not in texts(other)


@pytest.mark.usefixtures("quick")
def test_a_scoring_that_ends_after_other_outlines_came_is_not_shown_as_theirs(app: Application) -> None:
    test = opened("pages/models.py")
    test.button(key="own-clips-score").click().run()
    until_ended(test, "own-stop")
    assert scored(test)
    app.annotations.save(annotation(5), IMAGE)
    assert not scored(test.run())


def scored(test: AppTest) -> bool:
    """Whether a table of one's own clips is shown."""
    return any("corrected from this model" in one.value.columns for one in test.dataframe)
