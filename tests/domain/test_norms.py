import re

import pytest

from nerveapp.domain.norms import (
    LIMITS_SOURCE,
    READERS_SOURCE,
    UPPER_LIMITS_MM2,
    Interpretation,
    interpretation,
    limit_in_short,
    limit_in_words,
)
from nerveapp.domain.view import Nerve, Site, View


@pytest.mark.parametrize(
    ("source", "parts"),
    [
        (LIMITS_SOURCE, ("Dutch", "Telleman", "2021", "doi:10.1136/practneurol-2020-002645")),
        (READERS_SOURCE, ("Philipps", "2021", "doi:10.3390/diagnostics11112134")),
    ],
)
def test_a_limit_has_authors_year_and_address(source: str, parts: tuple[str, ...]) -> None:
    assert all(part in source for part in parts)


@pytest.mark.parametrize(("nerve", "site"), UPPER_LIMITS_MM2)
def test_the_band_that_is_told_is_the_band_that_is_read(nerve: Nerve, site: Site) -> None:
    view = View(nerve, site)
    said = limit_in_words(view)
    assert said is not None
    low, high = (float(word) for word in said.partition("From ")[2].partition(" mm²")[0].split(" to "))
    assert [interpretation(area, view) for area in (low, high)] == [Interpretation.INDETERMINATE] * 2
    assert (interpretation(low - 0.01, view), interpretation(high + 0.01, view)) == (
        Interpretation.BELOW,
        Interpretation.ABOVE,
    )
    assert "Dutch" in said
    assert "± 2 mm²" in said


@pytest.mark.parametrize(("nerve", "site"), UPPER_LIMITS_MM2)
def test_the_limit_in_one_line_is_the_limit_in_full(nerve: Nerve, site: Site) -> None:
    short, full = limit_in_short(View(nerve, site)), limit_in_words(View(nerve, site))
    assert short is not None
    assert full is not None
    assert re.findall(r"\d+", short) == re.findall(r"\d+", full)[:3]
    assert "Dutch" in short


def test_without_a_limit_nothing_is_said() -> None:
    assert limit_in_words(View(Nerve.MEDIAN, Site.FOREARM)) is None
    assert limit_in_short(View(Nerve.MEDIAN, Site.FOREARM)) is None
