"""Output of the commands: progress and messages to standard error, results to standard output."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from rich.console import Console, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

By = Annotated[str, typer.Option("--by", help="Your code, for the log.")]

console = Console(stderr=True, highlight=False)
output = Console(highlight=False, soft_wrap=True)


class PlainTable(Table):
    """A table whose cells are shown as they are: names of files and people may hold what rich takes for markup."""

    def add_row(self, *cells: RenderableType | None, **settings: Any) -> None:
        """Add a row; see `rich.table.Table`."""
        super().add_row(*(Text(cell) if isinstance(cell, str) else cell for cell in cells), **settings)


@contextmanager
def progress_bar(label: str) -> Iterator[Callable[[int, int | None], None]]:
    """Show a progress bar; the value is a callable that takes what is done and how much there is."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as progress:
        task = progress.add_task(label, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)
