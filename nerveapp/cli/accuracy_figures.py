"""The figures of docs/accuracy.md, as SVG."""

from __future__ import annotations

import io
from collections.abc import Sequence

from nerveapp.domain.experiments.results import CrossValidation
from nerveapp.errors import DataError


def training_curves(results: Sequence[CrossValidation]) -> dict[str, bytes]:
    """Draw the training curves of each cross-validation, by file name.

    Raises
    ------
    DataError
        If matplotlib is not installed.
    """
    try:
        import matplotlib as mpl  # noqa: PLC0415 - only those who write the page need it
        from matplotlib.figure import Figure  # noqa: PLC0415
    except ImportError as error:
        raise DataError("Matplotlib is not installed.", "Install requirements-dev.txt.") from error
    mpl.rcParams["svg.hashsalt"] = "nerveapp"  # the same figures give the same file
    drawings = {}
    for result in results:
        figure = Figure(figsize=(7, 3.2), layout="constrained")
        axes = figure.subplots()
        for fold in result.folds:
            axes.plot(range(1, len(fold.losses) + 1), fold.losses, label=f"fold {fold.number + 1}", linewidth=1)
        axes.set(xlabel="epoch", ylabel="training loss", title=result.recipe.title, yscale="log")
        axes.legend(frameon=False, ncols=5, fontsize="small")
        drawn = io.BytesIO()
        figure.savefig(drawn, format="svg", metadata={"Date": None})
        drawings[f"{result.recipe.name}-training.svg"] = drawn.getvalue()
    return drawings
