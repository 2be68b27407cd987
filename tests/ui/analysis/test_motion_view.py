from dataclasses import replace

import numpy as np
import pytest

from nerveapp.analysis.displacement import displacement_path
from nerveapp.domain.calibration import Calibration, CalibrationOrigin
from nerveapp.domain.segmentation import Flag
from nerveapp.domain.view import View
from nerveapp.ui.analysis.motion_view import path_figure
from nerveapp.workflows.analysing.analyse import analyse
from tests.fakes import FakeClip, FakeSegmenter


@pytest.mark.parametrize(
    ("calibration", "unit"), [(None, "px"), (Calibration(0.1, 0.1, CalibrationOrigin.TYPED), "mm")]
)
def test_the_path_is_drawn_to_scale_with_depth_downward_and_broken_where_a_frame_is_doubtful(
    calibration: Calibration | None, unit: str
) -> None:
    frames = list(analyse(FakeClip(20), FakeSegmenter(), view=View(), calibration=calibration).frames)
    frames[10] = replace(frames[10], flags=(Flag.LOW_CONFIDENCE,))
    path = displacement_path(frames)
    assert path is not None
    figure = path_figure(path)
    lines = [trace for trace in figure.data if trace.name != "start"]
    assert [len(trace.x) for trace in lines] == [len(run) for run in path.runs]
    assert len(lines) == 2
    assert 10 not in np.concatenate([trace.customdata for trace in lines])
    assert figure.layout.yaxis.autorange == "reversed"
    assert figure.layout.yaxis.scaleanchor == "x"
    assert unit in figure.layout.xaxis.title.text
