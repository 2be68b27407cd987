from dataclasses import dataclass, replace

import numpy as np
import pytest

from nerveapp.analysis.reliability import expected_dice
from nerveapp.domain.clip import Image
from nerveapp.domain.experiments.tracking import TrackedClip, Way
from nerveapp.domain.segmentation import Mask, PredictedMask
from nerveapp.domain.view import Nerve, Site
from nerveapp.errors import DataError
from nerveapp.ports import TrainedWeights
from nerveapp.workflows.studies.followed_confidence import fit_followed_confidence
from nerveapp.workflows.studies.phantom_clips import MEANT_FOR, PhantomClip, phantom_clip
from nerveapp.workflows.studies.phantom_tracking import measure_tracking, track_clip, with_clip
from tests.fakes import FakeModelStore, FakeSegmenter
from tests.fakes.segmenter import CARD
from tests.fakes.tracker import FakeTracker

FRAMES = 6
CLIP = phantom_clip(Nerve.MEDIAN, Site.WRIST, subject=100, frames=FRAMES)


@dataclass(frozen=True)
class Oracle(FakeTracker):
    """Knows the clip: outlines the true nerve in every frame but those it loses, and is as certain as it is told."""

    clip: PhantomClip = CLIP
    loses: frozenset[int] = frozenset()
    certain: float = 0.6

    def _seen(self, image: Image, near: Mask) -> PredictedMask | None:
        index = next(frame.index for frame in self.clip.recorded if np.array_equal(frame.image, image))
        return None if index in self.loses else PredictedMask(self.clip.truth[index], self.certain, 1)


@dataclass
class Finder(FakeSegmenter):
    """Finds the true nerve of the clip, in the first frame alone."""

    def _one(self, image: Image) -> PredictedMask:
        if np.array_equal(image, CLIP.recorded[0].image):
            return PredictedMask(CLIP.truth[0], 0.9, 1)
        return PredictedMask(np.zeros(image.shape[:2], np.bool_), 0.0, 0)


def by_way(segmenter: FakeSegmenter) -> dict[Way, TrackedClip]:
    clips = track_clip(segmenter, Nerve.MEDIAN, Site.WRIST, subject=100, frames=FRAMES)
    return {clip.way: clip for clip in clips}


def test_a_clip_is_outlined_in_every_way_and_compared_with_its_truth() -> None:
    found = by_way(Finder(card=replace(CARD, max_gap=1.0), tracker=Oracle()))
    alone, followed = found[Way.FRAME_BY_FRAME], found[Way.FOLLOWED]
    assert alone.dice == pytest.approx(1 / FRAMES), "lost frames count as 0"
    assert alone.dice_outlined == pytest.approx(1)
    assert (alone.found, alone.followed, alone.lost) == (1, 0, FRAMES - 1)
    assert alone.jitter is None, "there are no neighbouring frames"
    assert followed.dice == pytest.approx(1)
    assert followed.bias == pytest.approx(0)
    assert followed.lost == 0
    assert followed.jitter == pytest.approx(followed.jitter_truth)
    assert len(followed.confidences) == followed.followed
    assert found[Way.POINTED].found == 1, "one click"
    assert found[Way.POINTED].dice == pytest.approx(1)


def test_frames_that_are_lost_after_a_click_count_as_nothing() -> None:
    pointed = by_way(Finder(card=replace(CARD, max_gap=1.0), tracker=Oracle(loses=frozenset({4, 5}))))[Way.POINTED]
    assert pointed.lost == 2
    assert pointed.dice == pytest.approx((FRAMES - 2) / FRAMES)


def test_a_click_on_nothing_loses_the_whole_clip() -> None:
    blind = Oracle(loses=frozenset(range(FRAMES)))
    pointed = by_way(Finder(card=replace(CARD, max_gap=1.0), tracker=blind))[Way.POINTED]
    assert (pointed.dice, pointed.bias, pointed.lost) == (0, None, FRAMES)


def test_a_model_that_cannot_follow_is_measured_frame_by_frame_alone() -> None:
    assert list(by_way(Finder())) == [Way.FRAME_BY_FRAME]


def test_every_site_is_shown_to_the_model_that_is_meant_for_it() -> None:
    asked: list[str] = []

    def load(name: str) -> FakeSegmenter:
        asked.append(name)
        return FakeSegmenter()

    clips = list(measure_tracking(load, subjects=1, frames=2))
    assert len({clip.site for clip in clips}) == len(clips) == 10
    assert asked == ["median-wrist"] + ["peripheral-nerve"] * 9
    assert {clip.subject for clip in clips} == {100}
    only = list(measure_tracking(load, sites=["ulnar elbow"], subjects=2, frames=2))
    assert [(clip.site, clip.subject) for clip in only] == [("ulnar elbow", 100), ("ulnar elbow", 101)]
    with pytest.raises(DataError, match="knee"):
        list(measure_tracking(load, sites=["tibial knee"]))


def test_what_is_measured_again_takes_the_place_of_what_was() -> None:
    (clip,) = track_clip(Finder(), Nerve.MEDIAN, Site.WRIST, subject=100, frames=2)
    elsewhere, second = replace(clip, site="ulnar elbow"), replace(clip, subject=101)
    kept = None
    for one in (clip, elsewhere, second):
        kept = with_clip(kept, one, ())
    assert with_clip(kept, replace(clip, dice=0.5), ()).clips == (elsewhere, second, replace(clip, dice=0.5))
    longer = replace(clip, frames=100)
    assert with_clip(kept, longer, ()).clips == (elsewhere, longer), "clips of other lengths are not mixed"


def test_the_confidence_of_followed_outlines_is_fitted_on_other_subjects_and_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    subjects: list[int] = []

    def shown(nerve: Nerve, site: Site, *, subject: int, frames: int) -> PhantomClip:
        subjects.append(subject)
        return CLIP

    monkeypatch.setattr("nerveapp.workflows.studies.followed_confidence.phantom_clip", shown)
    store = FakeModelStore()
    before = store.save(replace(CARD, name="median-wrist"), TrainedWeights(b"weights", b"", b""))
    segmenter = Finder(card=replace(CARD, max_gap=1.0), tracker=Oracle(certain=0.6))
    card = fit_followed_confidence("median-wrist", segmenter=segmenter, store=store, subjects=12, frames=FRAMES)
    assert subjects == list(range(200, 212))
    assert card == store.card("median-wrist")
    assert card.sha256 == before.sha256
    assert expected_dice(0.6, card.followed_knots) == pytest.approx(1), "the outlines were the true ones"
    assert expected_dice(0.3, card.followed_knots) == pytest.approx(0.5)


def test_too_few_followed_outlines_are_refused() -> None:
    store = FakeModelStore()
    store.save(replace(CARD, name="median-wrist"), TrainedWeights(b"", b"", b""))
    with pytest.raises(DataError, match="into 0 frames only"):
        fit_followed_confidence("median-wrist", segmenter=Finder(tracker=Oracle()), store=store, subjects=1, frames=1)
    with pytest.raises(DataError, match="its own certainty"):
        fit_followed_confidence("median-wrist", segmenter=Finder(), store=store, subjects=1, frames=2)


def test_only_the_median_wrist_is_left_to_its_own_model() -> None:
    assert MEANT_FOR["median-wrist"] == ((Nerve.MEDIAN, Site.WRIST),)
    assert (Nerve.MEDIAN, Site.WRIST) not in MEANT_FOR["peripheral-nerve"]


def test_unsmoothed_following_uses_what_the_tracker_gives() -> None:
    @dataclass(frozen=True)
    class Rough(Oracle):
        def unsmoothed(self) -> Oracle:
            return Oracle(loses=frozenset({3, 4, 5}))

    found = by_way(Finder(card=replace(CARD, max_gap=1.0), tracker=Rough()))
    assert found[Way.UNSMOOTHED].lost == 3
    assert found[Way.FOLLOWED].lost == 0
