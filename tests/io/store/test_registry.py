from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, inspect, select

from nerveapp.domain.promotion import Gate, PersonGain, Promotion, Role
from nerveapp.errors import StoreError
from nerveapp.io.store.annotations import SqlAnnotationStore
from nerveapp.io.store.connection import MIGRATIONS, open_database
from nerveapp.io.store.registry import SqlModelRegistry
from nerveapp.io.store.tables import LOCKED_FRAMES
from nerveapp.ports import AnnotationStore, ModelRegistry
from tests.io.store.records import CLIP, IMAGE, START, annotation

ROLE = Role.MEDIAN_WRIST
GATE = Gate("old", "new", (PersonGain("S01", 4, 0.81, 0.92), PersonGain("S02", 1, 1 / 3, 0.5)), ("S01",), ("S03",))


@pytest.fixture
def engine(url: str) -> Engine:
    return open_database(url)


@pytest.fixture
def registry(engine: Engine) -> SqlModelRegistry:
    return SqlModelRegistry(engine)


def saved(store: AnnotationStore, count: int) -> list[str]:
    """Ids of outlines in the store."""
    store.register(CLIP)
    records = [annotation(frame) for frame in range(count)]
    store.save_all((record, IMAGE) for record in records)
    return [record.id for record in records]


def test_locked_outlines_are_given_oldest_first_and_stay_so(registry: ModelRegistry, store: AnnotationStore) -> None:
    assert registry.locked() == ()
    first, second, third = sorted(saved(store, 3), reverse=True)
    registry.lock([first], now=START)
    registry.lock([second, third], now=START + timedelta(days=1))
    registry.lock([], now=START)
    assert registry.locked() == (first, third, second)


def test_who_locked_an_outline_first_is_kept(engine: Engine) -> None:
    registry = SqlModelRegistry(engine)
    (first,) = saved(SqlAnnotationStore(engine), 1)
    registry.lock([first], now=START, by="R1")
    registry.lock([first], now=START, by="R2")
    with engine.connect() as connection:
        assert connection.execute(select(LOCKED_FRAMES.c.by)).scalars().all() == ["R1"]


def test_locking_one_twice_is_locking_it_once(registry: ModelRegistry, store: AnnotationStore) -> None:
    first, second = saved(store, 2)
    registry.lock([first, first], now=START)
    registry.lock([second, first], now=START + timedelta(days=1))
    assert registry.locked() == (first, second)


def test_the_zone_of_the_clock_does_not_change_the_order(registry: ModelRegistry, store: AnnotationStore) -> None:
    first, second = saved(store, 2)
    registry.lock([first], now=datetime(2026, 1, 1, 13, tzinfo=timezone(timedelta(hours=2))))
    registry.lock([second], now=datetime(2026, 1, 1, 12, tzinfo=UTC))
    assert registry.locked() == (first, second)


def test_of_an_outline_that_is_not_there_nothing_is_locked(registry: ModelRegistry, store: AnnotationStore) -> None:
    (there,) = saved(store, 1)
    with pytest.raises(StoreError):
        registry.lock([there, "0" * 32], now=START)
    assert registry.locked() == ()


def test_two_people_locking_the_same_outlines_at_one_moment_both_succeed(url: str) -> None:
    registries = [SqlModelRegistry(open_database(url)) for _ in range(2)]
    ids = saved(SqlAnnotationStore(open_database(url)), 12)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda one: one.lock(ids, now=START), registries))
    assert sorted(registries[0].locked()) == sorted(ids)


def test_promotions_come_back_as_they_were_and_in_their_order(registry: ModelRegistry) -> None:
    first = Promotion(ROLE, "new", "a" * 64, START + timedelta(days=2), GATE, "R1")
    brought_back = Promotion(ROLE, "old", "b" * 64, START, None)
    other = Promotion(Role.OTHER_NERVES, "new", "a" * 64, START, GATE)
    for promotion in (first, other, brought_back):
        registry.promote(promotion)
    assert registry.promotions(ROLE) == (first, brought_back), "by their order, whatever a clock said"
    assert registry.promotions(Role.OTHER_NERVES) == (other,)


def test_a_promotion_keeps_its_moment_in_any_zone(registry: ModelRegistry) -> None:
    at = datetime(2026, 7, 1, 1, 30, tzinfo=timezone(timedelta(hours=-5)))
    registry.promote(Promotion(ROLE, "new", "a" * 64, at, None))
    (found,) = registry.promotions(ROLE)
    assert found.at == at
    assert found.at.tzinfo is not None


@pytest.mark.parametrize("had_the_column", [True, False])
def test_outlines_locked_before_people_were_noted_are_of_whom_their_clips_are(url: str, had_the_column: bool) -> None:
    engine = open_database(url)
    registry = SqlModelRegistry(engine)
    registry.lock(saved(SqlAnnotationStore(engine), 2), now=START)
    people = registry.locked_people()
    assert people
    assert all(people)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0004")
        (command.stamp if had_the_column else command.downgrade)(config, "0003")
        columns = {column["name"] for column in inspect(connection).get_columns("locked_frame")}
        assert ("person" in columns) is had_the_column
    assert SqlModelRegistry(open_database(url)).locked_people() == people
