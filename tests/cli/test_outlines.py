from pathlib import Path

import pydicom
import pytest
from pydicom.data import get_testdata_file

from nerveapp.cli.outlines import export_annotations
from nerveapp.errors import AnnotationError
from nerveapp.io.annotation_files import Format
from nerveapp.io.store.annotations import SqlAnnotationStore
from nerveapp.io.store.connection import open_database
from tests.io.store.records import CLIP, IMAGE, annotation


def test_a_segmentation_that_tells_who_the_patient_is_has_to_be_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    monkeypatch.setenv("NERVEAPP_DATABASE", url)
    store = SqlAnnotationStore(open_database(url))
    store.register(CLIP)
    store.save(annotation(0, seed=0), IMAGE)
    clip = pydicom.dcmread(str(get_testdata_file("examples_ybr_color.dcm")), stop_before_pixels=True)
    clip.PatientName, clip.Rows, clip.Columns, clip.NumberOfFrames = "Doe^Jane", CLIP.height, CLIP.width, 3
    clip.save_as(tmp_path / "clip.dcm")
    out, source = tmp_path / "outlines", tmp_path / "clip.dcm"
    with pytest.raises(AnnotationError, match="Patient's Name") as refused:
        export_annotations(out=out, kind=Format.DICOM_SEG, source=source)
    assert "--with-identity" in refused.value.hint
    assert not out.with_name("outlines.dcm").exists()
    export_annotations(out=out, kind=Format.DICOM_SEG, source=source, with_identity=True)
    assert pydicom.dcmread(out.with_name("outlines.dcm")).PatientName == "Doe^Jane"
