"""Measuring one of several nerves, on clips of bright discs."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import cast

import numpy as np
import pytest

from nerveapp.domain.actor import Actor, Right
from nerveapp.domain.analysis import Analysis
from nerveapp.domain.analysis_job import AnalysisRequest
from nerveapp.domain.annotation import Annotation, ClipRecord, State
from nerveapp.domain.calibration import Calibration, CalibrationOrigin
from nerveapp.domain.segmentation import Mask
from nerveapp.domain.tracking import Point
from nerveapp.domain.view import View
from nerveapp.errors import AnalysisError, RightsError
from nerveapp.ports import AnnotationStore
from nerveapp.workflows.analysing.analyse import analyse
from nerveapp.workflows.analysing.choose_nerve import (
    choose_nerve,
    nerves_found_beside,
    nerves_of,
    of_measured_nerve,
    with_nerve,
)
from nerveapp.workflows.analysing.request_analysis import analysis_in_force
from nerveapp.workflows.annotating.annotate import new_annotation
from tests.fakes import FakeAnalysisStore
from tests.workflows.following.test_follow import HEIGHT, WIDTH, Moving, disc, finder

NOW = datetime(2026, 6, 1, tzinfo=UTC)
SPACING = Calibration(0.1, 0.1, CalibrationOrigin.TYPED)
CLIP = Moving(lambda index: [(30, 40, 12), (120, 40, 8)], count=20)


def two_nerves(calibration: Calibration | None = None) -> Analysis:
    return analyse(CLIP, finder(several=True), view=View(), calibration=calibration)


def correction(analysis: Analysis, frame: int, mask: Mask) -> Annotation:
    return new_annotation(analysis, frame, mask, rater="R1", state=State.FINAL, now=NOW, seconds=1, supersedes=None)


def area(analysis: Analysis, frame: int = 3) -> float:
    px = analysis.frames[frame].px
    assert px is not None
    return px.area


def test_the_nerve_chosen_is_measured_and_the_other_stays_beside_it() -> None:
    analysis = two_nerves()
    (other,) = analysis.others
    assert nerves_of(analysis) == (0, 1)
    chosen = with_nerve(analysis, other.nerve)
    assert chosen.nerve == other.nerve
    assert chosen.masks == other.masks
    assert chosen.frames == other.frames
    assert area(chosen) != area(analysis)
    assert chosen.summary.area_median == area(chosen)
    assert [one.nerve for one in chosen.others] == [analysis.nerve]
    assert with_nerve(chosen, analysis.nerve) == analysis, "and back again"
    assert with_nerve(analysis, None) is analysis
    assert with_nerve(analysis, 7) is analysis, "an analysis that was done anew may have fewer nerves"


def test_it_is_measured_in_the_calibration_of_the_clip() -> None:
    analysis = two_nerves(SPACING)
    (other,) = analysis.others
    chosen = with_nerve(analysis, other.nerve)
    mm = chosen.frames[3].mm
    assert mm is not None
    assert mm.area == pytest.approx(area(chosen) * 0.01)
    assert chosen.summary.unit == "mm²"
    back = with_nerve(chosen, analysis.nerve)
    assert back.summary.area_median == pytest.approx(analysis.summary.area_median)


def test_the_choice_is_kept_with_the_analysis_for_everybody() -> None:
    analyses = FakeAnalysisStore()
    job = analyses.add(
        AnalysisRequest(CLIP.info.sha256, "fake", "0" * 64, False, "1"), frame_count=20, actor="", now=NOW
    )
    taken = analyses.take(worker="w", now=NOW)
    assert taken is not None
    raw = two_nerves()
    analyses.save(taken, raw, now=NOW)
    with pytest.raises(RightsError):
        choose_nerve(job.id, 1, analyses=analyses, actor=Actor("R1", frozenset({Right.ANNOTATE})))
    with pytest.raises(AnalysisError, match="no nerve 3"):
        choose_nerve(job.id, 2, analyses=analyses, actor=Actor())
    choose_nerve(job.id, raw.others[0].nerve, analyses=analyses, actor=Actor())

    class Described:
        def clip(self, sha256: str) -> ClipRecord:
            return ClipRecord(sha256, WIDTH, HEIGHT, 20, calibration=SPACING)

    seen = analysis_in_force(job.id, analyses=analyses, annotations=cast(AnnotationStore, Described()))
    assert seen.nerve == raw.others[0].nerve
    assert seen.masks == raw.others[0].masks
    assert seen.summary.unit == "mm²"


def test_corrections_of_the_other_nerve_are_left_out() -> None:
    analysis = two_nerves()
    chosen = with_nerve(analysis, analysis.others[0].nerve)
    places = {analysis.nerve: (30, 40, 11), chosen.nerve: (120, 40, 7)}
    if area(analysis) < area(chosen):
        places = {chosen.nerve: (30, 40, 11), analysis.nerve: (120, 40, 7)}
    nothing = np.zeros((HEIGHT, WIDTH), np.bool_)
    mine = correction(analysis, 2, disc(*places[analysis.nerve]))
    others = correction(chosen, 3, disc(*places[chosen.nerve]))
    taken_away = correction(chosen, 4, nothing)
    nowhere = correction(analysis, 5, disc(80, 10, 4))
    drawn = (mine, others, taken_away, nowhere)
    assert of_measured_nerve(analysis, drawn) == (mine, nowhere)
    assert of_measured_nerve(chosen, drawn) == (others, taken_away, nowhere)
    assert of_measured_nerve(replace(analysis, others=()), drawn) == drawn


def test_beside_the_nerve_pointed_at_stay_those_that_were_found_without_the_point() -> None:
    analyses = FakeAnalysisStore()
    points = (Point(5, 30, 40),)
    finding = AnalysisRequest(CLIP.info.sha256, "fake", "0" * 64, False, "1")
    pointing = replace(finding, points=points)
    pointed = analyse(CLIP, finder(several=True), view=View(), calibration=None, points=points)
    analyses.add(pointing, frame_count=20, actor="", now=NOW)
    assert nerves_found_beside(pointing.id, pointed, analyses=analyses) == (), "nothing was found before"
    ended(analyses, pointed)
    analyses.add(finding, frame_count=20, actor="", now=NOW)
    assert nerves_found_beside(pointing.id, pointed, analyses=analyses) == (), "it is not finished"
    found = two_nerves()
    ended(analyses, found)
    (beside,) = nerves_found_beside(pointing.id, pointed, analyses=analyses)
    assert beside.masks[3].unpack()[40, 120]
    assert not beside.masks[3].unpack()[40, 30]
    assert nerves_found_beside(finding.id, found, analyses=analyses) == (), "nobody pointed"


def ended(analyses: FakeAnalysisStore, analysis: Analysis) -> None:
    job = analyses.take(worker="w", now=NOW)
    assert job is not None
    analyses.save(job, analysis, now=NOW)
