import cv2
import numpy as np
import pytest

from nerveapp.analysis.agreement import dice
from nerveapp.analysis.propagation import Correction
from nerveapp.domain.segmentation import Mask
from nerveapp.domain.view import Nerve, Site
from nerveapp.phantom import PhantomFrame, phantom_frames, phantom_spec


@pytest.fixture(scope="module")
def frames() -> list[PhantomFrame]:
    spec = phantom_spec(seed=1, subject=101, nerve=Nerve.MEDIAN, site=Site.WRIST, frames=21)
    return list(phantom_frames(spec))


def too_small(mask: Mask) -> Mask:
    """What a network that misses the nerve's right fifth outlines."""
    columns = np.nonzero(mask.any(axis=0))[0]
    cut = mask.copy()
    cut[:, columns[0] + round(0.8 * len(columns)) :] = False
    return cut


def too_large(mask: Mask) -> Mask:
    """What a person who holds the surroundings for nerve draws."""
    return cv2.dilate(mask.astype(np.uint8), np.ones((13, 13), np.uint8)) > 0


def moved_through(frames: list[PhantomFrame], drawn: Mask, outlined: list[Mask]) -> list[Mask]:
    """The correction of the first frame in all others, until nothing is left of it."""
    correction = Correction.of(drawn, outlined[0], frames[0].image)
    found = []
    for frame in frames[1:]:
        moved = correction.moved_to(outlined[frame.index], frame.image)
        if moved is None:
            break
        correction = moved
        found.append(correction.mask)
    return found


def test_what_was_corrected_is_kept_over_twenty_frames(frames: list[PhantomFrame]) -> None:
    outlined = [too_small(frame.mask) for frame in frames]
    found = moved_through(frames, frames[0].mask, outlined)
    assert len(found) == 20
    scores = [dice(mask, frame.mask) for mask, frame in zip(found, frames[1:], strict=True)]
    assert min(scores) > 0.94, scores
    assert all(dice(mask, seen) < 0.95 for mask, seen in zip(found, outlined[1:], strict=True))


def test_an_outline_larger_than_the_nerve_stays_as_large(frames: list[PhantomFrame]) -> None:
    found = moved_through(frames, too_large(frames[0].mask), [frame.mask for frame in frames])
    scores = [dice(mask, too_large(frame.mask)) for mask, frame in zip(found, frames[1:], strict=True)]
    assert min(scores) > 0.94, scores


def test_the_middle_of_what_moves_and_what_is_outlined_is_taken(frames: list[PhantomFrame]) -> None:
    """Where the tracker slips in one frame, the outline follows by half, and is back with the tracker."""
    outlined = [frame.mask for frame in frames[:5]]
    outlined[2] = np.roll(outlined[2], 12, axis=1)
    found = moved_through(frames[:5], frames[0].mask, outlined)
    slipped = dice(found[1], frames[2].mask)
    assert dice(outlined[2], frames[2].mask) < slipped < dice(found[3], frames[4].mask)


def test_an_outline_at_the_frame_s_edge_moves_along(frames: list[PhantomFrame]) -> None:
    edge = np.zeros((120, 160), np.bool_)
    edge[50:80, 0:40] = True
    grey = np.zeros((120, 160), np.uint8)
    grey[edge] = 200
    moved = Correction.of(edge, edge, grey).moved_to(edge, grey)
    assert moved is not None
    assert dice(moved.mask, edge) > 0.98


def test_nothing_is_left_of_an_outline_far_from_what_is_seen(frames: list[PhantomFrame]) -> None:
    first, second = frames[0], frames[1]
    correction = Correction.of(first.mask, first.mask, first.image)
    assert correction.moved_to(np.zeros_like(first.mask), second.image) is None
