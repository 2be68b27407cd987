"""What was measured of a recipe or a model: results as they are stored, from which docs/accuracy.md is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nerveapp.domain.experiments.recipe import Recipe
from nerveapp.domain.experiments.tracking import Clicks, PhantomTracking
from nerveapp.domain.score import Score
from nerveapp.domain.segmentation import Flag, Polygon


@dataclass(frozen=True, slots=True)
class ImageScore:
    """How one image was outlined.

    Parameters
    ----------
    name, group : str
        The image and the person.
    dice, iou : float
        Overlap, 0 to 1.
    hd95_px : float or None
        95th-percentile Hausdorff distance; None where an outline is absent.
    area_px, traced_px : int
        Predicted and traced area in source pixels.
    confidence : float
        The Dice the model expects, 0 to 1.
    flags : tuple of Flag
        Why the frame is flagged for review.
    outline : tuple of polygons
        Points (x, y) on the source grid of each predicted part.
    assd_px : float or None
        Average symmetric surface distance; None where an outline is absent, or it was not measured.
    """

    name: str
    group: str
    dice: float
    iou: float
    hd95_px: float | None
    area_px: int
    traced_px: int
    confidence: float
    flags: tuple[Flag, ...] = ()
    outline: tuple[Polygon, ...] = ()
    assd_px: float | None = None

    @property
    def area_error_rel(self) -> float | None:
        """|predicted - traced area| / traced area; None where nothing was traced."""
        return abs(self.area_px - self.traced_px) / self.traced_px if self.traced_px else None


@dataclass(frozen=True, slots=True)
class EngineScores:
    """The images held out from one fold, as one engine outlined them."""

    engine: str
    images: tuple[ImageScore, ...]


@dataclass(frozen=True, slots=True)
class Fold:
    """One training of a cross-validation.

    Parameters
    ----------
    number : int
        From 0.
    training_images, training_groups : int
        What was learnt from, phantoms not counted.
    losses : tuple of float
        Mean training loss of each epoch.
    scores : tuple of EngineScores
        The held-out images, by the reference engine and, where it was made, by the CPU's.
    """

    number: int
    training_images: int
    training_groups: int
    losses: tuple[float, ...]
    scores: tuple[EngineScores, ...]


@dataclass(frozen=True, slots=True)
class CrossValidation:
    """A recipe trained once per fold, every image scored by the one model that never saw its group.

    Parameters
    ----------
    label : str
        What it is called among the results.
    recipe : Recipe
        The recipe of all folds.
    folds : tuple of Fold
        Those that were run; an experiment may run fewer than the recipe has.
    versions : tuple of (str, str)
        Software it was run with.
    """

    label: str
    recipe: Recipe
    folds: tuple[Fold, ...]
    versions: tuple[tuple[str, str], ...]

    @property
    def engines(self) -> tuple[str, ...]:
        """Engines that scored every fold."""
        return tuple(scores.engine for scores in self.folds[0].scores)

    def out_of_fold(self, engine: str) -> list[ImageScore]:
        """All held-out images of all folds, as one engine outlined them."""
        return [
            image for fold in self.folds for scores in fold.scores if scores.engine == engine for image in scores.images
        ]


@dataclass(frozen=True, slots=True)
class ExternalBaseline:
    """Another program, trained on the same folds as a recipe.

    Parameters
    ----------
    label, how : str
        The program, and how it was trained.
    recipe_name : str
        Whose folds.
    folds : tuple of Fold
        Those that were run.
    """

    label: str
    how: str
    recipe_name: str
    folds: tuple[Fold, ...]


@dataclass(frozen=True, slots=True)
class ChangedScore:
    """Images under one simulated change of machine.

    Parameters
    ----------
    change, severity : str
        Which change, and "mild", "moderate" or "severe"; both "none" for the images as they are.
    score : Score
        How they were outlined.
    """

    change: str
    severity: str
    score: Score


@dataclass(frozen=True, slots=True)
class Robustness:
    """Held-out images under simulated changes of machine, each outlined by the model of the fold that never saw it."""

    recipe_name: str
    rows: tuple[ChangedScore, ...]
    versions: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class CrossSet:
    """Models on a set none of whose images they were trained on."""

    rows: tuple[tuple[str, Score], ...]
    versions: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class WarnedImages:
    """How many images a model warns of before it outlines them.

    Parameters
    ----------
    model, shown : str
        The model, and what it was shown.
    change, severity : str
        A simulated change of machine, see `ChangedScore`.
    images, groups, warned : int
        How many were shown, of how many people, and how many were warned of.
    """

    model: str
    shown: str
    change: str
    severity: str
    images: int
    groups: int
    warned: int


@dataclass(frozen=True, slots=True)
class UnfamiliarImages:
    """Which images models warn of: some of a kind they learnt from, held out, and others."""

    rows: tuple[WarnedImages, ...]
    versions: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ProtocolScore:
    """One way of splitting the poster's frames, and what it gave at one site.

    Parameters
    ----------
    protocol : str
        How frames were kept apart.
    site : str
    same_people : bool
        Whether frames of one subject were on both sides.
    leakage : float
        Share of test frames within two frames of a training frame of their clip.
    score : Score
        On the test frames of the site.
    """

    protocol: str
    site: str
    same_people: bool
    leakage: float
    score: Score


@dataclass(frozen=True, slots=True)
class Poster:
    """The poster's protocol on phantom clips, beside the split by subject on the same frames."""

    recipe: Recipe
    subjects: int
    frames_per_clip: int
    rows: tuple[ProtocolScore, ...]
    versions: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class EvaluationResults:
    """Everything measured that docs/accuracy.md is written from; None or empty where it was not measured."""

    cross_validations: Sequence[CrossValidation]
    experiments: Sequence[CrossValidation]
    external_baselines: Sequence[ExternalBaseline]
    robustness: Sequence[Robustness]
    cross_set: CrossSet | None
    tracking: PhantomTracking | None
    poster: Poster | None
    unfamiliar: UnfamiliarImages | None = None
    clicks: Sequence[Clicks] = ()
