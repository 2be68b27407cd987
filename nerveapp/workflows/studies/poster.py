"""The protocol of AAN abstract 11-002 on phantom clips, beside the split by subject on the very same frames.

Four subjects, a forearm and a wrist clip of 500 frames each. The abstract dealt frames at random, 4:1, so that nearly
every test frame has a neighbour among the training frames; leaving one subject out asks what a new person would get.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from nerveapp.analysis.splits import leakage
from nerveapp.domain.experiments.recipe import Recipe
from nerveapp.domain.experiments.results import CrossValidation, Poster, ProtocolScore
from nerveapp.domain.experiments.split import SplitKind
from nerveapp.domain.labelled import LabelledImage
from nerveapp.domain.model import ModelCard
from nerveapp.domain.view import Nerve, Site, View
from nerveapp.phantom import phantom_frames, phantom_spec
from nerveapp.ports import Segmenter
from nerveapp.workflows.evaluating.evaluate import summarise_scores
from nerveapp.workflows.training.cross_validate import cross_validate
from nerveapp.workflows.training.train import split_by_recipe

SITES = (Site.FOREARM, Site.WRIST)
FIRST_SUBJECT = 200
RANDOM_PARTS = 5
"""One of five parts tests: 4:1."""


@dataclass(frozen=True, slots=True)
class ClipFrame:
    """A frame and where it comes from."""

    site: Site
    subject: int
    image: LabelledImage


def poster_frames(*, subjects: int = 4, frames: int = 500) -> list[ClipFrame]:
    """Make the frames of all subjects and sites, grouped by subject."""
    made = []
    for subject in range(FIRST_SUBJECT, FIRST_SUBJECT + subjects):
        for site in SITES:
            spec = phantom_spec(seed=1, subject=subject, nerve=Nerve.MEDIAN, site=site, frames=frames)
            for frame in phantom_frames(spec):
                clip = f"{site.value}-{subject}"
                image = LabelledImage(
                    f"{clip}-{frame.index:04d}",
                    f"subject {subject}",
                    frame.image,
                    frame.mask,
                    clip=clip,
                    frame=frame.index,
                    view=View(Nerve.MEDIAN, site),
                )
                made.append(ClipFrame(site, subject, image))
    return made


def run_poster(
    recipe: Recipe,
    frames: Sequence[ClipFrame],
    *,
    make: Callable[[Recipe, Sequence[LabelledImage]], ModelCard],
    load: Callable[[str], Segmenter],
    versions: tuple[tuple[str, str], ...],
) -> Poster:
    """Train and score both ways.

    Parameters
    ----------
    recipe : Recipe
        The same for both.
    frames : sequence of ClipFrame
    make : callable
        Trains by a recipe on images, or gives what was trained by it before.
    load : callable
        Gives a stored model's segmenter by its name.
    versions : tuple of (str, str)
        Software, for the record.
    """
    subjects = len({frame.subject for frame in frames})
    images = [frame.image for frame in frames]

    def run(dealt: Recipe) -> CrossValidation:
        return cross_validate(
            dealt,
            images,
            label=dealt.name,
            folds=dealt.parts_held_out,
            make=lambda fold: make(fold, images),
            load=lambda name: [load(name)],
            versions=versions,
        )

    at_random = replace(recipe, name=f"{recipe.name}-random", split=SplitKind.FRAMES, folds=RANDOM_PARTS)
    left_out = replace(recipe, name=f"{recipe.name}-left-out", split=SplitKind.LEAVE_ONE_OUT, folds=subjects)
    rows = (
        *_rows("frames at random, 4:1", run(at_random), frames),
        *_rows("one subject left out", run(left_out), frames),
    )
    return Poster(recipe, subjects, len(frames) // (subjects * len(SITES)), rows, versions)


def _rows(protocol: str, result: CrossValidation, frames: Sequence[ClipFrame]) -> list[ProtocolScore]:
    images = [frame.image for frame in frames]
    frame_of = {frame.image.name: frame for frame in frames}
    (engine,) = result.engines
    rows = []
    for site in SITES:
        leaked, tested = 0.0, 0
        for fold in result.folds:
            split = split_by_recipe(images, result.recipe.for_fold(fold.number))
            training = [image.frame_key for image in split.training]
            test = [image.frame_key for image in split.held_out if frame_of[image.name].site is site]
            leaked += leakage(training, test) * len(test)
            tested += len(test)
        scores = [image for image in result.out_of_fold(engine) if frame_of[image.name].site is site]
        same_people, dataset = not result.recipe.split.by_person, result.recipe.dataset
        score = summarise_scores(scores, dataset=dataset, split=protocol, engine=engine, unseen_people=not same_people)
        rows.append(ProtocolScore(protocol, site.value, same_people, leaked / tested, score))
    return rows
