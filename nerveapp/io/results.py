"""Measured results as JSON files, from which docs/accuracy.md is written."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from nerveapp.domain.experiments.results import (
    CrossSet,
    CrossValidation,
    EvaluationResults,
    ExternalBaseline,
    Poster,
    Robustness,
    UnfamiliarImages,
)
from nerveapp.domain.experiments.shipped_recipes import RECIPES
from nerveapp.domain.experiments.tracking import Clicks, PhantomTracking
from nerveapp.errors import DataError
from nerveapp.io.atomic import write_bytes
from nerveapp.io.older_names import with_todays_names

Result = TypeVar("Result")


def write_result(path: Path, result: object) -> None:
    """Write a result (a dataclass of `domain.experiments.results`) whole or not at all; raises WriteError."""
    write_bytes(path, TypeAdapter(type(result)).dump_json(result) + b"\n")


def read_result(path: Path, kind: type[Result]) -> Result:
    """Read a result of a kind.

    Raises
    ------
    DataError
        If the file is absent or holds something else.
    """
    try:
        return TypeAdapter(kind).validate_json(with_todays_names(path.read_bytes()))
    except OSError as error:
        raise DataError(
            f"{path} cannot be read: {error.strerror}.", "Make it with the command that measures."
        ) from error
    except ValidationError as error:
        place = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise DataError(f"{path.name} does not hold a {kind.__name__}, see {place}.", "Measure it again.") from error


_EXPERIMENTS = "tried"
_BASELINES = ("external-baselines", "yardsticks")
"""Folders of other programs' results: today's and, for one version, the earlier one."""


class JsonResultFiles:
    """Results as JSON files, one each (the `ResultFiles` port)."""

    def save(self, folder: Path, name: str, result: object) -> None:
        """Write one result; see the port."""
        write_result(folder / f"{name}.json", result)

    def load_all(self, folder: Path) -> EvaluationResults:
        """Read everything that is stored; see the port."""
        return EvaluationResults(
            cross_validations=_present([folder / f"{name}.json" for name in RECIPES], CrossValidation),
            experiments=_present(sorted((folder / _EXPERIMENTS).glob("*.json")), CrossValidation),
            external_baselines=_present(
                [path for name in _BASELINES for path in sorted((folder / name).glob("*.json"))], ExternalBaseline
            ),
            robustness=_present([folder / f"{name}-robustness.json" for name in RECIPES], Robustness),
            cross_set=_if_present(folder / "cross-set.json", CrossSet),
            tracking=_if_present(folder / "tracking.json", PhantomTracking),
            poster=_if_present(folder / "poster.json", Poster),
            unfamiliar=_if_present(folder / "unfamiliar.json", UnfamiliarImages),
            clicks=_present(sorted(folder.glob("clicks-*.json")), Clicks),
        )


def _present(paths: Sequence[Path], kind: type[Result]) -> list[Result]:
    return [read_result(path, kind) for path in paths if path.exists()]


def _if_present(path: Path, kind: type[Result]) -> Result | None:
    return read_result(path, kind) if path.exists() else None
