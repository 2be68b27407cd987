import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nerveapp.analysis.pairs import pairs
from nerveapp.domain.findings import Pair, PairKind
from nerveapp.domain.norms import Interpretation
from nerveapp.domain.uncertainty import READERS_SD_ARM_MM2
from nerveapp.domain.view import SITES, Nerve, Side, Site
from nerveapp.domain.worksheet import Cell
from tests.analysis.accepted import cell, measured, worksheet

MEDIAN, ULNAR = Nerve.MEDIAN, Nerve.ULNAR


def only(kind: PairKind, *cells: Cell, bifid: tuple[Side, ...] = ()) -> Pair:
    (found,) = (pair for pair in pairs(worksheet(*cells, bifid=bifid)) if pair.kind is kind)
    return found


def kinds(*cells: Cell) -> list[PairKind]:
    return [pair.kind for pair in pairs(worksheet(*cells))]


def test_nothing_to_compare() -> None:
    assert pairs(worksheet()) == ()
    assert kinds(cell(MEDIAN, Site.WRIST, 12)) == []
    in_pixels = cell(MEDIAN, Site.FOREARM, 600, unit="px²", by=measured(None))
    assert kinds(cell(MEDIAN, Site.WRIST, 12), in_pixels) == []
    other_side = cell(MEDIAN, Site.FOREARM, 6, Side.RIGHT)
    assert kinds(cell(MEDIAN, Site.WRIST, 12), other_side) == []


def test_wrist_minus_pronator_quadratus_by_hand() -> None:
    # 13 - 7 = 6 mm²; one reader's SD is 0.7215 at each site: 1.0204, times 1.96 is 2.0 mm². 2 + 2 < 6: above by 4 mm².
    pair = only(PairKind.WRIST_MINUS_PRONATOR, cell(MEDIAN, Site.WRIST, 13), cell(MEDIAN, Site.PRONATOR_QUADRATUS, 7))
    assert (pair.estimate.value, pair.estimate.sd) == pytest.approx((6, 1.0204), abs=1e-4)
    assert (pair.unit, pair.cut_off, pair.side) == ("mm²", 2, Side.LEFT)
    assert pair.interpretation is Interpretation.ABOVE
    assert pair.verdict == "above the cut-off of 2 mm² by 4.0 mm²"
    assert "Klauser" in pair.source
    assert not pair.thin


def test_a_bifid_nerve_has_a_cut_off_of_its_own() -> None:
    wrist, proximal = cell(MEDIAN, Site.WRIST, 12), cell(MEDIAN, Site.PRONATOR_QUADRATUS, 7)
    plain = only(PairKind.WRIST_MINUS_PRONATOR, wrist, proximal, bifid=(Side.RIGHT,))
    bifid = only(PairKind.WRIST_MINUS_PRONATOR, wrist, proximal, bifid=(Side.LEFT,))
    assert (plain.cut_off, plain.interpretation) == (2, Interpretation.ABOVE)
    assert (bifid.cut_off, bifid.interpretation) == (4, Interpretation.INDETERMINATE)
    assert bifid.verdict == "indeterminate: the cut-off of 4 mm² lies within 1.96 standard deviations, 2.0 mm²"
    assert "11101644" in bifid.source
    assert bifid.thin


def test_wrist_to_forearm_ratio_by_hand() -> None:
    # 15 / 5 = 3; relative errors 0.7215 / 15 = 0.0481 and 0.7215 / 5 = 0.1443: 0.1521, so 3 ± 0.456 (SD).
    pair = only(PairKind.WRIST_TO_FOREARM, cell(MEDIAN, Site.WRIST, 15), cell(MEDIAN, Site.FOREARM, 5))
    assert (pair.estimate.value, pair.estimate.sd) == pytest.approx((3, 0.4563), abs=1e-4)
    assert (pair.cut_off, pair.interpretation) == (1.4, Interpretation.ABOVE)
    assert pair.verdict == "above the cut-off of 1.4 by 1.60"
    assert "1.57" in pair.remarks[0]
    assert pair.thin


def test_a_healthy_ratio_above_the_cut_off_is_not_called_above() -> None:
    pair = only(PairKind.WRIST_TO_FOREARM, cell(MEDIAN, Site.WRIST, 9.33), cell(MEDIAN, Site.FOREARM, 6.31))
    assert pair.estimate.value > 1.4
    assert pair.interpretation is Interpretation.INDETERMINATE


def test_ulnar_swelling_ratio_by_hand() -> None:
    # The largest about the elbow is 12 mm² above it; over 5 mm² in the forearm: 2.4.
    about = (
        cell(ULNAR, Site.BELOW_ELBOW, 8),
        cell(ULNAR, Site.ELBOW, 10),
        cell(ULNAR, Site.ABOVE_ELBOW, 12),
    )
    pair = only(PairKind.ULNAR_SWELLING, *about, cell(ULNAR, Site.FOREARM, 5), cell(ULNAR, Site.UPPER_ARM, 6))
    assert pair.what == "Ulnar, above elbow : forearm"
    assert pair.estimate.value == pytest.approx(2.4)
    assert pair.estimate.sd == pytest.approx(2.4 * READERS_SD_ARM_MM2 * math.hypot(1 / 12, 1 / 5))
    assert (pair.cut_off, pair.interpretation) == (None, None)
    assert "2.9 in 26 people" in pair.remarks[0]
    proximal = only(PairKind.ULNAR_SWELLING, *about, cell(ULNAR, Site.UPPER_ARM, 6))
    assert proximal.estimate.value == pytest.approx(2)
    assert "2.8 in 26 people" in proximal.remarks[0]
    assert PairKind.ULNAR_SWELLING not in kinds(*about)


def test_side_to_side_by_hand() -> None:
    # 14 on the left, 8 on the right: 6 mm² ± 2.0 (1.96 SD), ratio 1.75; 2.5 + 2.0 < 6: above by 3.5 mm².
    pair = only(PairKind.SIDE_TO_SIDE, cell(MEDIAN, Site.WRIST, 14), cell(MEDIAN, Site.WRIST, 8, Side.RIGHT))
    assert (pair.estimate.value, pair.side, pair.cut_off) == (6, None, 2.5)
    assert pair.verdict == "left larger by 6.0 mm²; above the cut-off of 2.5 mm² by 3.5 mm²"
    assert pair.remarks[0].startswith("Larger : smaller side 1.75 ± ")
    assert "66 healthy adults" in pair.remarks[-1]


def test_an_outdated_value_is_compared_with_nothing() -> None:
    left, right = cell(MEDIAN, Site.WRIST, 14), cell(MEDIAN, Site.WRIST, 8, Side.RIGHT)
    assert kinds(left, right) == [PairKind.SIDE_TO_SIDE]
    assert kinds(left, replace(right, outdated="the clip was calibrated anew")) == []


def test_each_site_has_the_cut_off_that_was_published_for_it() -> None:
    # 17 - 11 = 6 mm² at the head of the fibula: the leg's readers differ by 1.96 x 1.5 = 2.94 mm², 1.7 + 2.94 < 6.
    head = only(
        PairKind.SIDE_TO_SIDE,
        cell(Nerve.FIBULAR, Site.FIBULAR_HEAD, 11),
        cell(Nerve.FIBULAR, Site.FIBULAR_HEAD, 17, Side.RIGHT),
    )
    assert (head.cut_off, head.interpretation) == (1.7, Interpretation.ABOVE)
    assert head.verdict == "right larger by 6.0 mm²; above the cut-off of 1.7 mm² by 4.3 mm²"
    groove = only(
        PairKind.SIDE_TO_SIDE,
        cell(Nerve.RADIAL, Site.SPIRAL_GROOVE, 5),
        cell(Nerve.RADIAL, Site.SPIRAL_GROOVE, 6, Side.RIGHT),
    )
    assert (groove.cut_off, groove.interpretation) == (1.75, Interpretation.INDETERMINATE)


def test_sides_without_a_cut_off_are_compared_all_the_same() -> None:
    pair = only(PairKind.SIDE_TO_SIDE, cell(MEDIAN, Site.FOREARM, 6), cell(MEDIAN, Site.FOREARM, 7, Side.RIGHT))
    assert (pair.cut_off, pair.interpretation, pair.source) == (None, None, "No source read")
    assert pair.verdict == "right larger by 1.0 mm²; no cut-off is known"
    assert "No more than two readings differ (± 2.0 mm²)." in pair.remarks
    alike = only(PairKind.SIDE_TO_SIDE, cell(MEDIAN, Site.FOREARM, 6), cell(MEDIAN, Site.FOREARM, 6, Side.RIGHT))
    assert alike.verdict == "sides alike; no cut-off is known"


def test_intranerve_variability_by_hand() -> None:
    # 4, 6 and 10 mm²: 10 / 4 = 2.5.
    along = (cell(ULNAR, Site.WRIST, 4), cell(ULNAR, Site.FOREARM, 6), cell(ULNAR, Site.ELBOW, 10))
    pair = only(PairKind.INTRANERVE, *along)
    assert pair.estimate.value == pytest.approx(2.5)
    assert pair.estimate.sd == pytest.approx(2.5 * READERS_SD_ARM_MM2 * math.hypot(1 / 10, 1 / 4))
    assert pair.verdict == "2.50, largest elbow, smallest wrist; no cut-off is known"
    assert any("1.53 ± 0.51" in remark for remark in pair.remarks)
    assert PairKind.INTRANERVE not in kinds(*along[:2])
    assert PairKind.INTRANERVE not in kinds(*along[:2], cell(ULNAR, Site.OTHER, 5))


def test_median_to_ulnar_ratio_by_hand() -> None:
    # 12 / 6 = 2
    pair = only(PairKind.MEDIAN_TO_ULNAR, cell(MEDIAN, Site.WRIST, 12), cell(ULNAR, Site.WRIST, 6))
    assert pair.estimate.value == 2
    assert (pair.cut_off, pair.interpretation) == (None, None)
    assert "adds little" in pair.verdict


def test_the_models_error_widens_what_is_indeterminate() -> None:
    # 13 - 8 = 5 is above 2 by the readers' spread alone. With a mean absolute error of 15 %, SD 18.8 %, the areas are
    # 13 ± 2.55 and 8 ± 1.67: the difference 5 ± 3.05 (SD) is not.
    def difference(model_error: float | None) -> Pair:
        by = measured(model_error=model_error)
        wrist, proximal = cell(MEDIAN, Site.WRIST, 13, by=by), cell(MEDIAN, Site.PRONATOR_QUADRATUS, 8, by=by)
        return only(PairKind.WRIST_MINUS_PRONATOR, wrist, proximal)

    assert difference(None).interpretation is Interpretation.ABOVE
    assert difference(0.15).estimate.sd == pytest.approx(3.05, abs=0.01)
    assert difference(0.15).interpretation is Interpretation.INDETERMINATE


stations = [(nerve, site) for nerve, sites in SITES.items() for site in sites]
areas = st.dictionaries(
    st.tuples(st.sampled_from(stations), st.sampled_from([Side.LEFT, Side.RIGHT])), st.floats(0.5, 150), max_size=20
)


@given(areas)
def test_what_holds_for_every_pair(filled: dict[tuple[tuple[Nerve, Site], Side], float]) -> None:
    cells = [cell(nerve, site, area, side) for ((nerve, site), side), area in filled.items()]
    for pair in pairs(worksheet(*cells)):
        assert (pair.cut_off is None) == (pair.interpretation is None)
        assert pair.source
        assert "other" not in pair.what
        if pair.kind in (PairKind.SIDE_TO_SIDE, PairKind.INTRANERVE):
            assert pair.estimate.value >= (0 if pair.unit else 1)
        if pair.cut_off is not None:
            far = abs(pair.estimate.value - pair.cut_off) > 1.96 * pair.estimate.sd
            assert far == (pair.interpretation is not Interpretation.INDETERMINATE)


def test_an_area_that_no_nerve_has_is_compared_with_nothing() -> None:
    left = cell(Nerve.MEDIAN, Site.WRIST, 12.0, Side.LEFT)
    right = cell(Nerve.MEDIAN, Site.WRIST, 11.0, Side.RIGHT)
    assert right.value is not None
    by = measured()
    absurd = cell(Nerve.MEDIAN, Site.WRIST, 170.0, Side.RIGHT, by=by)
    assert pairs(worksheet(left, right))
    assert pairs(worksheet(left, absurd)) == ()
