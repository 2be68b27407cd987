import csv
from dataclasses import replace

import numpy as np
import pytest

from nerveapp.domain.calibration import Calibration, CalibrationOrigin
from nerveapp.domain.segmentation import PackedMask
from nerveapp.workflows.reading.compare import FramePair, Reader, ReaderKind, compare, gather
from nerveapp.workflows.reading.reader_agreement import (
    COLUMNS,
    Agreement,
    agreement_csv,
    agreement_of,
    icc_words,
    limits_words,
    of_one_unit,
)
from tests.fakes.annotation_store import FakeAnnotationStore
from tests.fakes.table_files import FakeTableFiles
from tests.io.store.records import CLIP, IMAGE, annotation

R1, R2 = Reader(ReaderKind.RATER, "R1"), Reader(ReaderKind.RATER, "R2")
MM = Calibration(0.1, 0.2, CalibrationOrigin.TYPED)


def square(side: int) -> PackedMask:
    drawn = np.zeros((CLIP.height, CLIP.width), np.bool_)
    drawn[:side, :side] = True
    return PackedMask.pack(drawn)


def pairs(*sides: tuple[str, int, int]) -> list[FramePair]:
    """Squares of the first and the second reader, each in a frame of somebody's clip."""
    store = FakeAnnotationStore()
    for number, (subject, first, second) in enumerate(sides):
        clip = replace(CLIP, sha256=f"{number:064x}", subject=subject, calibration=MM)
        store.register(clip)
        for rater, side in (("R1", first), ("R2", second)):
            one = annotation(0, rater=rater, prediction=None, clip_sha256=clip.sha256)
            store.save(replace(one, mask=square(side)), IMAGE)
    return compare(gather(store), R1, R2)


def table(found: Agreement) -> tuple[list[str], list[dict[str, str]]]:
    lines = agreement_csv(found, R1, R2, FakeTableFiles()).decode().splitlines()
    return [line for line in lines if line.startswith("#")], list(
        csv.DictReader(line for line in lines if not line.startswith("#"))
    )


def test_numbers_are_those_of_the_frames() -> None:
    found = agreement_of(pairs(("A", 10, 8), ("A", 6, 6), ("B", 9, 7), ("", 8, 9)))
    assert (found.unit, found.clips, found.people, found.of_words) == ("mm²", 4, 3, "4 frames of 4 clips, 3 people")
    assert found.limits is not None
    assert found.limits.bias.value == pytest.approx(0.02 * np.mean([36, 0, 32, -17]))
    assert found.dice.n == 4
    assert found.dice.mean == pytest.approx(np.mean([2 * 64 / 164, 1, 2 * 49 / 130, 2 * 64 / 145]))
    assert found.hd95 is not None
    assert found.hd95.unit == "mm"
    assert "as if frames were independent" in limits_words(found)
    assert "as if frames were independent" in icc_words(found)


def test_frames_in_which_one_sees_no_nerve_count_in_overlap_alone() -> None:
    found = agreement_of(pairs(("A", 10, 8), ("B", 0, 6), ("C", 0, 0), ("D", 5, 6), ("E", 5, 7)))
    assert (found.one_empty, found.both_empty, found.dice.n) == (1, 1, 5)
    assert found.limits is not None
    assert found.limits.n == 3
    assert found.hd95 is not None
    assert found.hd95.n == 3
    remarks, rows = table(found)
    assert any("1 by both (Dice 1), 1 by one of them (Dice 0)" in line for line in remarks)
    assert [row["hd95_px"] != "" for row in rows] == [True, False, False, True, True]


def test_of_few_frames_there_are_no_limits_and_that_is_said() -> None:
    found = agreement_of(pairs(("A", 10, 8)))
    assert (found.limits, found.icc, found.dice.sd) == (None, None, None)
    assert limits_words(found) == ""
    assert "not of fewer than 3" in icc_words(found)


def test_frames_of_different_people_need_no_caveat() -> None:
    found = agreement_of(pairs(("A", 10, 8), ("B", 6, 6), ("C", 9, 7)))
    assert "one frame of each person" in limits_words(found)
    assert "independent" not in icc_words(found)


def test_the_file_has_the_numbers_above_and_a_frame_a_row() -> None:
    found = agreement_of(pairs(("A", 10, 8), ("A", 6, 6), ("B", 9, 7)))
    remarks, rows = table(found)
    text = "\n".join(remarks)
    for said in ("not a medical device", "First: rater R1. Second: rater R2", "3 frames of 3 clips", "ICC(2,1)"):
        assert said.lower() in text.lower()
    assert limits_words(found) in text
    assert tuple(rows[0]) == COLUMNS
    assert [(row["patient"], row["first_area_px2"], row["second_area_mm2"]) for row in rows] == [
        ("A", "100", "1.28"), ("A", "36", "0.72"), ("B", "81", "0.98"),
    ]  # fmt: skip
    assert all(len(row["clip"]) == 64 for row in rows)
    bias = np.mean([float(row["first_area_mm2"]) - float(row["second_area_mm2"]) for row in rows])
    assert f"Bias {bias:+.2f}" in text


def test_an_icc_below_0_has_a_minus_sign_and_none_is_written_of_areas_alike() -> None:
    remarks, _ = table(agreement_of(pairs(("A", 10, 6), ("B", 6, 10), ("C", 8, 8))))
    assert any(line.startswith("# ICC(2,1) of area −") for line in remarks)
    remarks, _ = table(agreement_of(pairs(("A", 8, 8), ("B", 8, 8), ("C", 8, 8))))
    assert not any("nan" in line.lower().split() or "ICC(2,1)" in line for line in remarks)


def test_frames_in_millimetres_stand_alone_where_they_suffice() -> None:
    both = pairs(("A", 10, 8), ("B", 6, 6), ("C", 9, 7))
    mixed = [*both, replace(both[0], calibrated=False)]
    assert of_one_unit(mixed) == both
    assert of_one_unit(mixed, in_mm=False) == mixed
    assert of_one_unit(mixed[2:]) == mixed[2:], "of one frame nothing can be said"
    assert of_one_unit(mixed[2:], in_mm=True) == both[2:]
