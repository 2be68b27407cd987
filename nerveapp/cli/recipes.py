"""The command train: a shipped recipe, the poster's protocol, or annotated images."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from pydantic import TypeAdapter, ValidationError

from nerveapp import bootstrap
from nerveapp.cli.console import console, output
from nerveapp.cli.models import DeviceOption, print_remark
from nerveapp.cli.scores import RESULTS, file_name, print_score
from nerveapp.domain.actor import Actor, Right
from nerveapp.domain.computing import DeviceName
from nerveapp.domain.experiments.epochs import EpochReport
from nerveapp.domain.experiments.recipe import Recipe
from nerveapp.domain.experiments.results import CrossValidation
from nerveapp.domain.experiments.shipped_recipes import POSTER_RECIPE, RECIPES, recipe_called
from nerveapp.domain.experiments.split import SplitKind
from nerveapp.domain.labelled import LabelledImage
from nerveapp.domain.model import ModelCard
from nerveapp.errors import DataError, ModelError, TrainingError
from nerveapp.ports import ModelStore, TrainingRun
from nerveapp.workflows.studies.poster import poster_frames, run_poster
from nerveapp.workflows.training.cross_validate import cross_validate, summarise_cross_validation, without_outlines
from nerveapp.workflows.training.custom_recipe import custom_recipe
from nerveapp.workflows.training.custom_training import TrainingTools, train_custom_model
from nerveapp.workflows.training.train import make_model
from nerveapp.workflows.training.train_recipe import make_final_model, on_both_engines


class PublishedProtocol(StrEnum):
    """Published ways of training and testing that can be followed."""

    POSTER = "poster"


def train(
    *,
    recipe: Annotated[str, typer.Argument(help=f"Which model to make: {', '.join(RECIPES)}.")] = "",
    protocol: Annotated[
        PublishedProtocol | None, typer.Option(help="Instead of a model: the published protocol on phantom clips.")
    ] = None,
    data: Annotated[
        Path, typer.Option(help="Folder that holds the recipe's set: SET/images, SET/masks, groups.csv.")
    ] = Path("data"),
    annotated: Annotated[
        Path | None,
        typer.Option("--images", help="Images you annotated, as `export-annotations --kind training` writes them."),
    ] = None,
    name: Annotated[str, typer.Option(help="With --images: what to call the model.")] = "",
    out: Annotated[
        Path | None, typer.Option(help="Folder for the card and the weights; by default that of the app's models.")
    ] = None,
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
        bool,
        typer.Option(
            help="With --images: train on frames at random too, to show by how much that overstates the score."
        ),
    ] = False,
    device: DeviceOption = DeviceName.AUTO,
    threads: Annotated[int, typer.Option(help="CPU threads; one is fastest on a machine that does other work.")] = 1,
    encoder_weights: Annotated[Path | None, typer.Option(help="ImageNet weights of the encoder.")] = None,
) -> None:
    """Make a model from traced images: cross-validate the recipe, then learn from all images.

    The card's scores are those of the cross-validation: every image outlined by the one model that never saw its
    person. With `--fold` only those folds are trained, to share the work among processes or to try something.

    Example: `python -m nerveapp train median-wrist --data path/to/sets`, or on your corrections
    `python -m nerveapp train peripheral-nerve --images unpacked --name mine`.
    """
    app, actor = bootstrap.application(), Actor()
    actor.require(Right.TRAIN)
    tools = app.training_tools(device=device, threads=threads, encoder_weights=encoder_weights)

    def make(one: Recipe, images: Sequence[LabelledImage], *, store: ModelStore) -> ModelCard:
        return make_model(
            TrainingRun(one, _print_epoch),
            images,
            trainer=tools.trainer,
            store=store,
            versions=app.versions,
            anew=anew,
            parents=app.models,
        )

    own = {"--name": bool(name), "--split": split is not SplitKind.FOLDS, "--beside-random": beside_random}
    if protocol is PublishedProtocol.POSTER:
        others = {"RECIPE": bool(recipe), "--images": annotated is not None, "--fold": bool(fold)}
        others |= {"--change": bool(change), "--label": bool(label), "--anew": anew, "--out": out is not None}
        _refuse({**others, **own}, "is of no account for --protocol", "The protocol has its own recipe and images.")
        _train_poster(app, make, app.model_folders.at(runs), results)
        return
    if not recipe:
        raise ModelError("It is not said which model to make.", f"Name a recipe: {', '.join(RECIPES)}.")
    if annotated is not None and (fold or label or anew):
        raise TrainingError(
            "--fold, --label and --anew are of the shipped recipes.",
            "With --images every fold is trained, and one that was cut short goes on.",
        )
    if annotated is None:
        _refuse(own, "is of trainings with --images", "Leave it out, or give --images.")
    chosen = _recipe(recipe, change or [])
    if change and not label and annotated is None:
        raise TrainingError("An experiment needs a name.", "Give --label.")
    images = app.labelled_folders.images(annotated or data / chosen.dataset, on_remark=print_remark)
    console.print(f"{chosen.title}: {len(images)} images of {len({i.group for i in images})} groups")
    store = app.model_folders.at(out or app.settings.weights)
    if annotated is not None:
        if split.by_person and not app.labelled_folders.names_people(annotated):
            raise DataError(
                "It is not known which images are of one person: groups.csv is missing.",
                "Add it (image,group), or give --split frames, which tests on the same people.",
            )
        custom = custom_recipe(chosen, images, name=name, split=split)
        _train_custom(custom, images, app, runs / name, tools=tools, store=store, beside_random=beside_random)
        return
    if fold and not all(1 <= number <= chosen.folds for number in fold):
        raise TrainingError(f"{chosen.name} has the folds 1 to {chosen.folds}.", "Give --fold one of them.")
    folds = [number - 1 for number in fold] if fold else range(chosen.folds)
    run_store = app.model_folders.at(runs / file_name(label) if label else runs)
    measured = _cross_validate(
        chosen, images, label=label or chosen.name, folds=folds, make=make, store=run_store, app=app
    )
    if label:
        app.results.save(results, f"tried/{file_name(label)}", without_outlines(measured))
    elif not fold:
        app.results.save(results, chosen.name, measured)
        make_final_model(
            chosen,
            measured,
            make=lambda final: make(final, images, store=store),
            store=store,
            segmenters=app.segmenters.of(store),
            actor=actor,
        )


def _train_custom(
    recipe: Recipe,
    images: Sequence[LabelledImage],
    app: bootstrap.Application,
    runs: Path,
    *,
    tools: TrainingTools,
    store: ModelStore,
    beside_random: bool,
) -> None:
    """Train on images of one's own, and keep the report with the model."""
    report = train_custom_model(
        Actor(),
        TrainingRun(recipe, _print_epoch, checkpoints=bootstrap.checkpoints(runs / "checkpoints")),
        images,
        tools=tools,
        runs=app.model_folders.at(runs),
        store=store,
        beside_random=beside_random,
        log=console.print,
    )
    store.save_report(report)
    for one in report.splits:
        print_score(one.score)


def _refuse(options: Mapping[str, bool], why: str, hint: str) -> None:
    """Raise TrainingError where an option was given that would be passed over."""
    given = [option for option, there in options.items() if there]
    if given:
        raise TrainingError(f"{given[0]} {why}.", hint)


def _cross_validate(
    recipe: Recipe,
    images: Sequence[LabelledImage],
    *,
    label: str,
    folds: Sequence[int],
    make: Callable[..., ModelCard],
    store: ModelStore,
    app: bootstrap.Application,
) -> CrossValidation:
    measured = cross_validate(
        recipe,
        images,
        label=label,
        folds=folds,
        make=lambda fold_recipe: make(fold_recipe, images, store=store),
        load=partial(on_both_engines, app.segmenters.of(store)),
        versions=app.versions,
    )
    for score in summarise_cross_validation(measured):
        print_score(score)
    return measured


def _train_poster(app: bootstrap.Application, make: Callable[..., ModelCard], store: ModelStore, results: Path) -> None:
    console.print("making four phantom subjects, 500 frames of forearm and wrist each")
    found = run_poster(
        POSTER_RECIPE,
        poster_frames(),
        make=lambda recipe, images: make(recipe, images, store=store),
        load=app.segmenters.of(store).segmenter,
        versions=app.versions,
    )
    app.results.save(results, "poster", found)
    for row in found.rows:
        output.print(f"[bold]{row.protocol}[/bold], {row.site}: leakage {row.leakage:.0%}")
        print_score(row.score)


def _recipe(name: str, changes: Sequence[str]) -> Recipe:
    settings = asdict(recipe_called(name))
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


def _print_epoch(report: EpochReport) -> None:
    console.print(f"epoch {report.number}/{report.epochs}  loss {report.loss:.4f}  rate {report.learning_rate:.2e}")
