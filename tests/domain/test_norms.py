import re

import pytest

from nerveapp.domain.norms import (
    READERS_SOURCE,
    SMALLEST_NERVE_MM2,
    Interpretation,
    Norm,
    NormTable,
    indeterminate_band,
    interpretation,
    limit_in_short,
    limit_in_words,
    readers_source,
)
from nerveapp.domain.uncertainty import CENTRES_SOURCE, readers_differ_mm2
from nerveapp.domain.view import SITES, Nerve, Site, View
from nerveapp.errors import NormsError
from nerveapp.io.norms.norm_csv import published_norms, read_norms, write_norms

PUBLISHED = published_norms()
LIMITS = [one for one in PUBLISHED if one.upper_limit_mm2 is not None]
MEAN_ONLY = Norm(Nerve.MEDIAN, Site.FOREARM, "Dutch", mean_mm2=6, sd_mm2=1)


def test_a_column_that_is_there_twice_is_refused() -> None:
    with pytest.raises(NormsError, match="mean_mm2 twice"):
        read_norms(b"nerve,site,population,mean_mm2,mean_mm2,sd_mm2\nmedian,wrist,ours,8.5,9.9,1\n")


def test_remarks_above_a_table_may_hold_any_signs() -> None:
    text = '# "left open\n#,"too\n\nnerve,site,population,mean_mm2,sd_mm2\nmedian,wrist,ours,8.5,1\n'
    (norm,) = read_norms(text.encode())
    assert norm.mean_mm2 == 8.5


def test_quoted_line_breaks_stay() -> None:
    text = 'nerve,site,population,mean_mm2,sd_mm2,citation\nmedian,wrist,ours,8.5,1,"Lab\n# 7"\n'
    (norm,) = read_norms(text.encode())
    assert norm.citation == "Lab\n# 7"


def test_every_published_norm_has_a_source_that_can_be_looked_up() -> None:
    for norm in PUBLISHED:
        assert norm.citation
        assert norm.doi.startswith("10.")
        assert re.search(r"\b(19|20)\d\d\b", norm.citation)
    assert all(part in READERS_SOURCE for part in ("Philipps", "2021", "doi:10.3390/diagnostics11112134"))


@pytest.mark.parametrize("norm", LIMITS, ids=lambda norm: f"{norm.nerve}-{norm.site}")
def test_the_band_that_is_told_is_the_band_that_is_read(norm: Norm) -> None:
    said = limit_in_words(norm)
    assert said is not None
    low, high = (float(word) for word in said.partition("From ")[2].partition(" mm²")[0].split(" to "))
    assert norm.upper_limit_mm2 is not None
    assert (low, high) == pytest.approx(indeterminate_band(norm.upper_limit_mm2, norm.nerve), abs=0.05)
    if low > SMALLEST_NERVE_MM2 + 0.1:
        assert interpretation(low - 0.1, norm) is Interpretation.BELOW
    assert interpretation(max(low, SMALLEST_NERVE_MM2) + 0.1, norm) is Interpretation.INDETERMINATE
    assert interpretation(high - 0.1, norm) is Interpretation.INDETERMINATE
    assert interpretation(high + 0.1, norm) is Interpretation.ABOVE
    assert norm.population in said
    assert f"± {readers_differ_mm2(norm.nerve):.2g} mm²" in said


@pytest.mark.parametrize("norm", LIMITS, ids=lambda norm: f"{norm.nerve}-{norm.site}")
def test_the_limit_in_one_line_is_the_limit_in_full(norm: Norm) -> None:
    short, full = limit_in_short(norm), limit_in_words(norm)
    assert short is not None
    assert full is not None
    numbers = r"\d+(?:\.\d+)?"
    assert re.findall(numbers, short) == re.findall(numbers, full)[:3]
    assert norm.population in short


def test_the_band_is_that_of_the_nerves_readers() -> None:
    assert (readers_differ_mm2(Nerve.MEDIAN), readers_differ_mm2(Nerve.TIBIAL)) == pytest.approx((2.0, 2.94))
    assert readers_source(Nerve.MEDIAN) == READERS_SOURCE
    assert readers_source(Nerve.FIBULAR) == CENTRES_SOURCE
    for nerve, said in ((Nerve.MEDIAN, Interpretation.ABOVE), (Nerve.TIBIAL, Interpretation.INDETERMINATE)):
        assert interpretation(14.5, Norm(nerve, SITES[nerve][0], "ours", upper_limit_mm2=12)) is said


def test_without_a_limit_nothing_is_said() -> None:
    assert limit_in_words(None) is limit_in_words(MEAN_ONLY) is None
    assert limit_in_short(None) is limit_in_short(MEAN_ONLY) is None


def test_the_first_norm_that_has_a_limit_decides() -> None:
    own = Norm(Nerve.MEDIAN, Site.WRIST, "our laboratory", n=40, upper_limit_mm2=12)
    table = NormTable((MEAN_ONLY, own, *PUBLISHED))
    assert table.limit(View(Nerve.MEDIAN, Site.WRIST)) == own
    assert table.limit(View(Nerve.OTHER, Site.OTHER)) is None
    assert table.of(View(Nerve.MEDIAN, Site.FOREARM))[0].population == "Dutch"


def test_a_z_score_needs_a_mean() -> None:
    assert MEAN_ONLY.z_score(8) == 2
    assert LIMITS[0].z_score(8) is None


def test_a_table_is_read_as_it_was_written() -> None:
    assert read_norms(write_norms(PUBLISHED)) == PUBLISHED


def test_notes_may_stand_beside_and_a_limit_may_lie_below_the_highest_area() -> None:
    columns = "nerve,site,population,n,mean_mm2,sd_mm2,highest_mm2,upper_limit_mm2,notes,"
    (norm,) = read_norms(f"{columns}\nmedian,wrist,ours,20.0,9,1,14,11,two outliers,\n".encode())
    assert (norm.n, norm.highest_mm2, norm.upper_limit_mm2) == (20, 14, 11)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252"])
@pytest.mark.parametrize("separator", [";", "\t"])
def test_a_table_is_read_as_a_spreadsheet_saves_it(encoding: str, separator: str) -> None:
    """With a remark in quotation marks, Excel's line of the separator and the empty rows that it leaves behind."""
    lines = ["sep=;", '"# ours; of 2026"', "nerve;site;population;mean_mm2;sd_mm2"]
    lines += ["median;wrist;Männer;8,5;1,2", ";;;;", ""]
    (norm,) = read_norms("\r\n".join(lines).replace(";", separator).encode(encoding))
    assert (norm.population, norm.mean_mm2, norm.sd_mm2) == ("Männer", 8.5, 1.2)


def test_a_decimal_comma_among_commas_shifts_nothing() -> None:
    columns = "nerve,site,population,n,mean_mm2,sd_mm2,lowest_mm2,highest_mm2,upper_limit_mm2,method,citation,doi"
    with pytest.raises(NormsError, match="row 2 has more cells"):
        read_norms(f"{columns}\nmedian,wrist,Men,50,8,5,1.2,,,10.9,,x,\n".encode())


def test_a_european_table_is_read_too() -> None:
    (norm,) = read_norms("\ufeffNerve;Site;Population;mean_mm2;sd_mm2\nmedian;Wrist;ours;9,5;1,2\n".encode())
    assert (norm.mean_mm2, norm.sd_mm2) == (9.5, 1.2)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        ("a,b\n1,2\n", "no table"),
        ("nerve,site,population\n", "0 rows"),
        ("nerve,site,population,mean_mm2,sd_mm2\nmedian,knee,ours,9,1\n", "Row 2: 'knee'"),
        ("nerve,site,population,mean_mm2,sd_mm2\nmedian,wrist,ours,nine,1\n", "Row 2: 'nine'"),
        ("nerve,site,population,mean_mm2,sd_mm2\nmedian,wrist,ours,9\n", "Row 2: .*standard deviation"),
        ("nerve,site,population,upper_limit_mm2\nmedian,wrist,ours,1100\n", "Row 2: .*1100"),
        ("nerve,site,population,upper_limit_mm2\nmedian,wrist,,11\n", "Row 2: .*population"),
        ("nerve,site,population,n,upper_limit_mm2\nmedian,wrist,ours,inf,11\n", "Row 2"),
        ("nerve,site,population,n,upper_limit_mm2\nmedian,wrist,ours,1.000,11\n", "Row 2: n is"),
        ("nerve,site,population,upper_limit_mm2\nmedian,wrist,ours,10,5\n", "row 2 has more cells"),
        ("nerve,site,population,ULN_mm2\nmedian,wrist,ours,10\n", "columns uln_mm2 are not known"),
        ("nerve,site,population,sex,upper_limit_mm2\nmedian,wrist,ours,f,10\n", "columns sex are not known"),
        (
            "nerve,site,population,upper_limit_mm2\nmedian,wrist,ours,10\nmedian,wrist,ours,12\n",
            "Rows 2 and 3 are of one site",
        ),
        ("nerve,site,population,lowest_mm2,highest_mm2\nmedian,wrist,ours,12,5\n", "highest area lies below"),
        ("nerve,site,population,mean_mm2,sd_mm2,highest_mm2\nmedian,wrist,ours,20,1,12\n", "highest area lies below"),
        ("nerve,site,population,lowest_mm2,upper_limit_mm2\nmedian,wrist,ours,8,3\n", "upper limit lies below"),
        ('nerve,site,population,n,upper_limit_mm2\nmedian,wrist,ours,"1,200",11\n', "no whole number"),
        ("nerve,site,population,mean_mm2,sd_mm2\nmedian,wrist,ours,nan,1\n", "Row 2"),
    ],
)
def test_a_table_that_is_none_says_where(text: str, said: str) -> None:
    with pytest.raises(NormsError, match=said):
        read_norms(text.encode())
