"""A model to choose for a view: how well it outlined people it never saw, in words, and what to beware of."""

from __future__ import annotations

from dataclasses import dataclass

from nerveapp.domain.view import View, nerve_at_site

FAILED_DICE = 0.5
"""Below this mean Dice a model has failed: at 0.5 an outline misses a nerve as often as it meets it."""

WEAK_DICE = 0.8
"""Below this mean Dice a model is weak: many areas are wrong unless corrected."""


@dataclass(frozen=True, slots=True)
class UnseenScore:
    """How a model outlined people it was not trained on.

    Parameters
    ----------
    dice : float
        Mean over the images, 0 to 1.
    images, people : int
    """

    dice: float
    images: int
    people: int

    @property
    def words(self) -> str:
        """What it is called on pages, such as "Dice 0.94 on 51 images of 22 people, split by person"."""
        images = "image" if self.images == 1 else "images"
        people = "person" if self.people == 1 else "people"
        return f"Dice {self.dice:.2f} on {self.images} {images} of {self.people} {people}, split by person"


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """A model that may be chosen for a view.

    Parameters
    ----------
    name, title : str
        Its name in the store, and what people read.
    view : View
    score : UnseenScore or None
        None where it was not scored on people it had not seen.
    made_for_view : bool
        Whether it was trained for this nerve and site.
    in_use : bool
        Whether it outlines such views unless another is chosen.
    site_scored : bool
        Whether, as far as is known, its score is of images of this site among others.
    """

    name: str
    title: str
    view: View
    score: UnseenScore | None
    made_for_view: bool
    in_use: bool
    site_scored: bool = True

    @property
    def score_words(self) -> str:
        """How good it is, in words."""
        return "not scored on people it had not seen" if self.score is None else self.score.words

    @property
    def warning(self) -> str | None:
        """What to beware of before trusting its outlines of this view, in words; None where there is nothing."""
        reasons = []
        if self.view.placed and not self.made_for_view:
            reasons.append(f"it was not made for {nerve_at_site(self.view.nerve, self.view.site)}")
        if self.score is None:
            reasons.append("it was not scored on people it had not seen")
        elif self.view.placed and self.made_for_view and not self.site_scored:
            reasons.append(f"it was never scored on {nerve_at_site(self.view.nerve, self.view.site)}")
        if self.score is not None and self.score.dice < WEAK_DICE:
            reasons.append(f"it is weak ({self.score.words})")
        if not reasons:
            return None
        said = " and ".join([", ".join(reasons[:-1]), reasons[-1]] if reasons[1:] else reasons)
        return f"{self.title}: {said}. Check every outline before you use an area."
