"""Models as files: `weights/NAME.json` beside `weights/NAME.safetensors`. Nothing is unpickled, hashes are checked."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from nerveapp.domain.experiments.recipe import REFINEMENT_SUFFIX
from nerveapp.domain.experiments.report import TrainingReport
from nerveapp.domain.model import ModelCard, WeightFile
from nerveapp.errors import ModelError, WriteError
from nerveapp.io.atomic import write_bytes
from nerveapp.io.older_names import with_todays_names
from nerveapp.ports import ModelStore, TrainedWeights

_LARGEST_CARD_BYTES = 16 << 20
_CPU_PRECISIONS = ("int8", "float16")
"""In which numbers the files for CPUs may hold a network."""

_CARDS, _REPORTS = TypeAdapter(ModelCard), TypeAdapter(TrainingReport)


def card_json(card: ModelCard) -> bytes:
    """Write a card as it is stored."""
    return _CARDS.dump_json(card, indent=2) + b"\n"


def report_json(report: TrainingReport) -> bytes:
    """Write a report with every tested frame and its outlines."""
    return _REPORTS.dump_json(report) + b"\n"


def read_report(data: bytes, name: str) -> TrainingReport:
    """Read the report of a model; raises ModelError if it is none."""
    try:
        return _REPORTS.validate_json(with_todays_names(data))
    except ValidationError as error:
        raise ModelError(f"The report of {name} is not valid.", "Train it again, or remove its file.") from error


@lru_cache(maxsize=32)
def _report_in(path: Path, name: str, _state: tuple[int, ...]) -> TrainingReport:
    """Read a report once per state of its file: it holds every tested frame, and pages ask on every click."""
    return read_report(path.read_bytes(), name)


class FolderModelStore:
    """Models in one folder (the `ModelStore` port).

    Parameters
    ----------
    folder : Path
        Holds a card and its files per model.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def names(self) -> tuple[str, ...]:
        """Names of all models, sorted; refinement stages are parts of theirs and not among them."""
        return tuple(name for name in self.stored() if not name.endswith(REFINEMENT_SUFFIX))

    def stored(self) -> tuple[str, ...]:
        """Names of all networks, those of refinement stages too, sorted."""
        # A name that begins with a dot is a card that is being written.
        return tuple(sorted(path.stem for path in self._folder.glob("[!.]*.json")))

    def card(self, name: str) -> ModelCard:
        """Read one model's card; see the port."""
        path = self._folder / f"{name}.json"
        if name not in self.stored():
            there = ", ".join(self.names()) or "none"
            raise ModelError(f"There is no model called {name}.", f"Models here: {there}.")
        if path.stat().st_size > _LARGEST_CARD_BYTES:
            raise ModelError(f"The card {path.name} is too large for one.", "Fetch the model again.")
        try:
            card = _CARDS.validate_json(with_todays_names(path.read_bytes()))
        except ValidationError as error:
            place = ".".join(str(part) for part in error.errors()[0]["loc"])
            raise ModelError(
                f"The card {path.name} is not valid at {place or 'its start'}.", "Fetch the model again."
            ) from error
        if card.name != name:
            raise ModelError(f"The card in {path.name} is another model's.", "Fetch the model again.")
        return card

    def refinement_card(self, card: ModelCard) -> ModelCard:
        """Read the card of a model's second network; see the port."""
        if card.refinement is None:
            raise ValueError(f"expected a model with a refinement stage, got {card.name}")
        found = self.card(card.refinement.name)
        if found.weights.sha256 != card.refinement.sha256:
            raise ModelError(
                f"{found.name} is not the refinement stage that {card.name} was scored with (the hash differs).",
                "Fetch both again.",
            )
        return found

    def weights(self, name: str) -> TrainedWeights:
        """Read one model's files; see the port."""
        card = self.card(name)
        reference = self._read(card.weights)
        by_suffix = {Path(file.file).suffix: self._read(file) for file in card.cpu_weights}
        return TrainedWeights(reference, by_suffix.get(".xml", b""), by_suffix.get(".bin", b""))

    def cpu_weights(self, name: str) -> TrainedWeights | None:
        """Read the CPU's files alone; see the port."""
        card = self.card(name)
        if not card.cpu_weights:
            return None
        by_suffix = {Path(file.file).suffix: self._read(file) for file in card.cpu_weights}
        return TrainedWeights(b"", by_suffix[".xml"], by_suffix[".bin"])

    def save(self, card: ModelCard, weights: TrainedWeights) -> ModelCard:
        """Write files and card; see the port. A model is there whole, the old one or the new one, at any moment.

        The card goes last. Where one is there already, it names the files in its place: until these are written anew
        the new model stands under names of its own.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        if not (self._folder / f"{card.name}.json").exists():
            return self._save(card, weights, card.name)
        meanwhile = self._save(card, weights, f".{card.name}-{hashlib.sha256(weights.safetensors).hexdigest()[:16]}")
        complete = self._save(card, weights, card.name)
        named = {file.file for file in complete.cpu_weights}
        before = {f"{card.name}.{numbers}.{kind}" for numbers in _CPU_PRECISIONS for kind in ("xml", "bin")}
        for name in (*(file.file for file in (meanwhile.weights, *meanwhile.cpu_weights)), *(before - named)):
            (self._folder / name).unlink(missing_ok=True)
        return complete

    def _save(self, card: ModelCard, weights: TrainedWeights, stem: str) -> ModelCard:
        reference = self._write(f"{stem}.safetensors", weights.safetensors)
        cpu = (
            (
                self._write(f"{stem}.{card.cpu_precision}.xml", weights.cpu_xml),
                self._write(f"{stem}.{card.cpu_precision}.bin", weights.cpu_bin),
            )
            if weights.cpu_xml
            else ()
        )
        complete = replace(card, weights=reference, cpu_weights=cpu)
        write_bytes(self._folder / f"{card.name}.json", card_json(complete))
        return complete

    def remove(self, name: str) -> None:
        """Remove a model; see the port. The card goes first: a model without one is none."""
        card = self.card(name)
        parts = [card]
        own = f"{name}{REFINEMENT_SUFFIX}"  # one of another name is another model's too
        if card.refinement is not None and card.refinement.name == own and own in self.stored():
            parts.append(self.card(card.refinement.name))
        try:
            for part in parts:
                (self._folder / f"{part.name}.json").unlink()
                for file in (part.weights, *part.cpu_weights):
                    (self._folder / Path(file.file).name).unlink(missing_ok=True)
                (self._folder / "reports" / f"{part.name}.json").unlink(missing_ok=True)
        except OSError as error:
            raise WriteError(
                f"{name} cannot be removed: {error.strerror or error}.", "Ask whoever runs this server."
            ) from error

    def save_report(self, report: TrainingReport) -> None:
        """Keep what is known of a model beyond its card; see the port."""
        write_bytes(self._folder / "reports" / f"{report.model}.json", report_json(report))

    def report(self, name: str) -> TrainingReport | None:
        """Read a model's report; see the port."""
        path = self._folder / "reports" / f"{name}.json"
        if name not in self.stored() or not path.is_file():
            return None
        state = path.stat()
        found = _report_in(path, name, (state.st_ino, state.st_mtime_ns, state.st_size))
        return found if found.sha256 == self.card(name).sha256 else None

    def _read(self, file: WeightFile) -> bytes:
        path = self._folder / file.file
        if path.parent != self._folder or not path.is_file():
            raise ModelError(f"The file {file.file} of a model is missing.", f"Put it into {self._folder.name}/.")
        data = path.read_bytes()
        if hashlib.sha256(data).hexdigest() != file.sha256:
            raise ModelError(
                f"{file.file} is not the file its card describes (the hash differs).",
                "It was altered or damaged: fetch the model again.",
            )
        return data

    def _write(self, name: str, data: bytes) -> WeightFile:
        write_bytes(self._folder / name, data)
        return WeightFile(name, hashlib.sha256(data).hexdigest())


class DiskModelFolders:
    """Folders of models (the `ModelFolders` port)."""

    def at(self, folder: Path) -> ModelStore:
        """Give a folder's models; see the port."""
        return FolderModelStore(folder)
