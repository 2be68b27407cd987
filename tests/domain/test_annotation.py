from dataclasses import replace
from datetime import datetime

import numpy as np
import pytest

from nerveapp.domain.annotation import code
from nerveapp.domain.norms import Interpretation, Norm, interpretation
from nerveapp.domain.segmentation import PackedMask
from nerveapp.domain.view import Nerve, Site
from nerveapp.errors import AnnotationError
from tests.io.store.records import annotation, prediction

WRIST = Norm(Nerve.MEDIAN, Site.WRIST, "Dutch", upper_limit_mm2=11)


def test_codes_are_short_and_hold_no_names() -> None:
    assert code("S-01.b_2", what="patient") == "S-01.b_2"
    for text in ("", "Jane Doe", "ä", "-x", "x" * 33, "a\n"):
        with pytest.raises(AnnotationError, match="patient code"):
            code(text, what="patient")


def test_impossible_records_cannot_be_made() -> None:
    whole = annotation()
    with pytest.raises(ValueError, match="zone"):
        replace(whole, made_at=datetime(2026, 1, 1))
    with pytest.raises(ValueError, match="from 0 up"):
        replace(whole, seconds=-1)
    with pytest.raises(ValueError, match="one grid"):
        replace(whole, prediction=replace(prediction(), mask=PackedMask.pack(np.zeros((3, 3), bool))))


@pytest.mark.parametrize(
    ("area", "expected"),
    [
        (8.9, Interpretation.BELOW),
        (9.0, Interpretation.INDETERMINATE),
        (13.0, Interpretation.INDETERMINATE),
        (13.1, Interpretation.ABOVE),
    ],
)
def test_an_area_within_the_readers_spread_of_the_limit_decides_nothing(area: float, expected: Interpretation) -> None:
    assert interpretation(area, WRIST) is expected


def test_without_a_limit_there_is_no_reading() -> None:
    assert interpretation(10, None) is None
    assert interpretation(10, Norm(Nerve.MEDIAN, Site.FOREARM, "Dutch", mean_mm2=6, sd_mm2=1)) is None


@pytest.mark.parametrize("area", [0.49, 150.1, 5000.0])
def test_an_area_that_no_nerve_has_is_not_read(area: float) -> None:
    assert interpretation(area, WRIST) is None
