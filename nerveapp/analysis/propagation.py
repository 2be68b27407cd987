"""Propagating a corrected outline to the neighbouring frames: optical flow, held by the network's own outlines.

The correction is moved twice: as it is, along the flow; and as the difference it made, added to what the network
outlines in the new frame. The first drifts from frame to frame, the second inherits the network's slips; their mean
does less of both.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
from scipy import ndimage

from nerveapp.analysis.agreement import dice
from nerveapp.analysis.outline import keep_main_components
from nerveapp.analysis.transforms import Grey
from nerveapp.domain.segmentation import Mask

DIVERGENCE = 0.12
"""Propagation stops when propagated and predicted outline agree by so much less (Dice) than where it started."""

_COMPONENTS = 4
_FAR_PX = 1e3


@dataclass(frozen=True, slots=True)
class PropagatedOutline:
    """An outline propagated to one frame.

    Parameters
    ----------
    frame : int
    mask : ndarray of bool, (H, W)
    agreement : float
        Dice with the network's outline there, 0 to 1.
    """

    frame: int
    mask: Mask
    agreement: float


def propagate_outline(
    corrected: Mask,
    start: tuple[Grey, Mask],
    following: Iterable[tuple[int, Grey, Mask]],
    *,
    divergence: float = DIVERGENCE,
) -> Iterator[PropagatedOutline]:
    """Propagate a corrected outline from frame to frame until it diverges from what the network sees.

    Parameters
    ----------
    corrected : ndarray of bool, (H, W)
        The outline drawn.
    start : tuple
        Grey image (H, W) of the corrected frame, and the network's outline of it.
    following : iterable of (int, ndarray, ndarray)
        Frame number, grey image and the network's outline of the frames to propagate to, nearest first.
    divergence : float
        How much less than at the start they may agree.

    Yields
    ------
    PropagatedOutline
        One per frame, up to the last that has not diverged.
    """
    grey, predicted = start
    limit = dice(corrected, predicted) - divergence
    flow_of = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    here = _signed_distance(corrected)
    made = here - _signed_distance(predicted)
    for number, next_grey, next_predicted in following:
        flow = np.asarray(flow_of.calc(next_grey, grey, np.zeros((*grey.shape, 2), np.float32)), np.float32)
        along, made = _moved(here, flow), _moved(made, flow)
        mended = _signed_distance(next_predicted) + made if next_predicted.any() else along
        mask, _ = keep_main_components((along + mended) / 2 > 0, max_components=_COMPONENTS)
        agreement = dice(mask, next_predicted)
        if not mask.any() or agreement < limit:
            return
        yield PropagatedOutline(number, mask, agreement)
        grey, here = next_grey, _signed_distance(mask)


def _signed_distance(mask: Mask) -> npt.NDArray[np.float32]:
    """Distance to the boundary in px, positive inside; far outside of everything where there is nothing."""
    if not mask.any():
        return np.full(mask.shape, -_FAR_PX, np.float32)
    inside = ndimage.distance_transform_edt(mask)
    outside = ndimage.distance_transform_edt(~mask)
    return np.asarray(inside - outside, np.float32)


def _moved(field: npt.NDArray[np.float32], flow: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Take a field along: each pixel of the new frame looks where it came from."""
    height, width = field.shape
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    moved = cv2.remap(field, x + flow[..., 0], y + flow[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, np.float32)
