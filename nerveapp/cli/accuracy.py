"""Commands about accuracy: measure what `train` does not, and write docs/accuracy.md from all that was measured."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import cv2
import numpy as np
import numpy.typing as npt
import typer

from nerveapp import bootstrap
from nerveapp.cli.accuracy_figures import write_figures
from nerveapp.cli.accuracy_page import Results, accuracy_page
from nerveapp.cli.console import output, progress_bar
from nerveapp.cli.models import RESULTS
from nerveapp.domain.experiments.recipe import RECIPES
from nerveapp.domain.experiments.results import (
    CrossSet,
    CrossValidation,
    ExternalBaseline,
    ImageScore,
    Poster,
    Robustness,
    TemporalStability,
)
from nerveapp.domain.labelled import LabelledImage
from nerveapp.domain.view import Nerve, Site
from nerveapp.errors import DataError
from nerveapp.io.atomic import write_bytes
from nerveapp.io.labelled import read_labelled_folder
from nerveapp.io.mask_folder import read_masks
from nerveapp.io.model_store import FolderModelStore
from nerveapp.io.results import Result, read_result, write_result
from nerveapp.workflows.evaluate import score_images, summarise_scores
from nerveapp.workflows.robustness import measure_robustness
from nerveapp.workflows.steadiness import measure_steadiness
from nerveapp.workflows.yardstick import score_yardstick

PAGE = bootstrap.REPOSITORY / "docs" / "accuracy.md"
DataOption = Annotated[Path, typer.Option(help="Folder that holds the sets: SET/images, SET/masks, groups.csv.")]
ResultsOption = Annotated[Path, typer.Option(help="Folder for what was measured.")]


class Study(StrEnum):
    """What can be measured beside the cross-validation that `train` does."""

    ROBUSTNESS = "robustness"
    CROSS_SET = "cross-set"
    STEADINESS = "steadiness"


def measure(
    *,
    study: Annotated[Study, typer.Argument(help="What to measure.")],
    data: DataOption = Path("data"),
    runs: Annotated[Path, typer.Option(help="Folder of the folds' models, see `train`.")] = Path("runs"),
    recipe: Annotated[str, typer.Option(help="Whose folds (robustness).")] = "median-wrist",
    results: ResultsOption = RESULTS,
) -> None:
    """Measure robustness to other machines, accuracy on the other set, or steadiness over phantom clips.

    Example: `python -m nerveapp measure robustness --data path/to/sets`
    """
    versions = bootstrap.software_versions()
    if study is Study.ROBUSTNESS:
        images = read_labelled_folder(data / RECIPES[recipe].dataset)
        store = FolderModelStore(runs)
        with progress_bar("folds") as tell:
            found = measure_robustness(
                RECIPES[recipe],
                images,
                load=lambda name: bootstrap.load_segmenter(name, store=store),
                versions=versions,
                on_progress=tell,
            )
        write_result(results / f"{recipe}-robustness.json", found)
    elif study is Study.CROSS_SET:
        write_result(results / "cross-set.json", _cross_set(data, versions))
    else:
        cases = (("median-wrist", Site.WRIST), ("peripheral-nerve", Site.FOREARM))
        rows = [
            row
            for model, site in cases
            for row in measure_steadiness(
                bootstrap.load_segmenter(model), nerve=Nerve.MEDIAN, site=site, subjects=8, frames=100
            )
        ]
        write_result(results / "steadiness.json", TemporalStability(tuple(rows), versions))
    output.print(f"written to {results}; now run: python -m nerveapp accuracy", markup=False)


def yardstick(
    *,
    masks: Annotated[Path, typer.Argument(help="Folder of masks the other program made, NAME.png.")],
    label: Annotated[str, typer.Option(help="The program and its version.")],
    how: Annotated[str, typer.Option(help="How it was trained.")],
    beside: Annotated[str, typer.Option(help="On whose folds.")] = "median-wrist",
    data: DataOption = Path("data"),
    results: ResultsOption = RESULTS,
) -> None:
    """Score another program on our folds: its masks of held-out images, for docs/accuracy.md.

    Example: `python -m nerveapp yardstick masks/ --label "nnU-Net 2.8" --how "2d, fold 1" --data path/to/sets`
    """
    if beside not in RECIPES:
        raise DataError(f"There is no recipe {beside}.", f"Choose one of {', '.join(RECIPES)}.")
    recipe = RECIPES[beside]
    images = read_labelled_folder(data / recipe.dataset)
    found = score_yardstick(recipe, images, read_masks(masks), label=label, how=how)
    name = re.sub(r"[^a-z0-9]+", "-", f"{beside} {label}".lower()).strip("-")
    write_result(results / "yardsticks" / f"{name}.json", found)
    for fold in found.folds:
        score = summarise_scores(fold.scores[0].images, dataset=recipe.dataset, split="", engine=label)
        output.print(f"fold {fold.number + 1}: Dice {score.dice_mean:.3f} ± {score.dice_sd:.3f}", markup=False)


def _cross_set(data: Path, versions: tuple[tuple[str, str], ...]) -> CrossSet:
    rows = []
    for model, other in (("median-wrist", "peripheral-nerve"), ("peripheral-nerve", "median-wrist")):
        dataset = RECIPES[other].dataset
        segmenter = bootstrap.load_segmenter(model)
        with progress_bar(f"{model} on {dataset}") as tell:
            scores = score_images(read_labelled_folder(data / dataset), segmenter, on_progress=tell)
        split = "all images; none of this set was trained on"
        rows.append((model, summarise_scores(scores, dataset=dataset, split=split, engine=segmenter.engine)))
    return CrossSet(tuple(rows), versions)


def accuracy(
    *,
    results: ResultsOption = RESULTS,
    page: Annotated[Path, typer.Option(help="The page to write; its figures go beside it.")] = PAGE,
    sheets: Annotated[
        Path | None, typer.Option(help="Also write sheets of the best, median and worst outlines here (with --data).")
    ] = None,
    data: DataOption = Path("data"),
) -> None:
    """Write docs/accuracy.md and its figures from the stored results.

    The sheets show images, so they are for whoever has the data, not for the repository.
    """
    found = read_results(results)
    write_bytes(page, accuracy_page(found).encode())
    write_figures(page.parent / "accuracy", found.cross_validations)
    output.print(f"written: {page}", markup=False)
    if sheets is not None:
        for result in found.cross_validations:
            _write_sheets(sheets, result, read_labelled_folder(data / result.recipe.dataset))


def read_results(folder: Path) -> Results:
    """Read all that is stored.

    Raises
    ------
    DataError
        If a file holds something else than its name says.
    """
    recipes = [name for name in RECIPES if (folder / f"{name}.json").exists()]
    return Results(
        cross_validations=[read_result(folder / f"{name}.json", CrossValidation) for name in recipes],
        tried=[read_result(path, CrossValidation) for path in sorted((folder / "tried").glob("*.json"))],
        robustness=[
            read_result(path, Robustness) for name in RECIPES if (path := folder / f"{name}-robustness.json").exists()
        ],
        yardsticks=[read_result(path, ExternalBaseline) for path in sorted((folder / "yardsticks").glob("*.json"))],
        cross_set=_read_if_there(folder / "cross-set.json", CrossSet),
        steadiness=_read_if_there(folder / "steadiness.json", TemporalStability),
        poster=_read_if_there(folder / "poster.json", Poster),
    )


def _read_if_there(path: Path, kind: type[Result]) -> Result | None:
    return read_result(path, kind) if path.exists() else None


SHEET_IMAGES = 12
SHEET_COLUMNS = 3


def _write_sheets(folder: Path, result: CrossValidation, images: list[LabelledImage]) -> None:
    scores = sorted(result.out_of_fold(result.engines[-1]), key=lambda image: image.dice)
    by_name = {image.name: image for image in images}
    middle = len(scores) // 2 - SHEET_IMAGES // 2
    chosen = {
        "worst": scores[:SHEET_IMAGES],
        "median": scores[middle : middle + SHEET_IMAGES],
        "best": scores[-SHEET_IMAGES:],
    }
    for which, few in chosen.items():
        tiles = [_tile(by_name[score.name], score) for score in few]
        rows = [np.hstack(tiles[i : i + SHEET_COLUMNS]) for i in range(0, len(tiles), SHEET_COLUMNS)]
        _, coded = cv2.imencode(".png", np.vstack(rows))
        write_bytes(folder / f"{result.recipe.name}-{which}.png", coded.tobytes())


def _tile(image: LabelledImage, score: ImageScore) -> npt.NDArray[np.uint8]:
    """Draw the tracing (green) and the outline (red) on an image, at one size for all."""
    canvas = cv2.cvtColor(image.grey, cv2.COLOR_GRAY2BGR)
    traced, _ = cv2.findContours(image.nerve.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(canvas, traced, -1, (0, 255, 0), 1)
    cv2.polylines(canvas, [np.array(part, np.int32) for part in score.outline], isClosed=True, color=(0, 0, 255))
    canvas = cv2.resize(canvas, (600, round(600 * image.height / image.width)))[:460]
    canvas = cv2.copyMakeBorder(canvas, 0, 460 - len(canvas), 0, 0, cv2.BORDER_CONSTANT)
    label = f"{score.name}  Dice {score.dice:.2f}"
    cv2.putText(canvas, label, (8, 452), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (255, 255, 255), 1, cv2.LINE_AA)
    return np.asarray(canvas, np.uint8)
