"""Score a model on a set of traced images, and report which of them it was trained on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from nerveapp import NOTICE
from nerveapp.analysis.strict_json import strict_json
from nerveapp.domain.experiments.results import ImageScore
from nerveapp.domain.labelled import LabelledImage
from nerveapp.domain.model import ModelCard
from nerveapp.domain.score import Score
from nerveapp.errors import DataError
from nerveapp.ports import Segmenter
from nerveapp.workflows.evaluating.evaluate import score_images, summarise_scores
from nerveapp.workflows.evaluating.judge import people_known


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How a model outlined a set of images.

    Parameters
    ----------
    model, sha256 : str
    score : Score
        Its split states in words whether images of the set were trained on.
    images : tuple of ImageScore
    """

    model: str
    sha256: str
    score: Score
    images: tuple[ImageScore, ...]

    def json(self) -> bytes:
        """Write it as JSON, with the notice."""
        return strict_json(
            {
                **asdict(self.score),
                "model": self.model,
                "sha256": self.sha256,
                "notice": NOTICE,
                "images": [asdict(one) for one in self.images],
            }
        )


def evaluate_model(
    images: Sequence[LabelledImage],
    segmenter: Segmenter,
    *,
    dataset: str,
    unseen_only: bool,
    on_progress: Callable[[int, int], None] = lambda *_: None,
) -> Evaluation:
    """Score a model on traced images.

    Parameters
    ----------
    images : sequence of LabelledImage
    segmenter : Segmenter
    dataset : str
        Name of the set.
    unseen_only : bool
        Leave out the people it was trained on, known by their names or by one of their clips.
    on_progress : callable
        Called with images done and images in all.

    Raises
    ------
    DataError
        If no image is left.
    """
    card = segmenter.card
    if unseen_only:
        known = people_known(((image.group, image.clip) for image in images), card)
        images = [image for image in images if image.group not in known]
        if not images:
            raise DataError(
                "The model was trained on every group here.",
                "Give images of other people; docs/accuracy.md has the scores out of fold.",
            )
    scores = score_images(images, segmenter, on_progress=lambda done: on_progress(done, len(images)))
    words, unseen = split_in_words(dataset, images, card)
    score = summarise_scores(scores, dataset=dataset, split=words, engine=segmenter.engine, unseen_people=unseen)
    return Evaluation(card.name, card.sha256, score, tuple(scores))


def split_in_words(dataset: str, images: Sequence[LabelledImage], card: ModelCard) -> tuple[str, bool]:
    """Say in words whether a model was trained on people of a set, and whether it is known that on none of them."""
    people = {(image.group, image.clip) for image in images}
    groups, seen = {person for person, _ in people}, people_known(people, card)
    if seen:
        return f"INCLUDES TRAINING IMAGES: {len(seen)} of {len(groups)} groups were trained on", False
    if groups <= set(card.held_out):
        return "groups held out of training", True
    if card.unnamed_sets:
        return "MAY INCLUDE TRAINING IMAGES: the card does not name all groups trained on", False
    return f"no group of {dataset} by these names was trained on", True
