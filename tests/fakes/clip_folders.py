"""Stand-in for the port of this name."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from nerveapp import __version__
from nerveapp.domain.analysis import Analysis
from nerveapp.domain.batch import ClipRow, ResultIdentity, RowState
from nerveapp.domain.clip import Clip
from nerveapp.errors import ClipError
from nerveapp.workflows.analysing.batch import row_of


@dataclass
class FakeClipFolders:
    """Folders in memory."""

    files: tuple[str, ...] = ()
    results: dict[Path, Analysis] = field(default_factory=dict)
    tables: dict[Path, tuple[ClipRow, ...]] = field(default_factory=dict)

    def clips_below(self, folder: Path) -> list[Path]:
        if not self.files:
            raise ClipError(f"There is no clip in {folder.name} or below it.", "Give the folder that holds the clips.")
        return [folder / name for name in self.files]

    def kept_row(self, clip: str, folder: Path, identity: ResultIdentity) -> ClipRow | None:
        kept = self.results.get(folder)
        if kept is None:
            return None
        of_kept = ResultIdentity(
            kept.clip.sha256, kept.view, kept.calibration, kept.model.name, kept.model.sha256, kept.engine, __version__
        )
        return replace(row_of(clip, kept), state=RowState.KEPT) if of_kept == identity else None

    def write_results(self, folder: Path, clip: Clip, analysis: Analysis) -> None:
        self.results[folder] = analysis

    def write_table(self, folder: Path, rows: Sequence[ClipRow]) -> Path:
        self.tables[folder] = tuple(rows)
        return folder / "clips.csv"
