from datetime import UTC, datetime

import numpy as np
import pytest

from nerveapp.domain.actor import Actor
from nerveapp.domain.annotation import Source, State
from nerveapp.errors import AnnotationError, RightsError, StoreError
from nerveapp.workflows.annotating.select_annotations import outlines_that_count
from nerveapp.workflows.annotating.withdraw import withdraw_adjudicated
from nerveapp.workflows.reading.blinded_reading import (
    adjudicate,
    left_to_trace,
    make_study,
    new_study,
    save_tracing,
    whose_agreed,
)
from nerveapp.workflows.reading.compare import Reader, ReaderKind, compare, gather
from tests.fakes import FakeAnnotationStore
from tests.io.store.records import CLIP, IMAGE, annotation, mask, prediction

NOW = datetime(2026, 5, 1, tzinfo=UTC)
FRAMES = [(CLIP.sha256, frame) for frame in range(8)]


@pytest.fixture
def store() -> FakeAnnotationStore:
    found = FakeAnnotationStore()
    found.register(CLIP)
    for _, frame in FRAMES:
        found.save(annotation(frame, seed=frame), IMAGE)
    return found


def agreed_upon(store: FakeAnnotationStore) -> list[str]:
    return [one.entry.id for one in outlines_that_count(store, adjudicated_only=True)]


def test_frames_are_drawn_evenly_over_the_clips() -> None:
    many = [("a" * 64, frame) for frame in range(50)] + [("b" * 64, frame) for frame in range(5)]
    study = new_study("s", many, count=8, seed=1, now=NOW)
    assert sorted(clip[0] for clip, _ in study.frames) == ["a"] * 4 + ["b"] * 4
    assert new_study("s", many, count=8, seed=1, now=NOW).frames == study.frames
    assert new_study("s", many, count=8, seed=2, now=NOW).frames != study.frames
    with pytest.raises(AnnotationError, match="without frames"):
        new_study("s", [], count=8, seed=1, now=NOW)
    with pytest.raises(AnnotationError, match="study code"):
        new_study("two words", many, count=8, seed=1, now=NOW)


def test_each_rater_and_round_has_an_order_of_its_own_that_stays() -> None:
    study = new_study("s", FRAMES, count=8, seed=1, now=NOW)
    orders = {study.order(rater, number) for rater in ("R1", "R2") for number in (1, 2)}
    assert len(orders) == 4
    assert all(sorted(order) == FRAMES for order in orders)
    assert study.order("R1", 1) == study.order("R1", 1)


def test_a_study_is_traced_to_its_end_and_compared(store: FakeAnnotationStore) -> None:
    study = make_study(store, "wrist", actor=Actor("R1"), count=4, seed=1, now=NOW)
    assert store.studies() == (study,)
    with pytest.raises(StoreError, match="already"):
        make_study(store, "wrist", actor=Actor("R1"), count=4, seed=2, now=NOW)
    for rater, shift in (("R1", 0), ("R2", 1)):
        for number in (1, 2):
            while left := left_to_trace(store, study, rater=rater, round_number=number):
                drawn = mask(left[0][1] + shift * number).unpack()
                save_tracing(store, study, left[0], drawn, actor=Actor(rater), round_number=number, seconds=9, now=NOW)
    readers = gather(store).readers
    assert [str(reader) for reader in readers if reader.kind is ReaderKind.STUDY] == [
        f"study wrist: {rater}, round {number}" for rater in ("R1", "R2") for number in (1, 2)
    ]
    first, again, other, _ = (reader for reader in readers if reader.kind is ReaderKind.STUDY)
    found = gather(store)
    assert all(pair.dice == 1 for pair in compare(found, first, again))
    assert len(compare(found, first, other)) == 4
    model = next(reader for reader in readers if reader.kind is ReaderKind.MODEL)
    assert len(compare(found, model, first)) == 4, "the model is one more reader"


def test_tracings_of_a_study_stay_apart_from_corrections(store: FakeAnnotationStore) -> None:
    study = new_study("wrist", FRAMES, count=8, seed=1, now=NOW)
    store.add_study(study)
    before = store.latest()
    drawn = np.zeros((48, 64), bool)
    save_tracing(
        store, study, FRAMES[0], drawn, actor=Actor("R1"), round_number=1, seconds=1, now=NOW, state=State.DRAFT
    )
    assert store.latest() == before
    assert len(left_to_trace(store, study, rater="R1", round_number=1)) == 8, "a draft is not done"


def test_an_adjudicated_outline_is_a_reader_of_its_own_and_keeps_whose_it_was(store: FakeAnnotationStore) -> None:
    rater = Reader(ReaderKind.RATER, "R1")
    drawn = gather(store).by_reader[rater][FRAMES[2]]
    kept = adjudicate(store, FRAMES[2], drawn, actor=Actor("R0"), now=NOW)
    assert kept.source is Source.CHOSEN, "R0 drew nothing"
    (chosen,) = (one for one in store.history(*FRAMES[2]) if one.id == kept.supersedes)
    assert (chosen.rater, chosen.mask) == ("R1", kept.mask)
    (pair,) = compare(gather(store), Reader(ReaderKind.ADJUDICATED), rater)
    assert pair.first.mask == pair.second.mask == mask(2)


def test_an_adjudicated_outline_tells_whose_it_was(store: FakeAnnotationStore) -> None:
    study = make_study(store, "s", actor=Actor("R1"), count=8, seed=1, now=NOW)
    save_tracing(store, study, FRAMES[2], mask(7).unpack(), actor=Actor("R3"), round_number=2, seconds=1, now=NOW)
    readers = {reader.kind: outlines for reader, outlines in gather(store).by_reader.items()}
    said = {}
    for kind in (ReaderKind.RATER, ReaderKind.MODEL, ReaderKind.STUDY):
        agreed = adjudicate(store, FRAMES[2], readers[kind][FRAMES[2]], actor=Actor("R0"), now=NOW)
        said[kind] = whose_agreed(store, agreed)
    assert said == {
        ReaderKind.RATER: "R1's outline",
        ReaderKind.MODEL: f"the outline of model {prediction().model}",
        ReaderKind.STUDY: "R3's outline, traced in round 2 of a study",
    }
    by_another = gather(store).by_reader[Reader(ReaderKind.ADJUDICATED)][FRAMES[2]]
    anew = adjudicate(store, FRAMES[2], by_another, actor=Actor("R9"), now=NOW)
    assert whose_agreed(store, anew) == said[ReaderKind.STUDY], "R0 drew nothing"


def test_an_adjudicated_outline_is_withdrawn_by_whoever_adjudicated(store: FakeAnnotationStore) -> None:
    drawn = gather(store).by_reader[Reader(ReaderKind.RATER, "R1")][FRAMES[2]]
    agreed = adjudicate(store, FRAMES[2], drawn, actor=Actor("R0"), now=NOW)
    with pytest.raises(RightsError, match="R0 adjudicated it"):
        withdraw_adjudicated(store, agreed, actor=Actor("R1"), now=NOW)
    assert agreed_upon(store) == [agreed.id]
    withdraw_adjudicated(store, agreed, actor=Actor("R0"), now=NOW)
    assert agreed_upon(store) == []
    assert Reader(ReaderKind.ADJUDICATED) not in gather(store).readers
    assert agreed in store.history(*FRAMES[2]), "nothing is gone"
