"""How a visit's values came about, in sentences, and what they are held against."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from nerveapp.analysis.findings import PERSONAL_LIMIT_SOURCE
from nerveapp.analysis.pair_sources import NO_SOURCE
from nerveapp.analysis.thresholds import HYPOECHOIC_SOURCE
from nerveapp.domain.accepted_value import AcceptedValue
from nerveapp.domain.findings import CellFinding, Pair
from nerveapp.domain.norms import READERS_SOURCE, Norm
from nerveapp.domain.uncertainty import CENTRES_SOURCE, PROPAGATION_SOURCE, READERS_SD_LEG_MM2, readers_sd_mm2
from nerveapp.domain.worksheet import Worksheet


def methods_of(sheet: Worksheet) -> tuple[str, ...]:
    """Say by what model or whom outlines were drawn, in what calibration, and what was propagated as error.

    Parameters
    ----------
    sheet : Worksheet

    Returns
    -------
    tuple of str
        Sentences; () while nothing is accepted.
    """
    values = [cell.value for cell in sheet.cells if cell.value is not None]
    by_model: dict[str, list[AcceptedValue]] = {}
    by_calibration: dict[str, list[AcceptedValue]] = {}
    for value in values:
        if (measured := value.measured) is None:
            continue
        error = (
            ""
            if measured.model_error is None
            else (f", mean absolute error of its areas on people it had not seen {100 * measured.model_error:.1f} %")
        )
        if not measured.corrected:
            model = f"model {measured.model} (sha256 {measured.model_sha256[:12]}{error})"
            by_model.setdefault(model, []).append(value)
        calibration = "not calibrated, in pixels" if measured.calibration is None else measured.calibration.words
        by_calibration.setdefault(calibration, []).append(value)
    here = [one for one in values if one.measured is not None]
    corrected = [one for one in values if one.measured is not None and one.measured.corrected]
    manual = [one for one in values if one.measured is None]
    said = [f"Outlined by {model}: {_named(ones, of=here)}" for model, ones in by_model.items()]
    if by_calibration:
        by_hand = [_named(corrected, of=here)] if corrected else []
        for one in here:
            if one.measured is not None and one.measured.is_mixed:
                of_run = f"{one.measured.drawn_frames} of {one.measured.frame_count} frames"
                by_hand.append(f"{_named([one])} in {of_run}")
        said.append(f"Outlines corrected by hand: {'; '.join(by_hand) or 'none'}")
    said += [f"Calibration {words}: {_named(ones, of=here)}" for words, ones in by_calibration.items()]
    if manual:
        said.append(f"Measured elsewhere and entered by hand: {_named(manual)}")
    if any(one.hypoechoic_fraction is not None for one in values):
        said.append("Hypoechoic: share of the pixels inside the outline below a threshold by maximum entropy")
    if values:
        said.append(
            "Errors: the spread of readers, of a calibration by hand and of the model on people it had not seen, taken "
            "as independent and propagated to first order"
        )
    return tuple(f"{one}." for one in said)


def sources_of(sheet: Worksheet, findings: Iterable[CellFinding], compared: Iterable[Pair]) -> tuple[str, ...]:
    """Give the citations of all that a report holds values against, each once."""
    found = tuple(findings)
    norms = [norm for one in found for norm in (one.limit, *(known for known, _ in one.z_scores)) if norm is not None]
    sources = [_norm_source(norm) for norm in norms]
    if any(one.personal_limit_mm2 is not None for one in found):
        sources.append(PERSONAL_LIMIT_SOURCE)
    sources += [pair.source for pair in compared if pair.source not in ("", NO_SOURCE)]
    if found:
        sources.append(READERS_SOURCE)
        if any(readers_sd_mm2(one.cell.view.nerve) == READERS_SD_LEG_MM2 for one in found):
            sources.append(CENTRES_SOURCE)
        sources.append(PROPAGATION_SOURCE)
    if any(cell.value is not None and cell.value.hypoechoic_fraction is not None for cell in sheet.cells):
        sources.append(HYPOECHOIC_SOURCE)
    if sheet.protocol.source:
        sources.append(f"Protocol: {sheet.protocol.source}")
    return tuple(dict.fromkeys(sources))


def _norm_source(norm: Norm) -> str:
    people = "" if norm.n is None else f", {norm.n} people"
    return f"Normal values, {norm.population}{people}: {norm.source}"


def _named(values: Sequence[AcceptedValue], *, of: Sequence[AcceptedValue] = ()) -> str:
    """Name values by their cells; all of several that were measured here are not named one by one."""
    if len(values) == len(of) > 1:
        return "every value measured here"
    return "; ".join(one.view.short_words for one in values)
