"""Stored results of evaluations."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from nerveapp.domain.experiments.results import EvaluationResults


class ResultFiles(Protocol):
    """Keeps what was measured of recipes and models, as files below a folder that goes with the source."""

    def save(self, folder: Path, name: str, result: object) -> None:
        """Write one result, a dataclass of `domain.experiments.results`, whole or not at all.

        Parameters
        ----------
        folder : Path
            Of all results.
        name : str
            Without a suffix, such as "poster" or "tried/LABEL".
        result : object

        Raises
        ------
        WriteError
            If the disk refuses.
        """
        ...

    def load_all(self, folder: Path) -> EvaluationResults:
        """Read everything that is stored.

        Raises
        ------
        DataError
            If a file holds something else than its name says.
        """
        ...
