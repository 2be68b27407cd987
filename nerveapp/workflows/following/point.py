"""Following the nerve that somebody points at, from each point through the clip in both directions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from nerveapp.analysis.outline import nerves_in
from nerveapp.analysis.tracking import Track, alike
from nerveapp.domain.clip import Clip, Frame, Image
from nerveapp.domain.segmentation import PackedMask, PredictedMask
from nerveapp.domain.tracking import How, NerveOutline, OutlinedFrame, Point, Pointed
from nerveapp.errors import AnalysisError
from nerveapp.ports import FrameSource, Segmenter, Tracker
from nerveapp.workflows.following.backward import frames_backward
from nerveapp.workflows.following.followed_drawing import FollowedDrawing
from nerveapp.workflows.following.joined_runs import drawn_as_followed

SEARCHED_EVERY = 8
"""While the nerve is lost, every so many frames are searched for it."""

_ROUNDING = 1e-3
"""Px by which a box may stick out."""

MOST_HELD = 256
"""Frames held while a nerve is followed backward."""


def checked_points(points: Sequence[Point], *, width: int, height: int) -> tuple[Point, ...]:
    """Give points by frame, of two in one frame the later.

    Parameters
    ----------
    points : sequence of Point
    width, height : int
        Of the clip's grid, px.

    Raises
    ------
    AnalysisError
        If a point, or a corner of a box, lies outside of the picture. Whether the clip has its frame is known once it
        was decoded.
    """
    for point in points:
        if not (0 <= point.x < width and 0 <= point.y < height):
            raise AnalysisError(
                f"The point {point.x:g}, {point.y:g} lies outside of the picture of {width} x {height} px.",
                "Point at the nerve, in px from the picture's top left corner.",
            )
        across, down = (side / 2 - _ROUNDING for side in point.extent or (0.0, 0.0))
        if across > min(point.x, width - point.x) or down > min(point.y, height - point.y):
            raise AnalysisError(
                f"The box around {point.x:g}, {point.y:g} sticks out of the picture of {width} x {height} px.",
                "Draw it around the nerve, within the picture.",
            )
        if point.frame < 0:
            raise _no_frame(point.frame)
    last = {point.frame: point for point in points}
    return tuple(last[frame] for frame in sorted(last))


def pointed_at(point: Point, *, segmenter: Segmenter, frames: FrameSource) -> Pointed | None:
    """Outline what somebody points at in one frame, before it is followed.

    Parameters
    ----------
    point : Point
    segmenter : Segmenter
    frames : FrameSource
        Of the clip.

    Returns
    -------
    Pointed or None
        None where nothing like a nerve is seen there.

    Raises
    ------
    AnalysisError
        If the model cannot be shown where the nerve is, or the point lies outside of the picture.
    ClipError
        If the frame cannot be read.
    """
    tracker, image = _shown(point, segmenter, frames)
    return _pointed(tracker, image, point)


def preview_at(point: Point, *, segmenter: Segmenter, frames: FrameSource) -> PredictedMask | None:
    """Outline roughly what a click there would, at once: while the pointer moves. As `pointed_at`, without a box."""
    tracker, image = _shown(point, segmenter, frames)
    return tracker.preview(image, point.x, point.y)


def _pointed(tracker: Tracker, image: Image, point: Point) -> Pointed | None:
    found = tracker.point(image, point.x, point.y, extent=point.extent)
    return None if found is None else found.of_area(point.area)


def _shown(point: Point, segmenter: Segmenter, frames: FrameSource) -> tuple[Tracker, Image]:
    if segmenter.tracker is None:
        raise AnalysisError(f"{segmenter.card.title} cannot be shown where the nerve is.", "Choose another model.")
    image = frames.image(point.frame)
    height, width = image.shape[:2]
    checked_points([point], width=width, height=height)
    return segmenter.tracker, image


Followed = Track | FollowedDrawing
"""A nerve as it was followed up to one frame: as the tracker outlines it, or as somebody chose its outline."""


@dataclass(frozen=True, slots=True)
class _Anchor:
    """A frame that was pointed at; the outline is empty where nothing like a nerve is there."""

    frame: int
    outline: PredictedMask
    followed: Followed | None


@dataclass(frozen=True, slots=True)
class _Kept:
    """An outline of a frame that is not at hand any more."""

    mask: PackedMask
    confidence: float
    components: int
    source: int


def pointed_frames(
    clip: Clip, segmenter: Segmenter, tracker: Tracker, points: Sequence[Point], *, room: int
) -> Iterator[OutlinedFrame]:
    """Yield every frame of a clip in order, with the nerve that was pointed at.

    Between two points it is followed from both, each as far as the middle. Backward it is followed first, in passes
    that each hold a part of the clip; the frames then come in order, while it is followed forward.

    Parameters
    ----------
    clip : Clip
    segmenter : Segmenter
        Searches where the nerve was lost; what it finds counts if it looks like the nerve that was pointed at.
    tracker : Tracker
    points : sequence of Point
        At least one; of two in one frame the later counts.
    room : int
        So many frames may be held.

    Raises
    ------
    AnalysisError
        If nothing like a nerve is seen at any of the points, or the clip ends before all of them.
    """
    anchors = _anchors(clip, tracker, points)
    if not any(anchor.outline.components for anchor in anchors):  # what cannot be followed was outlined all the same
        raise AnalysisError(
            "Nothing like a nerve is seen where you pointed.", "Point at its middle, in a frame that shows it clearly."
        )
    behind: dict[int, _Kept] = {}
    lower = 0
    for anchor, follower in zip(anchors, [*anchors[1:], None], strict=True):
        behind |= _backward(clip, tracker, anchor, lower, held=min(room, MOST_HELD))
        lower = (anchor.frame + follower.frame) // 2 + 1 if follower else 0
    yield from _forward(clip, segmenter, tracker, {anchor.frame: anchor for anchor in anchors}, behind)


def _anchors(clip: Clip, tracker: Tracker, points: Sequence[Point]) -> list[_Anchor]:
    checked = checked_points(points, width=clip.info.width, height=clip.info.height)
    wanted = {point.frame: point for point in checked}
    anchors: list[_Anchor] = []
    for frame in clip.frames():
        point = wanted.pop(frame.index, None)
        if point is not None:
            pointed = _pointed(tracker, frame.image, point)
            if pointed is None:
                nothing = PredictedMask(np.zeros(frame.image.shape[:2], np.bool_), 0.0, 0)
                anchors.append(_Anchor(frame.index, nothing, None))
            else:
                anchors.append(_begun(clip, tracker, frame, pointed, chosen=point.area is not None))
        if not wanted:
            return anchors
    raise _no_frame(min(wanted))


def _begun(clip: Clip, tracker: Tracker, frame: Frame, pointed: Pointed, *, chosen: bool) -> _Anchor:
    """Begin to follow: as it was chosen, what somebody chose; else as the tracker sees it, which is often the better.

    What a click is taken for is a tenth too large on phantoms where the tracker outlines it less so.
    """
    outline = pointed.outline
    if chosen:
        return _Anchor(frame.index, outline, FollowedDrawing.begun(tracker, frame.image, outline.mask))
    track = tracker.begin(frame.image, outline.mask)
    still = clip.info.frame_count == 1
    return _Anchor(frame.index, outline if still else drawn_as_followed(outline, track), track)


def _onward(tracker: Tracker, followed: Followed, image: Image) -> Followed | None:
    """Follow into a neighbouring frame; None where the nerve is lost."""
    if isinstance(followed, FollowedDrawing):
        return followed.followed(tracker, image)
    return tracker.follow(followed, image)


def _no_frame(frame: int) -> AnalysisError:
    return AnalysisError(f"The clip has no frame {frame}, where you pointed.", "Point in a frame that it has.")


def _backward(clip: Clip, tracker: Tracker, anchor: _Anchor, lower: int, *, held: int) -> dict[int, _Kept]:
    """Follow from a point back to a frame, or as far as the nerve can be followed."""
    kept: dict[int, _Kept] = {}
    followed = anchor.followed
    if followed is None:
        return kept
    for frame in frames_backward(clip, before=anchor.frame, down_to=lower, held=held):
        followed = _onward(tracker, followed, frame.image)
        if followed is None:
            break
        found = followed.outline
        kept[frame.index] = _Kept(PackedMask.pack(found.mask), found.confidence, found.components, anchor.frame)
    return kept


def _forward(
    clip: Clip, segmenter: Segmenter, tracker: Tracker, anchors: dict[int, _Anchor], behind: dict[int, _Kept]
) -> Iterator[OutlinedFrame]:
    known = next((anchor.followed for anchor in anchors.values() if anchor.followed is not None), None)
    followed: Followed | None = None
    source, lost_for = 0, 0
    for frame in clip.frames():
        anchor, kept = anchors.get(frame.index), behind.get(frame.index)
        nothing = PredictedMask(np.zeros(frame.image.shape[:2], np.bool_), 0.0, 0)
        outline = NerveOutline(0, nothing, How.LOST)
        if anchor is not None and anchor.outline.components:
            followed, source, lost_for = anchor.followed, frame.index, 0
            known = anchor.followed or known
            outline = NerveOutline(0, anchor.outline, How.POINTED)
        elif kept is not None:
            followed = None
            seen = PredictedMask(kept.mask.unpack(), kept.confidence, kept.components)
            outline = NerveOutline(0, seen, How.FOLLOWED, kept.source)
        else:
            followed = None if followed is None else _onward(tracker, followed, frame.image)
            if followed is not None:
                outline = NerveOutline(0, followed.outline, How.FOLLOWED, source)
            else:
                lost_for += 1
                if lost_for % SEARCHED_EVERY == 1 and known is not None:
                    followed = _found_again(segmenter, tracker, frame, known)
                if followed is not None:
                    source, lost_for = frame.index, 0
                    outline = NerveOutline(0, followed.outline, How.FOUND)
        yield OutlinedFrame(frame, (outline,))


def _found_again(segmenter: Segmenter, tracker: Tracker, frame: Frame, known: Followed) -> Track | None:
    """Search a frame for the nerve that was lost: of what is found, the most like it, if any is."""
    found = segmenter.segment([frame.image])[0]
    parts = nerves_in(found.mask, apart=segmenter.card.max_gap is None)
    tracks = [tracker.begin(frame.image, part) for part in parts]
    like = [track for track in tracks if track is not None and alike(known.start, track.start)]
    if not like:
        return None
    surest = max(like, key=lambda track: track.outline.confidence)
    return replace(surest, start=known.start)
