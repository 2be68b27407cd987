from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import text

from nerveapp.domain.annotation import ClipRecord
from nerveapp.domain.calibration import Calibration, CalibrationOrigin, Region
from nerveapp.domain.clip_description import ClipDescription
from nerveapp.domain.view import Nerve, Side, Site, View
from nerveapp.errors import AnnotationError, StoreError
from nerveapp.io.store.annotations import SqlAnnotationStore
from nerveapp.io.store.connection import MIGRATIONS, open_database
from nerveapp.io.store.registry import SqlModelRegistry
from tests.io.store.records import CLIP, IMAGE, START, annotation

ULNAR = View(Nerve.ULNAR, Site.ELBOW, Side.LEFT)
REGION = Calibration(
    0.1,
    1 / 3,
    CalibrationOrigin.DICOM_REGION,
    "region 1",
    Region(2, 3, 40, 41),
    (Region(4, 5, 9, 9), Region(20, 20, 30, 30)),
)
AFFINE = ((0.1, 0.0, 0.0, -5.0), (0.0, 0.0, 1 / 3, 6.0), (0.0, -0.1, 0.0, 7.0), (0.0, 0.0, 0.0, 1.0))


def test_a_description_comes_back_with_its_box_and_its_place_in_the_world(store: SqlAnnotationStore) -> None:
    known = replace(CLIP, view=ULNAR, calibration=REGION, affine=AFFINE)
    store.register(known)
    assert store.clips() == (known,)
    assert store.clip(CLIP.sha256) == known
    assert store.clip("b" * 64) is None


def test_names_of_stills_are_not_stored(store: SqlAnnotationStore) -> None:
    store.register(replace(CLIP, names=("Doe_Jane-1.png", "Doe_Jane-2.png")))
    assert store.clips() == (CLIP,)


def test_each_description_stays_with_who_said_it_and_when(store: SqlAnnotationStore) -> None:
    later = START + timedelta(days=1)
    store.register(CLIP, now=START)
    store.register(replace(CLIP, subject="S02", view=ULNAR), rater="R2", now=later)
    store.register(replace(CLIP, subject=""), rater="R3", now=later)
    assert store.descriptions(CLIP.sha256) == (
        ClipDescription(CLIP, "", START),
        ClipDescription(replace(CLIP, subject="S02", view=ULNAR), "R2", later),
    ), "what says nothing new is no description"


def test_a_form_at_its_defaults_overwrites_nothing(store: SqlAnnotationStore) -> None:
    known = replace(CLIP, view=ULNAR, calibration=REGION)
    store.register(known)
    store.register(replace(CLIP, subject=""))
    assert store.clips() == (known,)
    bare = Calibration(0.2, 0.2, CalibrationOrigin.TYPED)
    store.register(replace(CLIP, calibration=bare))
    assert store.clips()[0].calibration == bare, "no detail and no box of the calibration before"


def test_a_clip_of_another_size_is_refused(store: SqlAnnotationStore) -> None:
    store.register(CLIP)
    with pytest.raises(AnnotationError, match="64 x 48"):
        store.register(replace(CLIP, height=40))
    assert store.clips() == (CLIP,)


def test_a_clip_is_noted_along_with_its_outlines_or_not_at_all(store: SqlAnnotationStore) -> None:
    store.register(CLIP)
    said = replace(CLIP, subject="S02", view=ULNAR)
    with pytest.raises(StoreError):
        store.save_all([(annotation(clip_sha256="b" * 64), IMAGE)], clip=said)
    assert store.clips() == (CLIP,)
    store.save_all([(annotation(), IMAGE)], clip=said, rater="R1")
    assert store.clips() == (said,)
    assert store.descriptions(CLIP.sha256)[-1].rater == "R1"


def test_what_two_people_say_at_one_moment_is_known(url: str) -> None:
    stores = [SqlAnnotationStore(open_database(url)) for _ in range(2)]
    said = (replace(CLIP, subject="", view=ULNAR), replace(CLIP, subject="", calibration=REGION))
    for round_ in range(5):
        clips = [replace(one, sha256=str(round_) * 64) for one in said]
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda pair: pair[0].register(pair[1]), zip(stores, clips, strict=True)))
        assert stores[0].clip(str(round_) * 64) == replace(clips[0], calibration=REGION)


def test_a_store_of_the_version_before_keeps_what_it_knew_of_each_clip(url: str) -> None:
    engine = open_database(url)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0004")
        insert = text(
            "INSERT INTO clip (sha256, width, height, frame_count, subject, nerve, site, side, row_spacing_mm, "
            "column_spacing_mm, calibration_origin, calibration_detail) "
            "VALUES (:sha256, 64, 48, 100, :subject, 'ulnar', 'elbow', 'left', :mm, :mm, :o, :d)"
        )
        connection.execute(insert, {"sha256": "a" * 64, "subject": "S01", "mm": 0.1, "o": "typed-in", "d": "0.1"})
        connection.execute(insert, {"sha256": "b" * 64, "subject": "", "mm": None, "o": None, "d": None})
    store = SqlAnnotationStore(open_database(url))
    typed = Calibration(0.1, 0.1, CalibrationOrigin.TYPED, "0.1")
    filed = store.clips()[1].exam
    assert filed, "clips of a person are filed under an exam"
    assert set(store.clips()) == {
        ClipRecord("a" * 64, 64, 48, 100, "S01", ULNAR, typed, exam=filed),
        ClipRecord("b" * 64, 64, 48, 100, "", ULNAR, None),
    }
    (first,) = store.descriptions("a" * 64)
    assert first.rater == ""
    record = annotation()
    store.save(record, IMAGE)
    registry = SqlModelRegistry(open_database(url))
    registry.lock([record.id], now=START)
    assert registry.locked_people() == ("S01",)


def test_a_person_is_locked_under_the_code_that_stands(url: str) -> None:
    engine = open_database(url)
    store, registry = SqlAnnotationStore(engine), SqlModelRegistry(engine)
    store.register(CLIP)
    store.register(replace(CLIP, subject="S77"))
    record = annotation()
    store.save(record, IMAGE)
    registry.lock([record.id], now=START)
    assert registry.locked_people() == ("S77",)
