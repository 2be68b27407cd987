"""Finding in key frames and following between them, on clips of bright discs that move, vanish and come back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from threading import Lock
from weakref import ref

import cv2
import numpy as np
import pytest

from nerveapp.analysis.agreement import dice
from nerveapp.analysis.tracking import Track
from nerveapp.domain.clip import ClipInfo, Frame, Image
from nerveapp.domain.segmentation import Mask, PredictedMask
from nerveapp.domain.tracking import How, NerveOutline, OutlinedFrame, Point, Pointed
from nerveapp.domain.view import View
from nerveapp.errors import AnalysisError
from nerveapp.workflows.analysing.analyse import analyse
from nerveapp.workflows.analysing.run_analysis import AnalysisProgress, run_analysis
from nerveapp.workflows.following.follow import Following
from tests.fakes import CARD, FakePreviews, FakeSegmenter, FakeTracker
from tests.workflows.analysing.test_run_analysis import JOB

HEIGHT, WIDTH = 80, 160
Discs = Callable[[int], Sequence[tuple[float, float, float]]]


def disc(x: float, y: float, radius: float) -> Mask:
    yy, xx = np.mgrid[:HEIGHT, :WIDTH]
    return np.asarray((xx - x) ** 2 + (yy - y) ** 2 <= radius**2)


@dataclass
class Moving:
    """A clip of discs."""

    discs: Discs
    count: int = 50
    timed: bool = True
    truncation: str | None = None

    @property
    def info(self) -> ClipInfo:
        return ClipInfo("discs", "d" * 64, "fake", WIDTH, HEIGHT, self.count, timed=self.timed)

    def frames(self) -> Iterator[Frame]:
        for index in range(self.count):
            image = np.zeros((HEIGHT, WIDTH), np.uint8)
            for one in self.discs(index):
                image[disc(*one)] = 200
            yield Frame(index, index / 25, image)


@dataclass
class Finder(FakeSegmenter):
    """Finds everything bright, in frames that it is not blind in (told by how often it was asked), so surely."""

    blind_from: int = 10**9
    sure: Sequence[float] = ()
    searched: int = 0
    counting: Lock = field(default_factory=Lock)

    def segment(self, images: Sequence[Image]) -> list[PredictedMask]:
        return [self._one(image) for image in images]

    def _one(self, image: Image) -> PredictedMask:
        with self.counting:  # two threads search
            self.searched += 1
            number = self.searched
        mask = (image >= 128) if number <= self.blind_from else np.zeros(image.shape, bool)
        count = cv2.connectedComponents(mask.astype(np.uint8))[0] - 1
        sure = self.sure[number - 1] if number <= len(self.sure) else 0.9
        return PredictedMask(mask, sure if count else 0.0, count)


ONE_NERVE = replace(CARD, max_gap=1.0)
SEVERAL = replace(CARD, max_gap=None, max_components=4)


def finder(*, several: bool = False, blind_from: int = 10**9) -> Finder:
    return Finder(workers=2, card=SEVERAL if several else ONE_NERVE, tracker=FakeTracker(), blind_from=blind_from)


def followed(clip: Moving, segmenter: Finder, *, every: int = 12) -> list[OutlinedFrame]:
    assert segmenter.tracker is not None
    with ThreadPoolExecutor(2) as executor:
        return list(Following(segmenter, segmenter.tracker, executor, every=every).frames(clip.frames()))


def drifting(index: int) -> list[tuple[float, float, float]]:
    return [(30 + index, 40, 10)]


def test_key_frames_are_searched_and_the_others_followed() -> None:
    segmenter = finder()
    found = followed(Moving(drifting), segmenter)
    assert [one.frame.index for one in found] == list(range(50))
    assert segmenter.searched == 5, "the frame left at the end is no key frame"
    assert [one.nerves[0].how for one in found].count(How.FOUND) == 5
    for one in found:
        (nerve,) = one.nerves
        assert nerve.nerve == 0
        assert dice(nerve.predicted.mask, one.frame.image > 0) == 1
        if nerve.how is How.FOLLOWED:
            assert nerve.source is not None
            assert abs(nerve.source - one.frame.index) <= 6, "each half is followed from the nearer key frame"


def confidences(sure: Sequence[float], *, blind_from: int = 10**9) -> list[float]:
    """Analyse 25 frames, of which 0, 12 and 24 are searched, by a model that flags what is below 0.8."""
    segmenter = finder(blind_from=blind_from)
    segmenter.sure, segmenter.card = sure, replace(segmenter.card, flag_below=0.8)
    found = followed(Moving(drifting, 25), segmenter)
    return [one.nerves[0].confidence(flag_below=0.8) for one in found]


def test_what_was_found_nowhere_surely_is_doubtful_however_smoothly_it_is_followed() -> None:
    doubtful = confidences([0.1, 0.2, 0.3])
    assert max(doubtful) == 0.3
    assert min(doubtful) == 0.1
    assert max(confidences([0.1], blind_from=1)) == 0.1, "from one key frame to the end"


def test_what_was_found_surely_once_is_sure_where_it_is_followed() -> None:
    # Doubtful in the frames 0 and 24 themselves; in between it was followed from and to where it was sure.
    found = confidences([0.1, 0.9, 0.2])
    assert (found[0], found[24]) == (0.1, 0.2)
    assert min(found[1:24]) >= 0.8


def test_a_confidence_is_taken_back_only_where_it_was_found_doubtfully() -> None:
    sure = NerveOutline(0, PredictedMask(disc(30, 40, 10), 0.95, 1), How.FOLLOWED, 0, 0.85)
    assert sure.confidence(flag_below=0.8) == 0.95
    assert sure.confidence(flag_below=0.9) == 0.85
    assert replace(sure, predicted=replace(sure.predicted, confidence=0.4)).confidence(flag_below=0.9) == 0.4
    pointed = NerveOutline(0, sure.predicted, How.POINTED)
    assert pointed.confidence(flag_below=1.0) == 0.95


def test_what_is_found_once_is_followed_on_where_it_is_not_found_again() -> None:
    found = followed(Moving(drifting), finder(blind_from=1))
    assert [one.nerves[0].how for one in found] == [How.FOUND] + [How.FOLLOWED] * 49
    assert {one.nerves[0].source for one in found[1:]} == {0}


def test_a_nerve_that_appears_in_the_last_frame_is_found_where_none_was_known() -> None:
    found = followed(Moving(lambda index: drifting(index) if index == 13 else [], count=14), finder())
    assert [bool(one.nerves) for one in found] == [False] * 13 + [True]
    assert found[-1].nerves[0].how is How.FOUND


def test_a_nerve_found_late_is_followed_back_to_the_key_frame_before() -> None:
    segmenter = finder()
    first = segmenter.segment

    def late(images: Sequence[Image]) -> list[PredictedMask]:
        in_first_frame = images[0][40, 22] > 0  # by its left edge, which no later key frame's nerve reaches
        return [PredictedMask(np.zeros((HEIGHT, WIDTH), bool), 0.0, 0)] if in_first_frame else first(images)

    segmenter.segment = late  # type: ignore[method-assign]
    found = followed(Moving(drifting), segmenter)
    assert not any(nerve.predicted.components for nerve in found[0].nerves)
    assert all(one.nerves[0].predicted.components for one in found[1:])


def test_a_nerve_out_of_sight_is_lost_and_not_replaced_by_what_is_near() -> None:
    def hidden(index: int) -> list[tuple[float, float, float]]:
        return [] if 15 <= index < 35 else [(60, 40, 10)]

    found = followed(Moving(hidden), finder())
    for one in found:
        outlined = any(nerve.predicted.components for nerve in one.nerves)
        assert outlined == (not 15 <= one.frame.index < 35), one.frame.index
    lost = [nerve.how for one in found[15:35] for nerve in one.nerves]
    assert set(lost) <= {How.LOST}
    assert {one.nerves[0].nerve for one in found[35:]} == {0}


def test_several_nerves_keep_their_numbers_and_one_that_appears_gets_its_own() -> None:
    def two_then_three(index: int) -> list[tuple[float, float, float]]:
        always = [(30 + index / 2, 30.0, 8.0), (110 - index / 2, 55.0, 9.0)]
        return [*always, (140.0, 20.0, 7.0)] if index >= 20 else always

    found = followed(Moving(two_then_three), finder(several=True))
    for one in found:
        masks = {nerve.nerve: nerve.predicted.mask for nerve in one.nerves if nerve.predicted.components}
        for number, expected in enumerate(two_then_three(one.frame.index)):
            assert dice(masks[number], disc(*expected)) == 1, (one.frame.index, number)
        assert len(masks) == (3 if one.frame.index >= 20 else 2)


def test_the_nerve_that_is_outlined_most_surely_is_measured_and_the_others_are_kept() -> None:
    def a_short_and_a_long_one(index: int) -> list[tuple[float, float, float]]:
        return [(30, 30, 8), (110, 50, 9)] if index < 12 else [(110, 50, 9)]

    result = analyse(Moving(a_short_and_a_long_one), finder(several=True), view=View(), calibration=None)
    assert all(frame.px is not None for frame in result.frames)
    assert result.frames[0].px is not None
    assert result.frames[0].px.centroid_x == pytest.approx(110.5)
    (other,) = result.others
    assert [frame.px is not None for frame in other.frames] == [True] * 12 + [False] * 38
    assert other.frames[40].how is How.LOST


def test_the_area_told_meanwhile_is_of_the_nerve_that_the_result_is_of() -> None:
    def a_larger_one_comes(index: int) -> list[tuple[float, float, float]]:
        return [(30, 40, 8), (110, 40, 20)] if index >= 26 else [(30, 40, 8)]

    clip, told = Moving(a_larger_one_comes), list[AnalysisProgress]()
    job = replace(JOB, request=replace(JOB.request, clip_sha256=clip.info.sha256))
    result = run_analysis(
        job,
        open_clip=lambda _: clip,
        segmenter=lambda _model, _flip: finder(several=True),
        previews=FakePreviews(),
        on_progress=told.append,
    )
    assert len(result.others) == 1
    assert [one.outline.area_px for one in told] == [frame.px and frame.px.area for frame in result.frames]


def test_a_train_of_stills_is_not_followed() -> None:
    segmenter = finder()
    result = analyse(Moving(drifting, timed=False), segmenter, view=View(), calibration=None)
    assert segmenter.searched == 50
    assert {frame.how for frame in result.frames} == {How.FOUND}


def test_where_somebody_points_is_followed_both_ways_and_beside_nothing_else() -> None:
    def two(index: int) -> list[tuple[float, float, float]]:
        return [(30, 30, 8), (110 - index, 55, 9)]

    result = analyse(
        Moving(two), finder(several=True, blind_from=0), view=View(), calibration=None, points=[Point(20, 90, 55)]
    )
    assert [frame.how for frame in result.frames] == [How.FOLLOWED] * 20 + [How.POINTED] + [How.FOLLOWED] * 29
    assert {frame.followed_from for frame in result.frames if frame.how is How.FOLLOWED} == {20}
    for index, mask in enumerate(result.masks):
        assert dice(mask.unpack(), disc(*two(index)[1])) == 1
    assert result.points == (Point(20, 90, 55),)


def test_the_frames_of_three_stretches_are_held_at_most() -> None:
    pictures: list[ref[Image]] = []
    held: list[int] = []

    def decoded(clip: Moving) -> Iterator[Frame]:
        for frame in clip.frames():
            pictures.append(ref(frame.image))
            held.append(sum(picture() is not None for picture in pictures))
            yield frame

    with ThreadPoolExecutor(2) as executor:
        following = Following(finder(), FakeTracker(), executor, every=12)
        assert sum(1 for _ in following.frames(decoded(Moving(drifting, count=110)))) == 110
    assert 2 * 12 < max(held) <= 3 * 12 + 1


def test_frames_held_backward_are_bounded() -> None:
    result = analyse(
        Moving(drifting),
        finder(blind_from=0),
        view=View(),
        calibration=None,
        points=[Point(45, 75, 40)],
        bytes_in_flight=HEIGHT * WIDTH * 3 * 7,
    )
    assert all(frame.px is not None for frame in result.frames)


def test_an_outline_that_was_pointed_at_is_drawn_as_it_is_followed_but_in_a_still_as_it_was_shown() -> None:
    seen = disc(60, 40, 9)
    for count, area in ((1, disc(60, 40, 10).sum()), (2, seen.sum())):
        segmenter = replace(finder(blind_from=0), tracker=FakeTracker(always=seen))
        clip = Moving(lambda _: [(60, 40, 10)], count=count)
        result = analyse(clip, segmenter, view=View(), calibration=None, points=[Point(0, 60, 40)])
        assert result.frames[0].px is not None
        assert result.frames[0].px.area == area


def test_a_size_that_was_chosen_is_the_one_that_is_measured_in_every_frame() -> None:
    """The tracker, which sees the whole disc, would have twice the area."""

    class Sizes(FakeTracker):
        def point(
            self, image: Image, x: float, y: float, *, extent: tuple[float, float] | None = None
        ) -> Pointed | None:
            found = super().point(image, x, y)
            return found and Pointed((PredictedMask(disc(x, y, 10), 0.9, 1), found.outline), 1)

    def gliding(index: int) -> list[tuple[float, float, float]]:
        return [(60 + index, 40, 14)]

    segmenter = replace(finder(blind_from=0), tracker=Sizes())
    meant, chosen = disc(60, 40, 14).sum(), disc(60, 40, 10).sum()
    for area, expected in ((None, meant), (300.0, chosen)):
        points = [Point(5, 65, 40, area=area)]
        result = analyse(Moving(gliding, count=12), segmenter, view=View(), calibration=None, points=points)
        areas = [frame.px.area for frame in result.frames if frame.px is not None]
        assert len(areas) == 12
        assert areas[5] == expected
        assert np.allclose(areas, expected, rtol=0.1)


def test_between_two_points_each_is_followed_as_far_as_the_middle() -> None:
    result = analyse(
        Moving(drifting),
        finder(blind_from=0),
        view=View(),
        calibration=None,
        points=[Point(10, 40, 40), Point(30, 60, 40)],
    )
    sources = [frame.followed_from for frame in result.frames]
    assert set(sources[:10]) == {10}
    assert set(sources[11:21]) == {10}
    assert set(sources[21:30]) == {30}
    assert set(sources[31:]) == {30}


def test_pointed_at_a_nerve_that_comes_back_it_is_found_again_if_it_looks_the_same() -> None:
    def away(index: int) -> list[tuple[float, float, float]]:
        return [] if 12 <= index < 20 else [(60, 40, 10)]

    result = analyse(Moving(away), finder(), view=View(), calibration=None, points=[Point(2, 60, 40)])
    assert [frame.px is not None for frame in result.frames[:20]] == [True] * 12 + [False] * 8
    assert result.frames[49].px is not None


def test_what_was_outlined_where_somebody_pointed_is_there_though_it_cannot_be_followed() -> None:
    class Blind(FakeTracker):
        def begin(self, image: Image, mask: Mask) -> Track | None:
            return None

    segmenter = Finder(workers=2, card=ONE_NERVE, tracker=Blind(), blind_from=0)
    result = analyse(Moving(drifting), segmenter, view=View(), calibration=None, points=[Point(20, 50, 40)])
    assert [frame.frame for frame in result.frames if frame.px is not None] == [20]
    assert (result.frames[20].how, result.frames[21].how) == (How.POINTED, How.LOST)


def test_pointing_at_nothing_is_said() -> None:
    with pytest.raises(AnalysisError, match="where you pointed"):
        analyse(Moving(drifting), finder(), view=View(), calibration=None, points=[Point(3, 150, 10)])
    with pytest.raises(AnalysisError, match="no frame 99"):
        analyse(Moving(drifting), finder(), view=View(), calibration=None, points=[Point(99, 30, 40)])
