"""Real stills of a public set under CC BY, and which models have seen whom of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nerveapp.domain.experiments.recipe import REFINEMENT_SUFFIX
from nerveapp.domain.model import ModelCard
from nerveapp.domain.view import Nerve, Site, View

ATTRIBUTION = "Image: Timm Kandaouroff, usgra-seg (github.com/tmkand/usgra-seg), CC BY 4.0."


@dataclass(frozen=True, slots=True)
class PublicStill:
    """One still.

    Parameters
    ----------
    title : str
        What to call it.
    file : str
        Its name in the public set.
    sha256 : str
        Hash that its bytes must have; a clip made of it alone has the same.
    """

    title: str
    file: str
    sha256: str

    @property
    def group(self) -> str:
        """The person it is of, by the name that the set's groups.csv gives."""
        return self.file.removesuffix(".png")


STILLS: tuple[PublicStill, ...] = (
    PublicStill("Nerve beside vessels", "0045.png", "bbbb6439b4d7206c937ad814301b3be9116c8c7794fbe90d573da557b48ada72"),
    PublicStill("Deep nerve in fat", "0082.png", "214c7fbfdfa2f45b5455ec559b6771c74ed7f299ce84b252b8449f7d3541deec"),
    PublicStill(
        "Nerve between muscles", "0101.png", "23a175a9c58cf8a8f8fe25b497198a497b6a5828bebfedadb8dc21dd363f4609"
    ),
)

STILLS_VIEW = View(Nerve.OTHER, Site.OTHER)
"""What they show: the set is of several nerves and does not say which."""


def seen_in_training(still: PublicStill, cards: Sequence[ModelCard]) -> str:
    """Say of every model whether it has seen a still's person in training, so that nobody takes a fit for a result.

    Parameters
    ----------
    still : PublicStill
    cards : sequence of ModelCard
        Of all networks of an installation, those of refinement stages too: a model has seen whom either of its two has.

    Returns
    -------
    str
        A sentence for the models that have, one for those that have not; "" without models.
    """
    knowing = {card.name for card in cards if card.knows(still.group, still.sha256)}
    models = [card for card in cards if not card.name.endswith(REFINEMENT_SUFFIX)]
    seen = [card.name for card in models if _networks(card) & knowing]
    others = [card.name for card in models if not _networks(card) & knowing]
    return " ".join(_sentence(names, have=have) for names, have in ((seen, True), (others, False)) if names)


def _sentence(models: Sequence[str], *, have: bool) -> str:
    several = len(models) > 1
    listed = ", ".join(models[:-1]) + " and " + models[-1] if several else models[0]
    verb = f"{'have' if several else 'has'}{'' if have else ' not'}"
    return f"The {'models' if several else 'model'} {listed} {verb} seen this person in training."


def _networks(card: ModelCard) -> set[str]:
    return {card.name} | ({card.refinement.name} if card.refinement else set())
