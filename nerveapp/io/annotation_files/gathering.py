"""What an importer finds in a file, checked against the clip as it comes in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import cv2
import numpy as np

from nerveapp.analysis.outline import fill_holes
from nerveapp.domain.annotation import ClipRecord
from nerveapp.domain.outline_files import Known, Outline, Preview, Question
from nerveapp.domain.segmentation import Mask, PackedMask
from nerveapp.errors import AnnotationError
from nerveapp.io.annotation_files.labels import of_both_sides
from nerveapp.io.mask_picture import LARGE
from nerveapp.io.readers.limits import GIB

MAX_PACKED_BYTES = GIB // 4
"""All masks of a file together, compressed: ten thousand with a nerve have a few MiB, noise has far more."""

MOST_OVERLAP = 0.25
"""Parts of a nerve lie beside each other: what shares more of the smaller one is drawn twice, or another thing."""

SMALLEST_PX = 4
"""Fewer pixels are a speck, or an outline in shares of the frame taken for pixels."""

WIDEST_LINE_PX, LEAST_ENCLOSED = 5, 2
"""A line is nowhere wider and encloses, with itself, at least so many times what it covers."""

MAX_PROBLEMS = 500
"""More are counted and not listed."""


class Gathering:
    """Outlines and problems of one file, until they are a `Preview`.

    Parameters
    ----------
    clip : ClipRecord
        What the file is imported into.
    known : Known
        What is known beside the record.

    Attributes
    ----------
    is_ours : bool
        Whether this app wrote the file, of this very clip: no sizes of masks are asked about then.
    """

    def __init__(self, clip: ClipRecord, known: Known) -> None:
        self.clip = clip
        self.known = known
        self.is_ours = False
        self._masks: dict[int, PackedMask] = {}
        self._packed_bytes = 0
        self._foreign: dict[int, str] = {}
        self._empty: dict[int, str] = {}
        self._problems: dict[str, None] = {}
        self._remarks: dict[str, None] = {}
        self._asks: set[Question] = set()
        self._to_answer: dict[str, Question] = {}
        self._unlisted = 0

    def problem(self, text: str) -> None:
        """Note what is wrong, in plain words."""
        if text in self._problems:
            return
        if len(self._problems) < MAX_PROBLEMS:
            self._problems[text] = None
        else:
            self._unlisted += 1

    def ask(self, question: Question, text: str) -> None:
        """Note a problem that a person can solve by an answer."""
        self.offer(question)
        self.problem(text)
        self._to_answer[text] = question

    def offer(self, question: Question) -> None:
        """Note that an answer of a person would change how the file is read, which is no problem yet."""
        self._asks.add(question)

    def check_sides(self, labels: Mapping[int, Iterable[str]]) -> None:
        """Note a problem for each frame whose outlines' labels name both sides."""
        for frame in sorted(labels):
            if of_both_sides(labels[frame]):
                self.problem(f"Frame {frame} has outlines of both sides. Import those of this clip's side alone.")

    def remark(self, text: str) -> None:
        """Note how something was read."""
        if len(self._remarks) < MAX_PROBLEMS:
            self._remarks[text] = None

    def fits(self, width: int, height: int, where: str) -> bool:
        """Check a size in px against the clip's; a problem is noted where it differs."""
        if (width, height) == (self.clip.width, self.clip.height):
            return True
        self.problem(f"{where} is {width} x {height} px; the clip is {self.clip.width} x {self.clip.height} px.")
        return False

    def has_frame(self, frame: int | None, where: str) -> bool:
        """Check that the clip has a frame; a problem is noted where it has not, or where none is given."""
        if frame is None:
            self.problem(f"{where} does not name its frame.")
            return False
        if not 0 <= frame < self.clip.frame_count:
            last = self.clip.frame_count - 1
            self.problem(f"{where} is of frame {frame}; the clip has frames 0 to {last}.")
            return False
        return True

    def add(
        self,
        frame: int | None,
        mask: Mask,
        where: str,
        *,
        unite: bool = False,
        empty_is_meant: bool = False,
        ours: bool | None = None,
    ) -> None:
        """Take one frame's mask; an empty one of another program only where somebody says so.

        Parameters
        ----------
        frame : int or None
        mask : ndarray of bool, (H, W)
        where : str
            What it was read from, for the problems.
        unite : bool
            Whether a second mask of the frame is a further part of it, and not a contradiction.
        empty_is_meant : bool
            Whether the file says of this frame that it shows no nerve.
        ours : bool, optional
            Whether this app wrote this mask; as the file is by default.

        Raises
        ------
        AnnotationError
            If all masks together are too large.
        """
        ours = self.is_ours if ours is None else ours
        height, width = mask.shape
        if not self.has_frame(frame, where) or not self.fits(width, height, where) or frame is None:
            return
        if not (ours or empty_is_meant or self.known.accept_empty or mask.any()):
            self._empty.setdefault(frame, where)
            return
        earlier = self._masks.get(frame)
        if earlier is not None and not unite:
            self.problem(f"{where} gives frame {frame} a second time.")
            return
        if earlier is not None and _overlap(earlier.unpack(), mask) > MOST_OVERLAP:
            self.problem(f"{where} lies upon another outline of frame {frame}: parts of a nerve do not overlap.")
            return
        whole = mask if earlier is None else mask | earlier.unpack()
        if not ours and not self.known.accept_large and whole.mean() > LARGE:
            self.ask(
                Question.LARGE,
                f"{where} covers {whole.mean():.0%} of the frame, more than a nerve does. Is the background marked?",
            )
            return
        self._keep(frame, PackedMask.pack(whole))
        if not ours:
            self._foreign[frame] = where

    def _keep(self, frame: int, mask: PackedMask) -> None:
        earlier = self._masks.get(frame)
        self._packed_bytes += len(mask.data) - (len(earlier.data) if earlier is not None else 0)
        if self._packed_bytes > MAX_PACKED_BYTES:
            raise AnnotationError("The file holds more outlines than fit in memory.", "Import it in several parts.")
        self._masks[frame] = mask

    def preview(self) -> Preview:
        """Give what was found."""
        self._leave_out_what_is_no_area()
        self._tell_empty()
        outlines = tuple(Outline(frame, self._masks[frame]) for frame in sorted(self._masks))
        problems = list(self._problems)
        if self._unlisted:
            problems.append(f"There are {self._unlisted} more problems of these kinds.")
        if not outlines and not problems:
            problems.append("The file holds no outlines for this clip.")
        to_answer = tuple((self._to_answer[one], one) for one in problems if one in self._to_answer)
        return Preview(outlines, tuple(problems), tuple(self._remarks), frozenset(self._asks), to_answer)

    def _leave_out_what_is_no_area(self) -> None:
        """Leave out specks and drawn lines, once all parts of each frame are known."""
        for frame, where in self._foreign.items():
            mask = self._masks[frame].unpack()
            size = int(mask.sum())
            if size == 0:  # somebody says that there is no nerve
                continue
            if size < SMALLEST_PX:
                self.problem(f"{where} covers {size} px, no area of a nerve. Are its coordinates those of the pixels?")
            elif _is_line(mask):
                self.problem(f"{where} is a line drawn around something, which is not filled: fill it.")
            else:
                continue
            del self._masks[frame]

    def _tell_empty(self) -> None:
        left_out = [where for frame, where in self._empty.items() if frame not in self._masks]
        if left_out:
            self.offer(Question.EMPTY)
            self.remark(
                f"Masks without an outline were left out: {len(left_out)}, such as {left_out[0]}. They may be of "
                "frames that nobody looked at; say so where they are of frames without a nerve."
            )


def _is_line(mask: Mask) -> bool:
    """Whether a mask is thin all around and encloses more than it covers."""
    if int(fill_holes(mask).sum()) < LEAST_ENCLOSED * int(mask.sum()):
        return False
    inside = cv2.erode(mask.astype(np.uint8), np.ones((WIDEST_LINE_PX + 1, WIDEST_LINE_PX + 1), np.uint8))
    return not inside.any()


def _overlap(one: Mask, other: Mask) -> float:
    """Give how much of the smaller of two masks lies in the other."""
    smaller = min(int(one.sum()), int(other.sum()))
    return float((one & other).sum() / smaller) if smaller else 0.0
