"""Random analyses as a model gives them."""

from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from nerveapp.analysis.series import summarise
from nerveapp.domain.analysis import Analysis
from nerveapp.domain.calibration import Calibration, CalibrationOrigin, Region
from nerveapp.domain.clip import ClipInfo
from nerveapp.domain.measurement import FrameMeasurement, Morphometry
from nerveapp.domain.segmentation import Flag, PackedMask
from nerveapp.domain.view import View
from tests.fakes import CARD

WIDTH, HEIGHT = 12, 9
SHA256 = "c" * 64

_lengths = st.floats(0.1, 1e4, allow_nan=False)
_shapes = st.builds(Morphometry, _lengths, _lengths, _lengths, _lengths, _lengths, _lengths)
_text = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20)
_where = st.sampled_from([(None, ()), (Region(1, 2, 5, 7), ()), (Region(1, 2, 5, 7), (Region(1, 2, 3, 3),))])
_calibrations = st.builds(
    lambda row, column, origin, detail, where: Calibration(row, column, origin, detail, *where),
    st.floats(0.01, 1),
    st.floats(0.01, 1),
    st.sampled_from(CalibrationOrigin),
    _text,
    _where,
)
_clips = st.builds(
    ClipInfo,
    name=_text,
    sha256=st.just(SHA256),
    format=_text,
    width=st.just(WIDTH),
    height=st.just(HEIGHT),
    frame_count=st.one_of(st.none(), st.integers(1, 10)),
    calibration=st.one_of(st.none(), _calibrations),
    timed=st.booleans(),
    notes=st.lists(_text, max_size=2).map(tuple),
    names=st.lists(_text, max_size=2).map(tuple),
    regions=st.lists(_calibrations, max_size=2).map(tuple),
    suggestion=st.one_of(st.none(), _calibrations),
    affine=st.one_of(st.none(), st.just(((1.0, 0.0, 0.5, 2.0),) * 4)),
    details=st.lists(st.tuples(_text, _text), max_size=2).map(tuple),
)
_masks = arrays.arrays(bool, (HEIGHT, WIDTH)).map(PackedMask.pack)


@st.composite
def _frames(draw: st.DrawFn, index: int) -> FrameMeasurement:
    shape = draw(st.one_of(st.none(), _shapes))
    return FrameMeasurement(
        frame=index,
        time_s=index / 3,
        px=shape,
        mm=None,
        displacement_px=draw(st.one_of(st.none(), _lengths)) if shape else None,
        displacement_mm=None,
        echo_intensity=draw(st.floats(0, 255)) if shape else None,
        hypoechoic_fraction=draw(st.floats(0, 1)) if shape else None,
        confidence=draw(st.floats(0, 1)),
        flags=tuple(draw(st.sets(st.sampled_from(Flag)))),
    )


@st.composite
def analyses(draw: st.DrawFn) -> Analysis:
    """An analysis of one to four frames."""
    frames = tuple(draw(_frames(index)) for index in range(draw(st.integers(1, 4))))
    clip = draw(_clips)
    return Analysis(
        clip=clip,
        view=View(),
        calibration=None,
        model=CARD,
        engine="fake on cpu",
        frames=frames,
        masks=tuple(draw(_masks) for _ in frames),
        summary=summarise(frames, None, clip),
        truncation=draw(st.one_of(st.none(), _text)),
        seconds=draw(st.floats(0, 1e4)),
    )
