from pathlib import Path

import numpy as np
import pytest

from nerveapp.domain.annotation import State
from nerveapp.domain.exam import Exam
from nerveapp.errors import StoreError
from nerveapp.io.store.annotations import SqlAnnotationStore
from nerveapp.io.store.connection import open_database
from nerveapp.ui.editor import Edit
from nerveapp.ui.frame_shelf import FrameShelf
from nerveapp.ui.sitting import Queue, Sitting
from nerveapp.workflows.analyse import analyse
from tests.fakes import FakeClip, FakeSegmenter


def test_a_stroke_that_could_not_be_stored_is_in_what_is_saved_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = FakeClip(6)
    store = SqlAnnotationStore(open_database(f"sqlite:///{tmp_path / 'store.db'}"))
    analysis = analyse(clip, FakeSegmenter(), exam=Exam(), calibration=None)
    sitting = Sitting(analysis, store, FrameShelf(clip, tmp_path), "R1", "")
    drawn = np.zeros((40, 60), bool)
    drawn[3:20, 5:30] = True

    def full(*_given: object) -> None:
        raise StoreError("The disk is full.", "Free some space.")

    with monkeypatch.context() as patch:
        patch.setattr(store, "save", full)
        with pytest.raises(StoreError, match="full"):
            sitting.draw(Edit("a" * 32, drawn, 2.0))
        sitting.draw(Edit("a" * 32, drawn, 2.0))  # the editor reports it again: no second failure, no loop
    assert store.latest() == ()
    sitting.finish()
    (saved,) = store.latest()
    assert saved.state is State.FINAL
    assert np.array_equal(saved.mask.unpack(), drawn)


def test_the_queue_of_doubtful_frames_is_as_long_as_their_count(tmp_path: Path) -> None:
    clip = FakeClip(40)
    store = SqlAnnotationStore(open_database(f"sqlite:///{tmp_path / 'store.db'}"))
    analysis = analyse(clip, FakeSegmenter(), exam=Exam(), calibration=None)
    sitting = Sitting(analysis, store, FrameShelf(clip, tmp_path), "R1", "")
    assert sitting.queue is Queue.DOUBT
    assert len(sitting.frames()) == analysis.summary.flagged > 10
