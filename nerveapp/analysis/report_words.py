"""A visit's report in words and rows, the same in whatever form it is written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC

from nerveapp.domain.accepted_value import AcceptedValue, Choice, Measured
from nerveapp.domain.counted import counted
from nerveapp.domain.findings import PERSONAL_LIMIT_ACCURACY, CellFinding
from nerveapp.domain.follow_up import Change, smallest_detectable_change_mm2
from nerveapp.domain.measurement import area_in_words, signed
from nerveapp.domain.norms import Interpretation
from nerveapp.domain.patient import Patient
from nerveapp.domain.uncertainty import Estimate, readers_differ_mm2
from nerveapp.domain.view import Nerve
from nerveapp.domain.visit_report import VisitReport
from nerveapp.domain.worksheet import SIDES, Cell, CellState, Worksheet

LEGEND = (
    "± is one standard deviation of what is known to blur an area: reader, calibration and model. "
    f"Within ± {readers_differ_mm2(Nerve.MEDIAN):.2g} mm² of its limit (in the leg ± "
    f"{readers_differ_mm2(Nerve.TIBIAL):.2g} mm²) an area is indeterminate: two readers of one nerve differ by as "
    "much. z: standard deviations from the mean of the population named. Grey: the evidence is thin."
)
_STATES = {CellState.MISSING: "not scanned", CellState.TO_REVIEW: "scanned, no value accepted"}
_MARKS = {Interpretation.ABOVE: "▲ ", Interpretation.INDETERMINATE: "◆ ", Interpretation.BELOW: ""}


@dataclass(frozen=True, slots=True)
class CellWords:
    """One side of a site in words.

    Parameters
    ----------
    value : str
        Such as "12.4 ± 0.8 mm²", or "not scanned".
    flag : str
        Its interpretation, marked where it is above the limit or indeterminate; "" without one.
    meaning : tuple of str
        Verdict and z-scores.
    remarks : tuple of str
        How it was chosen, corrected or entered, and what was accepted along with it.
    accepted, raised, thin : bool
        Whether there is a value, whether it is above its limit, whether the evidence is thin.
    """

    value: str
    flag: str = ""
    meaning: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    accepted: bool = False
    raised: bool = False
    thin: bool = False


@dataclass(frozen=True, slots=True)
class SiteWords:
    """A site in words.

    Parameters
    ----------
    site : str
        Such as "Median, wrist".
    limit, population : str
        Upper limit of normal and whose it is; "" where no area is held against one.
    sides : tuple of CellWords
        Left and right.
    """

    site: str
    limit: str
    population: str
    sides: tuple[CellWords, ...]


@dataclass(frozen=True, slots=True)
class PairWords:
    """A comparison in words.

    Parameters
    ----------
    what, side, value, cut_off, verdict : str
        Cut-off "none" where none is known.
    notes : tuple of int
        Numbers of its remarks among `notes_of`.
    raised, thin : bool
    """

    what: str
    side: str
    value: str
    cut_off: str
    verdict: str
    notes: tuple[int, ...]
    raised: bool
    thin: bool


def patient_in_words(patient: Patient) -> str:
    """Give the code and what else is known of a patient."""
    known = (
        patient.code,
        patient.sex.value if patient.sex else "",
        f"born {patient.birth_year}" if patient.birth_year else "",
        f"{patient.height_cm:g} cm tall" if patient.height_cm else "",
        f"wrist {patient.wrist_mm:g} mm around" if patient.wrist_mm else "",
    )
    return ", ".join(filter(None, known))


def facts_of(report: VisitReport) -> tuple[tuple[str, str], ...]:
    """Give what stands above the tables, by name."""
    exam, sheet = report.exam, report.worksheet.sheet
    facts = (
        ("Status", _status(report.worksheet)),
        ("Patient", patient_in_words(report.patient)),
        ("Visit", exam.when),
        ("Protocol", report.worksheet.protocol.title),
        ("Indication", exam.indication),
        ("Note", exam.note),
        ("Bifid median nerve", ", ".join(sheet.bifid)),
        ("Values accepted by", ", ".join(_accepted_by(report))),
        ("Report made", f"{report.made_at:%Y-%m-%d %H:%M %Z}, NerveApp {report.version}"),
    )
    return tuple((name, " ".join(text.split())) for name, text in facts if text.strip())


def _status(sheet: Worksheet) -> str:
    """Say that a report is preliminary, and why; "" for one with a valid value in every cell."""
    if sheet.complete:
        return ""
    without = sum(cell.value is None for cell in sheet.cells)
    outdated = sum(bool(cell.outdated) for cell in sheet.cells)
    reasons = [f"{without} of {len(sheet.cells)} places without a value"] if without else []
    reasons += [f"{counted(outdated, 'value')} outdated"] if outdated else []
    return f"preliminary: {', '.join(reasons)}"


def _accepted_by(report: VisitReport) -> tuple[str, ...]:
    codes = {cell.value.by for cell in report.worksheet.cells if cell.value}
    nobody = ("nobody named",) if "" in codes else ()
    return (*sorted(codes - {""}), *nobody)


def legend_of(report: VisitReport) -> tuple[str, ...]:
    """Say what the signs in the table of areas mean, and how good a personal limit is where there is one."""
    personal = any(one.personal_limit_mm2 is not None for one in report.findings)
    said = [LEGEND, *((f"Personal limit: {PERSONAL_LIMIT_ACCURACY}.",) if personal else ())]
    if report.changes:
        nerves = dict.fromkeys(one.after.value.view.nerve for one in report.changes)
        smallest = (f"{smallest_detectable_change_mm2(nerve):.1f} mm² ({nerve})" for nerve in nerves)
        said.append(
            f"Smallest detectable change from visit to visit: {', '.join(smallest)}. Two readings of a nerve that has "
            "not changed differ by less in 95 of 100 cases; another machine, model or calibration adds to it."
        )
    return tuple(said)


def sites_of(report: VisitReport) -> tuple[SiteWords, ...]:
    """Set the worksheet in rows of left and right."""
    findings = {one.cell.view: one for one in report.findings}
    changes = {one.after.value.view: change_in_words(one) for one in report.changes}
    stations = list(dict.fromkeys(cell.station for cell in report.worksheet.cells))
    cells = {cell.view: cell for cell in report.worksheet.cells}
    several = len(_accepted_by(report)) > 1
    rows = []
    for station in stations:
        views = [station.on(side) for side in SIDES]
        norm = next((found.limit for view in views if (found := findings.get(view)) and found.limit), None)
        held = any(view in findings for view in views)
        limit = "" if norm is None else f"{norm.upper_limit_mm2:g} mm²"
        sides = tuple(
            _cell_in_words(cells.get(view, Cell(view)), findings.get(view), change=changes.get(view, ""), by=several)
            for view in views
        )
        rows.append(
            SiteWords(station.words, limit or ("none known" if held else ""), norm.population if norm else "", sides)
        )
    return tuple(rows)


def how_chosen(value: AcceptedValue) -> str:
    """Say how a value was chosen, and of which frames."""
    measured = value.measured
    if measured is None:
        return "entered by hand"
    first, last = measured.first_frame, measured.last_frame
    frames = f"frame {first}" if first == last else f"frames {first} to {last}"
    return f"{frames}, chosen by hand" if value.choice is Choice.FRAME else f"{value.choice.value}, {frames}"


def who_outlined(measured: Measured, *, model: str) -> str:
    """Say whose outline a value is of, with the name of its model or another word for it."""
    if measured.is_mixed:
        return f"outline by {model}, corrected by hand in {measured.drawn_frames} of {measured.frame_count} frames"
    return "outline corrected by hand" if measured.corrected else f"outline by {model}"


def how_in_words(value: AcceptedValue, *, by: bool = True) -> tuple[str, ...]:
    """Say how a value was chosen, whose outline it is of, who accepted it (where asked for), and despite what."""
    said = [how_chosen(value)]
    if value.measured is not None:
        said.append(who_outlined(value.measured, model="the model"))
    if by and value.by:
        said.append(f"accepted by {value.by}")
    if value.reservations:
        said.append(f"accepted although {'; '.join(value.reservations)}")
    if value.echo_intensity is not None:
        share = "" if value.hypoechoic_fraction is None else f", hypoechoic {100 * value.hypoechoic_fraction:.0f} %"
        said.append(f"echo intensity {value.echo_intensity:.0f}{share}")
    return tuple(said)


def pairs_of(report: VisitReport) -> tuple[PairWords, ...]:
    """Set the comparisons in rows."""
    notes = notes_of(report)
    return tuple(
        PairWords(
            what=pair.what,
            side=pair.side.value if pair.side else "both",
            value=pair_value(pair.estimate, pair.unit),
            cut_off="none" if pair.cut_off is None else f"{pair.cut_off:g} {pair.unit}".strip(),
            verdict=f"{_MARKS.get(pair.interpretation, '') if pair.interpretation else ''}{pair.verdict}",
            notes=tuple(notes.index(remark) + 1 for remark in pair.remarks),
            raised=pair.interpretation is Interpretation.ABOVE,
            thin=pair.thin,
        )
        for pair in report.pairs
    )


def notes_of(report: VisitReport) -> tuple[str, ...]:
    """Give the remarks on all comparisons, each once, in the order of their numbers."""
    return tuple(dict.fromkeys(remark for pair in report.pairs for remark in pair.remarks))


def pair_value(estimate: Estimate, unit: str) -> str:
    """Give a difference in mm² or a ratio with its standard deviation."""
    digits = 1 if unit else 2
    return f"{estimate.value:.{digits}f} ± {estimate.sd:.{digits}f} {unit}".strip()


def conclusion_heading(report: VisitReport) -> str:
    """Say whose words the conclusion is, and of when."""
    sheet = report.worksheet.sheet
    by = f" of {sheet.by}" if sheet.by else ""
    by += f", {sheet.at.astimezone(UTC):%Y-%m-%d} UTC" if sheet.at is not None else ""
    if not sheet.conclusion.strip():
        return "Conclusion (none written)"
    return f"Conclusion{by}{_what_it_rests_on(report.worksheet)}"


def _what_it_rests_on(sheet: Worksheet) -> str:
    """Say where values have changed since a conclusion was written."""
    written = sheet.sheet.at
    if written is not None and any(cell.value is not None and cell.value.at > written for cell in sheet.cells):
        return " (written before the last value was accepted)"
    if written is not None and sheet.changed_at is not None and sheet.changed_at > written:
        return " (written before a value was taken back)"
    if any(cell.outdated for cell in sheet.cells):
        return " (some of the values are not what would be measured today)"
    return ""


def change_in_words(change: Change) -> str:
    """Say how an area changed, such as "+2.5 mm² since 2026-01-05, more than the smallest detectable change"."""
    than = "more than" if change.detectable else "within"
    since = f"since {change.before.exam.when}"
    return f"{signed(change.difference_mm2)} mm² {since}, {than} the smallest detectable change"


def _cell_in_words(cell: Cell, finding: CellFinding | None, *, change: str, by: bool) -> CellWords:
    value = cell.value
    if value is None:
        return CellWords(_STATES[cell.state])
    remarks = how_in_words(value, by=by)
    if cell.outdated:
        remarks = (*remarks, f"not up to date: {cell.outdated}")
    if finding is None:
        return CellWords(
            area_in_words(value.area, value.unit, digits=1),
            meaning=("in pixels: compared with nothing",) if value.unit != "mm²" else (),
            remarks=remarks,
            accepted=True,
        )
    said = finding.interpretation
    # The limit has a column of its own; the legend says why an area is indeterminate and how good a personal limit is.
    judged = "" if said is Interpretation.INDETERMINATE else finding.judged
    scores = (f"{signed(score)} ({norm.population})" for norm, score in finding.z_scores)
    against = ", ".join(scores)
    return CellWords(
        value=area_in_words(value.area, value.unit, digits=1, sd=finding.estimate.sd),
        flag="" if said is None else f"{_MARKS[said]}{said.value}",
        meaning=tuple(filter(None, (judged, f"z {against}" if against else "", finding.personally_judged, change))),
        remarks=remarks,
        accepted=True,
        raised=said is Interpretation.ABOVE,
        thin=finding.thin,
    )
