"""Find rarely, follow always: key frames are searched, and what is found is followed through the frames between.

Each nerve is followed forward from one key frame and backward from the next; both meet in the middle. Where they agree
they are one nerve and are joined there without a seam; where not, each goes on to the other's key frame and the more
confident outline counts, frame by frame. Frames in which everything was lost are searched again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, replace
from itertools import islice

from nerveapp.analysis.agreement import dice
from nerveapp.analysis.outline import nerves_in
from nerveapp.domain.clip import Frame
from nerveapp.domain.segmentation import Mask, PredictedMask
from nerveapp.domain.tracking import How, NerveOutline, OutlinedFrame
from nerveapp.ports import Segmenter, Tracker
from nerveapp.workflows.following.joined_runs import SAME_NERVE, Joined, Run, Seen, drawn_as_followed

KEY_EVERY = 24
"""Frames from one key frame to the next."""

AHEAD = 2
"""So many key frames ahead are searched, while the nerves are followed to the one before."""

LEAST_GAP = 4
"""So many frames in a row without any nerve are searched again."""

LEAST_TAIL = 4
"""A clip's last frames have a key frame of their own if they are this part, one in so many, of the frames between two:
an outline led over to the next in fewer would jump there."""

STILL_THERE = 0.2
"""Dice with where a nerve was seen last, from which one that appears is that nerve again."""


@dataclass(frozen=True, slots=True)
class _Span:
    """The frames between two key frames, and what is followed into them."""

    between: list[Frame]
    key: Frame
    after: list[Seen]
    forward: list[Run]
    backward: list[Run]
    under_way: list[Future[Run]]


class Following:
    """Follows the nerves of one clip.

    Parameters
    ----------
    segmenter : Segmenter
        Finds nerves in key frames.
    tracker : Tracker
    executor : Executor
        Its threads work on both directions and on the next key frame at a time.
    every : int
        Frames from one key frame to the next, 1 or more.
    """

    def __init__(self, segmenter: Segmenter, tracker: Tracker, executor: Executor, *, every: int = KEY_EVERY) -> None:
        self._segmenter = segmenter
        self._tracker = tracker
        self._executor = executor
        self._every = every
        self._several = segmenter.card.max_gap is None
        self._last_seen: dict[int, Mask] = {}

    def frames(self, frames: Iterable[Frame]) -> Iterator[OutlinedFrame]:
        """Yield the frames in order, each with its nerves, in bursts from one key frame to the next."""
        before: list[Seen] = []
        done: list[OutlinedFrame] = []
        parts = self._searched(frames)
        waiting = deque(islice(parts, 1))
        while waiting:
            chunk, searched = waiting.popleft()
            found = searched.result() if searched is not None else [] if before else self._search(chunk[-1])
            span = self._begin(before, chunk, found)
            yield from done  # while the threads follow
            done = []  # these frames go before others are read
            if span.between:
                waiting.extend(islice(parts, AHEAD - len(waiting)))
            outlines, before = self._finish(span)
            done = [OutlinedFrame(frame, tuple(outlines[frame.index])) for frame in span.between]
            done.append(OutlinedFrame(span.key, tuple(_as_outline(seen) for seen in before)))
            if not span.between:  # the first frame: somebody waits for it
                yield from done
                done = []
                waiting.extend(islice(parts, AHEAD - len(waiting)))
        yield from done

    def _searched(self, frames: Iterable[Frame]) -> Iterator[tuple[list[Frame], Future[list[Seen]] | None]]:
        """Cut the clip after each key frame, the first of which is the first frame, and begin to search that.

        A few frames that are left at the end are not searched: what is known is followed through them.
        """
        iterator = iter(frames)
        size = 1
        while chunk := list(islice(iterator, size)):
            left_over = len(chunk) < size / LEAST_TAIL
            yield chunk, None if left_over else self._executor.submit(self._search, chunk[-1])
            size = self._every

    def _search(self, frame: Frame) -> list[Seen]:
        """Find the nerves of a frame, and look at each so that it can be followed."""
        found = self._segmenter.segment([frame.image])[0]
        parts = nerves_in(found.mask, apart=self._several)
        whole = len(parts) == 1
        outlines = [found if whole else replace(found, mask=part, components=1) for part in parts]
        return [self._looked_at(one, frame) for one in outlines]

    def _looked_at(self, found: PredictedMask, frame: Frame) -> Seen:
        track = self._tracker.begin(frame.image, found.mask)
        return Seen(drawn_as_followed(found, track), track, frame.index, found.confidence)

    def _begin(self, before: list[Seen], chunk: list[Frame], after: list[Seen]) -> _Span:
        """Begin to follow from two key frames into the frames between, as far as the middle."""
        *between, key = chunk
        middle = len(between) // 2
        forward = [Run(one, last=one.track) for one in before]
        backward = [Run(one, last=one.track) for one in after]
        under_way = self._submit(forward, between[: middle + 1])
        under_way += self._submit(backward, between[max(0, middle - 1) :][::-1])
        return _Span(between, key, after, forward, backward, under_way)

    def _finish(self, span: _Span) -> tuple[dict[int, list[NerveOutline]], list[Seen]]:
        """Outline the frames between two key frames; gives them, and the nerves of the second key frame, numbered."""
        for done in span.under_way:
            done.result()
        between, key, after = span.between, span.key, span.after
        forward, backward = span.forward, span.backward
        middle = len(between) // 2
        pairs = self._pairs(forward, backward)
        paired = {id(run) for pair in pairs for run in pair}
        self._go_on([run for run in forward if id(run) not in paired], [*between[middle + 1 :], key])
        self._go_on([run for run in backward if id(run) not in paired], between[: max(0, middle - 1)][::-1])
        pairs = self._pairs(forward, backward, whole=True)
        at_key = self._at_key(pairs, forward, after, key)
        tracks: list[tuple[int, Run | None, Run | None]] = [(one.start.nerve, one, other) for one, other in pairs]
        alone = {id(run) for pair in pairs for run in pair}
        tracks += [(run.start.nerve, run, None) for run in forward if id(run) not in alone]
        tracks += [(run.start.nerve, None, run) for run in backward if id(run) not in alone and run.start.nerve >= 0]
        joined = [Joined(nerve, forth, back) for nerve, forth, back in tracks]
        outlines = {frame.index: [one.outline(frame) for one in joined] for frame in between}
        self._search_gaps(between, outlines)
        for seen in at_key:
            self._last_seen[seen.nerve] = seen.outline.mask
        return outlines, at_key

    def _runs(self, seen: Sequence[Seen], frames: Sequence[Frame]) -> list[Run]:
        runs = [Run(one, last=one.track) for one in seen]
        self._go_on(runs, frames)
        return runs

    def _submit(self, runs: Sequence[Run], frames: Sequence[Frame]) -> list[Future[Run]]:
        return [self._executor.submit(run.into, frames, self._tracker) for run in runs if run.last is not None]

    def _go_on(self, runs: Sequence[Run], frames: Sequence[Frame]) -> None:
        """Follow further, every run on a thread of its own."""
        for done in self._submit(runs, frames):
            done.result()

    def _pairs(self, forward: list[Run], backward: list[Run], *, whole: bool = False) -> list[tuple[Run, Run]]:
        """Say which runs are of one nerve. Where only one nerve is looked for, in the end both are of that one."""
        if whole and not self._several and forward and backward:
            return [(forward[0], backward[0])]
        met = sorted(
            ((one.meets(other), i, j) for i, one in enumerate(forward) for j, other in enumerate(backward)),
            reverse=True,
        )
        pairs: dict[int, int] = {}
        for agreement, i, j in met:
            if agreement >= SAME_NERVE and i not in pairs and j not in pairs.values():
                pairs[i] = j
        return [(forward[i], backward[j]) for i, j in pairs.items()]

    def _at_key(self, pairs: list[tuple[Run, Run]], forward: list[Run], after: list[Seen], key: Frame) -> list[Seen]:
        """Give the nerves of a key frame, numbered: those found, and those followed there that were not found."""
        for forth, back in pairs:
            back.start.nerve = forth.start.nerve
            if forth.meets(back) >= SAME_NERVE:
                forth.start.found_with = back.start.found_with = max(forth.start.found_with, back.start.found_with)
        followed = [run for run in forward if key.index in run.tracks]
        for run in followed:
            for seen in after:
                if seen.nerve < 0 and dice(seen.outline.mask, run.mask(key.index)) >= SAME_NERVE:
                    seen.nerve = run.start.nerve
                    seen.found_with = max(seen.found_with, run.start.found_with)
        for seen in after:
            if seen.nerve < 0:
                seen.nerve = self._number(seen.outline.mask, {one.nerve for one in after} | _numbers(followed))
        there = {seen.nerve: seen for seen in after}
        for run in followed:
            track, number = run.tracks[key.index], run.start.nerve
            found = there.get(number)
            if found is None or (
                dice(found.outline.mask, track.outline.mask) < SAME_NERVE
                and track.outline.confidence > found.outline.confidence
            ):
                there[number] = Seen(
                    track.outline, track, key.index, run.start.found_with, number, How.FOLLOWED, run.source
                )
        return [there[number] for number in sorted(there)]

    def _number(self, mask: Mask, taken: set[int]) -> int:
        """Give the number of a nerve that appears: of one that was seen there before, or a new one."""
        if not self._several:
            return 0
        known = [(dice(mask, last), number) for number, last in self._last_seen.items() if number not in taken]
        if known and max(known)[0] >= STILL_THERE:
            return max(known)[1]
        return max([-1, *self._last_seen, *taken]) + 1

    def _search_gaps(self, frames: Sequence[Frame], outlines: dict[int, list[NerveOutline]]) -> None:
        """Search where every nerve was lost, and follow what is found there."""
        gap: list[Frame] = []
        for frame in [*frames, None]:
            if frame is not None and not any(one.predicted.components for one in outlines[frame.index]):
                gap.append(frame)
                continue
            if len(gap) >= LEAST_GAP:
                self._search_gap(gap, outlines)
            gap = []

    def _search_gap(self, gap: list[Frame], outlines: dict[int, list[NerveOutline]]) -> None:
        middle = len(gap) // 2
        key = gap[middle]
        found = self._search(key)
        parts = (gap[:middle], gap[middle + 1 :])
        if not found:
            for part in parts:
                if len(part) >= LEAST_GAP:
                    self._search_gap(part, outlines)
            return
        for seen in found:
            seen.nerve = self._number(seen.outline.mask, {one.nerve for one in found})
        outlines[key.index] = [_as_outline(seen) for seen in found]
        back, forth = self._runs(found, parts[0][::-1]), self._runs(found, parts[1])
        for frame in parts[0]:
            outlines[frame.index] = [Joined(run.start.nerve, None, run).outline(frame) for run in back]
        for frame in parts[1]:
            outlines[frame.index] = [Joined(run.start.nerve, run, None).outline(frame) for run in forth]


def _numbers(runs: Sequence[Run]) -> set[int]:
    return {run.start.nerve for run in runs}


def _as_outline(seen: Seen) -> NerveOutline:
    return NerveOutline(seen.nerve, seen.outline, seen.how, seen.source, seen.found_with)
