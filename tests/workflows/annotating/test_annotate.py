from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from nerveapp.analysis.agreement import dice
from nerveapp.analysis.tracking import NerveAppearance, Track
from nerveapp.analysis.transforms import Window
from nerveapp.domain.actor import Actor
from nerveapp.domain.analysis import Analysis
from nerveapp.domain.annotation import Annotation, ClipRecord, Source, State
from nerveapp.domain.calibration import Calibration, CalibrationOrigin, Region
from nerveapp.domain.clip import ClipInfo, Frame, Image
from nerveapp.domain.norms import Interpretation, Norm
from nerveapp.domain.segmentation import Mask, PackedMask, PredictedMask
from nerveapp.domain.view import Nerve, Side, Site, View
from nerveapp.errors import AnnotationError
from nerveapp.phantom import PhantomFrame, phantom_frames, phantom_spec
from nerveapp.workflows.analysing.analyse import analyse
from nerveapp.workflows.annotating.annotate import clip_record, consequence, new_annotation
from nerveapp.workflows.annotating.import_outlines import as_known, check_is_theirs, import_outlines, replaced
from nerveapp.workflows.annotating.propagate import Ending, PropagationReport, propagate
from nerveapp.workflows.following.backward import frames_backward
from tests.fakes import FakeAnnotationStore, FakeSegmenter, FakeTracker

R1 = Actor("R1")
NOW = datetime(2026, 5, 1, tzinfo=UTC)
WRIST_NORM = Norm(Nerve.MEDIAN, Site.WRIST, "Dutch", upper_limit_mm2=11)


def box(top: int, bottom: int) -> np.ndarray:
    mask = np.zeros((100, 200), bool)
    mask[top:bottom, 20:120] = True
    return mask


def test_a_correction_is_measured_and_its_interpretation_given() -> None:
    calibration = Calibration(0.05, 0.1, CalibrationOrigin.TYPED)
    found = consequence(box(10, 26), box(10, 40), calibration=calibration, norm=WRIST_NORM)
    assert found.dice == pytest.approx(2 * 1600 / (1600 + 3000))
    assert found.iou == pytest.approx(1600 / 3000)
    assert (found.area_before, found.area_after) == pytest.approx((8.0, 15.0))
    assert found.unit == "mm²"
    assert (found.interpretation_before, found.interpretation_after) == (Interpretation.BELOW, Interpretation.ABOVE)
    assert found.hd95_px == 14
    assert found.hd95_mm == pytest.approx(0.7)


def test_without_a_calibration_there_are_no_millimetres_and_no_interpretation() -> None:
    found = consequence(box(10, 26), box(10, 40), calibration=None, norm=WRIST_NORM)
    assert (found.area_after, found.unit) == (3000, "px²")
    assert (found.hd95_mm, found.assd_mm, found.interpretation_before, found.interpretation_after) == (
        None,
        None,
        None,
        None,
    )


@pytest.mark.parametrize(("bottom", "unit"), [(39, "mm²"), (38, "px²")])
def test_outside_of_the_calibrated_region_there_are_no_millimetres_and_no_interpretation(
    bottom: int, unit: str
) -> None:
    region = Calibration(0.05, 0.1, CalibrationOrigin.DICOM_REGION, box=Region(0, 0, 199, bottom))
    found = consequence(box(10, 26), box(10, 40), calibration=region, norm=WRIST_NORM)
    assert found.unit == unit
    assert found.area_after == pytest.approx(15.0 if unit == "mm²" else 3000)
    assert all(
        (one is None) == (unit == "px²")
        for one in (found.hd95_mm, found.assd_mm, found.interpretation_before, found.interpretation_after)
    )


def test_an_emptied_outline_has_no_distance_and_no_interpretation() -> None:
    calibration = Calibration(0.05, 0.1, CalibrationOrigin.TYPED)
    found = consequence(box(10, 26), box(0, 0), calibration=calibration, norm=WRIST_NORM)
    assert (found.dice, found.hd95_px, found.interpretation_after) == (0, None, None)


def test_an_outline_left_alone_is_its_prediction() -> None:
    found = consequence(box(10, 26), box(10, 26), calibration=None, norm=WRIST_NORM)
    assert (found.dice, found.iou, found.hd95_px, found.assd_px) == (1, 1, 0, 0)


@dataclass
class PhantomClip:
    """A phantom as a clip."""

    shown: list[PhantomFrame]
    truncation: str | None = None

    @property
    def info(self) -> ClipInfo:
        height, width = self.shown[0].mask.shape
        return ClipInfo("phantom", "c" * 64, "phantom", width, height, len(self.shown))

    def frames(self) -> Iterator[Frame]:
        for frame in self.shown:
            yield Frame(frame.index, frame.time_s, frame.image)


def test_a_record_tells_where_the_frames_lie_and_what_stills_are_called_but_not_what_the_file_is(
    analysis: Analysis,
) -> None:
    affine = ((0.1, 0.0, 0.0, 5.0), (0.0, 0.0, 1.0, 6.0), (0.0, -0.1, 0.0, 7.0), (0.0, 0.0, 0.0, 1.0))
    names = tuple(f"{index:03d}.png" for index in range(30))
    info = replace(analysis.clip, name="Doe_Jane.mp4", affine=affine, names=names)
    record = clip_record(replace(analysis, clip=info), subject="S1")
    assert (record.affine, record.names) == (affine, names)
    assert "Doe" not in repr(record)


@dataclass
class KnowsTheTruth(FakeSegmenter):
    """Outlines the true nerve a little to the right."""

    truth: dict[bytes, np.ndarray] = field(default_factory=dict)
    workers: int = 1

    def segment(self, images: Sequence[Image]) -> list[PredictedMask]:
        return [PredictedMask(np.roll(self.truth[image.tobytes()], 2, axis=1), 0.9, 1) for image in images]


@dataclass(frozen=True)
class FollowsTheTruth(FakeTracker):
    """Outlines the true nerve a little to the left, up to a frame."""

    truth: dict[bytes, np.ndarray] = field(default_factory=dict)
    lost_in: bytes = b""

    def begin(self, image: Image, mask: Mask) -> Track | None:
        if image.tobytes() == self.lost_in:
            return None
        seen = PredictedMask(np.roll(self.truth[image.tobytes()], -3, axis=1), 0.9, 1)
        nothing = np.zeros((1, 1), np.float32)
        return Track(seen, Window(0, 0, 1, 1, 1), nothing.astype(np.uint8), nothing, NerveAppearance(100.0, 0.0))


@pytest.fixture(scope="module")
def tracker(clip: PhantomClip) -> FollowsTheTruth:
    return FollowsTheTruth(truth={frame.image.tobytes(): frame.mask for frame in clip.shown})


@pytest.fixture(scope="module")
def clip() -> PhantomClip:
    spec = phantom_spec(seed=1, subject=102, nerve=Nerve.MEDIAN, site=Site.WRIST, frames=30, width=320, height=240)
    return PhantomClip(list(phantom_frames(spec)))


@pytest.fixture(scope="module")
def analysis(clip: PhantomClip) -> Analysis:
    segmenter = KnowsTheTruth(truth={frame.image.tobytes(): frame.mask for frame in clip.shown})
    return analyse(clip, segmenter, view=View(Nerve.MEDIAN, Site.WRIST), calibration=None)


@pytest.fixture
def store(analysis: Analysis) -> FakeAnnotationStore:
    found = FakeAnnotationStore()
    found.register(clip_record(analysis, subject="S1"))
    return found


def correction(clip: PhantomClip, analysis: Analysis, frame: int) -> Annotation:
    mask = clip.shown[min(frame, 29)].mask
    return new_annotation(analysis, frame, mask, rater="R1", state=State.FINAL, now=NOW, seconds=4, supersedes=None)


def test_a_correction_is_followed_both_ways_as_drafts_not_reviewed(
    clip: PhantomClip, analysis: Analysis, tracker: FollowsTheTruth, store: FakeAnnotationStore
) -> None:
    start = correction(clip, analysis, 12)
    other = replace(start, id="f" * 32, frame=20)
    store.save(start, clip.shown[12].image)
    store.save(other, clip.shown[20].image)
    report = propagate(clip, analysis, start, tracker, store, actor=R1, now=NOW, frames=10)
    assert (report.first, report.last) == (2, 19), "ten back, and on up to the frame that was drawn"
    assert (report.start, report.before, report.after) == (12, Ending.LIMIT, Ending.DRAWN)
    found = {one.frame: one for one in store.latest(rater="R1")}
    propagated = [one for one in found.values() if one.source is Source.PROPAGATED]
    assert sorted(one.frame for one in propagated) == [*range(2, 12), *range(13, 20)]
    assert all(one.state is State.DRAFT for one in propagated)
    assert found[20] == other
    assert min(dice(one.mask.unpack(), clip.shown[one.frame].mask) for one in propagated) > 0.9
    assert np.array_equal(store.image(start.clip_sha256, 5), clip.shown[5].image)

    again = propagate(clip, analysis, start, tracker, store, actor=R1, now=NOW, frames=10)
    assert again == report
    assert len(store.history(start.clip_sha256, 5)) == 2
    assert store.latest(frame=5)[0].supersedes == found[5].id


def test_what_is_drawn_while_it_goes_on_is_not_covered(
    clip: PhantomClip, analysis: Analysis, tracker: FollowsTheTruth, store: FakeAnnotationStore
) -> None:
    start = correction(clip, analysis, 12)
    store.save(start, clip.shown[12].image)
    mine = replace(correction(clip, analysis, 16), id="e" * 32, state=State.DRAFT)

    def draws(done: int, total: int) -> None:
        if done == 2:  # in another window
            store.save(mine, clip.shown[16].image)

    report = propagate(clip, analysis, start, tracker, store, actor=R1, now=NOW, frames=6, on_progress=draws)
    assert (report.first, report.last, report.after) == (6, 15, Ending.DRAWN)
    assert store.latest(frame=16) == (mine,)


def test_what_is_finished_between_its_look_and_its_save_is_not_covered(
    clip: PhantomClip, analysis: Analysis, tracker: FollowsTheTruth
) -> None:
    mine = replace(correction(clip, analysis, 16), id="e" * 32)

    class Overtaken(FakeAnnotationStore):
        def latest(self, *, frame: int | None = None, **asked: Any) -> tuple[Annotation, ...]:
            found = super().latest(frame=frame, **asked)
            if frame == 16:  # in another window, once it has looked
                self.save(mine, clip.shown[16].image)
            return found

    store = Overtaken()
    store.register(clip_record(analysis, subject="S1"))
    start = correction(clip, analysis, 12)
    store.save(start, clip.shown[12].image)
    report = propagate(clip, analysis, start, tracker, store, actor=R1, now=NOW, frames=6)
    assert (report.last, report.after) == (15, Ending.DRAWN)
    assert store.history(start.clip_sha256, 16) == (mine,)


def test_without_a_limit_it_goes_through_the_clip_and_holds_one_frame_where_there_is_no_room_for_more(
    clip: PhantomClip, analysis: Analysis, tracker: FollowsTheTruth, store: FakeAnnotationStore
) -> None:
    start = correction(clip, analysis, 7)
    store.save(start, clip.shown[7].image)
    seen: list[tuple[int, int]] = []

    def on_progress(done: int, total: int) -> None:
        seen.append((done, total))

    report = propagate(clip, analysis, start, tracker, store, actor=R1, now=NOW, bytes_held=1, on_progress=on_progress)
    assert report == PropagationReport(7, 0, 29, Ending.CLIP, Ending.CLIP)
    assert seen == [(done, 29) for done in range(1, 30)]
    propagated = [one for one in store.latest() if one.source is Source.PROPAGATED]
    assert min(dice(one.mask.unpack(), clip.shown[one.frame].mask) for one in propagated) > 0.9


def test_it_ends_where_the_nerve_is_lost(
    clip: PhantomClip, analysis: Analysis, tracker: FollowsTheTruth, store: FakeAnnotationStore
) -> None:
    start = correction(clip, analysis, 0)
    store.save(start, clip.shown[0].image)
    lost = replace(tracker, lost_in=clip.shown[4].image.tobytes())
    report = propagate(clip, analysis, start, lost, store, actor=R1, now=NOW)
    assert report == PropagationReport(0, 0, 3, Ending.CLIP, Ending.LOST)
    assert max(one.frame for one in store.latest()) == 3


def test_a_nerve_that_the_model_does_not_see_is_not_followed(
    clip: PhantomClip, analysis: Analysis, tracker: FollowsTheTruth, store: FakeAnnotationStore
) -> None:
    start = correction(clip, analysis, 4)
    store.save(start, clip.shown[4].image)
    blind = replace(tracker, lost_in=clip.shown[4].image.tobytes())
    report = propagate(clip, analysis, start, blind, store, actor=R1, now=NOW)
    assert report == PropagationReport(4, 4, 4, Ending.UNSEEN, Ending.UNSEEN)
    assert store.latest() == (start,)


def test_a_frame_without_a_nerve_has_nothing_to_follow(
    clip: PhantomClip, analysis: Analysis, tracker: FollowsTheTruth, store: FakeAnnotationStore
) -> None:
    start = replace(correction(clip, analysis, 4), mask=PackedMask.pack(np.zeros((240, 320), np.bool_)))
    with pytest.raises(AnnotationError, match="no outline in this frame"):
        propagate(clip, analysis, start, tracker, store, actor=R1, now=NOW)


@pytest.mark.parametrize("held", [1, 3, 50])
def test_frames_come_backward_whatever_is_held(clip: PhantomClip, held: int) -> None:
    found = [frame.index for frame in frames_backward(clip, before=11, down_to=2, held=held)]
    assert found == list(range(10, 1, -1))


@pytest.mark.parametrize("frame", [-1, 30, 5000])
def test_an_outline_of_a_frame_that_the_clip_has_not_is_not_made(
    clip: PhantomClip, analysis: Analysis, frame: int
) -> None:
    with pytest.raises(AnnotationError, match="frames 0 to 29"):
        correction(clip, analysis, frame)


def test_propagation_can_be_stopped_and_keeps_what_it_did(
    clip: PhantomClip, analysis: Analysis, tracker: FollowsTheTruth, store: FakeAnnotationStore
) -> None:
    start = correction(clip, analysis, 3)
    store.save(start, clip.shown[3].image)

    def stop_at_the_fourth(done: int, _: int) -> None:
        if done == 4:
            raise InterruptedError  # as a page does that is drawn anew

    with pytest.raises(InterruptedError):
        propagate(clip, analysis, start, tracker, store, actor=R1, now=NOW, on_progress=stop_at_the_fourth)
    assert len(store.latest(states={State.DRAFT})) == 4


def test_outlines_drawn_elsewhere_are_imported_all_or_none(clip: PhantomClip) -> None:
    store = FakeAnnotationStore()
    record = ClipRecord(clip.info.sha256, 320, 240, 30, subject="S2", view=View(Nerve.MEDIAN, Site.WRIST))
    outlines = {frame: PackedMask.pack(clip.shown[frame].mask) for frame in (3, 7, 29)}
    with pytest.raises(AnnotationError, match="ends before frame 40"):
        import_outlines(clip, record, outlines | {40: outlines[3]}, store, actor=Actor("R9"), now=NOW)
    assert store.latest() == ()
    for size in ((240, 300), (3, 4)):
        with pytest.raises(AnnotationError, match="320 x 240 px"):
            import_outlines(
                clip, record, outlines | {8: PackedMask.pack(np.ones(size, bool))}, store, actor=Actor("R9"), now=NOW
            )
    assert store.clips() == (), "a refused import changes nothing of what is known of the clip"
    assert import_outlines(clip, record, outlines, store, actor=Actor("R9"), now=NOW) == 3
    found = store.latest()
    assert [(one.frame, one.source, one.state) for one in found] == [
        (frame, Source.IMPORTED, State.FINAL) for frame in (3, 7, 29)
    ]
    assert all(one.mask == outlines[one.frame] for one in found)
    assert np.array_equal(store.image(record.sha256, 29), clip.shown[29].image)
    import_outlines(clip, record, {3: outlines[7]}, store, actor=Actor("R9"), now=NOW)
    assert store.latest(frame=3)[0].supersedes == found[0].id
    somebody_else = replace(record, subject="S3")
    with pytest.raises(AnnotationError, match="of S2, not of S3"):
        import_outlines(clip, somebody_else, outlines, store, actor=Actor("R9"), now=NOW)
    assert store.clips()[0].subject == "S2", "outlines move no clip out of a visit"
    import_outlines(clip, replace(record, subject=""), outlines, store, actor=Actor("R9"), now=NOW)


def test_an_import_says_of_which_frames_it_replaces_what_its_rater_finished(clip: PhantomClip) -> None:
    store = FakeAnnotationStore()
    record = ClipRecord(clip.info.sha256, 320, 240, 30)
    masks = {frame: PackedMask.pack(clip.shown[frame].mask) for frame in (3, 7)}
    assert replaced(masks, record, "R9", store) == ()
    import_outlines(clip, record, masks, store, actor=Actor("R9"), now=NOW)
    assert replaced([2, 7, 8], record, "R9", store) == (7,)
    assert replaced([7], record, "R1", store) == (), "another rater's stay beside them"


LEFT_WRIST = View(Nerve.MEDIAN, Site.WRIST, Side.LEFT)


@pytest.mark.parametrize(
    ("said", "known", "name", "view"),
    [
        (View(), None, "ulnar_elbow_right.mp4", View(Nerve.ULNAR, Site.ELBOW, Side.RIGHT)),
        (View(), LEFT_WRIST, "ulnar_elbow_right.mp4", LEFT_WRIST),
        (View(Nerve.MEDIAN, Site.WRIST, Side.LEFT), LEFT_WRIST, "x.mp4", LEFT_WRIST),
        (View(Nerve.MEDIAN), LEFT_WRIST, "x.mp4", LEFT_WRIST),
        (View(), View(), "median_wrist_left.mp4", LEFT_WRIST),
        (View(side=Side.LEFT), View(Nerve.MEDIAN, Site.WRIST), "median_wrist_right.mp4", LEFT_WRIST),
        (View(Nerve.MEDIAN, Site.WRIST), View(side=Side.LEFT), "x.mp4", LEFT_WRIST),
    ],
)
def test_what_is_stored_of_a_clip_stands_over_the_name_of_a_file(
    said: View, known: View | None, name: str, view: View
) -> None:
    assert as_known(said, known, name) == view


@pytest.mark.parametrize(
    "said", [View(Nerve.ULNAR), View(side=Side.RIGHT), View(Nerve.MEDIAN, Site.FOREARM), View(site=Site.FOREARM)]
)
def test_what_contradicts_what_is_stored_is_refused(said: View) -> None:
    with pytest.raises(AnnotationError, match="stored as: Median nerve"):
        as_known(said, LEFT_WRIST, "x.mp4")


def test_another_calibration_than_the_stored_one_is_refused() -> None:
    known = ClipRecord("ab" * 32, 320, 240, 30, calibration=Calibration(0.1, 0.2, CalibrationOrigin.TYPED))
    check_is_theirs(replace(known, calibration=Calibration(0.1, 0.2, CalibrationOrigin.FILE_METADATA)), known)
    check_is_theirs(replace(known, calibration=None), known)
    check_is_theirs(known, replace(known, calibration=None))
    with pytest.raises(AnnotationError, match="calibrated otherwise"):
        check_is_theirs(replace(known, calibration=Calibration(0.1, 0.1, CalibrationOrigin.TYPED)), known)
