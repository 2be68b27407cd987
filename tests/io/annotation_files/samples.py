"""Clips, frames and masks to write and read."""

from datetime import UTC, datetime
from typing import TypeAlias

import cv2
import numpy as np
import numpy.typing as npt
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from nerveapp.domain.annotation import Annotation, ClipRecord, Prediction, Source, State
from nerveapp.domain.calibration import Calibration, CalibrationOrigin
from nerveapp.domain.outline_files import Preview
from nerveapp.domain.segmentation import Mask, PackedMask
from nerveapp.domain.view import Nerve, Site, View
from nerveapp.io.annotation_files import Exported

FloatGrid: TypeAlias = npt.NDArray[np.float64]
HEIGHT, WIDTH, FRAMES = 21, 34, 6
WRIST = View(Nerve.MEDIAN, Site.WRIST)
CALIBRATION = Calibration(0.07, 0.05, CalibrationOrigin.TYPED)
CLIP = ClipRecord("ab12cd34" * 8, WIDTH, HEIGHT, FRAMES, "S012", WRIST, CALIBRATION)
OTHER = ClipRecord("ffee0011" * 8, WIDTH, HEIGHT, FRAMES, view=WRIST)
VERSIONS = (("nerveapp", "0.1.0"),)
EMPTY = np.zeros((HEIGHT, WIDTH), np.bool_)


def blob(seed: int = 0, height: int = HEIGHT, width: int = WIDTH, rough: float = 1.5) -> Mask:
    """Parts of any shape, with holes, some at the border and some touching at a corner only."""
    noise = np.random.default_rng(seed).normal(size=(height, width))
    smooth = cv2.GaussianBlur(noise, (0, 0), rough) if rough else noise
    return np.asarray(smooth > np.quantile(smooth, 0.6), np.bool_)


def centres(height: int, width: int) -> tuple[FloatGrid, FloatGrid]:
    rows, columns = np.mgrid[:height, :width] + 0.5
    return columns, rows


def masks() -> st.SearchStrategy[Mask]:
    noise = arrays.arrays(np.bool_, (HEIGHT, WIDTH), elements=st.booleans())
    smooth = st.builds(blob, st.integers(0, 2**32 - 1), rough=st.sampled_from((0.0, 0.7, 1.5, 3.0)))
    return st.one_of(noise, smooth)


def frames_of_masks() -> st.SearchStrategy[dict[int, Mask]]:
    return st.dictionaries(st.integers(0, FRAMES - 1), masks(), min_size=1, max_size=4)


def exported(mask: Mask, frame: int = 2, clip: ClipRecord = CLIP, *, corrected: bool = False) -> Exported:
    packed = PackedMask.pack(mask)
    prediction = Prediction("unet", "1" * 64, packed, 0.9) if corrected else None
    made = Annotation(
        f"{frame:032x}", clip.sha256, frame, "R1", State.FINAL, Source.CORRECTED if corrected else Source.IMPORTED,
        packed, prediction, datetime(2026, 3, 4, 5, 6, tzinfo=UTC), 12.5,
    )  # fmt: skip
    image = np.arange(mask.size, dtype=np.uint32).reshape(mask.shape).astype(np.uint8)
    return Exported(clip, made, image.copy)


def chosen(found: dict[int, Mask], clip: ClipRecord = CLIP) -> list[Exported]:
    return [exported(mask, frame, clip) for frame, mask in found.items()]


def same(preview: Preview, expected: dict[int, Mask]) -> None:
    assert preview.problems == ()
    assert [outline.frame for outline in preview.outlines] == sorted(expected)
    for outline in preview.outlines:
        np.testing.assert_array_equal(outline.mask.unpack(), expected[outline.frame])
