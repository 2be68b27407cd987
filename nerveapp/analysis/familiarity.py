"""Whether an image is of the kind that a model learnt from, by its greys, their change with depth, and its texture.

Each image is measured as the network sees it: on the network's grid, black margins left out. A set is described by mean
and covariance of these features; the Mahalanobis distance tells how far an image is from it (Lee et al. 2018, there of
a network's features).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from nerveapp.analysis.transforms import FloatMap, Grey, Letterbox
from nerveapp.domain.appearance import Appearance, SetAppearance

Features = npt.NDArray[np.float64]

_GREYS = ("mean grey", "spread of greys", "grey of the darkest tenth", "median grey", "grey of the brightest tenth")
_DEPTHS = tuple(f"grey at depth {fifth} of 5" for fifth in range(1, 6))
_SCALES = (1, 2, 4, 8)
"""Sizes of structures in pixels of the network's grid, as deviations of Gaussians."""
_TEXTURES = tuple(f"structures of {scale} px" for scale in _SCALES)
_LAYERS = ("layering, fine", "layering, coarse")
_EXTENT = "extent of the ultrasound image"

FEATURES = (*_GREYS, *_DEPTHS, *_TEXTURES, *_LAYERS, _EXTENT)
"""What is measured of each image, in this order."""

SHARE_WITHIN = 0.95
"""Share of the training images, each also under mild changes of machine, within the limit while held out."""

SHRINKAGE = 0.05
"""So much of the covariance is taken from independent features: a set may have few images."""

PARTS = 5
_DARK, _CLOSING, _SMALLEST = 5, 9, 16
_CONSPICUOUS = 2.0
"""Standard deviations from which a single kind of feature is named as unlike."""

_NAMED = 3
"""At most so many kinds are named."""


@dataclass(frozen=True, slots=True)
class Unlikeness:
    """How far an image is from the nearest set.

    Parameters
    ----------
    ratio : float
        Distance over limit; above 1 the image is unlike all sets.
    reasons : tuple of str
        What differs from the nearest set, in words, the most conspicuous first; () where it is like a set.
    """

    ratio: float
    reasons: tuple[str, ...] = ()


def features_of(grey: Grey, height: int, width: int) -> Features:
    """Measure an image.

    Parameters
    ----------
    grey : ndarray of uint8, (H, W)
    height, width : int
        The network's grid in pixels; the image is measured at the size it has there.

    Returns
    -------
    ndarray of float64, (17,)
        `FEATURES`: square roots of greys in [0, 1], the others without unit, most of them logarithms.
    """
    box = Letterbox(grey.shape[0], grey.shape[1], height, width)
    top, left, high, wide = box.inner
    shown = box.place(grey)[top : top + high, left : left + wide]
    if min(shown.shape) < _SMALLEST:
        shown = np.asarray(cv2.resize(shown, (max(wide, _SMALLEST), max(high, _SMALLEST))), np.uint8)
    x, y, w, h = _ultrasound_in(shown)
    image = np.asarray(shown[y : y + h, x : x + w], np.float32) / np.float32(255)
    mean = float(image.mean())
    greys = [mean**0.5, float(image.std()), *np.sqrt(np.quantile(image, (0.1, 0.5, 0.9)))]
    bands = np.array_split(image.mean(axis=1), len(_DEPTHS))
    depths = [np.log((band.mean() + 0.01) / (mean + 0.01)) for band in bands]
    return np.array([*greys, *depths, *_texture(image), np.log(w * h / (height * width))], np.float64)


def _ultrasound_in(shown: Grey) -> tuple[int, int, int, int]:
    """Give x, y, width, height of the largest lit area: the ultrasound image without margins, texts and rulers."""
    lit = (cv2.blur(shown, (5, 5)) > _DARK).astype(np.uint8)
    kernel = np.ones((_CLOSING, _CLOSING), np.uint8)
    lit = cv2.morphologyEx(cv2.morphologyEx(lit, cv2.MORPH_CLOSE, kernel), cv2.MORPH_OPEN, kernel).astype(np.uint8)
    count, _, stats, _ = cv2.connectedComponentsWithStats(lit)
    if count > 1:
        x, y, w, h = (int(value) for value in stats[1 + stats[1:, cv2.CC_STAT_AREA].argmax()][:4])
        if min(w, h) >= _SMALLEST:
            return x, y, w, h
    return 0, 0, shown.shape[1], shown.shape[0]


def _texture(image: FloatMap) -> list[float]:
    """Measure structures by their size, relative to the grey around them so that gain matters little."""
    blurred = {scale: np.asarray(cv2.GaussianBlur(image, (0, 0), scale), np.float32) for scale in _SCALES}
    around = blurred[_SCALES[-1]]
    lit = around > 0.03
    if lit.mean() < 0.01:
        lit = np.ones_like(lit)
    structures, finer = [], image
    for scale in _SCALES:
        structures.append(float(np.log(((finer - blurred[scale]) / (around + 0.05))[lit].std() + 1e-3)))
        finer = blurred[scale]
    layers = []
    for scale in (1, 4):
        down, across = np.diff(blurred[scale], axis=0).std(), np.diff(blurred[scale], axis=1).std()
        layers.append(float(np.log((down + 1e-4) / (across + 1e-4))))
    return [*structures, *layers]


def set_appearance(name: str, features: Features, groups: Sequence[str]) -> SetAppearance:
    """Describe a set of images; its limit is set on images held out by group.

    Parameters
    ----------
    name : str
    features : ndarray of float64, (N, 17)
        One row per image, two at least.
    groups : sequence of str
        The group of each row, such as a person.
    """
    names = sorted(set(groups))
    part = {group: number % PARTS for number, group in enumerate(names)}
    parts = np.array([part[group] for group in groups])
    distances = []
    for held_out in range(min(PARTS, len(names))):
        learnt, tested = features[parts != held_out], features[parts == held_out]
        if len(learnt) > 1:
            distances += list(_distances(_fitted(name, learnt), tested))
    whole = _fitted(name, features)
    limit = float(np.quantile(distances or _distances(whole, features), SHARE_WITHIN))
    return SetAppearance(name, whole.mean, whole.sd, whole.whitening, _rounded([max(limit, 1e-3)])[0])


def unlikeness(appearance: Appearance, features: Features) -> Unlikeness | None:
    """Compare an image with the sets a model learnt from.

    Parameters
    ----------
    appearance : Appearance
    features : ndarray of float64, (17,)

    Returns
    -------
    Unlikeness or None
        None where the description is of other features, from another version.
    """
    if appearance.features != FEATURES:
        return None
    ratios = [float(_distances(one, features[None])[0]) / one.limit for one in appearance.sets]
    nearest = int(np.argmin(ratios))
    ratio = ratios[nearest]
    return Unlikeness(ratio, _reasons(appearance.sets[nearest], features) if ratio > 1 else ())


def _fitted(name: str, features: Features) -> SetAppearance:
    mean, sd = features.mean(axis=0), features.std(axis=0) + 1e-3
    scaled = (features - mean) / sd
    covariance = (1 - SHRINKAGE) * (scaled.T @ scaled / len(scaled)) + SHRINKAGE * np.eye(len(mean))
    whitening = np.linalg.inv(np.linalg.cholesky(covariance))
    lower = whitening[np.tril_indices(len(mean))]
    return SetAppearance(name, _rounded(mean), _rounded(sd), _rounded(lower), 1.0)


def _distances(one: SetAppearance, features: Features) -> Features:
    whitening = np.zeros((len(one.mean), len(one.mean)))
    whitening[np.tril_indices(len(one.mean))] = one.whitening
    scaled = (features - np.array(one.mean)) / np.array(one.sd)
    return np.asarray(np.linalg.norm(scaled @ whitening.T, axis=1))


def _reasons(one: SetAppearance, features: Features) -> tuple[str, ...]:
    scores = dict(zip(FEATURES, (features - np.array(one.mean)) / np.array(one.sd), strict=True))
    brightness = scores["mean grey"] + scores["median grey"]
    kinds = {
        "darker" if brightness < 0 else "brighter": ("mean grey", "median grey"),
        "less contrast" if scores["spread of greys"] < 0 else "more contrast": ("spread of greys",),
        "other attenuation with depth": _DEPTHS,
        "smoother texture" if scores[_TEXTURES[0]] < 0 else "grainier texture": _TEXTURES[:2],
        "structures of another size or direction": (*_TEXTURES[2:], *_LAYERS),
        "shown at another size": (_EXTENT,),
    }
    largest = {words: max(abs(scores[feature]) for feature in names) for words, names in kinds.items()}
    ranked = sorted(largest, key=lambda words: -largest[words])
    return tuple(words for words in ranked[:_NAMED] if largest[words] >= _CONSPICUOUS) or tuple(ranked[:1])


def _rounded(values: Sequence[float] | Features) -> tuple[float, ...]:
    """Keep five digits, which tell images apart as well and are read more easily."""
    return tuple(float(f"{value:.5g}") for value in values)
