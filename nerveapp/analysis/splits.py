"""Which images may be learnt from and which are held out: whole people unless something else is asked for."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Collection, Sequence

from nerveapp.domain.annotation import FrameKey
from nerveapp.domain.experiments.split import Split, SplitKind
from nerveapp.domain.labelled import LabelledImage


def group_folds(groups: Sequence[str], *, folds: int, seed: int) -> list[int]:
    """Assign every image a fold such that a group lies in exactly one.

    Groups are shuffled, then each goes to the fold that holds the fewest images so far, largest groups first.

    Parameters
    ----------
    groups : sequence of str
        The group of each image.
    folds : int
        Number of folds, at least 2 and at most the number of groups.
    seed : int
        Seed of the shuffle.

    Returns
    -------
    list of int
        The fold of each image, 0 to folds - 1.
    """
    sizes = Counter(groups)
    if not 2 <= folds <= len(sizes):
        raise ValueError(f"expected 2 to {len(sizes)} folds for {len(sizes)} groups, got {folds}")
    names = sorted(sizes)
    random.Random(seed).shuffle(names)  # noqa: S311 - a reproducible split, not a secret
    names.sort(key=lambda name: -sizes[name])
    filled = [0] * folds
    fold_of: dict[str, int] = {}
    for name in names:
        fold = filled.index(min(filled))
        fold_of[name] = fold
        filled[fold] += sizes[name]
    return [fold_of[group] for group in groups]


def time_blocks(frame_keys: Sequence[FrameKey], *, blocks: int) -> list[int]:
    """Cut the frames of each clip into blocks of time of equal count.

    Parameters
    ----------
    frame_keys : sequence of FrameKey
        Clip and frame number of each image.
    blocks : int

    Returns
    -------
    list of int
        The block of each image, 0 to blocks - 1, rising with time.
    """
    by_clip: dict[str, set[int]] = {}
    for clip, frame in frame_keys:
        by_clip.setdefault(clip, set()).add(frame)
    ranks = {
        (clip, frame): rank * blocks // len(frames)
        for clip, frames in by_clip.items()
        for rank, frame in enumerate(sorted(frames))
    }
    return [ranks[one] for one in frame_keys]


def split_images(
    images: Sequence[LabelledImage], kind: SplitKind, *, parts: int, held_out: int | None, seed: int
) -> Split:
    """Deal images into parts and hold one of them out.

    Of blocks of time, training frames so close to a held-out one that they would leak are left out of both.

    Parameters
    ----------
    images : sequence of LabelledImage
    kind : SplitKind
    parts : int
        Into so many parts; by person, at most as many as there are people.
    held_out : int or None
        The part that is held out, from 0; None holds nothing out.
    seed : int
        Seed of the shuffle.
    """
    if held_out is None:
        return Split(tuple(images), ())
    if kind is SplitKind.TIME_BLOCKS:
        dealt = time_blocks([image.frame_key for image in images], blocks=parts)
    else:
        names = [image.group if kind.by_person else f"{image.frame_key[0]} {image.frame:09d}" for image in images]
        dealt = group_folds(names, folds=parts, seed=seed)
    test = tuple(image for image, part in zip(images, dealt, strict=True) if part == held_out)
    training = [image for image, part in zip(images, dealt, strict=True) if part != held_out]
    if kind is SplitKind.TIME_BLOCKS:
        tested = {image.frame_key for image in test}
        training = [image for image in training if not _near(image.frame_key, tested)]
    return Split(tuple(training), test, same_people=not kind.by_person)


def split_leakage(split: Split) -> float:
    """Measure the leakage of a split, see `leakage`."""
    return leakage([image.frame_key for image in split.training], [image.frame_key for image in split.held_out])


LEAK_FRAMES = 2
"""Frames so far apart, or less, show nearly the same."""


def leakage(training: Collection[FrameKey], test: Collection[FrameKey]) -> float:
    """Share of test frames that lie so close to a training frame of their clip that they show nearly the same.

    Parameters
    ----------
    training, test : collection of FrameKey
        Clip and frame number of each frame.

    Returns
    -------
    float
        0 to 1; NaN if there are no test frames.
    """
    known = set(training)
    leaking = [_near(one, known) for one in test]
    return sum(leaking) / len(leaking) if leaking else float("nan")


def _near(frame_key: FrameKey, known: Collection[FrameKey]) -> bool:
    clip, frame = frame_key
    return any((clip, frame + step) in known for step in range(-LEAK_FRAMES, LEAK_FRAMES + 1))
