import csv
import io
import json
import shutil
import subprocess
import sys
import zipfile
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import cv2
import numpy as np
import pytest

from nerveapp.cli import main
from nerveapp.demo import DEMO_CLIP, DEMO_SPEC, DEMO_TRUTH
from nerveapp.io.labelled import read_labelled_folder
from tests.real_data import needs_real_data

ROOT = Path(__file__).parents[2]


def nerveapp(*arguments: str | int | Path) -> subprocess.CompletedProcess[str]:
    """Run a command as `python -m nerveapp` does, in this process: most of its time is that of starting one."""
    said, told, code = io.StringIO(), io.StringIO(), 0
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(said), redirect_stderr(told):
        patch.setattr(sys, "argv", ["nerveapp", *map(str, arguments)])
        try:
            main()
        except SystemExit as ended:
            code = int(ended.code or 0)
    return subprocess.CompletedProcess([*map(str, arguments)], code, said.getvalue(), told.getvalue())


def in_its_own_process(*arguments: str | int | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "nerveapp", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, timeout=240)


def measurements(folder: Path) -> list[dict[str, str]]:
    lines = (folder / "measurements.csv").read_text().splitlines()
    return list(csv.DictReader(line for line in lines if not line.startswith("#")))


def test_the_demo_clip_is_measured_within_ten_percent_of_its_truth(tmp_path: Path) -> None:
    spec = json.loads(DEMO_SPEC.read_text())
    spacing = f"{spec['row_spacing_mm']},{spec['column_spacing_mm']}"
    done = in_its_own_process("analyse", DEMO_CLIP, "--out", tmp_path, "--spacing-mm", spacing)
    assert done.returncode == 0, done.stderr
    rows = measurements(tmp_path)
    truth = [float(row["area_mm2"]) for row in csv.DictReader(DEMO_TRUTH.open())]
    assert [int(row["frame"]) for row in rows] == list(range(len(truth)))
    found = [float(row["area_mm2"]) for row in rows]
    assert np.median(found) == pytest.approx(np.median(truth), rel=0.1)
    assert len(list((tmp_path / "masks").iterdir())) == len(truth)
    assert (tmp_path / "overlay.mp4").stat().st_size > 10_000
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert summary["calibration"]["origin"] == "typed-in"
    assert summary["model"]["name"] == "median-wrist"


def test_a_folder_of_clips_is_analysed_clip_by_clip_and_not_twice(tmp_path: Path) -> None:
    clips, out = tmp_path / "clips", tmp_path / "out"
    (clips / "P1").mkdir(parents=True)
    still = clips / "P1" / "still.png"
    cv2.imwrite(str(still), np.random.default_rng(0).integers(0, 255, (96, 128), np.uint8))
    (clips / "broken.mp4").write_bytes(b"no clip at all")
    first = nerveapp("analyse", clips, "--out", out)
    assert first.returncode == 2, "a clip that failed is told by the exit code"
    assert "broken.mp4" in first.stderr
    assert (out / "P1" / "still.png" / "summary.json").is_file()
    assert not (out / "broken.mp4").exists()
    refused = nerveapp("analyse", clips, "--out", tmp_path)
    assert refused.returncode == 2
    assert "a folder of its own" in refused.stderr
    again = nerveapp("analyse", clips, "--out", out)
    lines = (out / "clips.csv").read_text().splitlines()[1:]
    rows = list(csv.DictReader(lines))
    assert [row["state"] for row in rows] == ["kept", "failed"]
    assert [rows[0][name] for name in ("nerve", "site", "side", "model")] == ["unknown"] * 3 + ["median-wrist"]
    assert "1 failed, 1 kept" in again.stdout


@pytest.mark.slow
def test_following_is_measured_site_by_site_and_told_on_the_page(tmp_path: Path) -> None:
    options = ("--site", "median wrist", "--subjects", 1, "--results", tmp_path)
    for study in ("tracking", "steadiness"):
        done = nerveapp("measure", study, "--frames", 2 if study == "tracking" else 3, *options)
        assert done.returncode == 0, done.stderr
    clips = json.loads((tmp_path / "tracking.json").read_text())["clips"]
    assert {(clip["site"], clip["subject"], clip["frames"]) for clip in clips} == {("median wrist", 100, 3)}
    assert all(clip["dice"] > 0.85 for clip in clips)
    page = tmp_path / "page.md"
    assert nerveapp("accuracy", "--results", tmp_path, "--page", page).returncode == 0
    assert "| median-wrist | median wrist (1 × 3) | found and followed |" in page.read_text()
    unknown = nerveapp("measure", "tracking", "--site", "knee", "--results", tmp_path)
    assert unknown.returncode == 2
    assert "Choose among: median wrist" in " ".join(unknown.stderr.split())


@needs_real_data
def test_the_real_clip_goes_through_and_stays_uncalibrated(real_data: Path, tmp_path: Path) -> None:
    clip = real_data / "clips" / "brachial-plexus-philips-sparq.mp4"
    done = nerveapp("analyse", clip, "--out", tmp_path, "--nerve", "other")
    assert done.returncode == 0, done.stderr
    rows = measurements(tmp_path)
    assert len(rows) == 60
    assert all(row["area_mm2"] == "" for row in rows)
    assert float(rows[1]["time_s"]) == pytest.approx(15431 / 576000, abs=1e-4)
    assert "px²" in done.stdout
    assert json.loads((tmp_path / "summary.json").read_text())["model"]["name"] == "peripheral-nerve"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("analyse", "absent.mp4", "--out", "out"), "absent.mp4"),
        (("analyse", DEMO_SPEC, "--out", "out"), "not"),
        (("analyse", DEMO_CLIP, "--out", "out", "--spacing-mm", "wide"), "ROW"),
        (("analyse", DEMO_CLIP, "--out", "out", "--spacing-mm", "0"), "mm per pixel"),
        (("analyse", DEMO_CLIP, "--out", "out", "--model", "none-such"), "no model called none-such"),
        (("analyse", DEMO_CLIP), "--out"),
        (("analyse", DEMO_CLIP, "--out", "out", "--engine", "abacus"), "abacus"),
        (("analyse", DEMO_CLIP, "--out", "out", "--device", "abacus"), "abacus"),
        (("analyse", DEMO_CLIP, "--out", "out", "--nerve", "tibial", "--site", "wrist"), "no site wrist"),
        (("phantom", "--out", "out", "--site", "popliteal"), "no site popliteal"),
        (("phantom", "--out", "out", "--frames", "0"), "frames"),
        (("evaluate", "--model", "median-wrist", "--data", "absent"), "No images"),
        (("train", "none-such", "--data", "absent"), "no recipe called none-such"),
        (("train", "--data", "absent"), "Name a recipe: median-wrist"),
        (("train", "median-wrist", "--images", "absent", "--fold", "1"), "--fold, --label and --anew"),
        (("measure", "robustness", "--recipe", "none-such"), "no recipe called none-such"),
        (("analyse", DEMO_CLIP, "--out", "out", "--region", "1", "--spacing-mm", "0.1"), "not both"),
        (("analyse", DEMO_CLIP, "--out", "out", "--point", "0,2,475"), "Nothing like a nerve"),
        (("analyse", DEMO_CLIP.parent, "--out", "out", "--region", "1"), "not a folder"),
        (("no-such-command",), "No such command"),
    ],
)
def test_faults_of_input_end_with_2_a_reason_and_nothing_written(
    arguments: tuple[str | Path, ...],
    said: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In this process, unlike the others: anything but a message and an exit would come out of `main` here."""
    given = (str(tmp_path / one if one == "out" else one) for one in arguments)
    monkeypatch.setattr(sys, "argv", ["nerveapp", *given])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert said in " ".join(capsys.readouterr().err.split())
    assert not list(tmp_path.iterdir())


def test_phantoms_are_written_and_can_be_analysed(tmp_path: Path) -> None:
    made = nerveapp("phantom", "--out", tmp_path / "p", "--seed", 5, "--frames", 6, "--site", "forearm")
    assert made.returncode == 0, made.stderr
    assert {path.name for path in (tmp_path / "p").iterdir()} == {"clip.mp4", "masks", "truth.csv", "spec.json"}
    done = nerveapp(
        "analyse", tmp_path / "p" / "clip.mp4", "--out", tmp_path / "r", "--nerve", "median", "--site", "forearm"
    )
    assert done.returncode == 0, done.stderr
    assert len(measurements(tmp_path / "r")) == 6


def some_of_the_wrist_set(real_data: Path, folder: Path, groups: str) -> Path:
    for kind in ("images", "masks"):
        (folder / kind).mkdir(parents=True)
        for path in sorted((real_data / "median-wrist" / kind).iterdir())[:6]:
            shutil.copy(path, folder / kind)
    (folder / "groups.csv").write_text(groups)
    return folder


@needs_real_data
def test_evaluate_scores_only_people_never_trained_on_where_asked(real_data: Path, tmp_path: Path) -> None:
    lines = (real_data / "median-wrist" / "groups.csv").read_text().splitlines()
    first = lines[1].split(",")[0]
    renamed = "\n".join(f"{first},somebody-else" if line.startswith(f"{first},") else line for line in lines)
    folder = some_of_the_wrist_set(real_data, tmp_path / "median-wrist", renamed)
    report = tmp_path / "report.json"
    done = nerveapp("evaluate", "--model", "median-wrist", "--data", folder, "--unseen", "--json", report)
    assert done.returncode == 0, done.stderr
    values = json.loads(report.read_text())
    assert values["n"] == len(values["images"]) == values["groups"] == 1
    assert values["images"][0]["group"] == "somebody-else"
    assert values["split"] == "no group of median-wrist by these names was trained on"
    assert values["dice_mean"] > 0.7, "an image it learnt from under another name: the pipeline is not broken"


@needs_real_data
def test_evaluate_says_so_when_training_images_are_among_them(real_data: Path, tmp_path: Path) -> None:
    groups = (real_data / "median-wrist" / "groups.csv").read_text()
    folder = some_of_the_wrist_set(real_data, tmp_path / "median-wrist", groups)
    done = nerveapp("evaluate", "--model", "median-wrist", "--data", folder)
    assert done.returncode == 0, done.stderr
    assert "INCLUDES TRAINING IMAGES" in done.stdout
    refused = nerveapp("evaluate", "--model", "median-wrist", "--data", folder, "--unseen")
    assert refused.returncode == 2
    assert "trained on every group here" in refused.stderr


def test_models_and_doctor_tell_what_is_here() -> None:
    listed = nerveapp("models")
    assert listed.returncode == 0
    for text in ("median-wrist", "peripheral-nerve", "GPL-3.0", "CC-BY-4.0", "out of fold"):
        assert text in listed.stdout
    checked = nerveapp("doctor")
    assert checked.returncode == 0, checked.stdout
    assert "fails" not in checked.stdout


def test_help_teaches() -> None:
    done = nerveapp("analyse", "--help")
    assert done.returncode == 0
    assert "Example" in done.stdout
    assert "--spacing-mm" in done.stdout


def test_outlines_go_in_out_and_into_a_backup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NERVEAPP_DATABASE", f"sqlite:///{tmp_path / 'one.db'}")
    mask = np.zeros((480, 640), np.uint8)
    mask[100:200, 100:300] = 255
    with zipfile.ZipFile(tmp_path / "masks.zip", "w") as archive:
        for frame in (3, 9):
            archive.writestr(f"mask_{frame:06d}.png", cv2.imencode(".png", mask)[1].tobytes())
    given = ("import-annotations", tmp_path / "masks.zip", "--clip", DEMO_CLIP, "--rater", "R1", "--subject", "S1")
    done = nerveapp(*given)
    assert "2 outlines imported" in done.stdout, done.stderr
    done = nerveapp("export-annotations", "--out", tmp_path / "training")
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(tmp_path / "training.zip") as archive:
        archive.extractall(tmp_path / "set")
    images = read_labelled_folder(tmp_path / "set")
    assert [(image.group, int(image.nerve.sum())) for image in images] == [("S1", 20_000)] * 2

    done = nerveapp("backup", tmp_path / "monday.db")
    assert done.returncode == 0, done.stderr
    monkeypatch.setenv("NERVEAPP_DATABASE", f"sqlite:///{tmp_path / 'typo.db'}")
    nothing = nerveapp("backup", tmp_path / "tuesday.db")
    assert nothing.returncode == 2
    assert "There is no database" in nothing.stderr
    assert not (tmp_path / "typo.db").exists()
    assert not (tmp_path / "tuesday.db").exists()
    monkeypatch.setenv("NERVEAPP_DATABASE", f"sqlite:///{tmp_path / 'two.db'}")
    done = nerveapp("restore", tmp_path / "monday.db")
    assert "7 rows restored" in done.stdout, done.stderr
    wrong = nerveapp(*given[:4], "--rater", "Jane Doe")
    assert wrong.returncode == 2
    assert "not a rater code" in wrong.stderr
