"""Outlines of a clip steadied over time, each by those of the same nerve in the frames before and after."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from nerveapp.analysis.agreement import dice
from nerveapp.analysis.boundaries import Boundary, steadied
from nerveapp.domain.tracking import NerveOutline, OutlinedFrame
from nerveapp.workflows.following.joined_runs import SAME_NERVE

MOST_FRAMES, WITHIN_S = 8, 0.35
"""So many frames before and after at most, and none farther off in time. On 35 phantom clips of 25 frames a second, of
subjects that the table in docs/accuracy.md is not of, the median jitter is 3.0 times the true change without any, 1.8
times with five and 1.5 times with eight, and the curve of areas, by its own mean, is 2.6 %, 2.3 % and 2.0 % off the
true one. Twelve would still bring it nearer (1.9 %); but nerves of people may change faster than those of phantoms."""


@dataclass(frozen=True, slots=True)
class _Nerve:
    """A nerve in a frame, and whether it is there in the frame before too."""

    outline: NerveOutline
    boundary: Boundary
    goes_on: bool


@dataclass(frozen=True, slots=True)
class _Known:
    """A frame and the nerves seen in it."""

    outlined: OutlinedFrame
    nerves: dict[int, _Nerve]

    @classmethod
    def of(cls, outlined: OutlinedFrame, before: _Known | None) -> _Known:
        nerves = {}
        for one in outlined.nerves:
            if one.predicted.components:
                mask = one.predicted.mask
                last = None if before is None else before.nerves.get(one.nerve)
                goes_on = last is not None and dice(last.outline.predicted.mask, mask) >= SAME_NERVE
                nerves[one.nerve] = _Nerve(one, Boundary.of(mask), goes_on)
        return cls(outlined, nerves)


def steadied_frames(frames: Iterable[OutlinedFrame], *, most: int = MOST_FRAMES) -> Iterator[OutlinedFrame]:
    """Yield the frames in order, each steadied by its neighbours; the first at once, since somebody waits for it.

    Parameters
    ----------
    frames : iterable of OutlinedFrame
        Of a clip, in order, with their times.
    most : int
        So many frames ahead are held.
    """
    held: list[_Known] = []
    at = 0
    for outlined in frames:
        held.append(_Known.of(outlined, held[-1] if held else None))
        if len(held) == 1 or len(held) - at > most:
            yield _steadied(held, at, most)
            at += 1
        if at > most:
            del held[0]
            at -= 1
    for index in range(at, len(held)):
        yield _steadied(held, index, most)


def _steadied(held: list[_Known], at: int, most: int) -> OutlinedFrame:
    own = held[at]
    nerves = []
    for one in own.outlined.nerves:
        known = own.nerves.get(one.nerve)
        # Lost from one side and followed from the other, a nerve may be there twice.
        there = known is not None and known.outline is one
        neighbours = _neighbours(held, at, most, one.nerve) if there else []
        if known is None or not neighbours:
            nerves.append(one)
            continue
        mask = steadied(one.predicted.mask, known.boundary, neighbours)
        nerves.append(replace(one, predicted=replace(one.predicted, mask=mask)))
    return OutlinedFrame(own.outlined.frame, tuple(nerves))


def _neighbours(held: list[_Known], at: int, most: int, nerve: int) -> list[tuple[Boundary, Boundary]]:
    """Give the nerve's boundaries as far as it is there on both sides, and near enough in time: else it would lag."""
    pairs: list[tuple[Boundary, Boundary]] = []
    time_s = held[at].outlined.frame.time_s
    for apart in range(1, min(most, at, len(held) - 1 - at) + 1):
        before, after = held[at - apart], held[at + apart]
        last, there = held[at - apart + 1].nerves[nerve], after.nerves.get(nerve)
        if not last.goes_on or there is None or not there.goes_on:
            break
        times = (before.outlined.frame.time_s, after.outlined.frame.time_s)
        if max(time_s - times[0], times[1] - time_s) > WITHIN_S:
            break
        pairs.append((before.nerves[nerve].boundary, there.boundary))
    return pairs
