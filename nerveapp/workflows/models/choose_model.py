"""Which model outlines a view: the one in use, those a clinician may choose from, and whether they are good enough."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nerveapp.domain.experiments.report import TestedFrame, TrainingReport
from nerveapp.domain.model import SYNTHETIC, ModelCard
from nerveapp.domain.model_choice import FAILED_DICE, ModelChoice, UnseenScore
from nerveapp.domain.promotion import Role
from nerveapp.domain.score import Score
from nerveapp.domain.view import Site, View
from nerveapp.errors import ModelError
from nerveapp.ports import ModelRegistry, ModelStore

SITES_SHOWN = {
    "median-wrist": frozenset({Site.WRIST}),
    "usgra-nerves": frozenset({Site.ELBOW, Site.POPLITEAL, Site.OTHER}),
}
"""Sites that the published sets show: usgra-nerves has interscalene, axillary, elbow, femoral and popliteal images."""


def model_in_use(role: Role, registry: ModelRegistry | None, models: ModelStore) -> str:
    """Give the model that was promoted for a role, as long as it is here unchanged; else the shipped one.

    Parameters
    ----------
    role : Role
    registry : ModelRegistry or None
        None where there is no database yet: then none was promoted.
    models : ModelStore

    Raises
    ------
    StoreError
        If the registry cannot be read: another model must not measure in place of the promoted one.
    """
    steps = () if registry is None else registry.promotions(role)
    if not steps:
        return role.shipped
    name, sha256 = steps[-1].model, steps[-1].sha256
    return name if is_unchanged(name, sha256, models) else role.shipped


def default_model(view: View, models: ModelStore, registry: ModelRegistry | None) -> str:
    """Choose the model for a view among those present: the one in use for it, else the shipped one, else any.

    Raises
    ------
    ModelError
        If there is no model at all.
    StoreError
        If the registry cannot be read.
    """
    names, role = models.names(), Role.of(view)
    if not names:
        raise ModelError("No model is installed.", "Put a model's card and weights into weights/.")
    return next((name for name in (model_in_use(role, registry, models), role.shipped) if name in names), names[0])


def models_to_choose(view: View, models: ModelStore, registry: ModelRegistry | None) -> tuple[ModelChoice, ...]:
    """List the models that a clinician may choose for a view, the best first.

    The one in use comes first, then those made for this nerve and site, each by their Dice on people they had not
    seen. Left out are models that have failed by their own card or report (a mean Dice below `FAILED_DICE`), or were
    never scored; the one in use is always among them, with its warning. Models left out remain on the Models page and
    on the command line.

    Parameters
    ----------
    view : View
    models : ModelStore
    registry : ModelRegistry or None
        None where there is no database yet.

    Raises
    ------
    ModelError
        If there is no model at all.
    StoreError
        If the registry cannot be read.
    """
    default = default_model(view, models, registry)
    offered = [
        name for name in models.names() if name == default or not has_failed(models.card(name), models.report(name))
    ]
    return tuple(sorted((choice_of(name, view, models, registry) for name in offered), key=_worth, reverse=True))


def choice_of(name: str, view: View, models: ModelStore, registry: ModelRegistry | None) -> ModelChoice:
    """Describe one model for a view, whether it would be offered or not; raises as `models_to_choose` does."""
    card, report = models.card(name), models.report(name)
    promoted = [role for role in Role if model_in_use(role, registry, models) == name]
    made = any(_made_for(view, report, role_of_model=role) for role in promoted or (_shipped_for(name),))
    in_use = name == default_model(view, models, registry)
    return ModelChoice(name, card.title, view, unseen_score(card, report, view), made, in_use, _site_scored(card, view))


def choice_made(model: ModelCard, view: View, models: ModelStore, registry: ModelRegistry | None) -> ModelChoice:
    """Describe the model of a result for a view: by its own card where it is gone, or another one bears its name."""
    if is_here(model, models):
        return choice_of(model.name, view, models, registry)
    made = _made_for(view, None, role_of_model=_shipped_for(model.name))
    return ModelChoice(
        model.name, model.title, view, unseen_score(model, None, view), made, False, _site_scored(model, view)
    )


def unseen_score(card: ModelCard, report: TrainingReport | None, view: View | None = None) -> UnseenScore | None:
    """Give how a model outlined people it was not trained on; None where that was not measured.

    Of a model that was trained here it is the score on the frames of this nerve and site, where some were held out;
    else the score over everything.

    Parameters
    ----------
    card : ModelCard
    report : TrainingReport or None
        Of its training, where there is one.
    view : View, optional
        Any by default.
    """
    if view is not None and report is not None and report.recipe.split.by_person:
        frames = [one for one in report.frames if _shows(one, view)]
        if frames:
            people = {one.score.group for one in frames}
            return UnseenScore(float(np.mean([one.score.dice for one in frames])), len(frames), len(people))
    scores = [one.score for one in report.splits if one.score.unseen_people] if report else []
    scores += [score for score in _real(card.scores) if score.unseen_people]
    return UnseenScore(scores[0].dice_mean, scores[0].n, scores[0].groups) if scores else None


def is_here(model: ModelCard, models: ModelStore) -> bool:
    """Say whether the very model of a result is here; others may have come under its name."""
    return is_unchanged(model.name, model.sha256, models)


def is_unchanged(name: str, sha256: str, models: ModelStore) -> bool:
    """Say whether there is a model of this name and hash."""
    return name in models.names() and models.card(name).sha256 == sha256


def unseen_area_error(card: ModelCard) -> float | None:
    """Give the mean of |predicted - traced area| / traced area on people a model had not seen; None where not known."""
    scores = [score for score in _real(card.scores) if score.unseen_people]
    return next((one.area_error_rel_mean for one in scores if one.area_error_rel_mean is not None), None)


def has_failed(card: ModelCard, report: TrainingReport | None) -> bool:
    """Whether a model's own card and report rule it out: a score below `FAILED_DICE`, or none at all."""
    scores = [*(one.score for one in (report.splits if report else ())), *_real(card.scores)]
    return not scores or any(score.dice_mean < FAILED_DICE for score in scores)


def _real(scores: Sequence[Score]) -> list[Score]:
    return [score for score in scores if score.dataset != SYNTHETIC]


def _shows(frame: TestedFrame, view: View) -> bool:
    return frame.view is not None and (frame.view.nerve, frame.view.site) == (view.nerve, view.site)


def _shipped_for(name: str) -> Role | None:
    return next((role for role in Role if role.shipped == name), None)


def _made_for(view: View, report: TrainingReport | None, *, role_of_model: Role | None) -> bool:
    """Whether a model was trained on this nerve and site, or, where its frames do not say so, is meant for them."""
    known = [one for one in report.frames if one.view is not None] if report else []
    if known:
        return any(_shows(one, view) for one in known)
    return role_of_model is Role.of(view)


def _site_scored(card: ModelCard, view: View) -> bool:
    """Whether the sets a model was scored on show a site; taken as so where nobody says what they show."""
    sets = {score.dataset for score in _real(card.scores)}
    return not sets <= SITES_SHOWN.keys() or any(view.site in SITES_SHOWN[name] for name in sets) or not sets


def _worth(choice: ModelChoice) -> tuple[bool, bool, float]:
    return choice.in_use, choice.made_for_view, -1.0 if choice.score is None else choice.score.dice
