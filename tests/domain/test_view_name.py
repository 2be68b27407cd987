import pytest

from nerveapp.domain.view import Nerve, Side, Site, View
from nerveapp.domain.view_name import view_of_name, view_with_name


@pytest.mark.parametrize(
    ("name", "view"),
    [
        ("S012_median_wrist_left.mp4", View(Nerve.MEDIAN, Site.WRIST, Side.LEFT)),
        ("R Ulnar-Elbow 3.dcm", View(Nerve.ULNAR, Site.ELBOW, Side.RIGHT)),
        ("peroneal fibular head li.avi", View(Nerve.FIBULAR, Site.FIBULAR_HEAD, Side.LEFT)),
        ("fibular_fibular-head_left.mp4", View(Nerve.FIBULAR, Site.FIBULAR_HEAD, Side.LEFT)),
        ("peroneal_fibula_re.avi", View(Nerve.FIBULAR, Site.FIBULAR_HEAD, Side.RIGHT)),
        ("median-pronator-quadratus-R.mp4", View(Nerve.MEDIAN, Site.PRONATOR_QUADRATUS, Side.RIGHT)),
        ("ulnar below elbow left.mp4", View(Nerve.ULNAR, Site.BELOW_ELBOW, Side.LEFT)),
        ("median wrist.mp4", View(Nerve.MEDIAN, Site.WRIST)),
        ("median_wrist_left_right.mp4", View(Nerve.MEDIAN, Site.WRIST)),
        ("median_malleolus_left.mp4", View(Nerve.MEDIAN, side=Side.LEFT)),
        ("wrist ulnar and median.mp4", View()),
        ("wrist.mp4", View()),
        ("clip.mp4", View()),
        ("R1_0001.mp4", View()),
        ("re-scan.mp4", View()),
        ("L4.avi", View()),
        ("left.mp4", View(side=Side.LEFT)),
        ("median_R1.mp4", View(Nerve.MEDIAN)),
        ("", View()),
        ("median_a_l'avant-bras_right.mp4", View(Nerve.MEDIAN, side=Side.RIGHT)),
        ("median_a_l_avant-bras.mp4", View(Nerve.MEDIAN)),
        ("right_handed_median_wrist.mp4", View(Nerve.MEDIAN, Site.WRIST)),
        ("median_wrist_right-handed_left.mp4", View(Nerve.MEDIAN, Site.WRIST, Side.LEFT)),
        ("median_wrist_not_left.mp4", View(Nerve.MEDIAN, Site.WRIST)),
        ("median_wrist_l_12_5.mp4", View(Nerve.MEDIAN, Site.WRIST)),
        ("ulnar_artery_wrist.mp4", View()),
        ("arteria ulnaris, median wrist.mp4", View(Nerve.MEDIAN, Site.WRIST)),
        ("tibialis anterior muscle.mp4", View()),
        ("nervus tibialis malleolus.mp4", View(Nerve.TIBIAL, Site.MALLEOLUS)),
        ("median_wrist_re-scan.mp4", View(Nerve.MEDIAN, Site.WRIST)),
        ("median_wrist_re.mp4", View(Nerve.MEDIAN, Site.WRIST, Side.RIGHT)),
        ("ulnar_elbow_L 12-5.mp4", View(Nerve.ULNAR, Site.ELBOW)),
        ("S01_ulnar_elbow_L_2.mp4", View(Nerve.ULNAR, Site.ELBOW, Side.LEFT)),
        ("median_wrist_L_2026-01-05.mp4", View(Nerve.MEDIAN, Site.WRIST, Side.LEFT)),
    ],
)
def test_a_name_tells_the_view_as_far_as_it_is_clear(name: str, view: View) -> None:
    assert view_of_name(name) == view


def test_a_name_fills_in_what_was_not_said() -> None:
    name = "ulnar_elbow_left.mp4"
    assert view_with_name(View(side=Side.RIGHT), name) == View(Nerve.ULNAR, Site.ELBOW, Side.RIGHT)
    assert view_with_name(View(Nerve.MEDIAN, Site.WRIST), name) == View(Nerve.MEDIAN, Site.WRIST, Side.LEFT)
    assert view_with_name(View(Nerve.MEDIAN, Site.WRIST, Side.RIGHT), name) == View(
        Nerve.MEDIAN, Site.WRIST, Side.RIGHT
    )
    assert view_with_name(View(Nerve.ULNAR), name) == View(Nerve.ULNAR, Site.ELBOW, Side.LEFT), "its site, where unsaid"
    assert view_with_name(View(Nerve.MEDIAN), name) == View(Nerve.MEDIAN, side=Side.LEFT), "of that nerve alone"
