"""Pictures for a record, looked at as a reader does: how long is the bar, how large the outline, what is cut away."""

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from nerveapp.analysis.picture_text import Ink, text_width, wrapped
from nerveapp.analysis.rendering import OUTLINE_RGB
from nerveapp.analysis.report_picture import frame_caption, picture_size, report_picture, scale_bar_mm
from nerveapp.domain.calibration import Calibration, CalibrationOrigin, Region
from nerveapp.domain.view import Nerve, Side, Site, View
from nerveapp.phantom.clip import phantom_frames
from nerveapp.phantom.spec import phantom_spec
from nerveapp.workflows.analysing.analyse import analyse
from tests.fakes import FakeClip, FakeSegmenter

SQUARE = Calibration(0.1, 0.1, CalibrationOrigin.TYPED)
Picture = npt.NDArray[np.uint8]


def drawn_circle(row_mm: float, column_mm: float, *, box: Region | None = None) -> Picture:
    """Draw a grey frame of 40 by 30 mm with a circle of 10 mm in its middle."""
    height, width = round(30 / row_mm), round(40 / column_mm)
    y, x = np.mgrid[:height, :width]
    mask = np.hypot((y + 0.5) * row_mm - 15, (x + 0.5) * column_mm - 20) <= 5
    calibration = Calibration(row_mm, column_mm, CalibrationOrigin.TYPED, box=box)
    return report_picture(
        np.full(mask.shape, 60, np.uint8), mask, calibration=calibration, side=Side.UNKNOWN, caption=()
    )


def extent(picture: Picture, colour: tuple[int, int, int]) -> tuple[int, int]:
    """Give width and height of what is of one colour."""
    there = np.all(np.abs(picture.astype(int) - np.array(colour)) < 40, axis=2)
    rows, columns = np.nonzero(there.any(axis=1))[0], np.nonzero(there.any(axis=0))[0]
    return int(columns[-1] - columns[0] + 1), int(rows[-1] - rows[0] + 1)


def bar_px(picture: Picture) -> int:
    """Measure the longest white run of the lowest third."""
    white = (picture[picture.shape[0] * 2 // 3 :] == 255).all(axis=2)
    longest = 0
    for row in white:
        runs = np.diff(np.flatnonzero(np.diff(np.concatenate(([0], row.astype(int), [0])))))[::2]
        longest = max(longest, int(runs.max(initial=0)))
    return longest


@pytest.mark.parametrize(("row_mm", "column_mm"), [(0.1, 0.1), (0.05, 0.1), (0.1, 0.05), (0.02, 0.02)])
def test_a_circle_is_round_and_as_large_as_the_bar_says_whatever_the_pixels(row_mm: float, column_mm: float) -> None:
    picture = drawn_circle(row_mm, column_mm)
    wide, high = extent(picture, OUTLINE_RGB)
    mm_per_px = 40 / picture.shape[1]
    assert abs(wide - high) <= 3
    assert wide * mm_per_px == pytest.approx(10, abs=0.4)
    assert bar_px(picture) * mm_per_px == pytest.approx(10, abs=0.2), "40 mm wide: a bar of 10 mm"
    assert picture.shape[0] / picture.shape[1] == pytest.approx(0.75, abs=0.005)


@pytest.mark.parametrize(("width_mm", "bar_mm"), [(15, 2), (17, 5), (33, 5), (34, 10), (70, 20), (2, 1)])
def test_the_bar_is_round_and_takes_three_tenths_at_most(width_mm: float, bar_mm: int) -> None:
    assert scale_bar_mm(width_mm) == bar_mm


@pytest.mark.parametrize("size", [(64, 64), (320, 240), (800, 600), (1920, 1080)])
def test_small_frames_are_enlarged_and_large_ones_reduced(size: tuple[int, int]) -> None:
    width, height = picture_size(*size, SQUARE)
    assert 640 <= width <= 1280
    assert width / height == pytest.approx(size[0] / size[1], rel=0.01)


def test_without_a_calibration_there_is_no_bar_and_no_depth() -> None:
    grey = np.full((300, 400), 60, np.uint8)
    plain = report_picture(grey, np.zeros(grey.shape, bool), calibration=None, side=Side.UNKNOWN, caption=())
    assert (plain == 60).all()


def test_what_lies_beside_the_calibrated_region_stays_out() -> None:
    image = np.full((300, 400), 60, np.uint8)
    cv2.putText(image, "DOE JANE", (5, 30), cv2.FONT_HERSHEY_SIMPLEX, 1.0, 255, 3)
    mask = np.zeros(image.shape, bool)
    mask[150:180, 150:200] = True
    region = Calibration(0.1, 0.1, CalibrationOrigin.DICOM_REGION, box=Region(50, 50, 349, 249))
    picture = report_picture(image, mask, calibration=region, side=Side.UNKNOWN, caption=())
    assert picture.shape[0] / picture.shape[1] == pytest.approx(200 / 300, abs=0.01)
    assert (picture[:20, 200:] == 60).all()
    mask[20:60, 20:60] = True
    whole = report_picture(image, mask, calibration=region, side=Side.UNKNOWN, caption=())
    assert whole.shape[0] / whole.shape[1] == pytest.approx(0.75), "an outline is never cut"


def test_sides_are_marked_apart() -> None:
    grey = np.full((300, 400), 60, np.uint8)
    nothing = np.zeros(grey.shape, bool)
    pictures = [
        report_picture(grey, nothing, calibration=None, side=side, caption=())
        for side in (Side.LEFT, Side.RIGHT, Side.UNKNOWN)
    ]
    corners = [picture[:60, -60:].tobytes() for picture in pictures]
    assert len(set(corners)) == 3
    assert (pictures[2] == 60).all()
    assert all((picture[60:] == 60).all() for picture in pictures)


def test_a_colour_frame_stays_as_it_is_and_the_callers_is_not_drawn_on() -> None:
    frame = next(phantom_frames(phantom_spec(seed=1, frames=1)))
    colour = np.dstack([frame.image, frame.image // 2, frame.image // 4])
    before = colour.copy()
    picture = report_picture(colour, frame.mask, calibration=SQUARE, side=Side.LEFT, caption=("A", "B"))
    assert (colour == before).all()
    assert picture.shape[0] > 480, "the caption is below the picture, not on it"
    assert (picture[300:400, 300:400, 1] == colour[300:400, 300:400, 1]).all()


def test_a_caption_keeps_all_its_words_in_lines_that_fit() -> None:
    text = "Median, wrist, left: area 12.41 mm² ± 1, outlined by a-model-of-a-rather-long-name, Łódź 正中神经"
    ink = Ink.for_width(640)
    lines = wrapped(text, 400, ink)
    assert " ".join(lines) == text
    assert len(lines) > 1
    assert all(text_width(line, ink) <= 400 for line in lines)
    assert text_width("Łódź mm²", ink) > text_width("Łódź", ink) > 0


def test_a_caption_says_what_is_measured_how_and_that_it_is_for_research() -> None:
    view = View(Nerve.ULNAR, Site.BELOW_ELBOW, Side.LEFT)
    analysis = analyse(FakeClip(12), FakeSegmenter(), view=view, calibration=SQUARE)
    who, what, notice = frame_caption(analysis, 10, code="S012", visit="2026-06-01")
    assert who == "S012, 2026-06-01"
    assert what == "Ulnar, below elbow, left: area 2.00 mm², frame 10, 0.50 s, outlined by fake"
    assert notice.startswith("Research use only.")
    pixels = analyse(FakeClip(12), FakeSegmenter(), view=view, calibration=None)
    assert "area 200 px² (not calibrated)" in frame_caption(pixels, 10, code="")[0]
    assert "no nerve outlined" in frame_caption(pixels, 0, code="")[0]
