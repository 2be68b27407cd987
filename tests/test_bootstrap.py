from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from nerveapp import bootstrap
from nerveapp.domain.exam import Exam
from nerveapp.domain.promotion import Promotion, Role
from nerveapp.errors import StoreError
from nerveapp.io.store.connection import open_database
from nerveapp.io.store.registry import SqlModelRegistry

NOW = datetime(2026, 5, 1, tzinfo=UTC)


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "data" / "store.db"
    monkeypatch.setenv("NERVEAPP_DATABASE", f"sqlite:///{path}")
    return path


def test_a_model_is_chosen_without_a_store_and_none_is_made(database: Path) -> None:
    assert bootstrap.default_model(Exam(), bootstrap.model_store().names()) == "median-wrist"
    assert not database.parent.exists()


def test_the_promoted_model_is_in_use_and_no_other_measures_while_the_store_cannot_be_read(database: Path) -> None:
    models = bootstrap.model_store()
    registry = SqlModelRegistry(open_database(f"sqlite:///{database}"))
    promoted = Promotion(Role.MEDIAN_WRIST, "peripheral-nerve", models.card("peripheral-nerve").sha256, NOW, None)
    registry.promote(promoted)
    assert bootstrap.model_in_use(Role.MEDIAN_WRIST) == "peripheral-nerve"
    registry.promote(replace(promoted, sha256="f" * 64))
    assert bootstrap.model_in_use(Role.MEDIAN_WRIST) == "median-wrist", "what was promoted is not here any more"
    bootstrap.database.cache_clear()
    with open_database(f"sqlite:///{database}").begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match="newer NerveApp"):
        bootstrap.model_in_use(Role.MEDIAN_WRIST)
