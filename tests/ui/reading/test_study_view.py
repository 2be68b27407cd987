from datetime import UTC, datetime

import numpy as np
import pytest

from nerveapp.domain.annotation import State
from nerveapp.domain.editing import Edit
from nerveapp.errors import StoreError
from nerveapp.io.store.annotations import SqlAnnotationStore
from nerveapp.io.store.connection import open_database
from nerveapp.ui.reading import study_view
from nerveapp.ui.reading.study_view import BlindedReading
from nerveapp.workflows.reading.blinded_reading import new_study
from tests.io.store.records import CLIP, IMAGE, annotation


def test_a_stroke_of_a_blinded_reading_that_could_not_be_stored_is_taken_when_it_is_reported_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store = SqlAnnotationStore(open_database("sqlite://"))
    store.register(CLIP)
    store.save(annotation(3), IMAGE)
    study = new_study("wrist", [(CLIP.sha256, 3)], count=1, seed=1, now=datetime(2026, 5, 1, tzinfo=UTC))
    store.add_study(study)
    reading = BlindedReading(study, "R2", 1)
    reading.open((CLIP.sha256, 3), (48, 64), None)
    drawn = np.zeros((48, 64), np.bool_)
    drawn[5:20, 5:30] = True
    monkeypatch.setattr(study_view, "reported", lambda task, *, key: (Edit("a" * 32, drawn, 2.0), None))

    def full(*_given: object) -> None:
        raise StoreError("The disk is full.", "Free some space.")

    reading.save_pending = True
    with monkeypatch.context() as patch:
        patch.setattr(store, "save", full)
        with pytest.raises(StoreError):
            study_view._take_report(store, reading)
    study_view._take_report(store, reading)  # the editor reports its last stroke with the next Enter
    (final,) = store.latest(studies=True)
    assert final.state is State.FINAL
    assert np.array_equal(final.mask.unpack(), drawn)
