from dataclasses import replace

import numpy as np
import pytest

from nerveapp.analysis.agreement import dice
from nerveapp.domain.annotation import State
from nerveapp.domain.calibration import Calibration, CalibrationOrigin, Region
from nerveapp.domain.segmentation import PackedMask
from nerveapp.domain.view import Nerve, Site, View
from nerveapp.workflows.reading.compare import Reader, ReaderKind, all_calibrated, compare, gather, of_view
from tests.fakes.annotation_store import FakeAnnotationStore
from tests.io.store.records import CLIP, IMAGE, annotation, mask

R1, R2 = Reader(ReaderKind.RATER, "R1"), Reader(ReaderKind.RATER, "R2")
MODEL = Reader(ReaderKind.MODEL, "median-wrist bbbbbbbb")
AGREED = Reader(ReaderKind.ADJUDICATED)


@pytest.fixture
def store() -> FakeAnnotationStore:
    found = FakeAnnotationStore()
    ulnar = replace(CLIP, sha256="d" * 64, view=View(Nerve.ULNAR, Site.ELBOW))
    found.register(replace(CLIP, view=View(Nerve.MEDIAN, Site.WRIST)))
    found.register(ulnar)
    for frame in range(4):
        found.save(annotation(frame, rater="R1", seed=0), IMAGE)
        found.save(annotation(frame, rater="R1", seed=frame), IMAGE)
    for frame in range(2, 6):
        found.save(annotation(frame, rater="R2", seed=frame + 1), IMAGE)
    found.save(annotation(3, rater="R2", seed=9, state=State.DRAFT), IMAGE)
    found.save(annotation(2, rater="R1", seed=5, state=State.ADJUDICATED), IMAGE)
    found.save(annotation(2, rater="R2", seed=1, clip_sha256=ulnar.sha256, prediction=None), IMAGE)
    return found


def test_readers_are_models_raters_and_the_adjudicated(store: FakeAnnotationStore) -> None:
    assert gather(store).readers == (AGREED, MODEL, R1, R2)


def test_frames_of_both_are_paired_by_the_newest_final_outline(store: FakeAnnotationStore) -> None:
    pairs = compare(gather(store), R1, R2)
    assert [pair.frame for pair in pairs] == [2, 3]
    assert pairs[1].first.mask == mask(3)
    assert pairs[1].second.mask == mask(4), "a draft is not compared"
    assert pairs[0].dice == pytest.approx(dice(mask(2).unpack(), mask(3).unpack()))
    assert pairs[0].hd95_px is not None
    assert pairs[0].areas(calibrated=False) == (400, 400)


def test_a_model_is_one_more_reader(store: FakeAnnotationStore) -> None:
    pairs = compare(gather(store), MODEL, R1)
    assert [pair.frame for pair in pairs] == [0, 1, 2, 3]
    assert pairs[0].dice == 1
    assert len(compare(gather(store), AGREED, R2)) == 1


def test_clips_are_chosen_by_nerve_and_site(store: FakeAnnotationStore) -> None:
    pairs = compare(gather(store), R1, R2)

    def kept(nerve: Nerve, site: Site | None) -> int:
        return sum(map(of_view(nerve, site), (pair.clip for pair in pairs)))

    assert (kept(Nerve.ULNAR, None), kept(Nerve.MEDIAN, Site.WRIST)) == (0, 2)


def test_areas_are_in_mm2_only_where_every_clip_is_calibrated(store: FakeAnnotationStore) -> None:
    assert not all_calibrated(compare(gather(store), R1, R2))
    store.register(replace(CLIP, calibration=Calibration(0.1, 0.2, CalibrationOrigin.TYPED)))
    pairs = compare(gather(store), R1, R2)
    assert all_calibrated(pairs)
    assert pairs[0].areas(calibrated=True) == pytest.approx((8, 8))
    assert not all_calibrated([])


def test_areas_are_not_in_mm2_where_an_outline_leaves_the_calibrated_region(store: FakeAnnotationStore) -> None:
    region = Calibration(0.1, 0.2, CalibrationOrigin.DICOM_REGION, box=Region(0, 0, 4, 200))
    found = gather(store)
    cut = {sha256: replace(clip, calibration=region) for sha256, clip in found.clips.items()}
    pairs = compare(replace(found, clips=cut), R1, R2)
    assert not all_calibrated(pairs)
    assert pairs[0].areas(calibrated=False) == (400, 400)
    with pytest.raises(ValueError, match="calibration that holds"):
        pairs[0].areas(calibrated=True)


def test_where_one_sees_no_nerve_the_pair_is_known_not_to_be_of_two_sizes(store: FakeAnnotationStore) -> None:
    nothing = PackedMask.pack(np.zeros_like(mask(2).unpack()))
    store.save(annotation(2, rater="R2", mask=nothing), IMAGE)
    assert [pair.both_outlined for pair in compare(gather(store), R1, R2)] == [False, True]
