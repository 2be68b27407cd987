"""Commands about accuracy: measure what `train` does not, and write docs/accuracy.md from all that was measured."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from nerveapp import bootstrap
from nerveapp.analysis.outline_sheets import outline_sheets
from nerveapp.analysis.pictures import png_of
from nerveapp.cli.accuracy_figures import training_curves
from nerveapp.cli.accuracy_page import accuracy_page
from nerveapp.cli.console import output, progress_bar
from nerveapp.cli.scores import RESULTS, file_name
from nerveapp.demo import DEMO_CLIP
from nerveapp.domain.clip import Clip
from nerveapp.domain.experiments.shipped_recipes import recipe_called
from nerveapp.workflows.evaluating.evaluate import summarise_scores
from nerveapp.workflows.studies.clicks import measure_clicks
from nerveapp.workflows.studies.cross_set import measure_cross_set
from nerveapp.workflows.studies.external_baseline import score_external_baseline
from nerveapp.workflows.studies.followed_confidence import fit_followed_confidence
from nerveapp.workflows.studies.phantom_clips import MEANT_FOR
from nerveapp.workflows.studies.phantom_tracking import measure_tracking, with_clip
from nerveapp.workflows.studies.robustness import measure_robustness
from nerveapp.workflows.studies.unfamiliar_images import measure_unfamiliar

PAGE = bootstrap.REPOSITORY / "docs" / "accuracy.md"
DataOption = Annotated[Path, typer.Option(help="Folder that holds the sets: SET/images, SET/masks, groups.csv.")]
ResultsOption = Annotated[Path, typer.Option(help="Folder for what was measured.")]


class Study(StrEnum):
    """What can be measured beside the cross-validation that `train` does."""

    ROBUSTNESS = "robustness"
    CROSS_SET = "cross-set"
    TRACKING = "tracking"
    FOLLOWED_CONFIDENCE = "followed-confidence"
    CLICKS = "clicks"
    UNFAMILIAR = "unfamiliar"
    TEMPORAL_STABILITY = "temporal-stability"  # earlier names of tracking, for scripts
    STEADINESS = "steadiness"


def measure(
    *,
    study: Annotated[Study, typer.Argument(help="What to measure.")],
    data: DataOption = Path("data"),
    runs: Annotated[Path, typer.Option("--runs", "--models", help="Folder of the folds' models, see `train`.")] = Path(
        "runs"
    ),
    recipe: Annotated[str, typer.Option(help="Whose folds (robustness, clicks).")] = "median-wrist",
    label: Annotated[str, typer.Option(help="What these models try; the kept recipe without it (clicks).")] = "",
    subjects: Annotated[int, typer.Option(min=1, help="Phantom subjects of each site (tracking, its confidence).")] = 8,
    frames: Annotated[int, typer.Option(min=2, help="Frames of each phantom clip (tracking, its confidence).")] = 100,
    site: Annotated[
        list[str] | None, typer.Option(help='Such as "median wrist"; the others stay as measured before (tracking).')
    ] = None,
    results: ResultsOption = RESULTS,
) -> None:
    """Measure what `train` does not, each a section of docs/accuracy.md.

    robustness to other machines; accuracy on the other set (cross-set); following through phantom clips (tracking), and
    what the confidence of followed outlines means (followed-confidence, which is fitted anew and kept on the models'
    cards); outlining by a click (clicks); warnings before an analysis (unfamiliar).

    Example: `python -m nerveapp measure robustness --data path/to/sets`
    """
    of = recipe_called(recipe)
    app = bootstrap.application()
    if study is Study.ROBUSTNESS:
        with progress_bar("folds") as show:
            robustness = measure_robustness(
                of,
                app.labelled_folders.images(data / of.dataset),
                load=app.segmenters.of(app.model_folders.at(runs)).segmenter,
                versions=app.versions,
                on_progress=show,
            )
        app.results.save(results, f"{recipe}-robustness", robustness)
    elif study is Study.CROSS_SET:
        with progress_bar("images") as show:
            crossed = measure_cross_set(
                images=lambda dataset: app.labelled_folders.images(data / dataset),
                load=app.segmenters.segmenter,
                versions=app.versions,
                on_progress=show,
            )
        app.results.save(results, "cross-set", crossed)
    elif study is Study.UNFAMILIAR:
        with progress_bar("descriptions") as show:
            warned = measure_unfamiliar(
                images=lambda dataset: app.labelled_folders.images(data / dataset),
                clips={name: [frame.image for frame in clip.frames()] for name, clip in _clips(app, data / "clips")},
                versions=app.versions,
                on_progress=show,
            )
        app.results.save(results, "unfamiliar", warned)
    elif study is Study.CLICKS:
        with progress_bar("images") as show:
            store = app.model_folders.at(runs)
            clicked = measure_clicks(
                of,
                app.labelled_folders.images(data / of.dataset),
                label=label,
                stored=store.stored(),
                load=app.segmenters.of(store).segmenter,
                versions=app.versions,
                on_progress=show,
            )
        app.results.save(results, f"clicks-{file_name(recipe, label)}", clicked)
    elif study is Study.FOLLOWED_CONFIDENCE:
        _fit_followed_confidence(app, subjects=subjects, frames=frames)
        return
    else:
        with progress_bar("clips") as show:
            load = app.segmenters.segmenter
            kept = app.results.load_all(results).tracking
            for tracked in measure_tracking(load, sites=site or (), subjects=subjects, frames=frames, on_progress=show):
                kept = with_clip(kept, tracked, app.versions)
                app.results.save(results, "tracking", kept)
    output.print(f"written to {results}; now run: python -m nerveapp accuracy", markup=False)


def _fit_followed_confidence(app: bootstrap.Application, *, subjects: int, frames: int) -> None:
    for model in MEANT_FOR:
        with progress_bar(f"clips, {model}") as show:
            card = fit_followed_confidence(
                model,
                segmenter=app.segmenters.segmenter(model),
                store=app.models,
                subjects=subjects,
                frames=frames,
                on_progress=show,
            )
        pairs = ", ".join(f"{certainty:.2f} to {expected:.2f}" for certainty, expected in card.followed_knots)
        output.print(f"{model}: certainty and Dice to expect {pairs}; now measure tracking again", markup=False)


def _clips(app: bootstrap.Application, folder: Path) -> Iterator[tuple[str, Clip]]:
    yield "the demo clip (phantom)", app.local_clips.open([DEMO_CLIP])
    for path in sorted(folder.glob("*")):
        yield f"{path.stem} (clip)", app.local_clips.open([path])


def external_baseline(
    *,
    masks: Annotated[Path, typer.Argument(help="Folder of masks the other program made, NAME.png.")],
    label: Annotated[str, typer.Option(help="The program and its version.")],
    how: Annotated[str, typer.Option(help="How it was trained.")],
    beside: Annotated[str, typer.Option(help="On whose folds.")] = "median-wrist",
    data: DataOption = Path("data"),
    results: ResultsOption = RESULTS,
) -> None:
    """Score another program on our folds: its masks of held-out images, for docs/accuracy.md.

    Example: `python -m nerveapp external-baseline masks/ --label "nnU-Net 2.8" --how "2d, fold 1" --data path/to/sets`
    """
    app, recipe = bootstrap.application(), recipe_called(beside)
    images = app.labelled_folders.images(data / recipe.dataset)
    found = score_external_baseline(recipe, images, app.labelled_folders.masks(masks), label=label, how=how)
    app.results.save(results, f"external-baselines/{file_name(beside, label)}", found)
    for fold in found.folds:
        score = summarise_scores(
            fold.scores[0].images, dataset=recipe.dataset, split="", engine=label, unseen_people=True
        )
        output.print(f"fold {fold.number + 1}: Dice {score.dice_mean:.3f} ± {score.dice_sd:.3f}", markup=False)


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
    app = bootstrap.application()
    found = app.results.load_all(results)
    app.files.write(page, accuracy_page(found).encode())
    for name, drawing in training_curves(found.cross_validations).items():
        app.files.write(page.parent / "accuracy" / name, drawing)
    output.print(f"written: {page}", markup=False)
    if sheets is not None:
        for result in found.cross_validations:
            images = app.labelled_folders.images(data / result.recipe.dataset)
            for which, sheet in outline_sheets(result, images).items():
                app.files.write(sheets / f"{result.recipe.name}-{which}.png", png_of(sheet[..., ::-1]))
