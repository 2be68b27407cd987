import pickle
from pathlib import Path

from nerveapp.cli.many import analyse_one
from nerveapp.domain.batch import BatchSettings, ClipTask, RowState
from nerveapp.domain.calibration import Calibration, CalibrationOrigin
from nerveapp.domain.view import View


def test_the_work_on_one_clip_can_be_sent_to_another_process(tmp_path: Path) -> None:
    """What arrives there finds its models and readers by itself."""
    (tmp_path / "broken.mp4").write_bytes(b"no clip at all")
    calibration = Calibration(0.1, 0.1, CalibrationOrigin.TYPED)
    task = ClipTask(
        "broken.mp4", tmp_path / "broken.mp4", tmp_path / "out", BatchSettings(View(), calibration, "median-wrist")
    )
    work, arrived = pickle.loads(pickle.dumps((analyse_one, task)))  # noqa: S301 - our own
    assert arrived == task
    row = work(arrived)
    assert row.state is RowState.FAILED
    assert "broken.mp4" in row.remark or "clip" in row.remark
