"""A visit's report as HTML, read back by a parser."""

import base64
from html.parser import HTMLParser

from nerveapp import NOTICE
from nerveapp.analysis.report_words import facts_of, notes_of, pairs_of, sites_of
from nerveapp.domain.visit_report import Letterhead, VisitReport
from nerveapp.io.visit_reports.html import visit_html
from tests.visit_samples import sample_report


class Page(HTMLParser):
    """Text, tags and addresses of a page."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self.text: list[str] = []
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.alternatives: list[str] = []
        self.feed(data.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href")]
        self.alternatives += [value or "" for name, value in attrs if name == "alt"]

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def page_of(report: VisitReport) -> Page:
    return Page(visit_html(report))


def test_it_holds_all_words_and_numbers_of_the_report() -> None:
    report = sample_report()
    page = page_of(report)
    text = " ".join(page.text)
    wanted = [part for fact in facts_of(report) for part in fact]
    for row in sites_of(report):
        wanted += [row.site, row.limit, row.population]
        wanted += [part for side in row.sides for part in (side.value, side.flag, *side.meaning, *side.remarks)]
    for pair in pairs_of(report):
        wanted += [pair.what, pair.value, pair.cut_off, pair.verdict]
    wanted += [*notes_of(report), *report.methods, *report.sources, NOTICE, "Signature", "Clinic for Nerves, Łódź"]
    assert [one for one in wanted if one not in text] == []


def test_no_text_is_taken_for_markup_and_lines_stay_lines() -> None:
    typed = "One <script>alert(1)</script>\nTwo & <img src=x onerror=y>"
    page = page_of(sample_report(conclusion=typed, letterhead=Letterhead("<h1>Clinic</h1>")))
    assert "script" not in page.tags
    assert "img" not in page.tags
    assert "One <script>alert(1)</script>" in page.text
    assert page.text[page.text.index("One <script>alert(1)</script>") + 1] == "Two & <img src=x onerror=y>"
    assert "<h1>Clinic</h1>" in page.text


def test_it_needs_nothing_from_outside_and_pictures_tell_what_they_show() -> None:
    report = sample_report(pictures=True)
    page = page_of(report)
    assert len(page.addresses) == 2 * len(report.pictures)
    assert all(address.startswith("data:image/png;base64,") for address in page.addresses)
    inlined = {base64.b64decode(address.partition(",")[2]) for address in page.addresses}
    assert {one.png for one in report.pictures} <= inlined
    assert {one.caption for one in report.pictures} <= set(page.alternatives)
    assert any("upper limit of 11 mm²" in one for one in page.alternatives)
    assert not {"link", "script", "iframe"} & set(page.tags)
