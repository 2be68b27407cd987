"""The command that writes reports of visits, on a store of its own."""

import csv
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pydicom
import pytest
from typer.testing import CliRunner

from nerveapp import NOTICE
from nerveapp.bootstrap.application import Application, application
from nerveapp.cli.app import app
from nerveapp.domain.actor import Actor
from nerveapp.domain.exam import Exam
from nerveapp.domain.view import Nerve, Side, Site, View
from nerveapp.errors import LibraryError
from nerveapp.workflows.library import patients
from nerveapp.workflows.visits.accept_value import enter_value
from nerveapp.workflows.visits.worksheet import write_sheet

NOW = datetime(2026, 1, 1, tzinfo=UTC)
WRIST = View(Nerve.MEDIAN, Site.WRIST, Side.LEFT)


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    """A store that is made once: none of the tests changes it."""
    folder = tmp_path_factory.mktemp("store")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NERVEAPP_DATABASE", f"sqlite:///{folder / 'library.db'}")
        patch.setenv("NERVEAPP_DATA_DIR", str(folder / "data"))
        yield application()


@pytest.fixture(scope="module")
def visit(here: Application) -> Exam:
    """A visit with two values, the left wrist above its limit; another patient has two visits."""
    exam = patients.new_exam("S01", here.library, date=date(2026, 1, 5), actor=Actor("R1"), now=NOW)
    store = here.visits.worksheets
    for view, area in ((WRIST, 16.5), (View(Nerve.MEDIAN, Site.FOREARM, Side.LEFT), 6.5)):
        enter_value(view, area, exam=exam, store=store, actor=Actor("R1"), now=NOW)
    write_sheet(exam.id, store, protocol="carpal-tunnel", conclusion="Mine.", actor=Actor("R1"), now=NOW)
    for day in (0, 3):
        later = patients.new_exam("S02", here.library, day=day, actor=Actor("R1"), now=NOW)
        enter_value(WRIST, 9.5, exam=later, store=store, actor=Actor("R1"), now=NOW)
    return exam


def said(*words: str | Path) -> str:
    done = CliRunner().invoke(app, ["report", *map(str, words)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def written(folder: Path, ending: str) -> Path:
    (path,) = folder.glob(f"*{ending}")
    return path


def test_the_report_is_a_pdf_unless_another_form_is_asked_for(here: Application, visit: Exam, tmp_path: Path) -> None:
    told = said("--visit", visit.id, "--out", tmp_path / "out")
    path = written(tmp_path / "out", "")
    assert path.name == "nerveapp-S01-2026-01-05-report.pdf"
    assert path.read_bytes().startswith(b"%PDF")
    assert path.name in told.replace("\n", "")
    flowing = " ".join(told.split())
    assert "Still to be scanned: Median, wrist, right" in flowing
    assert NOTICE in flowing


def test_a_code_is_not_taken_for_the_beginning_of_anothers_visit(here: Application, tmp_path: Path) -> None:
    theirs = Exam("1001" + "a" * 28, "2002", date=date(2026, 1, 5))
    own = Exam("f" * 32, "1001", date=date(2026, 1, 6))
    for exam in (theirs, own):
        here.library.add_exam(exam, actor="R1", now=NOW)
    said("--visit", "1001", "--out", tmp_path)
    assert "nerveapp-1001-" in written(tmp_path, ".pdf").name


def test_every_form_has_the_same_values(here: Application, visit: Exam, tmp_path: Path) -> None:
    kinds = [word for kind in ("sr", "csv", "fhir", "html") for word in ("--kind", kind)]
    said("--exam", visit.id[:8], "--out", tmp_path, *kinds)
    rows = list(csv.DictReader(written(tmp_path, "values.csv").read_text().splitlines()))
    assert [(row["site"], row["value"]) for row in rows if row["measure"] == "area"] == [
        ("wrist", "16.5"),
        ("forearm", "6.5"),
    ]
    assert rows[0]["interpretation"] == "above"
    assert written(tmp_path, "redcap-dictionary.csv").exists()
    ratio = next(row["value"] for row in rows if row["measure"] == "wrist_to_forearm")
    entries = [one["resource"] for one in json.loads(written(tmp_path, "fhir.json").read_text())["entry"]]
    numbers = [one["valueQuantity"]["value"] for one in entries if one["resourceType"] == "Observation"]
    assert {16.5, 6.5, float(ratio)} <= set(numbers)
    assert b"16.5" in written(tmp_path, "report.html").read_bytes()
    document = pydicom.dcmread(written(tmp_path, "report.dcm"))
    assert (document.PatientID, document.CompletionFlag) == ("S01", "PARTIAL")
    assert "Mine." in str(document)


def test_for_a_european_excel(here: Application, visit: Exam, tmp_path: Path) -> None:
    said("--exam", "S01", "--out", tmp_path, "--kind", "csv", "--europe")
    assert ";16,5;mm²;" in written(tmp_path, "values.csv").read_text("utf-8-sig")


def test_a_visit_is_found_by_code_and_day(here: Application, visit: Exam, tmp_path: Path) -> None:
    said("--exam", "S02 day 3", "--out", tmp_path, "--kind", "csv")
    assert written(tmp_path, "values.csv").name == "nerveapp-S02-day-3-values.csv"
    for wrong, why in (("S02", "2 visits fit"), ("S01 2026-01-06", "No visit"), ("S03", "No visit")):
        with pytest.raises(LibraryError, match=why):
            said("--exam", wrong, "--out", tmp_path)
    with pytest.raises(LibraryError, match="No folder"):
        said("--exam", visit.id)


def test_without_a_visit_all_are_listed(here: Application, visit: Exam) -> None:
    told = said()
    assert visit.id in told
    assert "2026-01-05" in told
