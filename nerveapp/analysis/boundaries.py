"""Outlines between outlines, by the signed distances of their boundaries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from nerveapp.analysis.transforms import Box, FloatMap
from nerveapp.domain.segmentation import Mask

_MARGIN_PX = 12
"""So far at most a boundary is moved outwards."""

_FAR_PX = 1e3


def signed_distance(mask: Mask) -> FloatMap:
    """Distance to the boundary in px, positive inside; far outside of everything where there is nothing."""
    if not mask.any():
        return np.full(mask.shape, -_FAR_PX, np.float32)
    if mask.all():
        return np.full(mask.shape, _FAR_PX, np.float32)
    inside = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5)
    outside = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5)
    return np.asarray(inside - outside, np.float32)


def in_between(one: Mask, other: Mask, *, share: float = 0.5) -> Mask:
    """Draw an outline between two that overlap: where the weighted mean of their signed distances is above 0.

    Parameters
    ----------
    one, other : ndarray of bool, (H, W)
        Not empty.
    share : float
        How far it lies on the way from the one to the other, 0 to 1.

    Returns
    -------
    ndarray of bool, (H, W)
    """
    box = Box.around(one | other)
    if box is None:
        return one
    box = box.grown(1, *one.shape)
    between = np.zeros_like(one)
    distances = (1 - share) * signed_distance(box.of(one)) + share * signed_distance(box.of(other))
    box.of(between)[...] = distances > 0
    return between if between.any() else one


def steadied(mask: Mask, own: Boundary, neighbours: Sequence[tuple[Boundary, Boundary]]) -> Mask:
    """Draw the weighted mean of the outlines of one nerve in neighbouring frames, laid over each other.

    What trembles from frame to frame cancels; what moves, or grows steadily, stays as it is. Weights fall linearly with
    the distance in frames.

    Parameters
    ----------
    mask : ndarray of bool, (H, W)
        The outline itself.
    own : Boundary
        Of it.
    neighbours : sequence of (Boundary, Boundary)
        In the frames before and after, the nearest first.

    Returns
    -------
    ndarray of bool, (H, W)
    """
    farthest = len(neighbours) + 1
    total, weights = farthest * own.distances, float(farthest)
    for apart, pair in enumerate(neighbours, start=1):
        for other in pair:
            total = total + (farthest - apart) * other.laid_over(own, other.distances)
            weights += farthest - apart
    return own.drawn(total / weights, mask)


@dataclass(frozen=True, slots=True)
class Boundary:
    """The signed distances around an outline.

    Parameters
    ----------
    box : Box
        Where they are known.
    distances : ndarray of float32, (box.height, box.width)
        px, positive inside.
    x, y : float
        The centroid of the outline, px.
    """

    box: Box
    distances: FloatMap
    x: float
    y: float

    @classmethod
    def of(cls, mask: Mask, *, within: Mask | None = None) -> Boundary:
        """Measure a mask, (H, W) and not empty, in a box around it, or around a larger one."""
        around = Box.around(mask if within is None else within)
        if around is None:
            raise ValueError("expected a mask that is not empty")
        box = around.grown(_MARGIN_PX, *mask.shape)
        part = box.of(mask)
        moments = cv2.moments(part.astype(np.uint8), binaryImage=True)
        x, y = moments["m10"] / moments["m00"], moments["m01"] / moments["m00"]
        return cls(box, signed_distance(part), box.left + x, box.top + y)

    def laid_over(self, other: Boundary, values: FloatMap) -> FloatMap:
        """Give values of this box on another's, moved so that both centroids meet; beyond its rim, the rim's."""
        across = other.box.left - self.box.left + self.x - other.x
        down = other.box.top - self.box.top + self.y - other.y
        laid = cv2.warpAffine(
            values,
            np.array([[1, 0, across], [0, 1, down]]),
            (other.box.width, other.box.height),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
        return np.asarray(laid, np.float32)

    def drawn(self, distances: FloatMap, otherwise: Mask) -> Mask:
        """Draw where distances of this box are above 0; `otherwise`, (H, W), where they are nowhere."""
        mask = np.zeros_like(otherwise)
        self.box.of(mask)[...] = distances > 0
        return mask if mask.any() else otherwise


@dataclass(frozen=True, slots=True)
class Lead:
    """What leads from one outline of a nerve to another in the same frame: outlines in other frames take a share of it.

    Parameters
    ----------
    met : Boundary
        Of the outline that is left.
    change : ndarray of float32, (met.box.height, met.box.width)
        What is added to its distances, px.
    """

    met: Boundary
    change: FloatMap

    @classmethod
    def between(cls, here: Mask, there: Mask) -> Lead:
        """Measure what leads from one mask, (H, W) and not empty, to another."""
        met = Boundary.of(here, within=here | there)
        return cls(met, signed_distance(met.box.of(there)) - met.distances)

    def over(self, mask: Mask, share: float) -> Mask:
        """Move an outline, (H, W) and not empty, like the one that is left by a share of it, 0 to 1."""
        own = Boundary.of(mask)
        return own.drawn(own.distances + share * self.met.laid_over(own, self.change), mask)
