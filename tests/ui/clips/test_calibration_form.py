from nerveapp.domain.calibration import Calibration, CalibrationOrigin
from nerveapp.domain.clip import ClipInfo
from nerveapp.ui.clips.calibration_form import from_the_file

DEMO = Calibration(0.08, 0.08, CalibrationOrigin.PHANTOM, "demo")
TYPED = Calibration(0.1, 0.1, CalibrationOrigin.TYPED)
REGION = Calibration(0.05, 0.05, CalibrationOrigin.DICOM_REGION)


def info(calibration: Calibration | None = None) -> ClipInfo:
    return ClipInfo("clip", "a" * 64, "fake", 60, 40, 30, calibration)


def test_what_a_clip_came_with_can_be_chosen_again_after_another_was_tried() -> None:
    assert from_the_file(info(), [DEMO]) == {"As it came": DEMO}
    assert from_the_file(info(), [DEMO, TYPED, None]) == {"As it came": DEMO}


def test_what_a_person_gave_is_not_taken_for_what_it_came_with() -> None:
    assert from_the_file(info(), [None, TYPED]) == {}
    assert from_the_file(info(REGION), [REGION, TYPED]) == {"From the file": REGION}
