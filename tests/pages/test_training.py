"""The Train page."""

from dataclasses import replace
from pathlib import Path

import pytest

from nerveapp.bootstrap import application
from nerveapp.bootstrap.training import job_store
from nerveapp.clock import now
from nerveapp.domain.experiments.epochs import EpochReport
from nerveapp.domain.job import JobState
from tests.io.store.records import CLIP, IMAGE, annotation
from tests.pages.driving import opened, texts


def test_training_asks_for_enough_frames_and_starts_a_job(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nerveapp.io.jobs.LocalJobRunner._spawn", lambda *given: None)
    store = application().annotations
    store.register(CLIP)
    store.save(annotation(0), IMAGE)
    test = opened("pages/train.py")
    assert "1 frame of 1 person" in texts(test)
    assert "Annotate more frames." in texts(test)
    other = replace(CLIP, sha256="d" * 64, subject="S02")
    store.register(other)
    store.save(annotation(1, clip_sha256=other.sha256), IMAGE)
    test = opened("pages/train.py")
    assert "2 frames of 2 people" in texts(test)
    test.text_input(key="train-name").set_value("mine").run()
    next(button for button in test.button if button.label == "Train").click().run()
    assert not test.exception
    (folder,) = application().settings.jobs.iterdir()
    assert ",S01," in (folder / "set" / "groups.csv").read_text().splitlines()[1]
    assert "**mine** · waiting · 2 frames of 2 people" in texts(test)


def people(*subjects: str) -> None:
    store = application().annotations
    for number, subject in enumerate(subjects):
        clip = replace(CLIP, sha256=f"{number:064x}", subject=subject)
        store.register(clip)
        store.save(annotation(number, clip_sha256=clip.sha256), IMAGE)


def test_a_person_is_left_out_of_a_training(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nerveapp.io.jobs.LocalJobRunner._spawn", lambda *given: None)
    people("S01", "S02", "S03")
    test = opened("pages/train.py")
    assert "3 frames of 3 people" in texts(test)
    test.multiselect(key="train-left-out").select("S02").run()
    assert "2 frames of 2 people" in texts(test)
    assert "S02: left out of this training." in texts(test)
    next(button for button in test.button if button.label == "Train").click().run()
    (folder,) = application().settings.jobs.iterdir()
    groups = (folder / "set" / "groups.csv").read_text()
    assert ("S01" in groups, "S02" in groups, "S03" in groups) == (True, False, True)


def test_of_codes_that_begin_alike_the_one_that_was_chosen_is_left_out() -> None:
    people("wrist-study-01", "wrist-study-02", "wrist-study-03")
    box = opened("pages/train.py").multiselect(key="train-left-out")
    test = box.select(box.options[2]).run()
    assert "wrist-study-03: left out of this training." in texts(test)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("two words", "letters, digits, dots, dashes and underscores"),
        ("median-wrist", "not a shipped model's"),
        ("mine-close-up", "does not end in -close-up"),
    ],
)
def test_a_bad_name_is_refused_beside_its_field_and_the_form_stays(name: str, reason: str) -> None:
    people("S01", "S02")
    test = opened("pages/train.py")
    test.text_input(key="train-name").set_value(name).run()
    assert reason in texts(test)
    assert not test.error
    assert "Leakage" in texts(test)
    assert next(button for button in test.button if button.label == "Train").disabled
    test.text_input(key="train-name").set_value("mine").run()
    assert reason not in texts(test)
    assert not next(button for button in test.button if button.label == "Train").disabled


def test_the_step_of_a_training_is_displayed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nerveapp.io.jobs.LocalJobRunner._spawn", lambda *given: None)
    people("S01", "S02")
    test = opened("pages/train.py")
    test.text_input(key="train-name").set_value("mine").run()
    next(button for button in test.button if button.label == "Train").click().run()
    app = application()
    (job,) = app.trainings.jobs()
    steps = job.request.steps
    store = job_store(app.settings)
    store.set_state(job.id, 1, JobState.RUNNING, "")
    assert f"Step 1 of {len(steps)}, fold 1 of 2, refinement stage" in texts(opened("pages/train.py"))
    for number, expected in ((2, "epoch 2 of 3"), (3, f"Step 2 of {len(steps)}, fold 1 of 2, first stage: starting")):
        store.report(job.id, EpochReport(number, 3, 0.5, 1e-3, steps[0].network), now=now())
        (bar,) = opened("pages/train.py").get("progress")
        assert expected in bar.proto.text


def test_how_many_networks_are_averaged_is_a_setting_of_the_first_network(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("nerveapp.io.jobs.LocalJobRunner._spawn", lambda *given: None)
    shipped = application().models
    monkeypatch.setenv("NERVEAPP_WEIGHTS", str(tmp_path / "weights"))
    card, weights = shipped.card("median-wrist"), shipped.weights("median-wrist")
    stage = shipped.refinement_card(card)
    application().models.save(stage, shipped.weights(stage.name))
    for name, members in (("alone", 1), ("pair", 2), ("three", 3)):
        application().models.save(replace(card, name=name, members=members), weights)
    people("S01", "S02")
    test = opened("pages/train.py")
    starts = test.selectbox(key="train-from").options
    assert [name in " ".join(starts) for name in ("alone", "pair", "three")] == [True, True, False]
    test.number_input(key="train-networks-median-wrist").set_value(3).run()
    starts = test.selectbox(key="train-from").options
    assert [name in " ".join(starts) for name in ("alone", "pair", "three")] == [True, False, True]
    next(button for button in test.button if button.label == "Train").click().run()
    assert not test.exception
    (job,) = application().trainings.jobs()
    assert job.request.recipe.members == 3
    assert job.request.recipe.refinement is not None
    assert job.request.recipe.refinement.members == 1
