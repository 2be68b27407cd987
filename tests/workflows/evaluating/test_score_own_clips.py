"""The poster's table for one's own clips: sites apart, and people a model has seen apart from others."""

import uuid
from dataclasses import replace

import numpy as np
import pytest

from nerveapp.domain.annotation import Annotation, ClipRecord, Prediction, Source, State
from nerveapp.domain.model import TrainingData
from nerveapp.domain.segmentation import PackedMask
from nerveapp.domain.view import Nerve, Side, Site, View
from nerveapp.errors import DataError
from nerveapp.workflows.evaluating.score_own_clips import own_clips_csv, score_own_clips
from tests.fakes import CARD, FakeAnnotationStore, FakeSegmenter, FakeTableFiles
from tests.fakes.clock import START

SEEN, UNSEEN, RENAMED = "a" * 64, "b" * 64, "c" * 64
DATA = TrainingData("own images", "made here", "none", 1, 1, ("S1",), (RENAMED,))
LEVEL = 20


def outline(clip: str, frame: int, rows: int, *, by_model: str = "", state: State = State.FINAL) -> Annotation:
    """An outline of some rows of the 20 columns that the stand-in outlines `LEVEL` rows of."""
    mask = np.zeros((40, 60), bool)
    mask[5 : 5 + rows, 10:30] = True
    packed = PackedMask.pack(mask)
    prediction = Prediction("fake", by_model, packed, 0.9) if by_model else None
    return Annotation(uuid.uuid4().hex, clip, frame, "R1", state, Source.CORRECTED, packed, prediction, START, 1.0)


@pytest.fixture
def store() -> FakeAnnotationStore:
    found = FakeAnnotationStore()
    views = {SEEN: Site.WRIST, UNSEEN: Site.FOREARM, RENAMED: Site.WRIST}
    for clip, subject in ((SEEN, "S1"), (UNSEEN, "S2"), (RENAMED, "S3")):
        found.register(ClipRecord(clip, 60, 40, 9, subject, View(Nerve.MEDIAN, views[clip], Side.LEFT)))
    image = np.full((40, 60), LEVEL, np.uint8)
    for one in (
        outline(SEEN, 0, LEVEL),
        outline(SEEN, 1, LEVEL, state=State.DRAFT),
        outline(UNSEEN, 0, LEVEL, by_model=CARD.sha256),
        outline(UNSEEN, 1, LEVEL // 2, by_model="9" * 64),
        outline(RENAMED, 0, LEVEL),
    ):
        found.save(one, image)
    return found


def test_sites_and_splits_stand_apart_with_counts(store: FakeAnnotationStore) -> None:
    found = score_own_clips(store, FakeSegmenter(card=replace(CARD, trained_on=(DATA,))))
    rows = [(one.site and one.site[1], one.split, one.metrics.frames, one.metrics.people) for one in found.rows]
    assert rows == [
        (Site.FOREARM, "unseen", 2, 1),
        (Site.WRIST, "seen in training", 2, 2),
        (None, "unseen", 2, 1),
        (None, "seen in training", 2, 2),
    ]
    assert len(found.outlines) == 4, "a draft does not count"


def test_iou_and_dice_are_those_worked_out_by_hand(store: FakeAnnotationStore) -> None:
    """The model outlines 20 rows where 20 and 10 are accepted: IoU 1 and 1/2, Dice 1 and 2/3."""
    forearm = score_own_clips(store, FakeSegmenter()).rows[0]
    assert forearm.site == (Nerve.MEDIAN, Site.FOREARM)
    assert forearm.metrics.iou.mean == 0.75
    assert forearm.metrics.dice.mean == pytest.approx(5 / 6)
    assert forearm.own == 1, "corrected from this very model's outline; another one's is no favour"


def test_sets_without_names_are_told_of(store: FakeAnnotationStore) -> None:
    sets = (TrainingData("elsewhere", "", "", 10, 3), TrainingData("phantom", "", "", 10, 3))
    assert score_own_clips(store, FakeSegmenter(card=replace(CARD, trained_on=sets))).unnamed == ("elsewhere",)


def test_the_table_is_written_with_its_split_and_model(store: FakeAnnotationStore) -> None:
    text = own_clips_csv(score_own_clips(store, FakeSegmenter()), FakeTableFiles()).decode()
    assert "Model fake, sha256" in text
    line = next(line for line in text.splitlines() if line.startswith("Median, forearm,unseen,2,1,1,0.75,0.25,"))
    assert line.endswith(",,"), "of one person there is no interval"


def test_without_accepted_outlines_there_is_nothing_to_score() -> None:
    with pytest.raises(DataError, match="no accepted outlines"):
        score_own_clips(FakeAnnotationStore(), FakeSegmenter())
