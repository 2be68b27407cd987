"""What the commands about annotations hand to the readers of files."""

import io
import json
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pydicom
import pytest
from pydicom.data import get_testdata_file
from pydicom.uid import generate_uid

from nerveapp.cli.outlines import import_annotations
from nerveapp.domain.annotation import ClipRecord
from nerveapp.domain.outline_files import Format
from nerveapp.errors import AnnotationError
from nerveapp.io.annotation_files import export, source_header
from nerveapp.io.readers.open_clip import open_clip
from tests.io.annotation_files.samples import VERSIONS, exported

HEIGHT, WIDTH, COUNT = 24, 36, 8
SQUARE = [[4, 3], [20, 3], [20, 15], [4, 15]]


def png(value: int) -> bytes:
    return cv2.imencode(".png", np.full((HEIGHT, WIDTH), value, np.uint8))[1].tobytes()


@pytest.fixture
def stills(tmp_path: Path) -> Path:
    path = tmp_path / "stills.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(1, COUNT + 1):
            archive.writestr(f"img_{number:04d}.png", png(number))
    return path


def test_outlines_find_the_stills_of_a_zip_by_name(
    tmp_path: Path, stills: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "labelme.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in (2, 5):
            shape = {"label": "nerve", "points": SQUARE, "shape_type": "polygon"}
            archive.writestr(
                f"img_{number:04d}.json", json.dumps({"shapes": [shape], "imagePath": f"img_{number:04d}.png"})
            )
    import_annotations(file=path, clip=stills, rater="R1", check=True)
    assert "2 outlines, no problems; of frames 1, 4" in capsys.readouterr().out


def test_what_numbers_count_from_and_large_masks_can_be_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clip = tmp_path / "clip.tif"
    assert cv2.imwritemulti(str(clip), [np.full((HEIGHT, WIDTH), 10 * n, np.uint8) for n in range(COUNT)])
    path = tmp_path / f"wrist_{COUNT}.png"
    path.write_bytes(png(255))
    asked = ((None, "first frame: 0 or 1", "--first-frame"), (1, "covers 100%", "--accept-large"))
    for first, said, option in asked:
        with pytest.raises(AnnotationError, match="1 problem:"):
            import_annotations(file=path, clip=clip, rater="R1", check=True, first_frame=first)
        shown = capsys.readouterr()
        words = " ".join((shown.out + shown.err).split())
        assert said in words
        assert option in words
    import_annotations(file=path, clip=clip, rater="R1", check=True, first_frame=1, accept_large=True)
    assert f"of frame {COUNT - 1}" in capsys.readouterr().out


def test_a_segmentation_must_be_of_this_very_dicom_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clip = Path(str(get_testdata_file("examples_ybr_color.dcm")))
    info = open_clip(clip).info
    record = ClipRecord(info.sha256, info.width, info.height, 30)
    mask = np.zeros((info.height, info.width), np.bool_)
    mask[50:90, 60:120] = True
    data, _ = export(Format.DICOM_SEG, [exported(mask, 3, record)], VERSIONS, source=source_header(clip))
    path = tmp_path / "seg.dcm"
    path.write_bytes(data)
    import_annotations(file=path, clip=clip, rater="R1", check=True)
    assert "of frame 3" in capsys.readouterr().out
    segmentation = pydicom.dcmread(io.BytesIO(data))
    groups = segmentation.PerFrameFunctionalGroupsSequence[0]
    groups.DerivationImageSequence[0].SourceImageSequence[0].ReferencedSOPInstanceUID = generate_uid()
    segmentation.save_as(path)
    with pytest.raises(AnnotationError, match="1 problem:"):
        import_annotations(file=path, clip=clip, rater="R1", check=True)
    assert "was made from another clip" in capsys.readouterr().err
