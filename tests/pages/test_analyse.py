"""A clip on the Analyse page: brought, described, analysed, measured anew."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from nerveapp.bootstrap import application
from nerveapp.demo import DEMO_CLIP
from nerveapp.domain.view import Nerve, Side, Site, View
from tests.io.annotation_files.samples import exported
from tests.io.readers.dicom_files import GREY, dataset, region, save
from tests.pages.driving import (
    ANALYSE,
    analysed,
    calibrate,
    choose,
    chosen,
    finish,
    go,
    here,
    job,
    metrics,
    opened,
    record,
    subject,
    texts,
    type_spacing,
    upload,
    video,
)


def test_an_uploaded_clip_is_analysed_and_uncalibrated_until_told() -> None:
    test = upload(opened(ANALYSE), ("clip.mp4", DEMO_CLIP.read_bytes()))
    assert record(test).frame_count == 150
    assert "Uncalibrated" in texts(test)
    analysed(test)
    assert "Uncalibrated" in texts(test)
    assert "px²" in texts(test)
    assert "mm²" not in texts(test).replace("never in mm²", "")
    before = here(test).analysis
    type_spacing(test, 0.0657)
    assert "mm²" in texts(test)
    assert here(test).analysis == before, "a calibration measures anew without another analysis"
    assert "analyse" not in [button.key for button in test.button]


@pytest.mark.usefixtures("quick")
def test_the_demo_analyses_itself_and_another_clip_can_be_brought() -> None:
    test = opened(ANALYSE)
    next(button for button in test.button if "demo" in button.label).click().run()
    assert not test.exception
    finish(test)
    assert metrics(test)
    assert [title.value for title in test.title] == ["Demo clip (synthetic)"], "the page's one heading: what it is of"
    assert "Made by NerveApp" in texts(test)
    assert "Its true areas are known" in texts(test)
    assert "PNG of this frame" in [one.proto.label for one in test.get("download_button")]
    test.button(key="another-clip").click().run()
    assert not test.exception
    assert here(test).clip == ""
    assert test.get("file_uploader")
    assert not test.query_params


def test_an_impossible_spacing_is_explained(tmp_path: Path) -> None:
    test = upload(opened(ANALYSE), ("clip.mp4", video(tmp_path)))
    type_spacing(test, 80.0)
    assert "80 mm per pixel" in texts(test)
    assert record(test).calibration is None


def test_the_model_follows_the_nerve(tmp_path: Path) -> None:
    test = upload(opened(ANALYSE), ("clip.mp4", video(tmp_path)))
    assert chosen(test, "Model") == ["median-wrist"]
    assert "Until then it is outlined as the median nerve at the wrist" in texts(test)
    choose(test, "Nerve", 2)
    assert chosen(test, "Model") == ["peripheral-nerve"]


@pytest.mark.usefixtures("quick")
def test_what_a_clip_shows_is_kept_with_it_and_asks_for_no_other_analysis(tmp_path: Path) -> None:
    test = analysed(upload(opened(ANALYSE), ("clip.mp4", video(tmp_path))))
    first = here(test).analysis
    area = metrics(test)
    choose(test, "Side", 2)
    choose(test, "Nerve", 1)
    choose(test, "Site", 2)
    described = View(Nerve.MEDIAN, Site.PRONATOR_QUADRATUS, Side.RIGHT)
    assert record(test).view == described
    assert here(test).analysis == first
    assert metrics(test).keys() == area.keys()
    assert "right side" in texts(test)
    assert len(application().analyses.of_clip(here(test).clip)) == 1
    go(test, "pages/models.py")
    go(test, ANALYSE)
    assert chosen(test, "Nerve", "Site", "Side") == [described.nerve, described.site, described.side]
    other = opened(ANALYSE, analysis=first)
    assert chosen(other, "Nerve", "Site", "Side") == [described.nerve, described.site, described.side]


@pytest.mark.usefixtures("quick")
def test_a_nerve_that_has_no_such_site_has_none_given(tmp_path: Path) -> None:
    test = upload(opened(ANALYSE), ("median_forearm.mp4", video(tmp_path)))
    assert record(test).view == View(Nerve.MEDIAN, Site.FOREARM), "as the name says"
    choose(test, "Nerve", 2)
    assert record(test).view == View(Nerve.ULNAR, Site.FOREARM)
    choose(test, "Nerve", 3)
    view = record(test).view
    assert (view.nerve, view.site) == (Nerve.RADIAL, Site.UNKNOWN)
    assert chosen(test, "Nerve", "Site") == [view.nerve, view.site]


def test_two_tabs_that_say_what_a_clip_shows_add_to_each_other(tmp_path: Path) -> None:
    one = upload(opened(ANALYSE), ("clip.mp4", video(tmp_path)))
    other = opened(ANALYSE, clip=here(one).clip)
    choose(one, "Nerve", 2)
    choose(other, "Side", 1)
    assert record(one).view == View(Nerve.ULNAR, Site.UNKNOWN, Side.LEFT)


@pytest.mark.usefixtures("quick")
def test_another_model_is_offered_and_the_old_result_is_never_shown_as_its_own(tmp_path: Path) -> None:
    test = analysed(upload(opened(ANALYSE), ("clip.mp4", video(tmp_path))))
    first, card = job(test), application().models.card
    choose(test, "Model", 1)
    other = str(chosen(test, "Model")[0])
    assert other != first.request.model
    assert test.button(key="analyse").label == "Analyse with these settings"
    assert "The result below is still of the model" in texts(test)
    assert card(first.request.model).title in subject(test)
    assert card(other).title not in subject(test)
    areas = metrics(test)
    analysed(test)
    assert here(test).analysis != first.id
    assert job(test).request.model == other
    assert card(other).title in subject(test)
    assert metrics(test) != areas
    assert "analyse" not in [button.key for button in test.button]


def test_the_second_analysis_of_a_clip_by_a_model_is_the_first(tmp_path: Path, quick: list[str]) -> None:
    data = video(tmp_path)
    first = analysed(upload(opened(ANALYSE), ("clip.mp4", data)))
    second = upload(opened(ANALYSE), ("the-same.mp4", data))
    assert here(second).analysis == here(first).analysis, "what is known of a clip is shown at once"
    assert metrics(second) == metrics(first)
    assert len(application().analyses.recent(10)) == 1
    assert len(quick) == 1


@pytest.mark.usefixtures("quick")
def test_a_calibration_typed_in_belongs_to_the_clip(tmp_path: Path) -> None:
    test = analysed(upload(opened(ANALYSE), ("clip.mp4", video(tmp_path))))
    type_spacing(test, 0.1)
    figures = metrics(test)
    assert any("mm²" in value for value in figures.values())
    go(test, "pages/models.py")
    go(test, ANALYSE)
    assert metrics(test) == figures
    other = opened(ANALYSE, analysis=here(test).analysis)
    assert metrics(other) == figures
    assert next(one for one in other.number_input if "along depth" in one.label).value == 0.1
    type_spacing(other, 0.2)
    test.run()
    assert metrics(test) == metrics(other) != figures
    assert next(one for one in test.number_input if "along depth" in one.label).value == 0.2
    calibrate(test, "None: areas in px²")
    assert record(test).calibration is None
    assert not any("mm²" in value for value in metrics(test).values())


@pytest.mark.usefixtures("quick")
def test_a_patients_code_files_the_clip_under_todays_visit(tmp_path: Path) -> None:
    test = analysed(upload(opened(ANALYSE), ("clip.mp4", video(tmp_path))))
    assert "No patient's code" in texts(test)
    field = next(one for one in test.text_input if one.label == "Patient's code")
    field.set_value("S012").run()
    assert not test.exception
    assert record(test).subject == "S012"
    assert len(application().library.exams("S012")) == 1
    assert "**Patient S012** · visit " in texts(test)
    next(one for one in test.text_input if one.label == "Patient's code").set_value("no code!").run()
    assert not test.exception
    assert record(test).subject == "S012"
    assert next(one for one in test.text_input if one.label == "Patient's code").value == "S012"


def test_what_was_read_is_shown_and_each_region_has_its_own_calibration(tmp_path: Path) -> None:
    left = {"RegionLocationMinX0": 0, "RegionLocationMaxX1": 21, "RegionLocationMinY0": 0, "RegionLocationMaxY1": 30}
    right = left | {"RegionLocationMinX0": 22, "RegionLocationMaxX1": 44}
    regions = [region(**left), region(**right, PhysicalDeltaX=0.02)]
    path = save(tmp_path / "a.dcm", dataset(GREY, SequenceOfUltrasoundRegions=regions, Manufacturer="ACME"))
    test = upload(opened(ANALYSE), ("clip.dcm", path.read_bytes()))
    assert "What was read" in [one.proto.popover.label for one in test.get("popover")]
    (read,) = [table.value for table in test.table]
    told = dict(zip(read.iloc[:, 0], read.iloc[:, 1], strict=True))
    assert told["machine"] == "ACME"
    assert "none" in told["calibration"]
    assert "0.2 x 0.2 mm" in told["region 1"].replace("\\", "")
    way = next(radio for radio in test.radio if "Calibration" in radio.label)
    assert way.value == "None: areas in px²"
    calibrate(test, "Region 2 of the file")
    assert "In force: 0.2 x 0.1 mm per pixel" in texts(test)
    assert "for x 0-21, y 0-30 alone" in texts(test)


def test_a_default_of_the_file_is_used_only_once_it_is_chosen(tmp_path: Path) -> None:
    path = save(tmp_path / "a.dcm", dataset(GREY, PixelSpacing=["1", "1"]))
    test = upload(opened(ANALYSE), ("clip.dcm", path.read_bytes()))
    way = next(radio for radio in test.radio if "Calibration" in radio.label)
    assert way.value == "None: areas in px²"
    calibrate(test, "What the file suggests")
    assert "In force: 1 x 1 mm per pixel" in texts(test)


@pytest.mark.usefixtures("quick")
def test_a_clip_whose_files_are_gone_still_shows_its_figures(tmp_path: Path) -> None:
    test = analysed(upload(opened(ANALYSE), ("clip.mp4", video(tmp_path))))
    figures = metrics(test)
    for kept in ("clips", "previews"):
        application().objects.remove(kept)
    application().library.forget_files(here(test).clip, actor="", now=datetime.now(UTC))
    later = opened(ANALYSE, analysis=here(test).analysis)
    assert metrics(later) == figures
    type_spacing(later, 0.1)
    assert any("mm²" in value for value in metrics(later).values())


@pytest.mark.usefixtures("quick")
def test_corrections_count_where_the_clips_files_are_gone(tmp_path: Path) -> None:
    test = analysed(upload(opened(ANALYSE), ("clip.mp4", video(tmp_path))))
    store, clip = application().annotations, record(test)
    mask = np.zeros((clip.height, clip.width), np.bool_)
    mask[40:80, 60:140] = True
    outline = exported(mask, 2, clip)
    store.save(outline.annotation, outline.image())
    application().objects.remove("clips")
    application().library.forget_files(clip.sha256, actor="", now=datetime.now(UTC))
    later = opened(ANALYSE, analysis=here(test).analysis)
    assert any("Use 1 corrected outline" in toggle.label for toggle in later.toggle)
    assert metrics(later)["Largest area"] == "3,200 px²"
    assert metrics(test)["Largest area"] != "3,200 px²"


@pytest.mark.usefixtures("quick")
def test_images_unlike_the_training_images_are_warned_of_before_the_result_and_with_it(tmp_path: Path) -> None:
    test = upload(opened(ANALYSE), ("clip.mp4", video(tmp_path)))
    unlike = "These images are unlike those the model was trained on"
    assert unlike in texts(test), "a grey area is no ultrasound image"
    assert "analyse" in [button.key for button in test.button]
    analysed(test)
    assert texts(test).count(unlike) == 1, "above the result, and not once more in the form"
    for kept in ("clips", "previews"):
        application().objects.remove(kept)
    application().library.forget_files(here(test).clip, actor="", now=datetime.now(UTC))
    assert texts(opened(ANALYSE, analysis=here(test).analysis)).count(unlike) == 1, "though nobody can look any more"


@pytest.mark.usefixtures("quick")
def test_the_demo_clip_is_like_the_training_images() -> None:
    test = upload(opened(ANALYSE), ("clip.mp4", DEMO_CLIP.read_bytes()))
    assert "unlike" not in texts(test)
