import numpy as np
import pytest

from nerveapp.analysis.agreement import dice
from nerveapp.analysis.propagation import propagate_outline
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


def test_a_correction_is_carried_over_twenty_frames_close_to_the_truth(frames: list[PhantomFrame]) -> None:
    predicted = [too_small(frame.mask) for frame in frames]
    following = [(frame.index, frame.image, predicted[frame.index]) for frame in frames[1:]]
    carried = list(propagate_outline(frames[0].mask, (frames[0].image, predicted[0]), following))
    assert [one.frame for one in carried] == list(range(1, 21))
    scores = [dice(one.mask, frames[one.frame].mask) for one in carried]
    assert min(scores) >= 0.9, scores
    assert np.mean(scores) > 0.95
    assert all(one.agreement < 0.95 for one in carried), "the network's own outlines were not simply taken"


def test_it_stops_where_the_network_sees_something_else(frames: list[PhantomFrame]) -> None:
    predicted = [frame.mask if frame.index < 8 else np.roll(frame.mask, 60, axis=0) for frame in frames]
    following = [(frame.index, frame.image, predicted[frame.index]) for frame in frames[1:]]
    carried = list(propagate_outline(frames[0].mask, (frames[0].image, predicted[0]), following))
    assert [one.frame for one in carried] == list(range(1, 8))


def test_where_the_network_sees_nothing_the_flow_alone_carries(frames: list[PhantomFrame]) -> None:
    nothing = np.zeros_like(frames[0].mask)
    following = [(frame.index, frame.image, nothing) for frame in frames[1:6]]
    carried = list(propagate_outline(frames[0].mask, (frames[0].image, nothing), following))
    assert len(carried) == 5
    assert dice(carried[-1].mask, frames[5].mask) > 0.9


def test_an_empty_outline_is_not_carried(frames: list[PhantomFrame]) -> None:
    nothing = np.zeros_like(frames[0].mask)
    assert list(propagate_outline(nothing, (frames[0].image, nothing), [(1, frames[1].image, nothing)])) == []
