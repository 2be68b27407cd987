"""What stored greys mean and how they are shown: tables, windows, inversion, padding, functional groups."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from nerveapp.errors import ClipError
from nerveapp.io.readers.in_process import open_in_process as open_clip
from tests.io.readers.dicom_files import GREY, dataset, save

DEEP = GREY.astype(np.uint16) * 16
TWELVE_BITS: dict[str, Any] = {"BitsStored": 12, "HighBit": 11}


def shown(path: Path) -> npt.NDArray[np.int64]:
    return np.stack([frame.image for frame in open_clip(path).frames()]).astype(np.int64)


def table(entries: Any, *, first: int = 0, bits: int = 8, packed: bool = False) -> Sequence:
    """A table as it stands in a file; packed, it has a byte an entry."""
    item = Dataset()
    item.add_new("LUTDescriptor", "US", [len(entries) % 2**16, first % 2**16, bits])
    item.add_new("LUTData", "OW", np.asarray(entries).astype("u1" if packed else "<u2").tobytes())
    return Sequence([item])


GAMMA = np.rint(255 * (np.arange(4096) / 4095) ** 0.4)
DOWNWARD = np.arange(256)[::-1]


@pytest.mark.parametrize(
    ("pixels", "elements", "expected"),
    [
        (DEEP, TWELVE_BITS | {"VOILUTSequence": table(GAMMA)}, GAMMA[DEEP]),
        (DEEP, TWELVE_BITS | {"VOILUTSequence": table(GAMMA, packed=True)}, GAMMA[DEEP]),
        (DEEP, TWELVE_BITS | {"VOILUTSequence": table(GAMMA[100:2000], first=100)}, GAMMA[DEEP.clip(100, 1999)]),
        (
            DEEP,
            TWELVE_BITS | {"VOILUTSequence": table(GAMMA, first=-100), "RescaleSlope": 1, "RescaleIntercept": -100},
            GAMMA[DEEP],
        ),
        (GREY, {"VOILUTSequence": table(DOWNWARD)}, 255 - GREY),
        (GREY, {"ModalityLUTSequence": table(DOWNWARD)}, 255 - GREY),
        (GREY, {"ModalityLUTSequence": table(DOWNWARD), "VOILUTSequence": table(DOWNWARD)}, GREY),
        (
            DEEP,
            TWELVE_BITS
            | {
                "ModalityLUTSequence": table(np.arange(4096)[::-1], bits=16),
                "WindowCenter": 2048,
                "WindowWidth": 4096,
            },
            np.rint((4095 - DEEP) / 4095 * 255),
        ),
        (
            DEEP,
            TWELVE_BITS | {"WindowCenter": 2000, "WindowWidth": 1000, "VOILUTFunction": "SIGMOID"},
            np.rint(255 / (1 + np.exp(-4 * (DEEP - 2000.0) / 1000))),
        ),
        (
            DEEP,
            TWELVE_BITS | {"WindowCenter": 2000, "WindowWidth": 4000, "VOILUTFunction": "LINEAR_EXACT"},
            np.rint(DEEP.clip(0, 4000) / 4000 * 255),
        ),
    ],
    ids=range(10),
)
def test_tables_and_curves_of_the_file_are_followed(
    tmp_path: Path, pixels: Any, elements: dict[str, Any], expected: Any
) -> None:
    path = save(tmp_path / "a", dataset(pixels, **elements))
    assert np.abs(shown(path) - np.asarray(expected, np.int64)).max() <= 1


def test_what_is_to_be_shown_inverted_is_inverted_once(tmp_path: Path) -> None:
    for name, data in (
        ("a", dataset(255 - GREY, PresentationLUTShape="INVERSE")),
        ("b", dataset(255 - GREY, "MONOCHROME1", PresentationLUTShape="INVERSE")),
        ("c", dataset(255 - GREY, "MONOCHROME1")),
        ("d", dataset(GREY, PresentationLUTShape="IDENTITY")),
    ):
        assert (shown(save(tmp_path / name, data)) == GREY).all(), name


@pytest.mark.parametrize(
    ("padding", "elements"),
    [(65535, {}), (60000, {"PixelPaddingRangeLimit": 65535}), (0x8000, {"PixelRepresentation": 1})],
)
def test_padding_is_black_and_no_part_of_the_range(tmp_path: Path, padding: int, elements: dict[str, Any]) -> None:
    padded = DEEP.copy()
    padded[:, :, :8] = padding
    data = dataset(padded, **elements)
    data.add_new("PixelPaddingValue", "US", padding)
    left = DEEP[:, :, 8:].astype(float)
    scaled = np.rint((left - left.min()) * 255 / (left.max() - left.min()))
    found = shown(save(tmp_path / "a", data))
    assert (found[:, :, :8] == 0).all()
    assert np.abs(found[:, :, 8:] - scaled).max() <= 1


def test_a_table_without_entries_is_none(tmp_path: Path) -> None:
    for number, sequence in enumerate((Sequence([]), Sequence([Dataset()]), Sequence([table(DOWNWARD)[0]]))):
        if number == 2:
            del sequence[0].LUTData
        assert (shown(save(tmp_path / f"{number}", dataset(GREY, VOILUTSequence=sequence))) == GREY).all()


def test_a_table_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    cut = table(GAMMA)
    cut[0].LUTData = cut[0].LUTData[:1000]
    with pytest.raises(ClipError, match="impossible way"):
        open_clip(save(tmp_path / "a", dataset(DEEP, **TWELVE_BITS, VOILUTSequence=cut)))


def group(**sequences: dict[str, Any]) -> Dataset:
    """A functional group of sequences with an item each."""
    found = Dataset()
    for keyword, elements in sequences.items():
        item = Dataset()
        for name, value in elements.items():
            setattr(item, name, value)
        setattr(found, keyword, Sequence([item]))
    return found


def test_a_window_of_the_functional_groups_counts_where_it_is_one(tmp_path: Path) -> None:
    window = {"WindowCenter": 1000, "WindowWidth": 2001}
    shared = group(FrameVOILUTSequence=window, PixelValueTransformationSequence={"RescaleSlope": 0.5})
    data = dataset(DEEP, **TWELVE_BITS, SharedFunctionalGroupsSequence=Sequence([shared]))
    assert np.abs(shown(save(tmp_path / "a", data)) - np.rint(DEEP / 4000 * 255).clip(0, 255)).max() <= 1
    differing = [group(FrameVOILUTSequence=window | {"WindowCenter": 900 + index}) for index in range(len(DEEP))]
    data = dataset(DEEP, **TWELVE_BITS, PerFrameFunctionalGroupsSequence=Sequence(differing))
    assert (found := shown(save(tmp_path / "b", data))).min() == 0
    assert found.max() == 255


@pytest.mark.parametrize("centre", [-3000, 60000])
def test_a_window_that_shows_nothing_is_another_pictures(tmp_path: Path, centre: int) -> None:
    data = dataset(DEEP, **TWELVE_BITS, WindowCenter=centre, WindowWidth=200)
    found = shown(save(tmp_path / "a", data))
    assert (found.min(), found.max()) == (0, 255)


def test_a_value_that_is_no_number_takes_no_window_away(tmp_path: Path) -> None:
    values = DEEP.astype(np.float32)
    values[:, 0, 0] = np.nan
    data = dataset(values, WindowCenter=2000, WindowWidth=4001)
    del data.PixelData
    data.FloatPixelData = values.tobytes()
    found = shown(save(tmp_path / "a", data))
    assert np.abs(found - np.rint(DEEP / 4000 * 255).clip(0, 255))[:, 1:].max() <= 1


def frames_at(*moments: int, **others: list[Any]) -> Sequence:
    """Functional groups of frames: when each was taken, and what else it is of."""
    found = []
    for index, moment in enumerate(moments):
        more = {name: values[index] for name, values in others.items()}
        kind = more.pop("DataType", None)
        sequences = {"FrameContentSequence": {"TemporalPositionIndex": moment} | more}
        if kind is not None:
            sequences["ImageDataTypeSequence"] = {"DataType": kind}
        found.append(group(**sequences))
    return Sequence(found)


def test_frames_come_in_the_order_in_which_they_were_taken(tmp_path: Path) -> None:
    data = dataset(GREY, PerFrameFunctionalGroupsSequence=frames_at(4, 3, 1, 2))
    assert (shown(save(tmp_path / "a", data)) == GREY[[2, 3, 1, 0]]).all()
    for number, moments in enumerate(((1, 1, 1, 1), (1, 2, 2, 3), (1, 2, 3))):
        data = dataset(GREY, PerFrameFunctionalGroupsSequence=frames_at(*moments))
        assert (shown(save(tmp_path / f"{number}", data)) == GREY).all(), "no order to go by"


@pytest.mark.parametrize(
    ("others", "what"),
    [
        ({"InStackPositionNumber": [1, 2, 1, 2]}, "2 slices of each moment"),
        ({"StackID": ["a", "b", "a", "b"]}, "2 stacks"),
        ({"DataType": ["TISSUE_INTENSITY", "FLOW_VELOCITY"] * 2}, "2 kinds of picture"),
    ],
)
def test_several_pictures_of_one_moment_are_no_clip(tmp_path: Path, others: dict[str, list[Any]], what: str) -> None:
    data = dataset(GREY, PerFrameFunctionalGroupsSequence=frames_at(1, 1, 2, 2, **others))
    with pytest.raises(ClipError, match=what):
        open_clip(save(tmp_path / "a", data))
    sweep = dataset(GREY, PerFrameFunctionalGroupsSequence=frames_at(1, 2, 3, 4, **others))
    assert len(shown(save(tmp_path / "b", sweep))) == 4
