"""Stand-in for the port of this name."""

from collections.abc import Iterable, Sequence


class FakeTableFiles:
    """Writes cells between commas, as they are."""

    def csv(
        self,
        columns: Sequence[str],
        rows: Iterable[Iterable[object]],
        *,
        remarks: Iterable[str] = (),
        europe: bool = False,
    ) -> bytes:
        lines = [f"# {remark}" for remark in remarks]
        part = ";" if europe else ","
        lines += [part.join("" if cell is None else str(cell) for cell in row) for row in (columns, *rows)]
        return "\n".join(lines).encode()
