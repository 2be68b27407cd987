from dataclasses import replace
from pathlib import Path

import pytest

from nerveapp.domain.actor import Actor, Right
from nerveapp.domain.batch import BatchSettings, ClipRow, ClipTask, RowState
from nerveapp.domain.calibration import Calibration, CalibrationOrigin
from nerveapp.domain.model_choice import ModelChoice, UnseenScore
from nerveapp.domain.view import Nerve, Side, Site, View
from nerveapp.errors import ClipError, ModelError, RightsError, WriteError
from nerveapp.workflows.analysing.batch import analyse_batch, analyse_one, batch_tasks
from tests.fakes import FakeClip
from tests.fakes.clip_folders import FakeClipFolders
from tests.fakes.clip_reader import FakeClipReader
from tests.fakes.segmenters import FakeSegmenters
from tests.fakes.workers import FakeWorkers

SETTINGS = BatchSettings(View(), None, "fake")
CLIPS, OUT = Path("/clips"), Path("/out")
CHECK = "Check every outline before you use an area."
TYPED = Calibration(0.1, 0.1, CalibrationOrigin.TYPED)


def choice(model: str, view: View) -> ModelChoice:
    """The one asked for or one that fits; none is made for the tibial nerve."""
    name = model or ("for-the-ulnar-nerve" if view.nerve is Nerve.ULNAR else "fake")
    scored = UnseenScore(0.9, 51, 22)
    return ModelChoice(name, name.title(), view, scored, view.nerve is not Nerve.TIBIAL, in_use=True)


class Batch:
    """A folder of two clips and one file that is none, analysed as often as asked."""

    def __init__(self) -> None:
        self.folders = FakeClipFolders(("a.mp4", "P1/b.mp4", "broken.mp4"))
        self.reader = FakeClipReader({"a.mp4": FakeClip(12), "b.mp4": FakeClip(3, truncation="It ends early.")})
        self.reported: list[str] = []

    def work(self, task: ClipTask) -> ClipRow:
        return analyse_one(task, clips=self.reader, segmenters=FakeSegmenters(), folders=self.folders)

    def run(self, settings: BatchSettings = SETTINGS, actor: Actor = Actor()) -> tuple[ClipRow, ...]:  # noqa: B008
        rows, table = analyse_batch(
            batch_tasks(CLIPS, OUT, settings, folders=self.folders, choose=choice),
            OUT,
            work=self.work,
            workers=FakeWorkers(),
            folders=self.folders,
            actor=actor,
            on_row=lambda row: self.reported.append(row.clip),
        )
        assert table == OUT / "clips.csv"
        assert self.folders.tables[OUT] == rows
        return rows

    def states(self, settings: BatchSettings = SETTINGS) -> list[str]:
        return [row.state for row in self.run(settings)]


def test_each_clip_has_a_row_in_the_order_of_the_paths_and_one_that_cannot_be_read_stops_no_other() -> None:
    batch = Batch()
    rows = batch.run()
    assert [(row.clip, row.state) for row in rows] == [
        ("a.mp4", RowState.DONE),
        ("P1/b.mp4", RowState.DONE),
        ("broken.mp4", RowState.FAILED),
    ]
    assert [row.frames for row in rows] == [12, 3, 0]
    assert rows[1].remark == "It ends early."
    assert "not a clip" in rows[2].remark
    assert set(batch.folders.results) == {OUT / "a.mp4", OUT / "P1" / "b.mp4"}
    assert batch.reported == ["broken.mp4", "P1/b.mp4", "a.mp4"], "reported as they come in"


def test_the_row_says_what_was_measured() -> None:
    row = Batch().run(replace(SETTINGS, calibration=TYPED))[0]
    assert (row.sha256, row.unit, row.outlined) == ("f" * 64, "mm²", 11)
    assert row.area_max is not None
    assert row.area_max >= (row.area_median or 0) > 0


@pytest.mark.parametrize(
    ("changed", "state"),
    [
        (SETTINGS, RowState.KEPT),
        (replace(SETTINGS, calibration=TYPED), RowState.DONE),
        (replace(SETTINGS, view=View(Nerve.ULNAR, Site.ELBOW)), RowState.DONE),
    ],
    ids=["the same", "calibration", "view"],
)
def test_only_the_very_same_analysis_is_kept(changed: BatchSettings, state: RowState) -> None:
    batch = Batch()
    batch.run()
    assert batch.states(changed) == [state, state, RowState.FAILED]
    assert batch.states(changed) == [RowState.KEPT, RowState.KEPT, RowState.FAILED]


def test_without_the_model_no_clip_can_be_analysed() -> None:
    with pytest.raises(ModelError, match="no model called absent"):
        Batch().run(replace(SETTINGS, model="absent"))


def test_results_go_to_a_folder_of_their_own_and_are_no_clips_of_the_next_run() -> None:
    folders = FakeClipFolders(("a.mp4", "out/a.mp4/overlay.mp4"))
    tasks = batch_tasks(CLIPS, CLIPS / "out", SETTINGS, folders=folders, choose=choice)
    assert [task.name for task in tasks] == ["a.mp4"]
    for out in (CLIPS, CLIPS.parent):
        with pytest.raises(WriteError, match="own folder"):
            batch_tasks(CLIPS, out, SETTINGS, folders=folders, choose=choice)
    with pytest.raises(ClipError, match="no clip"):
        batch_tasks(CLIPS, OUT, SETTINGS, folders=FakeClipFolders(), choose=choice)


def test_what_a_clip_shows_is_read_from_its_name_unless_it_is_said() -> None:
    folders = FakeClipFolders(("S01/ulnar_elbow_left.mp4", "median wrist.mp4", "c.mp4"))
    unsaid = BatchSettings(View(), None, "")
    tasks = batch_tasks(CLIPS, OUT, unsaid, folders=folders, choose=choice)
    shown = {task.name: (task.settings.view, task.settings.model) for task in tasks}
    assert shown == {
        "S01/ulnar_elbow_left.mp4": (View(Nerve.ULNAR, Site.ELBOW, Side.LEFT), "for-the-ulnar-nerve"),
        "median wrist.mp4": (View(Nerve.MEDIAN, Site.WRIST), "fake"),
        "c.mp4": (View(), "fake"),
    }
    said = replace(unsaid, view=View(Nerve.TIBIAL, Site.MALLEOLUS, Side.RIGHT), model="mine")
    tasks = batch_tasks(CLIPS, OUT, said, folders=folders, choose=choice)
    assert {(task.settings.view, task.settings.model) for task in tasks} == {(said.view, "mine")}


def test_a_model_that_was_not_made_for_a_clip_is_told_with_its_row_each_time() -> None:
    batch = Batch()
    for _ in range(2):  # what is kept of an earlier run is told of as well
        rows = batch.run(replace(SETTINGS, view=View(Nerve.TIBIAL, Site.MALLEOLUS)))
        first, second, _ = rows
        assert first.remark == "Fake: it was not made for the tibial nerve at the malleolus. " + CHECK
        assert second.remark == f"It ends early. {first.remark}"
    assert [row.remark for row in batch.run()][:2] == ["", "It ends early."]


def test_who_may_not_analyse_analyses_nothing() -> None:
    batch = Batch()
    with pytest.raises(RightsError):
        batch.run(actor=Actor("R1", frozenset(Right) - {Right.ANALYSE}))
    assert not batch.folders.results
