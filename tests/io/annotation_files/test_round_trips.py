"""What is written is read back pixel by pixel, in every format."""

import numpy as np
import pytest
from hypothesis import given, settings

from nerveapp.domain.outline_files import Format
from nerveapp.domain.segmentation import Mask
from nerveapp.errors import AnnotationError
from nerveapp.io.annotation_files import export, preview
from tests.io.annotation_files.samples import CLIP, EMPTY, OTHER, VERSIONS, blob, chosen, frames_of_masks, same

READ_BACK = [Format.PNG, Format.COCO, Format.NIFTI, Format.IMAGEJ, Format.TRAINING]
ONE_CLIP = [Format.NIFTI, Format.IMAGEJ]
SEVERAL_CLIPS = [Format.PNG, Format.COCO, Format.TRAINING]


@pytest.mark.parametrize("fmt", READ_BACK)
@given(found=frames_of_masks())
@settings(max_examples=60, deadline=None)
def test_masks_come_back_exactly(fmt: Format, found: dict[int, Mask]) -> None:
    data, suffix = export(fmt, chosen(found), VERSIONS)
    same(preview(data, name=f"outlines.{suffix}", clip=CLIP), found)


@pytest.mark.parametrize("fmt", READ_BACK)
def test_a_frame_without_nerve_stays_one(fmt: Format) -> None:
    found = {1: EMPTY, 3: blob(1), 4: EMPTY, 5: EMPTY}
    same(preview(export(fmt, chosen(found), VERSIONS)[0], name="x", clip=CLIP), found)
    same(preview(export(fmt, chosen({0: EMPTY}), VERSIONS)[0], name="x", clip=CLIP), {0: EMPTY})


@pytest.mark.parametrize("fmt", READ_BACK)
def test_the_same_outlines_give_the_same_bytes(fmt: Format) -> None:
    frames = chosen({1: blob(1), 2: blob(2)})
    assert export(fmt, frames, VERSIONS) == export(fmt, frames, VERSIONS)


@pytest.mark.parametrize("fmt", SEVERAL_CLIPS)
def test_each_clip_takes_its_own_frames(fmt: Format) -> None:
    mine, others = {1: blob(1), 2: EMPTY}, {1: blob(2), 5: blob(3)}
    data, _ = export(fmt, [*chosen(mine), *chosen(others, OTHER)], VERSIONS)
    same(preview(data, name="x", clip=CLIP), mine)
    same(preview(data, name="x", clip=OTHER), others)
    only_others, _ = export(fmt, chosen(others, OTHER), VERSIONS)
    with pytest.raises(AnnotationError, match="all of other clips"):
        preview(only_others, name="x", clip=CLIP)


@pytest.mark.parametrize("fmt", ONE_CLIP)
def test_a_file_of_one_clip_takes_no_second_one(fmt: Format) -> None:
    frames = [*chosen({1: blob(1)}), *chosen({1: blob(2)}, OTHER)]
    with pytest.raises(AnnotationError, match="Choose the annotations of one clip"):
        export(fmt, frames, VERSIONS)
    found = preview(export(fmt, frames[:1], VERSIONS)[0], name="x", clip=OTHER)
    assert any("another clip" in problem for problem in found.problems)


@pytest.mark.parametrize("fmt", list(Format))
def test_nothing_and_the_same_frame_twice_are_refused(fmt: Format) -> None:
    if fmt is Format.DICOM_SEG:
        with pytest.raises(AnnotationError, match="no DICOM file"):
            export(fmt, chosen({1: blob(1)}), VERSIONS)
        return
    with pytest.raises(AnnotationError, match="No annotations are chosen"):
        export(fmt, [], VERSIONS)
    with pytest.raises(AnnotationError, match="Frame 1 is chosen more than once"):
        export(fmt, chosen({1: blob(1)}) * 2, VERSIONS)


def test_what_does_not_belong_together_cannot_be_built() -> None:
    with pytest.raises(ValueError, match="expected a mask"):
        chosen({1: np.zeros((3, 4), np.bool_)})
