"""Where the cut-offs and means beside differences and ratios are from."""

from __future__ import annotations

from dataclasses import dataclass

from nerveapp.domain.protocols import Station
from nerveapp.domain.view import Nerve, Site

NO_SOURCE = "No source read"

DELTA_SOURCE = (
    "Klauser AS, et al. Carpal tunnel syndrome assessment with US: value of additional cross-sectional area "
    "measurements of the median nerve in patients versus healthy volunteers. Radiology 2009;250(1) (abstract). "
    "doi:10.1148/radiol.2501080397"
)

DELTA_BIFID_SOURCE = (
    "Klauser AS, et al. Bifid median nerve in carpal tunnel syndrome: assessment with US cross-sectional area "
    "measurement. Radiology 2011 (abstract). doi:10.1148/radiol.11101644"
)

FOREARM_RATIO_SOURCE = (
    "Mean and range: Bae DW, An JY. Cross-sectional area reference values for high-resolution ultrasonography of "
    "the upper extremity nerves in healthy Asian adults. Medicine (Baltimore) 2021;100(18):e25812, table 1. "
    "doi:10.1097/MD.0000000000025812. Cut-off: in use; its source was not read"
)

SWELLING_SOURCE = (
    "Yoon JS, Walker FO, Cartwright MS. Ultrasonographic swelling ratio in the diagnosis of ulnar neuropathy at "
    "the elbow. Muscle & Nerve 2008;38(4):1231–1235 (abstract)"
)

_VOLTAN = (
    "Voltan G, et al. Ultrasound reference values for peripheral nerve cross-sectional areas and indices in a "
    "sample of healthy individuals in Brazil. Radiologia Brasileira 2022;55(6):337–345 (abstract). "
    "doi:10.1590/0100-3984.2022.0020"
)


@dataclass(frozen=True, slots=True)
class Asymmetry:
    """How far the two sides may differ at one station.

    Parameters
    ----------
    cut_off_mm2 : float
        Difference between the sides, mm².
    remark : str
        How sure that is.
    source : str
    """

    cut_off_mm2: float
    remark: str
    source: str


ASYMMETRIES = {
    Station(Nerve.MEDIAN, Site.WRIST): Asymmetry(
        2.5, "Mean ± SD of the difference in 66 healthy adults in Brazil: 0.85 ± 0.7 mm².", _VOLTAN
    ),
    Station(Nerve.ULNAR, Site.ELBOW): Asymmetry(
        2.5, "Mean ± SD of the difference in 66 healthy adults in Brazil: 0.81 ± 0.62 mm².", _VOLTAN
    ),
    Station(Nerve.FIBULAR, Site.FIBULAR_HEAD): Asymmetry(
        1.7,
        "Symptomatic minus other side: sensitivity 83 %, specificity 97 % in 20 patients and 30 healthy controls. Mean "
        "± SD of the difference in 66 healthy adults in Brazil: 1.0 ± 0.77 mm², which reaches that cut-off.",
        "Diagnostic cutoff value for ultrasonography of the common fibular neuropathy at the fibular head. Annals of "
        "Rehabilitation Medicine 2016;40(6):1057–1063 (abstract). doi:10.5535/arm.2016.40.6.1057. Healthy: " + _VOLTAN,
    ),
    Station(Nerve.RADIAL, Site.SPIRAL_GROOVE): Asymmetry(
        1.75,
        "Symptomatic minus other side: sensitivity 59 %, specificity 100 % in 17 patients and 30 healthy controls.",
        "Song, Yoo, Won, Park, Rhee. Investigation of the diagnostic value of ultrasonography for radial neuropathy "
        "located at the spiral groove. Annals of Rehabilitation Medicine 2018;42(4):601–608 (abstract). "
        "doi:10.5535/arm.2018.42.4.601",
    ),
}
"""The stations for which a source was read. The ulnar "pre-tunnel" site of Voltan et al. is left out: where it is, the
abstract does not say."""

INTRANERVE_SOURCE = (
    "Definition: Padua L, et al. Intra- and internerve cross-sectional area variability: new ultrasound measures. "
    "Muscle & Nerve 2012;45(5):730–733. doi:10.1002/mus.23252. Means: Kerasnoudis A, et al. Cross sectional area "
    "reference values for sonography of peripheral nerves and brachial plexus. Clinical Neurophysiology "
    "2013;124(9):1881–1888. doi:10.1016/j.clinph.2013.03.007 (abstracts)"
)

INTRANERVE_MEANS = {Nerve.ULNAR: "1.53 ± 0.51", Nerve.FIBULAR: "1.33 ± 0.37", Nerve.TIBIAL: "1.39 ± 0.39"}
"""The abstract's value for the median nerve, 1.05 ± 0.13, is left out: it cannot be reconciled with a mean wrist-to-
forearm ratio of 1.57."""

MEDIAN_TO_ULNAR_SOURCE = (
    "Cut-off 1.79, worse: Yurdakul OV, Mesci N, Çetinkaya Y, Geler Külcü D. Diagnostic significance of "
    "ultrasonographic measurements and median-ulnar ratio in carpal tunnel syndrome: correlation with nerve "
    "conduction studies. J Clin Neurol 2016;12(3):289–294. doi:10.3988/jcn.2016.12.3.289. Cut-off 2.09, "
    "comparable: Clinical Neurophysiology 2018, PubMed 30216907. Cut-off 2.97, slightly better: Diagnostic "
    "utility of median nerve CSA to ulnar nerve CSA ratio in the diagnosis of mild idiopathic carpal tunnel "
    "syndrome. 2020. doi:10.1186/s43166-020-00035-0 (abstracts)"
)
