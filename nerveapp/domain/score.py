"""How well a model outlined a set of images."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Score:
    """How a model outlined images.

    Parameters
    ----------
    dataset, split : str
        The set, and in words how the scored images were kept apart from those learnt from.
    engine : str
        What computed the masks.
    n, groups : int
        Images scored, and people (or duplicate sets) they come from.
    dice_mean, dice_sd, iou_mean, iou_sd : float
        Overlap per image on the source grid, 0 to 1.
    hd95_px_median : float or None
        95th-percentile Hausdorff distance, median over images with an outline, in px.
    area_error_rel_mean : float or None
        Mean of |predicted - traced area| / traced area.
    missed : int
        Images of a nerve with a Dice below 0.5.
    dice_ci95 : tuple of float
        95 % interval of the mean Dice, resampled by group.
    unseen_people : bool
        Whether it is known that none of these people was trained on.
    """

    dataset: str
    split: str
    engine: str
    n: int
    groups: int
    dice_mean: float
    dice_sd: float
    iou_mean: float
    iou_sd: float
    hd95_px_median: float | None
    area_error_rel_mean: float | None
    missed: int
    dice_ci95: tuple[float, float]
    unseen_people: bool

    @property
    def dice_interval(self) -> str:
        """Its 95 % interval in words; there is none of one person, whom resampling draws again and again."""
        low, high = self.dice_ci95
        return f"{low:.3f}–{high:.3f}" if self.groups > 1 else "none: one person"
