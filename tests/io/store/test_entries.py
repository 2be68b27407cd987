from dataclasses import replace
from datetime import datetime, timedelta, timezone

import numpy as np
import pytest
from sqlalchemy import text

from nerveapp.domain.annotation import Annotation, Entry, Source, State
from nerveapp.domain.reader_study import ReaderStudy
from nerveapp.domain.segmentation import PackedMask
from nerveapp.errors import StoreError
from nerveapp.io.store.annotations import SqlAnnotationStore
from nerveapp.io.store.connection import open_database
from tests.io.store.records import CLIP, IMAGE, START, annotation


def entry_of(one: Annotation) -> Entry:
    model = "" if one.prediction is None else one.prediction.model_sha256
    return Entry(one.id, one.clip_sha256, one.frame, one.rater, one.state, one.source, one.made_at, model)


def test_entries_are_the_newest_outlines_without_the_outlines(store: SqlAnnotationStore) -> None:
    assert store.entries() == ()
    store.register(CLIP)
    records = (
        annotation(seed=1),
        annotation(seed=2, source=Source.IMPORTED),
        annotation(rater="R2", seed=3, state=State.DRAFT),
        annotation(frame=0, seed=0, state=State.ADJUDICATED),
        annotation(seed=4, state=State.DRAFT),
    )
    for number, record in enumerate(records):
        # Ids that fall: the order must be that of saving.
        store.save(replace(record, id=f"{9 - number:032d}"), IMAGE)
    for states in ({State.FINAL}, {State.DRAFT}, {State.ADJUDICATED, State.FINAL}, set(State)):
        found = store.entries(states=states)
        assert found == tuple(entry_of(one) for one in store.latest(states=states))
    assert store.entries() == store.entries(states=set(State))
    assert [one.source for one in store.entries(states={State.FINAL})] == [Source.IMPORTED]
    assert len(store.entries()) == 3
    assert store.entries(clip_sha256=CLIP.sha256) == store.entries()
    assert store.entries(clip_sha256="b" * 64) == ()
    assert store.entries(states=set()) == ()


def test_what_was_traced_blindly_is_not_listed(store: SqlAnnotationStore) -> None:
    store.register(CLIP)
    seen = annotation(seed=1)
    store.save(seen, IMAGE)
    study = ReaderStudy("5" * 32, "pilot", ((CLIP.sha256, 3),), START)
    store.add_study(study)
    blind = annotation(seed=2, study=study.id, study_round=1, prediction=None)
    store.save(blind, IMAGE)
    assert store.entries() == (entry_of(seen),)
    assert store.annotation(blind.id) == blind, "by its id it is given"


def test_an_outline_is_given_by_its_id_whole_and_superseded_or_not(store: SqlAnnotationStore) -> None:
    store.register(CLIP)
    nothing = PackedMask.pack(np.zeros((48, 64), bool))
    first = annotation(seed=1, mask=nothing)
    second = annotation(seed=2, supersedes=first.id, prediction=None, source=Source.TRACED)
    for record in (first, second):
        store.save(record, IMAGE)
    assert store.annotation(first.id) == first
    assert store.annotation(second.id) == second


def test_the_clips_of_outlines_are_told_without_the_outlines(url: str) -> None:
    engine = open_database(url)
    store = SqlAnnotationStore(engine)
    other = replace(CLIP, sha256="b" * 64)
    records = []
    for seed, clip in enumerate((CLIP, CLIP, other)):
        store.register(clip)
        records.append(annotation(frame=seed, seed=seed, clip_sha256=clip.sha256, prediction=None))
        store.save(records[-1], IMAGE)
    with engine.begin() as connection:
        connection.execute(text("UPDATE annotation SET checksum = 'x'"))
    wanted = [records[1].id, records[2].id, "0" * 32]
    assert store.clips_of(wanted) == {records[1].id: CLIP.sha256, records[2].id: other.sha256}
    assert store.clips_of([]) == {}


def test_the_revision_is_another_one_whenever_other_records_are_there(url: str) -> None:
    engine = open_database(url)
    store = SqlAnnotationStore(engine)
    store.register(CLIP)
    revisions = [store.revision()]
    for seed in range(3):
        store.save(annotation(frame=seed, seed=seed, prediction=None), IMAGE)
        assert store.revision() == store.revision()
        revisions.append(store.revision())
    for frame in (2, 0):
        with engine.begin() as connection:
            connection.execute(text("DELETE FROM annotation WHERE frame = :frame"), {"frame": frame})
        revisions.append(store.revision())
    store.save(annotation(frame=4, seed=4, prediction=None), IMAGE)
    revisions.append(store.revision())
    assert revisions.pop(4) == revisions[2], "without the newest it is as before that one came"
    assert len(set(revisions)) == len(revisions) == 6


def test_an_unknown_id_is_told(store: SqlAnnotationStore) -> None:
    with pytest.raises(StoreError, match="no such outline") as caught:
        store.annotation("0" * 32)
    assert caught.value.hint


def test_a_list_is_given_although_an_outline_in_it_is_damaged(url: str) -> None:
    engine = open_database(url)
    store = SqlAnnotationStore(engine)
    store.register(CLIP)
    record = annotation()
    store.save(record, IMAGE)
    with engine.begin() as connection:
        connection.execute(text("UPDATE annotation SET checksum = 'x'"))
    assert store.entries() == (entry_of(record),)
    with pytest.raises(StoreError, match="damaged"):
        store.annotation(record.id)


def test_an_entry_keeps_its_moment_in_any_zone(store: SqlAnnotationStore) -> None:
    store.register(CLIP)
    at = datetime(2026, 7, 1, 1, 30, tzinfo=timezone(timedelta(hours=-5)))
    store.save(annotation(made_at=at), IMAGE)
    (found,) = store.entries()
    assert found.made_at == at
    assert found.made_at.tzinfo is not None
