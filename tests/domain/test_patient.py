"""Codes that may be of one person."""

from nerveapp.domain.patient import alike_to


def test_the_code_that_may_be_meant_is_found_and_not_the_code_itself() -> None:
    known = ("P01", "P02", "S1", "s-01")
    assert alike_to("P1", known) == "P01"
    assert alike_to("p01", known) == "P01"
    assert alike_to("S01", known) == "S1"
    assert alike_to("P02", known) is None
    assert alike_to("P3", known) is None
