import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nerveapp.analysis.findings import FEWEST_PEOPLE, cell_finding, personal_limit_mm2
from nerveapp.domain.accepted_value import Measured
from nerveapp.domain.findings import CellFinding
from nerveapp.domain.norms import Interpretation, Norm, NormTable
from nerveapp.domain.patient import Patient
from nerveapp.domain.uncertainty import READERS_SD_ARM_MM2, READERS_SD_LEG_MM2
from nerveapp.domain.view import Nerve, Side, Site, View
from nerveapp.domain.worksheet import Cell
from tests.analysis.accepted import TYPED, cell, measured

DUTCH = Norm(Nerve.MEDIAN, Site.WRIST, "Dutch", upper_limit_mm2=11)
ASIAN = Norm(Nerve.MEDIAN, Site.WRIST, "Asian", n=107, mean_mm2=9.33, sd_mm2=1.55, upper_limit_mm2=13)
NORMS = NormTable((DUTCH, ASIAN))
WRIST = View(Nerve.MEDIAN, Site.WRIST, Side.LEFT)


def finding(
    area: float,
    *,
    site: Site = Site.WRIST,
    norms: NormTable = NORMS,
    wrist_mm: float | None = None,
    by: Measured | None = None,
) -> CellFinding:
    patient = Patient("P01", wrist_mm=wrist_mm)
    found = cell_finding(cell(Nerve.MEDIAN, site, area, by=by), norms, patient)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("area", "said", "verdict"),
    [
        (13.3, Interpretation.ABOVE, "enlarged at the wrist by 2.3 mm²; limit 11 mm² (Dutch)"),
        (
            13,
            Interpretation.INDETERMINATE,
            "indeterminate: within the spread of readers (± 2 mm²); limit 11 mm² (Dutch)",
        ),
        (
            9,
            Interpretation.INDETERMINATE,
            "indeterminate: within the spread of readers (± 2 mm²); limit 11 mm² (Dutch)",
        ),
        (8.9, Interpretation.BELOW, "within the limit; limit 11 mm² (Dutch)"),
    ],
)
def test_a_verdict_names_limit_and_population(area: float, said: Interpretation, verdict: str) -> None:
    found = finding(area)
    assert (found.interpretation, found.verdict) == (said, verdict)
    assert found.limit == DUTCH
    assert not found.thin


def test_the_z_score_of_every_population_that_has_a_mean() -> None:
    # (12.43 - 9.33) / 1.55 = 2
    ((norm, score),) = finding(12.43).z_scores
    assert norm == ASIAN
    assert score == pytest.approx(2)


def test_the_personal_limit_stands_beside_the_fixed_one() -> None:
    # 0.88 x 16.5 cm - 4.0 = 10.52 mm²; 13.3 mm² is 2.78 mm² above it.
    found = finding(13.3, wrist_mm=165)
    assert found.personal_limit_mm2 == pytest.approx(10.52)
    assert found.personal_verdict.startswith(
        "personal limit 10.5 mm² from the wrist's circumference: enlarged by 2.8 mm² (sensitivity and specificity 75 %"
    )
    assert found.verdict.endswith("limit 11 mm² (Dutch)")
    assert "indeterminate" in finding(11, wrist_mm=165).personal_verdict
    assert "within it" in finding(8, wrist_mm=165).personal_verdict


def test_the_personal_limit_is_for_the_median_nerve_at_the_wrist_alone() -> None:
    patient = Patient("P01", wrist_mm=165)
    assert personal_limit_mm2(WRIST, patient) is not None
    assert personal_limit_mm2(WRIST, None) is personal_limit_mm2(WRIST, Patient("P01")) is None
    assert personal_limit_mm2(View(Nerve.MEDIAN, Site.FOREARM, Side.LEFT), patient) is None
    assert personal_limit_mm2(View(Nerve.ULNAR, Site.WRIST, Side.LEFT), patient) is None
    assert personal_limit_mm2(WRIST, Patient("P01", wrist_mm=50)) is None  # 0.4 mm²: no nerve
    without = finding(9)
    assert (without.personal_limit_mm2, without.personal_verdict) == (None, "")


def test_evidence_is_thin_without_a_limit_or_with_one_from_few_people() -> None:
    bare = finding(9, site=Site.PRONATOR_QUADRATUS)
    assert (bare.interpretation, bare.thin) == (None, True)
    assert bare.verdict == "no upper limit of normal is known for this site"
    for n, thin in ((FEWEST_PEOPLE - 1, True), (FEWEST_PEOPLE, False), (None, False)):
        own = Norm(Nerve.MEDIAN, Site.WRIST, "ours", n=n, upper_limit_mm2=11)
        assert finding(14, norms=NormTable((own,))).thin is thin


def test_no_finding_without_a_value_in_mm2() -> None:
    assert cell_finding(Cell(WRIST), NORMS, None) is None
    assert cell_finding(cell(Nerve.MEDIAN, Site.WRIST, 900, unit="px²", by=measured(None)), NORMS, None) is None


def test_an_area_that_no_nerve_has_is_not_judged() -> None:
    found = finding(900, by=measured(), wrist_mm=165)
    assert (found.interpretation, found.verdict, found.personal_verdict) == (None, "no nerve has such an area", "")


def test_the_error_of_an_area_by_how_it_was_found() -> None:
    # Model: mean absolute error 6 %, so 0.06 sqrt(pi / 2) of 10 mm². Typed spacing: 2 % of the area.
    assert finding(10).estimate.sd == READERS_SD_ARM_MM2
    assert finding(10, by=measured()).estimate.sd == READERS_SD_ARM_MM2
    model = 0.06 * math.sqrt(math.pi / 2) * 10
    by_model = finding(10, by=measured(TYPED, model_error=0.06))
    assert by_model.estimate.sd == pytest.approx(math.sqrt(READERS_SD_ARM_MM2**2 + 0.2**2 + model**2))
    by_hand = finding(10, by=measured(TYPED, corrected=True, model_error=0.06))
    assert by_hand.estimate.sd == pytest.approx(math.hypot(READERS_SD_ARM_MM2, 0.2))
    leg = cell_finding(cell(Nerve.FIBULAR, Site.FIBULAR_HEAD, 10), NORMS, None)
    assert leg is not None
    assert leg.estimate.sd == READERS_SD_LEG_MM2


@given(st.floats(0.5, 150), st.floats(100, 250))
def test_no_verdict_is_a_diagnosis(area: float, wrist_mm: float) -> None:
    found = finding(area, wrist_mm=wrist_mm)
    words = f"{found.verdict} {found.personal_verdict}".casefold()
    assert not any(word in words for word in ("syndrome", "neuropathy", "disease", "diagnos", "patholog"))
    assert ("enlarged at" in found.verdict) == (found.interpretation is Interpretation.ABOVE)


def test_what_is_not_up_to_date_is_held_against_nothing() -> None:
    outdated = replace(cell(Nerve.MEDIAN, Site.WRIST, 14.0), outdated="its clip was calibrated anew since")
    found = cell_finding(outdated, NORMS, Patient("P01", wrist_mm=170))
    assert found is not None
    assert (found.interpretation, found.z_scores, found.personal_verdict) == (None, (), "")
    assert found.verdict == "not judged: it is not up to date"


def test_an_area_that_no_nerve_has_is_neither_above_nor_below_a_limit() -> None:
    found = finding(170.0, wrist_mm=170, by=measured())
    assert (found.interpretation, found.personal_verdict) == (None, "")
    assert found.verdict == "no nerve has such an area"
