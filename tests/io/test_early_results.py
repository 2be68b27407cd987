"""What pages see of an analysis that is still running."""

from pathlib import Path

import pytest

from nerveapp.domain.early_outline import EarlyOutline
from nerveapp.io.early_results import EarlyResults

FIRST = EarlyOutline(0.0, None, ())
SECOND = EarlyOutline(0.04, 81.0, ((1, 2, 3, 4, 5, 6), (7, 8, 9, 10, 11, 12)))


def test_outlines_come_back_in_the_order_in_which_they_were_made(tmp_path: Path) -> None:
    worker, page = EarlyResults(tmp_path / "early"), EarlyResults(tmp_path / "early")
    assert page.outlines("a1") == ()
    worker.add_outlines("a1", [FIRST])
    assert page.outlines("a1") == (FIRST,)
    worker.add_outlines("a1", [SECOND])
    assert page.outlines("a1") == (FIRST, SECOND)
    assert page.outlines("b2") == ()


def test_a_line_not_yet_written_to_its_end_is_left_for_the_next_look(tmp_path: Path) -> None:
    view = EarlyResults(tmp_path)
    view.add_outlines("a1", [FIRST])
    with (tmp_path / "a1.outlines").open("a") as file:
        file.write("[0.04, 8")
    assert view.outlines("a1") == (FIRST,)


def test_nothing_is_shown_once_it_is_removed(tmp_path: Path) -> None:
    view = EarlyResults(tmp_path)
    view.add_outlines("a1", [FIRST])
    view.put_picture("a1", b"jpeg")
    assert view.picture("a1") == b"jpeg"
    view.remove("a1")
    assert (view.outlines("a1"), view.picture("a1"), list(tmp_path.iterdir())) == ((), None, [])


def test_an_id_is_no_path(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="id of an analysis"):
        EarlyResults(tmp_path).picture("../a")
