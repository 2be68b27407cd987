"""A model as one ZIP: card and reference weights, its refinement stage's, its report. What comes in is checked."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from nerveapp import NOTICE
from nerveapp.domain.model import ModelCard
from nerveapp.domain.score import Score
from nerveapp.errors import AnnotationError, ModelError
from nerveapp.io.annotation_files.zip_files import pack, unpack
from nerveapp.io.model_store import FolderModelStore, card_json, read_report, report_json
from nerveapp.ports import ModelStore, TrainedWeights

_README = "README.txt"
_REPORT = "report.json"
_NAME = r"[A-Za-z0-9][A-Za-z0-9._-]{0,80}"
_HINT = "Take the ZIP as the Models page or the command export-model gives it."


def pack_model(store: ModelStore, name: str) -> bytes:
    """Pack a model; raises ModelError if it is not there or a file of it is damaged."""
    card = store.card(name)
    members = [(_README, f"{NOTICE}\n\nA model of NerveApp: {card.title}.\n".encode())]
    for one in (card, *([store.refinement_card(card)] if card.refinement else [])):
        members.append((f"{one.name}.json", card_json(replace(one, cpu_weights=()))))
        members.append((one.weights.file, store.weights(one.name).safetensors))
    report = store.report(name)
    return pack([*members, (_REPORT, report_json(report))] if report else members)


def unpack_model(data: bytes, store: ModelStore, *, rebuild: Callable[[ModelCard, bytes], TrainedWeights]) -> ModelCard:
    """Check a packed model and add it to a store.

    The files that run on CPUs are made anew from the reference weights: none from outside are.

    Parameters
    ----------
    data : bytes
        The ZIP.
    store : ModelStore
    rebuild : callable
        Builds a network of a card from its weights and makes its CPU files; raises ModelError where they do not fit.

    Raises
    ------
    ModelError
        If it is no such ZIP, a hash differs, a card is not valid, the weights do not fit it, or its name is taken.
    """
    try:
        files = {PurePosixPath(member.name).name: member.read() for member in unpack(data)[0]}
    except AnnotationError as error:
        raise ModelError(f"This is no packed model: {error.message}", _HINT) from error
    report = files.pop(_REPORT, None)
    files.pop(_README, None)
    with TemporaryDirectory() as folder:
        for name, content in files.items():
            if not re.fullmatch(rf"{_NAME}\.(json|safetensors)", name):
                raise ModelError(f"The ZIP holds {name[:60]!r}, which is no file of a model.", _HINT)
            (Path(folder) / name).write_bytes(content)
        if not any(name.endswith(".safetensors") for name in files):
            raise ModelError("The ZIP holds no model.", _HINT)
        found = FolderModelStore(Path(folder))
        if len(found.names()) != 1:
            raise ModelError(f"The ZIP holds {len(found.names())} models where one is expected.", _HINT)
        card = _checked(found, found.names()[0], store)
        second = _checked(found, found.refinement_card(card).name, store) if card.refinement else None
        ready = [(one, rebuild(one, found.weights(one.name).safetensors)) for one in (second, card) if one is not None]
    described = read_report(report, card.name) if report is not None else None
    for one, weights in ready:  # the refinement stage first: a model without its own is none
        saved = store.save(replace(one, cpu_precision="float16"), weights)
    if described is not None and (described.model, described.sha256) == (saved.name, saved.sha256):
        store.save_report(described)
    return saved


class ZipModelPackages:
    """Models as ZIPs (the `ModelPackages` port).

    Parameters
    ----------
    rebuild : callable
        See `unpack_model`.
    """

    def __init__(self, rebuild: Callable[[ModelCard, bytes], TrainedWeights]) -> None:
        self._rebuild = rebuild

    def pack(self, store: ModelStore, name: str) -> bytes:
        """Pack a model; see the port."""
        return pack_model(store, name)

    def add(self, data: bytes, store: ModelStore) -> ModelCard:
        """Check a packed model and add it; see the port."""
        return unpack_model(data, store, rebuild=self._rebuild)


def _checked(found: FolderModelStore, name: str, store: ModelStore) -> ModelCard:
    card = found.card(name)
    if card.weights.file != f"{name}.safetensors":
        raise ModelError(f"The card in {name}.json is another model's.", _HINT)
    if not all(math.isfinite(metric) for score in card.scores for metric in _metrics(score)):
        raise ModelError(f"The card in {name}.json has scores that are no numbers.", _HINT)
    if name in store.stored() and not _left_behind(name, store):
        raise ModelError(f"There is a model called {name} already.", "It is kept; train or pack the other anew.")
    return replace(card, cpu_weights=())


def _left_behind(name: str, store: ModelStore) -> bool:
    """Whether it is a refinement stage whose model never came, as where a disk was full: no card names it."""
    cards = [store.card(one) for one in store.stored()]
    return name not in store.names() and all(one.refinement is None or one.refinement.name != name for one in cards)


def _metrics(score: Score) -> list[float]:
    known = [score.dice_mean, score.dice_sd, score.iou_mean, score.iou_sd, *score.dice_ci95]
    return known + [metric for metric in (score.hd95_px_median, score.area_error_rel_mean) if metric is not None]
