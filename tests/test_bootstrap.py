from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pytest
from sqlalchemy import text

from nerveapp import bootstrap
from nerveapp.analysis.pictures import png_of
from nerveapp.bootstrap.stores import database as database_of
from nerveapp.domain.promotion import Promotion, Role
from nerveapp.domain.view import View
from nerveapp.domain.visit_report import Letterhead
from nerveapp.errors import SettingsError, StoreError
from nerveapp.io.store.connection import open_database
from nerveapp.io.store.registry import SqlModelRegistry
from nerveapp.workflows.models.choose_model import model_in_use

NOW = datetime(2026, 5, 1, tzinfo=UTC)


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "data" / "store.db"
    monkeypatch.setenv("NERVEAPP_DATABASE", f"sqlite:///{path}")
    return path


def test_a_model_is_chosen_without_a_store_and_none_is_made(database: Path) -> None:
    assert bootstrap.application().default_model(View()) == "median-wrist"
    assert not database.parent.exists()


def test_the_promoted_model_is_in_use_and_no_other_measures_while_the_store_cannot_be_read(database: Path) -> None:
    app = bootstrap.application()
    models = app.models
    registry = SqlModelRegistry(open_database(f"sqlite:///{database}"))
    promoted = Promotion(Role.MEDIAN_WRIST, "peripheral-nerve", models.card("peripheral-nerve").sha256, NOW, None)
    registry.promote(promoted)
    assert model_in_use(Role.MEDIAN_WRIST, app.registry_if_there, models) == "peripheral-nerve"
    registry.promote(replace(promoted, sha256="f" * 64))
    assert model_in_use(Role.MEDIAN_WRIST, app.registry_if_there, models) == "median-wrist", (
        "what was promoted is not here any more"
    )
    database_of.cache_clear()
    with open_database(f"sqlite:///{database}").begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match="newer NerveApp"):
        model_in_use(Role.MEDIAN_WRIST, app.registry_if_there, models)


@pytest.mark.parametrize("text", ["2GB", "-1", "0", "1.5", "²"])
def test_a_setting_that_is_no_number_is_told_in_words(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    for name in ("NERVEAPP_UPLOAD_LIMIT_MB", "NERVEAPP_TRAINING_THREADS", "NERVEAPP_RAY_WORKERS"):
        with monkeypatch.context() as patch:
            patch.setenv(name, text)
            with pytest.raises(SettingsError, match=name):
                bootstrap.Settings.from_environment()


def test_analyses_run_in_one_of_two_places_and_a_third_is_told_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    for given, apart in (("", True), ("process", True), ("thread", False)):
        monkeypatch.setenv("NERVEAPP_ANALYSES", given)
        assert bootstrap.Settings.from_environment().analyses_apart is apart
    monkeypatch.setenv("NERVEAPP_ANALYSES", "Thread")
    with pytest.raises(SettingsError, match="NERVEAPP_ANALYSES is 'Thread'"):
        bootstrap.Settings.from_environment()


def test_settings_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NERVEAPP_UPLOAD_LIMIT_MB", " 512 ")
    monkeypatch.setenv("NERVEAPP_TRAINING_THREADS", "")
    found = bootstrap.Settings.from_environment()
    assert (found.upload_limit_mb, found.training_threads) == (512, bootstrap.Settings().training_threads)


def test_reports_bear_the_clinics_name_and_logo(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, database: Path
) -> None:
    monkeypatch.setenv("NERVEAPP_CLINIC", " Neurology, Łódź ")
    assert bootstrap.application().visits.letterhead == Letterhead("Neurology, Łódź")
    (tmp_path / "logo.png").write_bytes(png_of(np.zeros((10, 20), np.uint8)))
    monkeypatch.setenv("NERVEAPP_LOGO", str(tmp_path / "logo.png"))
    sources = bootstrap.report_sources(bootstrap.application())
    assert sources.letterhead.logo.startswith(b"\x89PNG")
    assert sources.norms.norms
    monkeypatch.setenv("NERVEAPP_LOGO", str(tmp_path / "missing.png"))
    with pytest.raises(SettingsError, match="NERVEAPP_LOGO"):
        bootstrap.report_sources(bootstrap.application())


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("sqlite:///own.db", "sqlite:///{here}/own.db"),
        ("sqlite:///data/own.db?timeout=5", "sqlite:///{here}/data/own.db?timeout=5"),
        ("sqlite:////srv/own.db", "sqlite:////srv/own.db"),
        ("sqlite:///%2Fsrv%2Fown.db", "sqlite:///%2Fsrv%2Fown.db"),
        ("sqlite:///:memory:", "sqlite:///:memory:"),
        ("postgresql+pg8000://db/nerve", "postgresql+pg8000://db/nerve"),
    ],
)
def test_a_relative_database_is_where_the_app_was_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, meant: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NERVEAPP_DATABASE", said)
    monkeypatch.setenv("NERVEAPP_DATA_DIR", "clips")
    found = bootstrap.Settings.from_environment()
    assert found.database == meant.format(here=quote(str(tmp_path)))
    assert found.of_workers["NERVEAPP_DATA_DIR"] == str(tmp_path / "clips")
