"""Commands about models: list them, score one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from nerveapp import bootstrap
from nerveapp.cli.console import console, output, progress_bar
from nerveapp.cli.scores import print_score, scores_as_markdown
from nerveapp.domain.actor import Actor
from nerveapp.domain.computing import DeviceName, EngineName
from nerveapp.domain.experiments.shipped_recipes import RECIPES, recipe_called
from nerveapp.domain.model import ModelCard
from nerveapp.ports import ModelStore
from nerveapp.workflows.evaluating.evaluate_model import evaluate_model
from nerveapp.workflows.training.describe_training import describe_training as describe_images_learnt_from

DeviceOption = Annotated[DeviceName, typer.Option(help="Where to compute.")]
EngineOption = Annotated[EngineName, typer.Option(help="What computes.")]


def evaluate(
    *,
    model: Annotated[str, typer.Option(help="Name of the model, see `models`.")],
    data: Annotated[Path, typer.Option(help="Folder with images/, masks/ and groups.csv.")],
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the metrics to this file too.")] = None,
    unseen: Annotated[
        bool, typer.Option(help="Only groups that the model was not trained on, by their names and clips.")
    ] = False,
    flip: Annotated[
        bool, typer.Option(help="Test-time flip: average with the prediction on the flipped frame.")
    ] = False,
    device: DeviceOption = DeviceName.AUTO,
    engine: EngineOption = EngineName.AUTO,
) -> None:
    """Score a model on a folder of traced images.

    In a mask, one shape on black is the nerve; the labels 1 and 2 are nerve and vessel. Without `--unseen` a set the
    model was trained on gives scores on training images, and the output says so.
    """
    app = bootstrap.application()
    segmenter = app.segmenters.segmenter(model, device=device, engine=engine, test_time_flip=flip)
    images = app.labelled_folders.images(data, on_remark=print_remark)
    with progress_bar("scoring") as show:
        found = evaluate_model(images, segmenter, dataset=data.resolve().name, unseen_only=unseen, on_progress=show)
    print_score(found.score)
    if json_file is not None:
        app.files.write(json_file, found.json())


def describe_training(
    *,
    model: Annotated[
        list[str] | None, typer.Option(help=f"Shipped models, by default all: {', '.join(RECIPES)}.")
    ] = None,
    data: Annotated[Path, typer.Option(help="Folder that holds the sets: SET/images, SET/masks, groups.csv.")] = Path(
        "data"
    ),
    weights: Annotated[
        Path | None, typer.Option(help="Folder of the models; by default that of the app's models.")
    ] = None,
) -> None:
    """Write on a model's card how the images look that it learnt from, so that unlike ones are warned of.

    Training does so by itself; this is for models trained before. The weights stay as they are.
    """
    app = bootstrap.application()
    store = app.model_folders.at(weights or app.settings.weights)
    for name in model or RECIPES:
        recipe = recipe_called(name)
        images = app.labelled_folders.images(data / recipe.dataset, on_remark=print_remark)
        card = describe_images_learnt_from(Actor(), recipe, images, store=store)
        output.print(f"{card.name}: {len(images)} images described; sha256 {card.sha256} as before", markup=False)


def print_remark(remark: str) -> None:
    """Print how something was read."""
    console.print(remark, markup=False)


def models(*, markdown: Annotated[bool, typer.Option(help="Print the scores as the README's table.")] = False) -> None:
    """List the models, what they were trained on and how they scored on people they never saw."""
    store = bootstrap.application().models
    if markdown:
        print(scores_as_markdown([store.card(name) for name in store.names()]))
        return
    for name in store.names():
        card = store.card(name)
        refined = f", then {refinement_in_words(store, card)}" if card.refinement else ""
        what = f"{card.title}; {card.input_width}x{card.input_height}{refined}, {card.encoder}"
        output.print(f"[bold]{escape(name)}[/bold]  {escape(what)}")
        output.print(f"  licence {card.licence}; sha256 {card.sha256}", markup=False)
        if card.refinement:
            files = ", ".join(f"{one.name} {one.sha256}" for one in card.networks)
            output.print(f"  that sha256 is of the hashes of its two files: {files}")
        for data in card.trained_on:
            output.print(
                f"  trained on {data.name}: {data.images} images of {data.groups} groups, {data.licence}", markup=False
            )
        for score in card.scores:
            print_score(score)


def refinement_in_words(store: ModelStore, card: ModelCard) -> str:
    """Describe a refinement stage, such as "a refinement stage of 224x128 at 2 crop sizes"."""
    stage = store.refinement_card(card)
    sizes = len(stage.crop_size_factors)
    crops = "1 crop size" if sizes == 1 else f"{sizes} crop sizes"
    return f"a refinement stage of {stage.input_width}x{stage.input_height} at {crops}"
