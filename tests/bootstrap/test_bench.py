from pathlib import Path

import pytest

from nerveapp.bootstrap import Application, Settings, bench
from nerveapp.bootstrap.bench import SpeedResult, measure_memory
from nerveapp.bootstrap.doctor import checks

SECONDS = (("nerveapp", (1.0, 2.0, 3.0)), ("eager loop", (8.0, 8.0, 9.0)), ("decoding alone", (0.5, 0.5, 0.5)))


def test_speed_is_the_median_and_each_round_is_compared_with_itself() -> None:
    found = SpeedResult(100, 64, 48, "fake on cpu", SECONDS, (10.0, 20.0, 30.0))
    assert dict(found.frames_per_second) == {"nerveapp": 50, "eager loop": 12.5, "decoding alone": 200}
    assert found.ratios == (8, 4, 3)


@pytest.mark.slow
def test_memory_is_measured_of_every_kind_of_clip(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "LONG_FRAMES", 400)
    found = list(measure_memory())
    assert [one.kind for one in found] == ["video", "GIF", "TIFF", "DICOM"]
    for one in found:
        assert one.short_mb > 10
        assert one.long_mb < 1.3 * one.short_mb, "memory does not grow with a clip's length"


def test_a_check_that_fails_stops_no_other(tmp_path: Path) -> None:
    found = {check.label: check for check in checks(Application(Settings(weights=tmp_path)))}
    assert [label for label, check in found.items() if not check.works] == ["demo clip, first frames"]
    assert "No model is installed" in found["demo clip, first frames"].finding
    assert found["H.264 video"].finding == "written and read back, 3 frames"
