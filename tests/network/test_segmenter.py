from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from nerveapp.analysis.agreement import dice
from nerveapp.domain.model import RefinementStage
from nerveapp.network.segmenter import UNetSegmenter
from nerveapp.network.stage import Stage
from tests.fakes import CARD

Batch = npt.NDArray[np.float32]
WHOLE = replace(CARD, input_height=128, input_width=128, refinement=RefinementStage("fake-close-up", ""))
CLOSE = replace(CARD, name="fake-close-up", input_height=64, input_width=128, crop_size_factors=(3.6, 4.5))
NOTHING = -9.0


@dataclass
class FakeEngine:
    """Says what a function of the batch says, as logits."""

    answer: Callable[[Batch], Batch]
    name: str = "fake"
    batch_size: int = 1
    workers: int = 1

    def logits(self, batch: Batch) -> Batch:
        return np.asarray(self.answer(batch), np.float32)


def bright(batch: Batch) -> Batch:
    return np.where(batch > 0.3, 9.0, NOTHING)


def blind(batch: Batch) -> Batch:
    return np.full_like(batch, NOTHING)


def frame() -> npt.NDArray[np.uint8]:
    image = np.zeros((320, 320), np.uint8)
    image[103:147, 81:162] = 255
    return image


def segmenter(close: Callable[[Batch], Batch], whole: Callable[[Batch], Batch] = bright) -> UNetSegmenter:
    return UNetSegmenter(Stage(WHOLE, FakeEngine(whole)), Stage(CLOSE, FakeEngine(close)))


def test_the_refinement_draws_the_outline_more_finely() -> None:
    truth = frame() > 0
    coarse = UNetSegmenter(Stage(WHOLE, FakeEngine(bright))).segment([frame()])[0].mask
    fine = segmenter(bright).segment([frame()])[0].mask
    assert (fine ^ truth).sum() < 0.7 * (coarse ^ truth).sum()


def test_each_of_several_nerves_gets_a_close_look_of_its_own() -> None:
    image = frame()
    image[243:257, 281:297] = 255
    truth = image > 0
    several = segmenter(bright)
    found = several.segment([image])[0]
    assert found.components == 1, "the smaller one has less than a quarter of the larger one's area"
    image[233:263, 261:301] = 255
    truth = image > 0
    coarse = UNetSegmenter(several.network).segment([image])[0]
    fine = several.segment([image])[0]
    assert coarse.components == fine.components == 2
    second = np.zeros_like(truth)
    second[200:, 200:] = True
    assert ((fine.mask ^ truth) & second).sum() < 0.7 * ((coarse.mask ^ truth) & second).sum()
    assert (fine.mask ^ truth).sum() < 0.7 * (coarse.mask ^ truth).sum()


def test_a_place_that_is_no_nerve_at_a_close_look_is_dropped_beside_one_that_is() -> None:
    image = frame()
    image[233:263, 261:301] = 100

    def dim_too(batch: Batch) -> Batch:
        return np.where(batch > -0.7, 9.0, NOTHING)

    assert UNetSegmenter(Stage(WHOLE, FakeEngine(dim_too))).segment([image])[0].components == 2
    found = segmenter(bright, dim_too).segment([image])[0]
    assert found.components == 1
    assert dice(found.mask, image > 200) > 0.9


def test_a_nerve_the_refinement_does_not_see_keeps_its_outline_without_confidence() -> None:
    whole = UNetSegmenter(Stage(WHOLE, FakeEngine(bright))).segment([frame()])[0]
    found = segmenter(blind).segment([frame()])[0]
    assert np.array_equal(found.mask, whole.mask)
    assert found.confidence == 0 < whole.confidence


def test_a_card_may_ask_for_the_mirrored_frame_too() -> None:
    def left_eyed(batch: Batch) -> Batch:
        answer = bright(batch)
        answer[..., 64:] = NOTHING
        return answer

    image = frame()
    image[103:147, 220:280] = 255
    once = UNetSegmenter(Stage(WHOLE, FakeEngine(left_eyed))).segment([image])[0]
    both = replace(WHOLE, test_time_flip=True, threshold=0.35)
    twice = UNetSegmenter(Stage(both, FakeEngine(left_eyed))).segment([image])[0]
    assert once.components == 1
    assert twice.components == 2


def test_looks_that_differ_are_less_sure_than_looks_that_agree() -> None:
    def fickle(batch: Batch) -> Batch:
        answer = bright(batch)
        answer[_of_wider_windows(batch), :, 32:] = NOTHING
        return answer

    agreed, parted = segmenter(bright).segment([frame()])[0], segmenter(fickle).segment([frame()])[0]
    assert 0 < parted.confidence < 0.9 * agreed.confidence


def _of_wider_windows(batch: Batch) -> npt.NDArray[np.bool_]:
    """Say in which of the two windows' pictures the nerve is less wide."""
    return np.asarray((batch[:, 0, 32] > 0.3).sum(axis=1) < 43)


def test_what_one_of_several_windows_shows_is_outvoted() -> None:
    def greedy(batch: Batch) -> Batch:
        answer = bright(batch)
        answer[_of_wider_windows(batch)] = 9.0
        return answer

    close = replace(CLOSE, crop_size_factors=(3.2, 3.5, 3.6, 4.5))
    several = UNetSegmenter(Stage(WHOLE, FakeEngine(bright)), Stage(close, FakeEngine(greedy)))
    assert dice(several.segment([frame()])[0].mask, frame() > 0) > 0.95


def test_where_windows_show_a_piece_alone_wider_ones_are_looked_at() -> None:
    def a_piece(batch: Batch) -> Batch:
        answer = np.full_like(batch, NOTHING)
        answer[..., 42:58, 40:58] = 9.0  # of the whole frame, in which the nerve is 32 px wide
        return answer

    def close_up(sees: float) -> Callable[[Batch], Batch]:
        def answer(batch: Batch) -> Batch:
            seen = bright(batch)
            too_near = (batch > 0.3).mean(axis=(1, 2, 3)) > sees
            seen[too_near] = NOTHING
            seen[too_near, :, 30:34, 62:66] = 9.0
            return seen

        return answer

    whole, near = frame() > 0, replace(CLOSE, crop_size_factors=(3.2, 3.6))  # it fills 0.3 to 0.4 of these windows
    seen, found = (
        UNetSegmenter(Stage(WHOLE, FakeEngine(a_piece)), Stage(near, FakeEngine(close_up(sees)))).segment([frame()])[0]
        for sees in (0.0, 0.25)
    )
    assert seen.confidence == 0, "no window shows more than a piece"
    assert dice(seen.mask, whole) < 0.7
    assert dice(found.mask, whole) > 0.95


def test_windows_are_as_wide_as_in_training_or_as_cards_of_before_tell() -> None:
    def reach(**card: object) -> float:
        stage = Stage(replace(CLOSE, **card), FakeEngine(bright))  # type: ignore[arg-type]
        return replace(segmenter(bright), refinement=stage).tracker.reach

    assert reach(crop_size_factor=4.2) == 4.2
    assert reach(crop_size_factor=None) == (3.6 + 4.5) / 2


def test_frames_without_a_nerve_are_not_looked_at_closely() -> None:
    def never(batch: Batch) -> Batch:
        raise AssertionError("there is nothing to look at")

    found = segmenter(never, blind).segment([frame(), frame()])
    assert [one.components for one in found] == [0, 0]


def test_a_click_inside_a_nerve_outlines_it_and_one_beside_it_nothing() -> None:
    truth = frame() > 0
    for x, y in ((120.5, 125.5), (90.5, 110.5), (155.5, 140.5)):
        found = segmenter(bright).tracker.point(frame(), x, y)
        assert found is not None
        assert dice(found.outline.mask, truth) > 0.9, (x, y)
    assert segmenter(bright).tracker.point(frame(), 300, 300) is None


def test_a_click_chooses_one_of_two_nerves() -> None:
    image = frame()
    image[220:250, 100:140] = 255
    found = segmenter(bright).tracker.point(image, 120, 235)
    assert found is not None
    assert not found.outline.mask[:200].any()
    assert found.outline.mask[235, 120]


def test_where_too_little_is_seen_the_brightest_place_is_looked_at_and_not_trusted() -> None:
    def faint(batch: Batch) -> Batch:
        answer = np.full_like(batch, NOTHING)
        row, column = np.unravel_index(batch[0, 0].argmax(), batch[0, 0].shape)
        answer[0, 0, row, column] = -1.0  # a probability of 0.27
        return answer

    found = segmenter(bright, faint).segment([frame()])[0]
    assert dice(found.mask, frame() > 0) > 0.9
    assert 0 < found.confidence < 0.25
    nothing = segmenter(bright, blind).segment([frame()])[0]
    assert nothing.components == 0, "a place that is not even faint is not looked at"
