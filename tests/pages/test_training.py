"""The Train page."""

from dataclasses import replace

import pytest

from nerveapp.bootstrap import application
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
