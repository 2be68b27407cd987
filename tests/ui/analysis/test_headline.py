from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from nerveapp.analysis.series import summarise
from nerveapp.domain.analysis import Analysis
from nerveapp.ui.analysis.headline import headline, no_finding
from tests.analysis.test_plausibility import measured


def shown(analysis: Analysis) -> dict[str, tuple[str, str]]:
    return {figure.label: (figure.value, figure.below) for figure in headline(analysis)}


def test_a_plausible_area_stands_in_big_type() -> None:
    assert shown(measured([9, 10, 11]))["Largest area"] == ("11.00 mm²", "frame 2")
    assert shown(measured([9, 10, 11], calibrated=False))["Largest area"] == ("1,100 px²", "frame 2")


@pytest.mark.parametrize(
    "analysis", [measured([9, 10, 512.35]), measured([9.0] * 20, diameter_mm=31), measured([9.0] * 20, doubtful=11)]
)
def test_an_implausible_area_is_in_no_big_type(analysis: Analysis) -> None:
    figures = shown(analysis)
    areas = [figures[label] for label in figures if "area" in label]
    assert all(value == "–" for value, _ in areas)
    assert "not to be used: " in areas[0][1]


def beside_the_region() -> Analysis:
    """Two outlined frames that no calibration holds for."""
    inside = measured([9, 10])
    frames = tuple(replace(one, mm=None) for one in inside.frames)
    return replace(inside, frames=frames, summary=summarise(frames, inside.calibration, inside.clip))


def test_a_nerve_outside_of_the_calibrated_region_has_no_area_in_any_unit() -> None:
    figures = shown(beside_the_region())
    assert figures["Largest area"] == ("–", "outside of the calibrated region")
    assert figures["Nerve found"][0] == "2 of 2"


def test_the_reasons_say_what_the_areas_are_of() -> None:
    of_others = measured([9.0] * 5, doubtful=3)
    assert "3 of 5 frames are flagged" in no_finding(of_others.summary, ("3 of 5 frames are flagged",))
    assert "of 2 frames not flagged" in no_finding(of_others.summary, ())
    assert "of flagged frames too" in no_finding(measured([9.0] * 5, doubtful=5).summary, ())


@pytest.mark.parametrize(
    ("analysis", "value", "below"),
    [
        (measured([9, 10, 11]), "0", "frames"),
        (measured([9, 10, 11], doubtful=1), "1", "frame, not in the areas"),
        (measured([9, 10, 11], doubtful=3), "3", "frames; the areas are of flagged frames too"),
        (measured([None, None]), "2", "frames"),
    ],
)
def test_flagged_frames_are_counted_and_said_to_be_in_the_areas_or_not(
    analysis: Analysis, value: str, below: str
) -> None:
    assert shown(analysis)["Flagged for review"] == (value, below)


def test_a_still_has_one_area_and_a_short_clip_no_most_stable_run() -> None:
    assert shown(measured([9])) == {
        "Area": ("9.00 mm²", ""),
        "Nerve found": ("1 of 1", "frame"),
        "Flagged for review": ("0", "frames"),
    }
    assert shown(measured([9], doubtful=1))["Area"] == ("–", "not to be used: 9.00 mm²")
    assert "Most stable area" not in shown(measured([9.0] * 11))
    assert shown(measured([9.0] * 12))["Most stable area"] == ("9.00 mm²", "frames 0–11, ± 0.0%")
    assert (
        shown(measured([9.0] * 12, doubtful=1))["Most stable area"][1]
        == "no half second of unflagged frames varies by less than 15%"
    )


def page() -> None:
    """A page of figures and remarks alone: of a nerve beside the calibrated region, and of an impossible area."""
    import streamlit as st  # noqa: PLC0415 - the test driver runs the function's source by itself

    from nerveapp.ui.analysis.headline import show_headline, show_remarks  # noqa: PLC0415
    from tests.analysis.test_plausibility import measured  # noqa: PLC0415
    from tests.ui.analysis.test_headline import beside_the_region  # noqa: PLC0415

    analysis = beside_the_region() if st.session_state.get("beside") else measured([9, 10, 512.35])
    show_remarks(analysis)
    show_headline(analysis)


@pytest.mark.parametrize(
    ("beside", "said"),
    [(True, "The nerve lies outside of the calibrated region"), (False, "No area is given as a result")],
)
def test_the_page_says_in_words_why_there_is_no_area(beside: bool, said: str) -> None:
    test = AppTest.from_function(page)
    test.session_state["beside"] = beside
    test.run()
    assert not test.exception
    assert any(said in warning.value for warning in test.warning)
    assert not any("mm²" in metric.value or "px²" in metric.value for metric in test.metric)
