import threading
import time

import pytest

from nerveapp.ui import housekeeping


def test_no_page_is_drawn_before_libraries_are_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that draws meanwhile would meet half of a library."""
    opened: list[str] = []

    def slowly() -> None:
        time.sleep(0.3)
        opened.append("house")

    monkeypatch.setattr(housekeeping, "_opened", threading.Event())
    monkeypatch.setattr(housekeeping, "_open", slowly)

    def visitor() -> None:
        housekeeping.open_house()
        opened.append("page")

    visitors = [threading.Thread(target=visitor) for _ in range(3)]
    for one in visitors:
        one.start()
    for one in visitors:
        one.join(10)
    assert opened == ["house", "page", "page", "page"]
