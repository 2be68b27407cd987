import numpy as np
import pytest

from nerveapp.analysis.preview import preview_frame, preview_scale, preview_size
from nerveapp.domain.clip import ClipInfo


@pytest.mark.parametrize(
    ("width", "height", "frames", "size"),
    [
        pytest.param(640, 480, 150, (640, 480), id="as-it-is"),
        pytest.param(1920, 1080, None, (960, 540), id="large"),
        pytest.param(480, 1600, 10, (288, 960), id="high"),
        pytest.param(960, 720, 2001, (640, 480), id="long"),
        pytest.param(4000, 1, 1, (960, 1), id="a-line"),
    ],
)
def test_a_preview_fits_a_browser_and_its_size_is_known_from_the_clip_alone(
    width: int, height: int, frames: int | None, size: tuple[int, int]
) -> None:
    info = ClipInfo("", "", "", width, height, frames)
    assert preview_size(info) == size
    assert preview_scale(info) == pytest.approx(size[0] / width)
    assert preview_frame(np.zeros((height, width, 3), np.uint8), *size).shape == (size[1], size[0], 3)
