"""Commands about models: train, evaluate, models."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from pydantic import TypeAdapter, ValidationError

from nerveapp import NOTICE, bootstrap
from nerveapp.analysis.strict_json import strict_json
from nerveapp.cli.console import console, output, progress_bar
from nerveapp.cli.own import train_on_own
from nerveapp.domain.computing import DeviceName, EngineName
from nerveapp.domain.experiments.epochs import EpochReport
from nerveapp.domain.experiments.recipe import POSTER_RECIPE, RECIPES, Recipe
from nerveapp.domain.experiments.results import CrossValidation
from nerveapp.domain.experiments.split import SplitKind
from nerveapp.domain.labelled import LabelledImage
from nerveapp.domain.model import ModelCard, Score
from nerveapp.errors import DataError, ModelError, TrainingError
from nerveapp.io.atomic import write_bytes
from nerveapp.io.labelled import read_labelled_folder
from nerveapp.io.model_store import FolderModelStore
from nerveapp.io.results import write_result
from nerveapp.ports import Segmenter
from nerveapp.workflows.cross_validate import (
    confidence_of,
    cross_validate,
    summarise_cross_validation,
    without_outlines,
)
from nerveapp.workflows.evaluate import score_images, summarise_scores
from nerveapp.workflows.judge import people_known
from nerveapp.workflows.poster import poster_frames, run_poster
from nerveapp.workflows.train import make_model, phantom_images, recipe_for_own, recipe_nerves

RESULTS = bootstrap.REPOSITORY / "docs" / "results"
UNSEEN_PHANTOM_STILLS = 60

DeviceOption = Annotated[DeviceName, typer.Option(help="Where to compute.")]
EngineOption = Annotated[EngineName, typer.Option(help="What computes.")]


class Protocol(StrEnum):
    """Published ways of training and testing that can be followed."""

    POSTER = "poster"


def train(
    *,
    recipe: Annotated[str, typer.Argument(help=f"Which model to make: {', '.join(RECIPES)}.")] = "",
    protocol: Annotated[
        Protocol | None, typer.Option(help="Instead of a model: the published protocol on phantom clips.")
    ] = None,
    data: Annotated[
        Path, typer.Option(help="Folder that holds the recipe's set: SET/images, SET/masks, groups.csv.")
    ] = Path("data"),
    own: Annotated[
        Path | None,
        typer.Option("--images", help="Images of your own, as `export-annotations --kind training` writes them."),
    ] = None,
    name: Annotated[str, typer.Option(help="With --images: what to call the model.")] = "",
    out: Annotated[Path, typer.Option(help="Folder for the card and the weights.")] = Path("weights"),
    runs: Annotated[Path, typer.Option(help="Folder for the models of the folds; what is there is used again.")] = Path(
        "runs"
    ),
    results: Annotated[Path, typer.Option(help="Folder for what was measured.")] = RESULTS,
    fold: Annotated[list[int] | None, typer.Option(help="Only these folds (from 1), and no final model.")] = None,
    change: Annotated[
        list[str] | None, typer.Option(help="SETTING=VALUE of the recipe, for an experiment; give --label too.")
    ] = None,
    label: Annotated[str, typer.Option(help="Name of an experiment; its result goes to RESULTS/tried/.")] = "",
    anew: Annotated[bool, typer.Option(help="Train again what was trained before.")] = False,
    split: Annotated[SplitKind, typer.Option(help="With --images: how frames are kept apart.")] = SplitKind.FOLDS,
    beside_random: Annotated[
        bool, typer.Option(help="With --images: train on frames at random too, to show by how much that flatters.")
    ] = False,
    device: DeviceOption = DeviceName.AUTO,
    threads: Annotated[int, typer.Option(help="CPU threads; one is fastest on a machine that does other work.")] = 1,
    encoder_weights: Annotated[Path | None, typer.Option(help="ImageNet weights of the encoder.")] = None,
) -> None:
    """Make a model from traced images: cross-validate the recipe, then learn from all images.

    The card's scores are those of the cross-validation: every image outlined by the one model that never saw its
    person. With `--fold` only those folds are trained, to share the work among processes or to try something.

    Example: `python -m nerveapp train median-wrist --data path/to/sets`, or on your own corrections
    `python -m nerveapp train peripheral-nerve --images unpacked --name mine`.
    """
    trainer = bootstrap.trainer(device=device, threads=threads, encoder_weights=encoder_weights)
    make = partial(
        make_model,
        trainer=trainer,
        versions=bootstrap.software_versions(),
        on_epoch=_tell_epoch,
        anew=anew,
        parents=bootstrap.model_store(),
    )
    if protocol is Protocol.POSTER:
        _train_poster(make, FolderModelStore(runs), results)
        return
    chosen = _recipe(recipe, change or [])
    if change and not label and own is None:
        raise TrainingError("An experiment needs a name.", "Give --label.")
    images = read_labelled_folder(own or data / chosen.dataset, on_remark=_tell_remark)
    console.print(f"{chosen.title}: {len(images)} images of {len({i.group for i in images})} groups")
    if own is not None:
        if split.by_person and not (own / "groups.csv").exists():
            raise DataError(
                "Nothing says which images are of one person: groups.csv is missing.",
                "Add it (image,group), or give --split frames, which tests on the same people.",
            )
        chosen = recipe_for_own(chosen, images, name=name, split=split)
        report = train_on_own(
            chosen,
            images,
            trainer=trainer,
            runs=runs / name,
            store=FolderModelStore(out),
            on_epoch=_tell_epoch,
            say=console.print,
            beside_random=beside_random,
        )
        for one in report.splits:
            _print_score(one.score)
        return
    run_store = FolderModelStore(runs / label if label else runs)
    folds = [number - 1 for number in fold] if fold else range(chosen.folds)
    measured = _cross_validate(chosen, images, label=label or chosen.name, folds=folds, make=make, store=run_store)
    if label:
        write_result(results / "tried" / f"{label}.json", without_outlines(measured))
    if not label and not fold:
        write_result(results / f"{chosen.name}.json", measured)
        _make_final(chosen, images, measured, make=make, store=FolderModelStore(out))


def _cross_validate(
    recipe: Recipe,
    images: Sequence[LabelledImage],
    *,
    label: str,
    folds: Sequence[int],
    make: Callable[..., ModelCard],
    store: FolderModelStore,
) -> CrossValidation:
    measured = cross_validate(
        recipe,
        images,
        label=label,
        folds=folds,
        make=lambda fold_recipe: make(fold_recipe, images, store=store),
        load=partial(_segmenters, store=store),
        versions=bootstrap.software_versions(),
    )
    for score in summarise_cross_validation(measured):
        _print_score(score)
    return measured


def _make_final(
    recipe: Recipe,
    images: Sequence[LabelledImage],
    measured: CrossValidation,
    *,
    make: Callable[..., ModelCard],
    store: FolderModelStore,
) -> None:
    """Learn from all images, and write on the card what the cross-validation found."""
    card = make(recipe, images, store=store)
    knots, flag_below = confidence_of(measured, measured.engines[-1])
    scored = replace(
        card,
        scores=(*summarise_cross_validation(measured), *_phantom_scores(recipe, store)),
        confidence_knots=knots,
        flag_below=flag_below,
    )
    store.save(scored, store.weights(card.name))


def _train_poster(make: Callable[..., ModelCard], store: FolderModelStore, results: Path) -> None:
    console.print("making four phantom subjects, 500 frames of forearm and wrist each")
    found = run_poster(
        POSTER_RECIPE,
        poster_frames(),
        make=lambda recipe, images: make(recipe, images, store=store),
        load=lambda name: bootstrap.load_segmenter(name, store=store),
        versions=bootstrap.software_versions(),
    )
    write_result(results / "poster.json", found)
    for row in found.rows:
        output.print(f"[bold]{row.protocol}[/bold], {row.site}: leakage {row.leakage:.0%}")
        _print_score(row.score)


def _recipe(name: str, changes: Sequence[str]) -> Recipe:
    if name not in RECIPES:
        raise ModelError(f"There is no recipe called {name}.", f"Recipes: {', '.join(RECIPES)}.")
    settings = asdict(RECIPES[name])
    for change in changes:
        setting, _, value = change.partition("=")
        if setting not in settings:
            raise TrainingError(f"A recipe has no setting {setting}.", f"Settings: {', '.join(settings)}.")
        settings[setting] = value
    try:
        return TypeAdapter(Recipe).validate_python(settings)
    except ValidationError as error:
        first = error.errors()[0]
        raise TrainingError(f"{first['loc'][0]}: {first['msg']}.", "Write --change SETTING=VALUE.") from error


def _tell_epoch(report: EpochReport) -> None:
    console.print(f"epoch {report.number}/{report.epochs}  loss {report.loss:.4f}  rate {report.learning_rate:.2e}")


def _segmenters(name: str, *, store: FolderModelStore) -> list[Segmenter]:
    """Load a model as the reference computes it and as CPUs do."""
    engines = (EngineName.TORCH, EngineName.OPENVINO)
    return [bootstrap.load_segmenter(name, device=DeviceName.CPU, engine=engine, store=store) for engine in engines]


def _phantom_scores(recipe: Recipe, store: FolderModelStore) -> list[Score]:
    stills = phantom_images(UNSEEN_PHANTOM_STILLS, seed=recipe.seed + 1, nerves=recipe_nerves(recipe))
    split = "synthetic stills of subjects not shown in training"
    return [
        summarise_scores(score_images(stills, segmenter), dataset="phantom", split=split, engine=segmenter.engine)
        for segmenter in _segmenters(recipe.name, store=store)
    ]


def evaluate(
    *,
    model: Annotated[str, typer.Option(help="Name of the model, see `models`.")],
    data: Annotated[Path, typer.Option(help="Folder with images/, masks/ and groups.csv.")],
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the figures to this file too.")] = None,
    unseen: Annotated[
        bool, typer.Option(help="Only groups that the model was not trained on, by their names and clips.")
    ] = False,
    flip: Annotated[bool, typer.Option(help="Average with the mirrored frame.")] = False,
    device: DeviceOption = DeviceName.AUTO,
    engine: EngineOption = EngineName.AUTO,
) -> None:
    """Score a model on a folder of traced images.

    In a mask, one shape on black is the nerve; the labels 1 and 2 are nerve and vessel. Without `--unseen` a set the
    model was trained on gives figures on training images, and the output says so.
    """
    segmenter = bootstrap.load_segmenter(model, device=device, engine=engine, flip=flip)
    images = read_labelled_folder(data, on_remark=_tell_remark)
    if unseen:
        known = people_known(images, segmenter.card)
        images = [image for image in images if image.group not in known]
        if not images:
            raise DataError(
                "The model was trained on every group here.",
                "Give images of other people; docs/accuracy.md has the scores out of fold.",
            )
    with progress_bar("scoring") as tell:
        scores = score_images(images, segmenter, on_progress=tell)
    split = _split_in_words(data.resolve().name, images, segmenter.card)
    score = summarise_scores(scores, dataset=data.resolve().name, split=split, engine=segmenter.engine)
    _print_score(score)
    if json_file is not None:
        report = {
            **asdict(score),
            "model": model,
            "sha256": segmenter.card.sha256,
            "notice": NOTICE,
            "images": [asdict(one) for one in scores],
        }
        write_bytes(json_file, strict_json(report))


def _tell_remark(remark: str) -> None:
    console.print(remark, markup=False)


def _split_in_words(dataset: str, images: Sequence[LabelledImage], card: ModelCard) -> str:
    groups, seen = {image.group for image in images}, people_known(images, card)
    if seen:
        return f"INCLUDES TRAINING IMAGES: {len(seen)} of {len(groups)} groups were trained on"
    if groups <= set(card.held_out):
        return "groups held out of training"
    if dataset in {data.name for data in card.trained_on if not data.members}:
        return "MAY INCLUDE TRAINING IMAGES: the card does not name the groups trained on"
    return f"no group of {dataset} by these names was trained on"


def models(*, markdown: Annotated[bool, typer.Option(help="Print the scores as the README's table.")] = False) -> None:
    """List the models, what they learnt from and how they scored on people they never saw."""
    store = bootstrap.model_store()
    if markdown:
        print(scores_as_markdown([store.card(name) for name in store.names()]))
        return
    for name in store.names():
        card = store.card(name)
        refined = f", then {second_look(store, card)}" if card.refinement else ""
        output.print(
            f"[bold]{name}[/bold]  {card.title}; {card.input_width}x{card.input_height}{refined}, {card.encoder}"
        )
        output.print(f"  licence {card.licence}; sha256 {card.sha256}")
        if card.refinement:
            files = ", ".join(f"{one.name} {one.sha256}" for one in card.networks)
            output.print(f"  that sha256 is of the hashes of its two files: {files}")
        for data in card.trained_on:
            output.print(f"  trained on {data.name}: {data.images} images of {data.groups} groups, {data.licence}")
        for score in card.scores:
            _print_score(score)


def second_look(store: FolderModelStore, card: ModelCard) -> str:
    """Say how a model looks closely, such as "2 close looks of 224x128"."""
    close = store.refinement_card(card)
    return f"{len(close.crop_size_factors)} close looks of {close.input_width}x{close.input_height}"


def score_cells(score: Score) -> tuple[str, ...]:
    """Give the figures of a score as cells of a table: n (groups), Dice, interval, IoU, HD95, area error, missed."""
    low, high = score.dice_ci95
    return (
        f"{score.n} ({score.groups})",
        f"{score.dice_mean:.3f} ± {score.dice_sd:.3f}",
        f"{low:.3f}–{high:.3f}",
        f"{score.iou_mean:.3f} ± {score.iou_sd:.3f}",
        "–" if score.hd95_px_median is None else f"{score.hd95_px_median:.1f} px",
        "–" if score.area_error_rel_mean is None else f"{score.area_error_rel_mean:.1%}",
        str(score.missed),
    )


def scores_as_markdown(cards: Sequence[ModelCard]) -> str:
    """Give the scores of models as a Markdown table, a row per set and engine."""
    lines = [
        "| model | images from | engine | n (groups) | Dice | 95 % interval | IoU | HD95 | area error | missed |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for card in cards:
        for score in card.scores:
            cells = (card.name, f"{score.dataset}: {score.split}", score.engine, *score_cells(score))
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _print_score(score: Score) -> None:
    low, high = score.dice_ci95
    hd95 = "–" if score.hd95_px_median is None else f"{score.hd95_px_median:.1f} px"
    error = "–" if score.area_error_rel_mean is None else f"{score.area_error_rel_mean:.1%}"
    output.print(f"  [bold]{score.dataset}[/bold] ({score.split}; {score.engine})")
    output.print(
        f"    n {score.n} images of {score.groups} groups · Dice {score.dice_mean:.3f} ± {score.dice_sd:.3f} "
        f"(95 % interval {low:.3f}–{high:.3f}) · IoU {score.iou_mean:.3f} ± {score.iou_sd:.3f} · "
        f"HD95 median {hd95} · area error {error} · missed {score.missed}"
    )
