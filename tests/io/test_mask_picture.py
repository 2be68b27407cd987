"""A mask is what a viewer shows, or it is refused with the values found."""

import io
import resource
import struct
from collections.abc import Callable
from typing import Any

import cv2
import imagecodecs
import numpy as np
import numpy.typing as npt
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from nerveapp.io.mask_decoding import MaskError, size_of
from nerveapp.io.mask_picture import read_mask

HEIGHT, WIDTH = 64, 96
ROWS, COLUMNS = np.mgrid[:HEIGHT, :WIDTH]
NERVE = (ROWS - 30) ** 2 + (COLUMNS - 50) ** 2 <= 144
VESSEL = (ROWS - 10) ** 2 + (COLUMNS - 15) ** 2 <= 36
SHAPE = NERVE.astype(np.uint8)
GREYS = np.arange(256, dtype=np.uint8)
VOC = bytes([0, 0, 0, 128, 0, 0, 0, 128, 0, 128, 128, 0]) + bytes(3 * 252)


def saved(picture: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    data = io.BytesIO()
    picture.save(data, kind, **options)
    return data.getvalue()


def png(values: npt.NDArray[Any]) -> bytes:
    return cv2.imencode(".png", values)[1].tobytes()


def tiff(values: npt.NDArray[Any], **options: Any) -> bytes:
    data = io.BytesIO()
    tifffile.imwrite(data, values, **options)
    return data.getvalue()


def with_palette(indices: npt.NDArray[np.uint8], palette: bytes) -> Image.Image:
    picture = Image.fromarray(indices, "P")
    picture.putpalette(palette)
    return picture


def layered(values: npt.NDArray[Any], alpha: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return np.dstack([values, values, values, alpha]).astype(np.uint8)


INVERTING = bytes(np.repeat(GREYS[::-1], 3))
SOFT = cv2.resize(cv2.resize(SHAPE * np.uint8(255), None, fx=0.5, fy=0.5), (WIDTH, HEIGHT))
WHITE = np.full_like(SHAPE, 255)

PLAIN: dict[str, bytes] = {
    "1": png(SHAPE),
    "128": png(SHAPE * np.uint8(128)),
    "255": png(SHAPE * np.uint8(255)),
    "one bit": saved(Image.fromarray(NERVE)),
    "white on black as RGB": png(np.dstack([SHAPE] * 3) * np.uint8(255)),
    "1 as RGB": png(np.dstack([SHAPE] * 3)),
    "red on black": png(np.dstack([SHAPE * 0, SHAPE * 0, SHAPE * 200])),
    "16 bits, 1": png(SHAPE.astype(np.uint16)),
    "16 bits, 65535": png(SHAPE.astype(np.uint16) * np.uint16(65535)),
    "16 bits as RGB, 1": png(np.dstack([SHAPE.astype(np.uint16)] * 3)),
    "16 bits with an opaque layer, 1": png(
        np.dstack([*[SHAPE.astype(np.uint16)] * 3, np.full(SHAPE.shape, 65535, np.uint16)])
    ),
    "16 bits as grey with an opaque layer, 1": bytes(
        imagecodecs.png_encode(np.dstack([SHAPE.astype(np.uint16), np.full(SHAPE.shape, 65535, np.uint16)]))
    ),
    "white everywhere, transparent outside": png(layered(WHITE, SHAPE * 255)),
    "black everywhere, transparent outside": png(layered(SHAPE * 0, SHAPE * 255)),
    "white on black, opaque": png(layered(SHAPE * 255, WHITE)),
    "white on black, transparent at the border": png(layered(SHAPE * 255, np.where(ROWS < 3, 0, 255))),
    "grey with transparency": saved(Image.fromarray(np.dstack([WHITE, SHAPE * 255]), "LA")),
    "a palette's first colour": saved(with_palette(SHAPE, VOC)),
    "a palette's third colour": saved(with_palette(SHAPE * np.uint8(3), VOC)),
    "a palette with a transparent background": saved(with_palette(SHAPE, VOC), transparency=0),
    "a palette with a white background": saved(with_palette(SHAPE, bytes([255] * 3 + [200, 0, 0]) + bytes(3 * 254))),
    "quantised, with black second": saved(
        with_palette(np.uint8(1) - SHAPE, bytes([200, 0, 0, 0, 0, 0]) + bytes(3 * 254))
    ),
    "ImageJ's inverting palette": saved(with_palette(SHAPE * np.uint8(255), INVERTING)),
    "an inverting palette over black": saved(with_palette((np.uint8(1) - SHAPE) * np.uint8(255), INVERTING)),
    "two shades, white first": saved(with_palette(SHAPE, bytes([255] * 3 + [0] * 3) + bytes(3 * 254))),
    "ImageJ's inverting TIFF": tiff(SHAPE * np.uint8(255), photometric="miniswhite"),
    "TIFF": tiff(SHAPE * np.uint8(255)),
    "TIFF of floats": tiff(SHAPE.astype(np.float32)),
    "TIFF of 16 bits": tiff(SHAPE.astype(np.uint16) * np.uint16(4095)),
    "TIFF with a palette": tiff(
        SHAPE, photometric="palette", colormap=np.array([[0, 65535] + [0] * 254] * 3, np.uint16)
    ),
    "TIFF with a palette of bytes": tiff(
        SHAPE, photometric="palette", colormap=np.array([[0, 128] + [0] * 254] + [[0] * 256] * 2, np.uint16)
    ),
    "TIFF with transparency": tiff(layered(WHITE, SHAPE * 255), photometric="rgb", extrasamples=["unassalpha"]),
    "TIFF on its side": tiff(np.rot90(SHAPE).copy() * np.uint8(255), extratags=[(274, "H", 1, 6, True)]),
    "BMP": saved(Image.fromarray(SHAPE * np.uint8(255)), "BMP"),
}  # fmt: skip


@pytest.mark.parametrize("kind", PLAIN)
def test_one_shape_on_a_background_is_the_nerve_whatever_marks_it(kind: str) -> None:
    assert size_of(PLAIN[kind]) == (WIDTH, HEIGHT)
    found = read_mask(PLAIN[kind])
    assert found.nerve.dtype == np.bool_
    np.testing.assert_array_equal(found.nerve, NERVE)


@pytest.mark.parametrize(
    "data",
    [png(SOFT), saved(Image.fromarray(SHAPE * np.uint8(255)), "JPEG"), png(SOFT.astype(np.uint16) * np.uint16(257)),
     png(layered(WHITE, SOFT))],
    ids=["resized", "JPEG", "16 bits", "soft opacity"],
)  # fmt: skip
def test_soft_edges_are_cut_at_half_and_said(data: bytes) -> None:
    found = read_mask(data)
    assert "soft edges" in found.remark
    assert (found.nerve ^ NERVE).sum() < 0.1 * NERVE.sum()
    assert abs(int(found.nerve.sum()) - int(NERVE.sum())) < 0.05 * NERVE.sum()


def test_documented_labels_are_nerve_and_vessel() -> None:
    both = SHAPE + 2 * VESSEL.astype(np.uint8)
    for data in (png(both), saved(with_palette(both, VOC))):
        found = read_mask(data)
        assert found.vessel is not None
        np.testing.assert_array_equal(found.nerve, NERVE)
        np.testing.assert_array_equal(found.vessel, VESSEL)
    alone = read_mask(png(2 * VESSEL.astype(np.uint8)))
    assert alone.vessel is not None
    assert not alone.nerve.any()
    assert read_mask(png(SHAPE)).vessel is not None
    for data in (PLAIN["255"], PLAIN["128"], PLAIN["a palette's first colour"], png(SHAPE * 0)):
        assert read_mask(data).vessel is None


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (png(SHAPE * np.uint8(3)), "the label 3"),
        (png(SHAPE + 3 * VESSEL.astype(np.uint8)), "values 0, 1, 3"),
        (png(SHAPE * np.uint8(255) + 3 * VESSEL.astype(np.uint8)), "values 0, 3, 255"),
        (png(SHAPE * np.uint8(255) + 128 * VESSEL.astype(np.uint8)), "values 0, 128, 255"),
        (png(SHAPE * np.uint8(100) + 50), "values 50, 150"),
        (png(SHAPE.astype(np.uint16) * np.uint16(7)), "the label 7"),
        (saved(with_palette(SHAPE + 3 * VESSEL.astype(np.uint8), VOC)), "#800000, #808000"),
        (png(np.dstack([SHAPE * 0, VESSEL * np.uint8(200), SHAPE * 200])), "#00c800, #c80000"),
        (png(np.dstack([WHITE, WHITE, WHITE - SHAPE * np.uint8(255)])), "a mask holds one colour on black"),
        (png(layered(WHITE, SHAPE * 0)), "transparent throughout"),
        (png(layered(WHITE, 100 + SHAPE * 100)), "opacities 100, 200"),
        (saved(with_palette(SHAPE * 0, INVERTING)), "one shade throughout"),
        (tiff(SHAPE * np.uint8(0), photometric="miniswhite"), "one shade throughout"),
        (tiff(np.stack([SHAPE, SHAPE]), photometric="minisblack"), "holds several pictures"),
        (tiff(SHAPE * np.float32(0.5)), "no whole numbers"),
        (png(SHAPE)[:60], "is damaged"),
    ],
)  # fmt: skip
def test_what_could_mean_several_things_is_refused_with_the_values_found(data: bytes, said: str) -> None:
    with pytest.raises(MaskError, match=said):
        read_mask(data)


def test_a_chunk_that_announces_gigabytes_takes_none() -> None:
    data = bytearray(PLAIN["16 bits as RGB, 1"])
    struct.pack_into(">I", data, data.index(b"IDAT") - 4, 0x6A000000)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(MaskError, match="is damaged"):
        read_mask(bytes(data))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # KiB


def test_a_picture_is_no_mask() -> None:
    rng = np.random.default_rng(0)
    speckle = cv2.GaussianBlur(rng.exponential(40, (HEIGHT, WIDTH)), (0, 0), 1.2)
    for picture in (speckle, np.minimum(3 * speckle, 255), COLUMNS * 2.5, rng.integers(0, 256, (HEIGHT, WIDTH))):
        with pytest.raises(MaskError, match="holds the values"):
            read_mask(png(np.clip(picture, 0, 255).astype(np.uint8)))


@given(value=st.integers(32, 65535), deep=st.booleans(), encode=st.sampled_from([png, tiff]))
def test_any_brightness_marks_the_nerve(value: int, *, deep: bool, encode: Callable[[Any], bytes]) -> None:
    kind = np.uint16 if deep else np.uint8
    marked = value if deep else max(32, value % 256)
    np.testing.assert_array_equal(read_mask(encode(SHAPE.astype(kind) * kind(marked))).nerve, NERVE)


DAMAGED = [PLAIN["255"], PLAIN["ImageJ's inverting palette"], PLAIN["TIFF"], PLAIN["TIFF with a palette"], PLAIN["BMP"],
           PLAIN["16 bits as RGB, 1"], saved(Image.fromarray(SHAPE * np.uint8(255)), "JPEG")]  # fmt: skip


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("piece", range(len(DAMAGED)))
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_damage_ends_in_words(piece: int, data: st.DataObject) -> None:
    content = bytearray(DAMAGED[piece])
    for _ in range(data.draw(st.integers(0, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(content[: data.draw(st.integers(0, len(content)))])
    try:
        if size_of(cut) == (WIDTH, HEIGHT):
            assert read_mask(cut).nerve.shape == (HEIGHT, WIDTH)
    except MaskError as error:
        assert str(error)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_masks_stand_upright_as_clips_do(orientation: int) -> None:
    stored = {
        1: SHAPE, 2: SHAPE[:, ::-1], 3: SHAPE[::-1, ::-1], 4: SHAPE[::-1], 5: SHAPE.T,
        6: np.rot90(SHAPE), 7: np.rot90(SHAPE, 2).T, 8: np.rot90(SHAPE, -1),
    }[orientation]  # fmt: skip
    data = tiff(np.ascontiguousarray(stored) * np.uint8(255), extratags=[(274, "H", 1, orientation, True)])
    assert size_of(data) == (WIDTH, HEIGHT)
    np.testing.assert_array_equal(read_mask(data).nerve, NERVE)


@pytest.mark.parametrize("kind", ["WEBP", "PPM", "JPEG2000"])
def test_masks_of_further_kinds_of_pictures(kind: str) -> None:
    options = {"lossless": True} if kind == "WEBP" else {}
    mask = read_mask(saved(Image.fromarray(SHAPE * np.uint8(255)), kind, **options))
    np.testing.assert_array_equal(mask.nerve, NERVE)
