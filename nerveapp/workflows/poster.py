"""The protocol of AAN abstract 11-002 on phantom clips, beside the split by subject on the very same frames.

Four subjects, a forearm and a wrist clip of 500 frames each. The abstract dealt frames at random, 4:1, so that nearly
every test frame has a neighbour among the training frames; leaving one subject out asks what a new person would get.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from nerveapp.analysis.splits import leakage
from nerveapp.domain.exam import Nerve, Site
from nerveapp.domain.labelled import LabelledImage
from nerveapp.domain.model import ModelCard
from nerveapp.domain.recipe import Recipe
from nerveapp.domain.study import CrossValidation, Poster, ProtocolScore
from nerveapp.phantom import phantom_frames, phantom_spec
from nerveapp.ports import Segmenter
from nerveapp.workflows.cross_validate import cross_validate
from nerveapp.workflows.evaluate import summarise_scores
from nerveapp.workflows.train import split_by_group

SITES = (Site.FOREARM, Site.WRIST)
FIRST_SUBJECT = 200
RANDOM_FOLDS = 5
"""One of five parts tests: 4:1."""


@dataclass(frozen=True, slots=True)
class ClipFrame:
    """A frame and where it comes from."""

    site: Site
    subject: int
    index: int
    image: LabelledImage

    @property
    def place(self) -> tuple[str, int]:
        """Clip and frame number."""
        return f"{self.site.value}-{self.subject}", self.index


def poster_frames(*, subjects: int = 4, frames: int = 500) -> list[ClipFrame]:
    """Make the frames of all subjects and sites, grouped by subject."""
    made = []
    for subject in range(FIRST_SUBJECT, FIRST_SUBJECT + subjects):
        for site in SITES:
            spec = phantom_spec(seed=1, subject=subject, nerve=Nerve.MEDIAN, site=site, frames=frames)
            for frame in phantom_frames(spec):
                name = f"{site.value}-{subject}-{frame.index:04d}"
                made.append(
                    ClipFrame(
                        site, subject, frame.index, LabelledImage(name, f"subject {subject}", frame.image, frame.mask)
                    )
                )
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
    by_frame = [replace(frame.image, group=frame.image.name) for frame in frames]
    by_subject = [frame.image for frame in frames]

    def run(images: Sequence[LabelledImage], own: Recipe, folds: Sequence[int]) -> CrossValidation:
        return cross_validate(
            own,
            images,
            label=own.name,
            folds=folds,
            make=lambda fold: make(fold, images),
            load=lambda name: [load(name)],
            versions=versions,
        )

    at_random = replace(recipe, name=f"{recipe.name}-random", folds=RANDOM_FOLDS)
    left_out = replace(recipe, name=f"{recipe.name}-left-out", folds=subjects)
    rows = (
        *_rows("frames at random, 4:1", run(by_frame, at_random, [0]), by_frame, frames, same_people=True),
        *_rows(
            "one subject left out", run(by_subject, left_out, range(subjects)), by_subject, frames, same_people=False
        ),
    )
    return Poster(recipe, subjects, len(frames) // (subjects * len(SITES)), rows, versions)


def _rows(
    protocol: str,
    result: CrossValidation,
    images: Sequence[LabelledImage],
    frames: Sequence[ClipFrame],
    *,
    same_people: bool,
) -> list[ProtocolScore]:
    frame_of = {frame.image.name: frame for frame in frames}
    (engine,) = result.engines
    rows = []
    for site in SITES:
        leaked, tested = 0.0, 0
        for fold in result.folds:
            split = split_by_group(images, result.recipe.for_fold(fold.number))
            training = [frame_of[image.name].place for image in split.training]
            test = [frame_of[image.name].place for image in split.held_out if frame_of[image.name].site is site]
            leaked += leakage(training, test) * len(test)
            tested += len(test)
        # The interval is by subject, whatever the split dealt.
        scores = [
            replace(image, group=str(frame_of[image.name].subject))
            for image in result.out_of_fold(engine)
            if frame_of[image.name].site is site
        ]
        score = summarise_scores(scores, dataset=result.recipe.dataset, split=protocol, engine=engine)
        rows.append(ProtocolScore(protocol, site.value, same_people, leaked / tested, score))
    return rows
