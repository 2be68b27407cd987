from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from nerveapp.domain.annotated_frame import AnnotatedFrame
from nerveapp.domain.annotation import ClipRecord
from nerveapp.domain.outline_files import Format, Known, Preview
from nerveapp.errors import AnnotationError
from nerveapp.workflows.annotating.export_outlines import OutlineFile, export_outlines
from tests.fakes.annotation_store import FakeAnnotationStore
from tests.fakes.model_registry import FakeModelRegistry
from tests.io.store.records import CLIP, IMAGE, START, annotation

OTHER = replace(CLIP, sha256="b" * 64, subject="S02")
SOURCE = Path("clip.dcm")


@dataclass
class Files:
    """Writes down what it was given."""

    identity: tuple[str, ...] = ()
    given: list[tuple[Format, list[str], Path | None]] = field(default_factory=list)

    def export(self, fmt: Format, frames: Sequence[AnnotatedFrame], *, source: Path | None = None) -> tuple[bytes, str]:
        self.given.append((fmt, [one.clip.person for one in frames], source))
        return b"outlines", "zip"

    def identity_in(self, source: Path) -> tuple[str, ...]:
        assert source == SOURCE
        return self.identity

    def preview(self, files: Sequence[tuple[str, bytes]], *, clip: ClipRecord, known: Known) -> Preview:
        raise NotImplementedError

    def sop_instance_uid(self, paths: Sequence[Path]) -> str | None:
        raise NotImplementedError


@pytest.fixture
def store() -> FakeAnnotationStore:
    """An outline of each of two people."""
    found = FakeAnnotationStore()
    for clip in (CLIP, OTHER):
        found.register(clip)
        found.save(annotation(1, clip_sha256=clip.sha256), IMAGE)
    return found


def exported(store: FakeAnnotationStore, files: Files, kind: Format, **more: object) -> OutlineFile:
    registry = more.pop("registry", FakeModelRegistry(store))
    return export_outlines(kind, store=store, registry=registry, files=files, **more)  # type: ignore[arg-type]


def test_people_whom_models_are_judged_on_leave_in_no_training_set(store: FakeAnnotationStore) -> None:
    registry, files = FakeModelRegistry(store), Files()
    registry.lock([one.id for one in store.entries(clip_sha256=CLIP.sha256)], now=START)
    made = exported(store, files, Format.TRAINING, registry=registry)
    assert made == OutlineFile(b"outlines", "zip", 1, (CLIP.subject,))
    assert exported(store, files, Format.COCO, registry=registry).count == 2
    assert files.given == [(Format.TRAINING, ["S02"], None), (Format.COCO, ["S01", "S02"], None)]
    with pytest.raises(AnnotationError, match="locked"):
        exported(store, files, Format.TRAINING, registry=registry, clip_sha256="a")


def test_a_segmentation_identifies_nobody_unless_that_is_allowed(store: FakeAnnotationStore) -> None:
    files = Files(identity=("Patient's Name",))
    with pytest.raises(AnnotationError, match=r"identify the patient.*Patient's Name"):
        exported(store, files, Format.DICOM_SEG, source=SOURCE)
    assert files.given == [], "nothing was written"
    exported(store, files, Format.DICOM_SEG, source=SOURCE, may_identify=True)
    exported(store, Files(), Format.DICOM_SEG, source=SOURCE)
    exported(store, files, Format.COCO, source=SOURCE)
    assert [(kind, source) for kind, _, source in files.given] == [(Format.DICOM_SEG, SOURCE), (Format.COCO, None)]
