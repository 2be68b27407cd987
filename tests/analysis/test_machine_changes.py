import numpy as np
import pytest

from nerveapp.analysis.machine_changes import CHANGES, SEVERITIES, changed
from nerveapp.analysis.transforms import to_grey
from nerveapp.domain.labelled import LabelledImage
from nerveapp.domain.view import Nerve
from nerveapp.workflows.training.train import phantom_images


@pytest.fixture(scope="module")
def still() -> LabelledImage:
    return phantom_images(1, seed=2, nerves=(Nerve.MEDIAN,))[0]


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_grows_with_its_severity_and_is_the_same_every_time(change: str, still: LabelledImage) -> None:
    departures = []
    for severity in SEVERITIES:
        image, nerve = changed(still, change, severity)
        again, _ = changed(still, change, severity)
        assert np.array_equal(image, again)
        assert image.dtype == np.uint8
        assert image.shape[:2] == nerve.shape == still.grey.shape
        departures.append(float(np.abs(to_grey(image).astype(float) - still.grey).mean()))
    assert 0 < departures[0] < departures[1] < departures[2]


@pytest.mark.parametrize("change", [change for change in CHANGES if change not in ("shallower", "deeper")])
def test_looks_leave_the_tracing_alone(change: str, still: LabelledImage) -> None:
    assert np.array_equal(changed(still, change, "severe")[1], still.nerve)


def test_depth_scales_the_tracing_with_the_image(still: LabelledImage) -> None:
    _, nerve = changed(still, "deeper", "severe")
    assert nerve.sum() == pytest.approx(still.nerve.sum() * 0.65**2, rel=0.05)


def test_a_tint_is_coloured(still: LabelledImage) -> None:
    image, _ = changed(still, "tint", "moderate")
    assert image.shape == (*still.grey.shape, 3)
    assert image[..., 0].mean() > image[..., 2].mean()
