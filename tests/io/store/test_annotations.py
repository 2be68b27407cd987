from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text

from nerveapp.domain.annotation import Annotation, ClipRecord, Source, State
from nerveapp.domain.clip import Image
from nerveapp.domain.segmentation import PackedMask
from nerveapp.errors import AnnotationError, StoreError
from nerveapp.io.store import analysis_tables, worksheet_tables  # noqa: F401 - their tables are among METADATA's
from nerveapp.io.store.annotations import SqlAnnotationStore
from nerveapp.io.store.connection import MIGRATIONS, open_database
from nerveapp.io.store.tables import METADATA
from tests.io.store.records import CLIP, IMAGE, annotation, mask, prediction


def test_what_is_saved_comes_back_bit_for_bit(store: SqlAnnotationStore) -> None:
    store.register(CLIP)
    saved = annotation()
    store.save(saved, IMAGE)
    (found,) = store.latest()
    assert found == saved
    assert np.array_equal(found.mask.unpack(), mask().unpack())
    assert np.array_equal(store.image(CLIP.sha256, 3), IMAGE)


def test_colour_frames_and_frames_without_a_nerve_come_back(store: SqlAnnotationStore) -> None:
    store.register(CLIP)
    colour = np.stack([IMAGE, IMAGE // 2, 255 - IMAGE], axis=-1)
    nothing = PackedMask.pack(np.zeros((48, 64), bool))
    store.save(annotation(mask=nothing, prediction=None), colour)
    (found,) = store.latest()
    assert found.no_nerve
    assert found.prediction is None
    assert np.array_equal(store.image(CLIP.sha256, 3), colour)


def test_frames_of_more_bytes_than_are_kept_in_memory_come_back_bit_for_bit(
    store: SqlAnnotationStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nerveapp.io.store.picture_spool.IN_MEMORY_BYTES", 100)
    images = [np.roll(IMAGE, 3 * number, axis=1) for number in range(5)]
    store.save_all([(annotation(number), image) for number, image in enumerate(images)], clip=CLIP)
    assert all(np.array_equal(store.image(CLIP.sha256, number), image) for number, image in enumerate(images))


def test_where_frames_cannot_be_kept_until_they_are_stored_nothing_is_saved(
    store: SqlAnnotationStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nerveapp.io.store.picture_spool.IN_MEMORY_BYTES", 1)
    monkeypatch.setattr("tempfile.tempdir", "/dev/full/nowhere")
    with pytest.raises(StoreError, match="cannot be kept until they are stored"):
        store.save_all([(annotation(), IMAGE)], clip=CLIP)
    assert store.clips() == ()


def test_a_newer_record_supersedes_and_the_older_one_stays(store: SqlAnnotationStore) -> None:
    store.register(CLIP)
    first = annotation(seed=1, state=State.DRAFT)
    second = annotation(seed=2, supersedes=first.id)
    third = annotation(seed=3, state=State.DRAFT, supersedes=second.id)
    for record in (first, second, third):
        store.save(record, IMAGE)
    assert store.latest() == (third,)
    assert store.latest(states={State.FINAL}) == (second,)
    assert store.history(CLIP.sha256, 3) == (first, second, third)


def test_a_final_one_counts_no_more_once_a_propagated_draft_takes_it_back(store: SqlAnnotationStore) -> None:
    store.register(CLIP)
    drawn = annotation(seed=1)
    accepted = annotation(seed=2, source=Source.ACCEPTED, supersedes=drawn.id)
    back = annotation(seed=2, state=State.DRAFT, source=Source.PROPAGATED, supersedes=accepted.id)
    for record in (drawn, accepted):
        store.save(record, IMAGE)
    assert store.latest(states={State.FINAL}) == (accepted,)
    store.save(back, IMAGE)
    assert store.latest() == (back,)
    assert store.latest(states={State.FINAL}) == (drawn,)
    assert [one.id for one in store.entries(states={State.FINAL})] == [drawn.id]
    assert store.history(CLIP.sha256, 3) == (drawn, accepted, back)


def test_what_a_rater_withdrew_counts_no_more_until_it_is_finished_again(store: SqlAnnotationStore) -> None:
    store.register(CLIP)
    first, second = annotation(seed=1), annotation(seed=2)
    others = (annotation(seed=3, rater="R2"), annotation(seed=4, frame=4), annotation(seed=5, state=State.ADJUDICATED))
    for record in (first, second, *others):
        store.save(record, IMAGE)
    back = annotation(seed=2, state=State.DRAFT, source=Source.WITHDRAWN, supersedes=second.id)
    store.save(back, IMAGE)
    assert store.latest(states={State.FINAL}) == others[:2], "the one before it does not count again"
    assert store.latest(states={State.ADJUDICATED}) == others[2:]
    assert back.id not in [one.id for one in store.entries(states={State.FINAL}, clip_sha256=CLIP.sha256)]
    assert back in store.latest(states={State.DRAFT, State.FINAL})
    assert len(store.history(CLIP.sha256, 3)) == 5, "nothing is gone"
    again = annotation(seed=2, supersedes=back.id)
    store.save(again, IMAGE)
    assert again in store.latest(states={State.FINAL})


def test_a_record_is_added_only_onto_the_one_that_it_supersedes(store: SqlAnnotationStore) -> None:
    store.register(CLIP)
    first, theirs = annotation(3, seed=1), annotation(3, seed=2, rater="R2")
    assert store.save_onto([(first, IMAGE), (theirs, IMAGE)]) == (first, theirs), "there is none, of neither rater"
    assert store.save_onto([(annotation(3, seed=3), IMAGE)]) == ()
    second = annotation(3, seed=4, supersedes=first.id, state=State.DRAFT)
    other_frame = annotation(4, seed=4)
    assert store.save_onto([(second, None), (other_frame, IMAGE)]) == (second, other_frame)
    late = annotation(3, seed=5, supersedes=first.id)
    fitting = annotation(4, seed=5, supersedes=other_frame.id)
    assert store.save_onto([(late, None), (fitting, None)]) == (fitting,)
    assert store.history(CLIP.sha256, 3) == (first, theirs, second)


def test_records_are_given_by_their_ids_in_the_order_asked_for(store: SqlAnnotationStore) -> None:
    store.register(CLIP)
    made = [annotation(frame, seed=frame) for frame in range(4)]
    for one in made:
        store.save(one, IMAGE)
    assert store.annotations([made[2].id, made[0].id]) == (made[2], made[0])
    assert store.annotations([]) == ()
    with pytest.raises(StoreError, match="no such outline"):
        store.annotations([made[0].id, "9" * 32])


def test_each_rater_has_a_record_and_the_adjudicated_one_stands_beside_them(store: SqlAnnotationStore) -> None:
    store.register(CLIP)
    records = (
        annotation(rater="R1", seed=1),
        annotation(rater="R2", seed=2),
        annotation(rater="R1", seed=3, state=State.ADJUDICATED),
        annotation(frame=4, rater="R2", seed=4),
    )
    for record in records:
        store.save(record, IMAGE)
    assert store.latest(states={State.FINAL}) == (records[0], records[1], records[3])
    assert store.latest(states={State.ADJUDICATED}) == (records[2],)
    assert store.latest(rater="R2", frame=4) == (records[3],)


def test_what_somebody_adjudicated_and_withdrew_counts_no_more(store: SqlAnnotationStore) -> None:
    store.register(CLIP)
    drawn = annotation(rater="R1", seed=1)
    agreed = [
        annotation(rater=rater, seed=seed, state=State.ADJUDICATED) for seed, rater in enumerate(("R2", "R1", "R1"))
    ]
    for record in (drawn, *agreed):
        store.save(record, IMAGE)
    store.save(annotation(rater="R1", seed=2, state=State.ADJUDICATED, source=Source.WITHDRAWN), IMAGE)
    assert store.latest(states={State.ADJUDICATED}) == (agreed[0],), "what another adjudicated counts again"
    assert store.latest(states={State.FINAL}) == (drawn,), "what its rater drew counts as before"
    assert {one.id for one in store.entries(states={State.FINAL, State.ADJUDICATED})} == {drawn.id, agreed[0].id}
    again = annotation(rater="R1", seed=3, state=State.ADJUDICATED)
    store.save(again, IMAGE)
    assert store.latest(states={State.ADJUDICATED}) == (agreed[0], again)


def test_saving_again_after_a_lost_answer_saves_once(store: SqlAnnotationStore) -> None:
    store.register(CLIP)
    record = annotation()
    store.save(record, IMAGE)
    store.save(record, IMAGE)
    assert store.history(CLIP.sha256, 3) == (record,)


def test_two_people_saving_one_frame_at_one_moment_both_succeed(url: str) -> None:
    stores = [SqlAnnotationStore(open_database(url)) for _ in range(2)]
    stores[0].register(CLIP)
    first = annotation(seed=1)
    stores[0].save(first, IMAGE)
    # Both pages showed the first record; one rater works in two windows.
    records = [annotation(rater="R1", seed=seed, supersedes=first.id) for seed in (2, 3)]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda pair: pair[0].save(pair[1], IMAGE), zip(stores, records, strict=True)))
    assert {record.id for record in stores[0].history(CLIP.sha256, 3)} == {first.id, *(one.id for one in records)}


def test_a_record_of_an_unknown_clip_or_without_its_frame_is_refused_whole(store: SqlAnnotationStore) -> None:
    with pytest.raises(StoreError):
        store.save(annotation(), IMAGE)
    store.register(CLIP)
    with pytest.raises(StoreError):
        store.save(annotation())
    assert store.latest() == ()


def test_damage_is_told_and_not_shown(url: str) -> None:
    engine = open_database(url)
    store = SqlAnnotationStore(engine)
    store.register(CLIP)
    store.save(annotation(), IMAGE)
    with engine.begin() as connection:
        connection.execute(text("UPDATE annotation SET checksum = 'x'"))
    with pytest.raises(StoreError, match="damaged"):
        store.latest()


def test_the_same_prediction_is_stored_once(url: str) -> None:
    engine = open_database(url)
    store = SqlAnnotationStore(engine)
    store.register(CLIP)
    for seed in range(4):
        store.save(annotation(seed=seed), IMAGE)
    store.save(annotation(seed=9, prediction=prediction(5)), IMAGE)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM prediction")).scalar_one() == 2


def test_a_store_opened_again_is_as_it_was_and_a_newer_one_is_refused(url: str) -> None:
    store = SqlAnnotationStore(open_database(url))
    store.register(CLIP)
    store.save(annotation(source=Source.IMPORTED), IMAGE)
    engine = open_database(url)
    assert len(SqlAnnotationStore(engine).latest()) == 1
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match="newer NerveApp"):
        open_database(url)


def test_a_locked_database_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nerveapp.io.store.connection.BUSY_SECONDS", 0.2)
    url = f"sqlite:///{tmp_path / 'store.db'}"
    store = SqlAnnotationStore(open_database(url))
    store.register(CLIP)
    with open_database(url).begin(), pytest.raises(StoreError, match="busy"):
        store.save(annotation(), IMAGE)
    store.save(annotation(), IMAGE)


def test_a_full_disk_is_named_and_nothing_is_torn(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'store.db'}")
    store = SqlAnnotationStore(engine)
    store.register(CLIP)
    store.save(annotation(seed=1), IMAGE)
    noise = np.random.default_rng(0).integers(0, 256, (48, 64)).astype(np.uint8)
    with engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
        connection.rollback()
    with pytest.raises(StoreError, match="full"):
        for frame in range(5, 50):
            store.save(annotation(frame=frame), noise)
    found = store.latest()
    assert found
    assert all(one.mask.unpack().any() for one in found)


def test_impossible_addresses_are_explained(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for url in ("nonsense", "mysql+none://x", f"sqlite:///{tmp_path}/file/store.db", f"sqlite:///{tmp_path}"):
        with pytest.raises(StoreError):
            open_database(url)
    (tmp_path / "text.db").write_text("This is no database, whatever its name says. " * 50)
    with pytest.raises(StoreError, match="damaged or no database"):
        open_database(f"sqlite:///{tmp_path / 'text.db'}")


def test_subjects_are_pseudonyms() -> None:
    for name in ("Jane Doe", "", "x" * 33, "Müller", "a/b"):
        with pytest.raises(AnnotationError, match="code"):
            annotation(rater=name)
    with pytest.raises(AnnotationError, match="patient code"):
        ClipRecord("a" * 64, 1, 1, 1, subject="Jane Doe")


def test_the_migrations_make_the_tables_the_code_speaks_of(url: str) -> None:
    with open_database(url).connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []


def test_a_store_of_the_first_version_is_brought_up_to_date_with_all_it_holds(url: str) -> None:
    engine = open_database(url)
    store = SqlAnnotationStore(engine)
    store.register(CLIP)
    store.save(annotation(), IMAGE)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0001")
        assert "study" not in inspect(connection).get_table_names()
    (found,) = SqlAnnotationStore(open_database(url)).latest()
    assert (found.mask, found.study, found.study_round) == (mask(), None, 0)


NOISE = np.random.default_rng(0).integers(0, 256, (40, 64)).astype(np.uint8)


@pytest.mark.parametrize(
    ("impossible", "image", "words"),
    [
        (annotation(frame=5000), IMAGE, "frames 0 to 99"),
        (annotation(mask=PackedMask.pack(np.ones((3, 4), bool)), prediction=None), IMAGE, "4 x 3 px"),
        (annotation(), NOISE, "64 x 40 px"),
    ],
)
def test_what_cannot_be_of_the_clip_is_refused_in_words(
    store: SqlAnnotationStore, impossible: Annotation, image: Image, words: str
) -> None:
    store.register(CLIP)
    with pytest.raises(AnnotationError, match=words):
        store.save_all([(annotation(frame=1), IMAGE), (impossible, image)])
    assert store.latest() == ()


def test_another_outline_under_a_stored_id_is_refused(store: SqlAnnotationStore) -> None:
    store.register(CLIP)
    record = annotation(seed=1)
    store.save(record, IMAGE)
    for other in (replace(record, mask=mask(2)), replace(record, state=State.DRAFT), replace(record, frame=4)):
        with pytest.raises(StoreError, match="Another outline"):
            store.save(other, IMAGE)
    assert store.latest() == (record,)


def test_more_ids_than_a_query_takes_are_looked_up_all_the_same(
    store: SqlAnnotationStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nerveapp.io.store.annotations.IDS_AT_ONCE", 2)
    store.register(CLIP)
    made = [annotation(frame=frame, seed=frame) for frame in range(5)]
    for one in made:
        store.save(one, IMAGE)
    assert store.clips_of([one.id for one in made] + ["f" * 32]) == {one.id: CLIP.sha256 for one in made}
