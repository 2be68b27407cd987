import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nerveapp import NOTICE
from nerveapp.analysis.machine_changes import CHANGES, SEVERITIES
from nerveapp.cli.accuracy_page import accuracy_page
from nerveapp.domain.experiments.results import (
    ChangedScore,
    CrossSet,
    CrossValidation,
    EngineScores,
    EvaluationResults,
    ExternalBaseline,
    Fold,
    ImageScore,
    Poster,
    ProtocolScore,
    Robustness,
)
from nerveapp.domain.experiments.shipped_recipes import POSTER_RECIPE, RECIPES
from nerveapp.domain.experiments.tracking import (
    ClickedFold,
    ClickedNerve,
    Clicks,
    PhantomTracking,
    TrackedClip,
    Way,
)
from nerveapp.domain.score import Score
from nerveapp.domain.segmentation import Flag
from nerveapp.errors import DataError
from nerveapp.io.results import JsonResultFiles, read_result, write_result

RECIPE = RECIPES["median-wrist"]


def cross_validation(*, label: str = "median-wrist", shift: float = 0.0) -> CrossValidation:
    rng = np.random.default_rng(0)
    folds = []
    for number in range(5):
        images = []
        for index in range(20):
            failed = index == 0
            dice = 0.4 if failed else float(rng.uniform(0.85, 0.97)) + shift
            certainty = 0.5 if failed else float(rng.uniform(0.85, 0.95))
            flags = (Flag.SEVERAL_COMPONENTS,) if failed else ()
            name = f"image-{number}-{index:02d}"
            images.append(ImageScore(name, name[:-1], dice, dice / (2 - dice), 4.0, 90, 100, certainty, flags))
        scores = tuple(EngineScores(engine, tuple(images)) for engine in ("torch", "int8"))
        folds.append(Fold(number, 80, 40, (1.0, 0.5), scores))
    return CrossValidation(label, RECIPE, tuple(folds), (("nerveapp", "1"),))


def score(mean: float) -> Score:
    return Score(
        "set", "split", "int8", 10, 5, mean, 0.05, mean - 0.1, 0.05, 4.0, 0.1, 1, (mean - 0.02, mean + 0.02), True
    )


TRACKED = TrackedClip(
    "median-wrist", "median wrist", 100, 50, Way.FRAME_BY_FRAME, 0.81, 0.9, 0.052, 0.031, 0.010, 45, 0
)
FOLLOWED = replace(
    TRACKED, way=Way.FOLLOWED, dice=0.92, bias=-0.0102, jitter=0.012, found=3, followed=47,
    confidences=tuple((0.9, 0.95 if index % 2 else 0.91) for index in range(20)),
)  # fmt: skip
UNSMOOTHED = replace(FOLLOWED, way=Way.UNSMOOTHED, bias=-0.01, jitter=0.025, confidences=())

EVERYTHING = EvaluationResults(
    cross_validations=[cross_validation()],
    experiments=[
        replace(
            cross_validation(label="shorter", shift=-0.05),
            recipe=replace(RECIPE, epochs=10),
            folds=cross_validation(shift=-0.05).folds[:2],
        )
    ],
    external_baselines=[
        ExternalBaseline("other", "for an hour", "median-wrist", cross_validation(shift=-0.1).folds[1:2]),
        ExternalBaseline("third", "for a day", "peripheral-nerve", cross_validation().folds[:1]),
    ],
    robustness=[
        Robustness(
            "median-wrist",
            (
                ChangedScore("none", "none", score(0.9)),
                *(
                    ChangedScore(change, severity, score(0.81 if (change, severity) == ("blur", "moderate") else 0.88))
                    for change in CHANGES
                    for severity in SEVERITIES
                ),
            ),
            (),
        )
    ],
    cross_set=CrossSet((("median-wrist", score(0.33)),), ()),
    tracking=PhantomTracking((TRACKED, FOLLOWED, UNSMOOTHED), ()),
    poster=Poster(
        POSTER_RECIPE,
        4,
        500,
        (
            ProtocolScore("frames at random, 4:1", "wrist", True, 0.98, score(0.97)),
            ProtocolScore("one subject left out", "wrist", False, 0.0, score(0.72)),
        ),
        (),
    ),
    clicks=[
        Clicks(
            "",
            "median-wrist",
            "median-wrist",
            (
                ClickedFold(0, "int8", (ClickedNerve("a-1", "a", 0.95, (0.9, 0.9, 0.9, 0.9, 0.4)),)),
                ClickedFold(2, "int8", (ClickedNerve("b-1", "b", 0.91, (0.3, 0.9, 0.9, 0.9, 0.5)),)),
            ),
            (),
        )
    ],
)


def row(page: str, *starts: str) -> list[str]:
    (line,) = [line for line in page.splitlines() if line.startswith("| " + " | ".join(starts))]
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_the_page_tells_what_was_measured() -> None:
    page = accuracy_page(EVERYTHING)
    assert NOTICE in page
    dices = [image.dice for fold in EVERYTHING.cross_validations[0].folds for image in fold.scores[0].images]
    summary = row(page, "torch")
    assert summary[1] == "100 (10)"
    assert summary[2] == f"{np.mean(dices):.3f} ± {np.std(dices):.3f}"
    assert summary[-1] == "5", "missed nerves"
    assert "include 5 of 5 failures" in page
    assert "blur costs most, 0.090" in page
    assert row(page, "blur")[2] == "0.810 (-0.090, 1)"
    assert "same people in training and test" in row(page, "**synthetic clips**", "frames at random")[1]
    assert row(page, "**synthetic clips**", "one subject left out")[3] == "0%"
    assert row(page, "AAN abstract 11-002, real clips", "frames at random, 4:1", "wrist")[-1] == "0.951 ± 0.006"


def test_following_is_told_beside_frame_by_frame() -> None:
    page = accuracy_page(EVERYTHING)
    found, followed = (
        row(page, "median-wrist", "median wrist (1 × 50)", way) for way in ("frame by frame", "found and followed")
    )
    assert found[3:] == ["0.810", "0.900", "+5.2% (+5.2% to +5.2%)", "3.1%", "1.0%", "90%", "0%", "10%"]
    assert followed[3:6] == ["0.920", "0.900", "-1.0% (-1.0% to -1.0%)"]
    assert followed[-3:] == ["6%", "94%", "0%"]
    assert row(page, "median wrist")[1:] == ["-0.02% (-0.02% to -0.02%)", "1 of 1", "2.5%", "1.2%", "1 of 1"]
    assert row(page, "median-wrist", "20")[2] == "0.030", "confidence 0.90 where 0.93 was found"


def test_clicks_are_told_by_nerve_with_the_people_and_the_folds() -> None:
    page = accuracy_page(EVERYTHING)
    folds, nerves = row(page, "median-wrist", "1, 3", "2 (2, 2)", "the middle")[1:3]
    assert (folds, nerves) == ("1, 3", "2 (2, 2)")
    assert row(page, "median-wrist", "1, 3", "2 (2, 2)", "the middle")[4] == "0.930 ± 0.020"
    assert row(page, "median-wrist", "1, 3", "2 (2, 2)", "any point")[-1] == "1", "missed nerves"
    assert row(page, "median-wrist", "1, 3", "2 (2, 2)", "five inside, the worst")[4].startswith("0.350")


def test_what_was_tried_with_clicks_stands_beside_the_kept_recipe_on_the_same_folds() -> None:
    kept = EVERYTHING.clicks[0]
    tried = replace(
        kept, label="longer", folds=(replace(kept.folds[1], nerves=(replace(kept.nerves[1], centre=0.5),)),)
    )
    page = accuracy_page(replace(EVERYTHING, clicks=[tried, kept]))
    assert row(page, "median-wrist, tried: longer", "3", "1 (1, 1)", "the middle")[4] == "0.500 ± 0.000"
    assert row(page, "median-wrist, on the same folds", "3", "1 (1, 1)", "the middle")[4] == "0.910 ± 0.000"


def test_an_experiment_is_told_with_what_differs_and_the_kept_recipe_on_the_same_folds() -> None:
    cells = row(accuracy_page(EVERYTHING), "shorter")
    assert cells[1] == f"epochs 10 (kept: {RECIPE.epochs})"
    assert cells[3] == "1, 2"
    tried, kept = (float(cell.split()[0]) for cell in cells[4:6])
    assert kept - tried == pytest.approx(0.05 * 19 / 20, abs=0.002)


def test_what_was_measured_with_other_settings_than_the_kept_ones_says_so() -> None:
    assert "Measured before" not in accuracy_page(EVERYTHING)
    (kept,) = EVERYTHING.cross_validations
    assert RECIPE.refinement is not None
    wider = replace(RECIPE, refinement=replace(RECIPE.refinement, decoder_channels=512))
    page = accuracy_page(replace(EVERYTHING, cross_validations=[replace(kept, recipe=wider)]))
    channels = RECIPE.refinement.decoder_channels
    assert f"recipe was changed**: refinement stage's decoder_channels 512 (kept: {channels}); not anew" in page


def test_another_program_stands_beside_the_recipe_on_the_same_folds() -> None:
    page = accuracy_page(EVERYTHING)
    cells = row(page, "other")
    assert cells[1:3] == ["for an hour", "2"]
    theirs, ours = (float(cell.split()[0]) for cell in (cells[3], cells[5]))
    assert ours - theirs == pytest.approx(0.1 * 19 / 20, abs=0.002)
    assert cells[4] == "1"
    assert "| third |" not in page, "its recipe was not measured"


def test_what_was_not_measured_is_not_told() -> None:
    page = accuracy_page(EvaluationResults([], [], [], [], None, None, None))
    assert "##" not in page


def test_results_come_back_as_they_were_written(tmp_path: Path) -> None:
    result = cross_validation()
    write_result(tmp_path / "median-wrist.json", result)
    write_result(tmp_path / "tried" / "same.json", result)
    baseline = ExternalBaseline("other", "for an hour", "median-wrist", result.folds[:1])
    write_result(tmp_path / "yardsticks" / "other.json", baseline)
    found = JsonResultFiles().load_all(tmp_path)
    assert found.external_baselines == [baseline]
    assert found.cross_validations == [result]
    assert found.experiments == [result]
    assert found.robustness == []
    assert found.poster is None


def test_results_under_their_earlier_names_stay_readable(tmp_path: Path) -> None:
    baseline = ExternalBaseline("other", "for an hour", "median-wrist", cross_validation().folds[:1])
    write_result(tmp_path / "yardsticks" / "other.json", baseline)
    assert JsonResultFiles().load_all(tmp_path).external_baselines == [baseline]


def test_tracking_and_clicks_come_back_as_they_were_written(tmp_path: Path) -> None:
    files = JsonResultFiles()
    files.save(tmp_path, "tracking", EVERYTHING.tracking)
    files.save(tmp_path, "clicks-median-wrist", EVERYTHING.clicks[0])
    found = files.load_all(tmp_path)
    assert (found.tracking, found.clicks) == (EVERYTHING.tracking, EVERYTHING.clicks)


def test_a_file_that_holds_something_else_is_told(tmp_path: Path) -> None:
    path = tmp_path / "median-wrist.json"
    path.write_text(json.dumps({"label": "x"}))
    with pytest.raises(DataError, match="does not hold a CrossValidation"):
        JsonResultFiles().load_all(tmp_path)
    with pytest.raises(DataError, match="cannot be read"):
        read_result(tmp_path / "absent.json", Poster)
