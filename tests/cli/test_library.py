"""The commands about the library, on a store and a folder of their own."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from nerveapp.analysis.pictures import image_of
from nerveapp.bootstrap.application import Application, application
from nerveapp.cli.app import app
from nerveapp.domain.actor import Actor
from nerveapp.domain.clip_source import Origin
from nerveapp.domain.library import ClipFilter
from nerveapp.domain.patient import Patient, Sex
from nerveapp.domain.view import View
from nerveapp.errors import LibraryError
from nerveapp.workflows.library import filing, patients
from nerveapp.workflows.library.acquire import acquire_clip
from nerveapp.workflows.library.stored_clip import open_stored_clip
from tests.stores import empty_store

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Application:
    monkeypatch.setenv("NERVEAPP_DATABASE", empty_store(tmp_path / "library.db"))
    monkeypatch.setenv("NERVEAPP_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("NERVEAPP_RETENTION", raising=False)
    return application()


@pytest.fixture
def clip(here: Application, tmp_path: Path) -> str:
    """A still of a patient."""
    path = tmp_path / "Doe_Jane.png"
    cv2.imwrite(str(path), np.full((400, 700), 90, np.uint8))
    patient = Patient("S01", 1970, sex=Sex.FEMALE)
    exam = patients.new_exam("S01", here.library, day=0, actor=Actor(), now=NOW)
    patients.describe_patient(patient.code, lambda _: patient, here.library, actor=Actor(), now=NOW)
    opened = acquire_clip(
        [path],
        here.clips,
        here.library,
        here.objects,
        origin=Origin.UPLOAD,
        name="wrist [left] [/2]",
        actor=Actor(),
        now=NOW,
    )
    filing.place_clip(opened.info.sha256, View(), exam, here.library, actor=Actor(), now=NOW)
    return opened.info.sha256


def said(*words: str, answer: str = "") -> str:
    done = CliRunner().invoke(app, ["library", *words], input=answer, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_what_is_there_is_listed_and_shown(here: Application, clip: str) -> None:
    assert clip[:12] in (listed := said("list"))
    assert "wrist [left] [/2]" in listed, "brackets are no markup"
    assert clip[:12] not in said("list", "S99")
    assert "S01" in said("patients", "s0")
    assert "day 0" in said("show", "S01")
    shown = said("show", clip[:10])
    assert "700 x 400 px, 1 frame" in shown
    assert "Doe" not in shown
    assert image_of(here.library.thumbnail(clip)).shape[1] == 320
    assert open_stored_clip(clip, here.library, here.objects, here.clips).info.sha256 == clip
    with pytest.raises(LibraryError, match="no clip whose hash begins so"):
        said("show", "S99")


def test_a_clip_is_moved(here: Application, clip: str) -> None:
    exam = patients.new_exam("S02", here.library, actor=Actor(), now=NOW)
    assert "is of S02" in said("move", clip[:12], exam.id, "--by", "R1")
    assert here.library.log(1)[0].actor == "R1"
    assert "is of nobody" in said("move", clip[:12], "")


def test_deleting_says_what_goes_and_asks(here: Application, clip: str) -> None:
    assert "Nothing was deleted" in said("delete", "--clip", clip[:12], answer="n\n")
    assert here.library.clip(clip) is not None
    asked = said("delete", "--patient", "S01", answer="y\n")
    assert "1 patient, 1 visit, 1 clip (1 MB). Trainings that used frames keep their copies" in asked
    assert (here.library.count(ClipFilter()), [*here.objects.listed()]) == (0, [])
    with pytest.raises(LibraryError, match="Nothing was named"):
        said("delete", "--yes")


def test_a_clip_is_found_by_the_beginning_of_its_hash_whatever_others_are_called(here: Application, clip: str) -> None:
    known, source = here.library.clip(clip), here.library.source(clip)
    assert known is not None
    assert source is not None
    for number in range(51):
        sha256 = f"{number:02d}{clip[2:]}" if f"{number:02d}" != clip[:2] else "f" * 64
        record, named = replace(known.record, sha256=sha256, exam=""), replace(source, clip_sha256=sha256, files=())
        here.library.add_clip(record, replace(named, name=clip[:8]), b"", actor="", now=NOW + timedelta(days=1))
    assert clip[:12] in said("show", clip[:8])
    assert "Nothing was deleted" in said("delete", "--clip", clip[:8].upper(), answer="n\n")


def test_a_sweep_follows_the_rule_of_the_host(here: Application, clip: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "0 clips, 0 files" in said("sweep")
    monkeypatch.setenv("NERVEAPP_RETENTION", "30")
    assert "1 clip, 0 files" in said("sweep")
    assert not [*here.objects.listed()]
    assert "not kept" in said("list")
