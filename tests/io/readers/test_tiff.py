"""TIFFs as cameras, scanners and Fiji write them, each against the picture it was made of."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import tifffile

from nerveapp.errors import ClipError
from nerveapp.io.readers.in_process import open_in_process as open_clip
from nerveapp.io.readers.print_resolution import print_dpi

RNG = np.random.default_rng(8)
GREY = RNG.integers(0, 255, (5, 31, 45), dtype=np.uint8)
RGB = RNG.integers(0, 255, (31, 45, 3), dtype=np.uint8)


def tags_of(path: Path, *tags: tuple[int, int, int, bytes], pixels: bytes, width: int, height: int) -> Path:
    """Write a TIFF of one strip with these further entries (tag, type, count, value)."""
    entries = [
        (256, 4, 1, struct.pack("<I", width)), (257, 4, 1, struct.pack("<I", height)),
        (273, 4, 1, b"PIXL"), (278, 4, 1, struct.pack("<I", height)), (279, 4, 1, struct.pack("<I", len(pixels))),
        *tags,
    ]  # fmt: skip
    entries.sort()
    start = 8 + 2 + 12 * len(entries) + 4
    extra, body = b"", b""
    for tag, kind, count, value in entries:
        filled = value
        if len(value) > 4:
            filled = struct.pack("<I", start + len(extra))
            extra += value
        body += struct.pack("<HHI", tag, kind, count) + filled.ljust(4, b"\0")
    body = body.replace(b"PIXL", struct.pack("<I", start + len(extra)))
    head = b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", len(entries))
    path.write_bytes(head + body + bytes(4) + extra + pixels)
    return path


def short(*values: int) -> bytes:
    return struct.pack(f"<{len(values)}H", *values)


def only(path: Path) -> Any:
    (frame,) = open_clip(path).frames()
    return frame.image


def test_four_bits_reach_white(tmp_path: Path) -> None:
    values = RNG.integers(0, 16, (31, 44), dtype=np.uint8)
    packed = (values[:, ::2] << 4 | values[:, 1::2]).tobytes()
    grey = ((258, 3, 1, short(4)), (259, 3, 1, short(1)), (262, 3, 1, short(1)), (277, 3, 1, short(1)))
    assert np.array_equal(only(tags_of(tmp_path / "a", *grey, pixels=packed, width=44, height=31)), values * 17)


def test_uncompressed_ycbcr(tmp_path: Path) -> None:
    import cv2  # noqa: PLC0415

    swapped = cv2.cvtColor(RGB, cv2.COLOR_RGB2YCrCb)[..., [0, 2, 1]]
    colour = (
        (258, 3, 3, short(8, 8, 8)), (259, 3, 1, short(1)), (262, 3, 1, short(6)), (277, 3, 1, short(3)),
        (530, 3, 2, short(1, 1)),
    )  # fmt: skip
    path = tags_of(tmp_path / "a", *colour, pixels=swapped.tobytes(), width=45, height=31)
    assert np.abs(only(path).astype(int) - RGB).max() <= 3


@pytest.mark.parametrize("entries_bits", [8, 16])
def test_colour_map_in_either_range(tmp_path: Path, entries_bits: int) -> None:
    colours = RNG.integers(0, 256, (3, 256), dtype=np.uint16)
    stored = colours if entries_bits == 8 else colours * 257
    tifffile.imwrite(tmp_path / "a", GREY[0], photometric="palette", colormap=stored)
    assert np.array_equal(only(tmp_path / "a"), np.moveaxis(colours, 0, -1)[GREY[0]])


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_applied(tmp_path: Path, orientation: int) -> None:
    upright = GREY[0]
    stored = {
        1: upright, 2: upright[:, ::-1], 3: upright[::-1, ::-1], 4: upright[::-1], 5: upright.T,
        6: np.rot90(upright), 7: np.rot90(upright, 2).T, 8: np.rot90(upright, -1),
    }[orientation]  # fmt: skip
    tag = (274, "H", 1, orientation, True)
    resolution = (100, 200) if orientation < 5 else (200, 100)  # of what is stored, pixels per centimetre
    tifffile.imwrite(
        tmp_path / "a",
        np.ascontiguousarray(stored),
        extratags=[tag],
        resolution=resolution,
        resolutionunit="CENTIMETER",
    )
    assert np.array_equal(only(tmp_path / "a"), upright)
    calibration = open_clip(tmp_path / "a").info.calibration
    assert calibration is not None
    assert (calibration.row_spacing_mm, calibration.column_spacing_mm) == pytest.approx((0.05, 0.1))


@pytest.mark.parametrize("flagged", [True, False])
def test_preview_is_no_frame(tmp_path: Path, flagged: bool) -> None:
    with tifffile.TiffWriter(tmp_path / "a") as writer:
        writer.write(GREY[0, ::2, ::2], subfiletype=1 if flagged else 0)
        for frame in GREY:
            writer.write(frame, contiguous=False)
    clip = open_clip(tmp_path / "a")
    assert [np.array_equal(f.image, GREY[f.index]) for f in clip.frames()] == [True] * 5
    assert "left out: 1" in clip.info.notes[0]


def test_grey_and_colour_pages_of_one_size_stay_in_their_order(tmp_path: Path) -> None:
    with tifffile.TiffWriter(tmp_path / "a") as writer:
        for picture in (GREY[0], RGB, GREY[1]):
            writer.write(picture, photometric="rgb" if picture.ndim == 3 else "minisblack", contiguous=False)
    frames = list(open_clip(tmp_path / "a").frames())
    assert all(np.array_equal(f.image, p) for f, p in zip(frames, (GREY[0], RGB, GREY[1]), strict=True))


@pytest.mark.parametrize("mode", ["composite", "color"])
def test_channels_of_a_colour_picture(tmp_path: Path, mode: str) -> None:
    planes = np.moveaxis(RGB, -1, 0)
    tifffile.imwrite(tmp_path / "a", planes, imagej=True, metadata={"axes": "CYX", "mode": mode})
    clip = open_clip(tmp_path / "a")
    assert np.array_equal(only(tmp_path / "a"), RGB)
    assert "red, green and blue" in clip.info.notes[0]
    both = np.stack([planes, planes[::-1]])
    tifffile.imwrite(tmp_path / "b", both, imagej=True, metadata={"axes": "TCYX", "mode": mode})
    frames = [frame.image for frame in open_clip(tmp_path / "b").frames()]
    assert np.array_equal(np.stack(frames), np.stack([RGB, RGB[..., ::-1]]))


def test_grey_channels_are_frames(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a", GREY[:3], imagej=True, metadata={"axes": "CYX", "mode": "grayscale"})
    clip = open_clip(tmp_path / "a")
    assert len(list(clip.frames())) == 3
    assert "read as frames" in clip.info.notes[0]


@pytest.mark.parametrize("dpi", [72, 96, 150, 300, 600])
@pytest.mark.parametrize("unit", ["INCH", "CENTIMETER"])
def test_print_resolution_is_no_spacing(tmp_path: Path, dpi: int, unit: str) -> None:
    density = dpi if unit == "INCH" else round(dpi / 2.54, 3)
    tifffile.imwrite(tmp_path / "a", GREY[0], resolution=(density, density), resolutionunit=unit)
    assert open_clip(tmp_path / "a").info.calibration is None
    tifffile.imwrite(
        tmp_path / "b", GREY, imagej=True, resolution=(dpi / 2.54,) * 2, metadata={"unit": "cm", "axes": "TYX"}
    )
    assert open_clip(tmp_path / "b").info.calibration is None


@pytest.mark.parametrize("code", ["f", "I", "H"])
def test_a_resolution_that_is_no_fraction_is_none(tmp_path: Path, code: str) -> None:
    extra = [(tag, code, 1, 100, True) for tag in (282, 283)]
    tifffile.imwrite(tmp_path / "a", GREY[0], extratags=extra, resolutionunit="CENTIMETER")
    clip = open_clip(tmp_path / "a")
    assert clip.info.calibration is None
    assert np.array_equal(next(clip.frames()).image, GREY[0])


@pytest.mark.parametrize("densities", [(100, 100, 100), (100, 200, 100)])
def test_pages_of_different_resolution_have_no_spacing(tmp_path: Path, densities: tuple[int, ...]) -> None:
    with tifffile.TiffWriter(tmp_path / "a") as writer:
        for page, density in zip(GREY, densities, strict=False):
            writer.write(page, resolution=(density, density), resolutionunit="CENTIMETER")
    info = open_clip(tmp_path / "a").info
    assert (info.calibration is None) == (len(set(densities)) > 1)
    assert any("different sizes of a pixel" in note for note in info.notes) == (len(set(densities)) > 1)


def test_spacings_of_tissue_are_no_print_resolutions() -> None:
    assert [print_dpi(mm, mm) for mm in (0.05, 0.08, 0.1, 0.0623, 0.12)] == [None] * 5
    assert print_dpi(25.4 / 300, 25.4 / 300) == 300
    assert print_dpi(25.4 / 300, 0.1) is None


def test_imagej_units_may_differ_along_y(tmp_path: Path) -> None:
    metadata = {"unit": "mm", "yunit": "cm", "axes": "TYX"}
    tifffile.imwrite(tmp_path / "a", GREY, imagej=True, resolution=(12.5, 125), metadata=metadata)
    found = open_clip(tmp_path / "a").info.calibration
    assert found is not None
    assert (found.row_spacing_mm, found.column_spacing_mm) == pytest.approx((0.08, 0.08))


@pytest.mark.parametrize(("size", "unit"), [(80, "µm"), (0.08, "mm"), (8e-3, "cm")])
def test_ome_size_and_time(tmp_path: Path, size: float, unit: str) -> None:
    metadata = {
        "axes": "TYX", "PhysicalSizeX": size, "PhysicalSizeXUnit": unit, "PhysicalSizeY": 2 * size,
        "PhysicalSizeYUnit": unit, "TimeIncrement": 40, "TimeIncrementUnit": "ms",
    }  # fmt: skip
    tifffile.imwrite(tmp_path / "a.ome.tif", GREY, metadata=metadata)
    clip = open_clip(tmp_path / "a.ome.tif")
    found = clip.info.calibration
    assert found is not None
    assert (found.row_spacing_mm, found.column_spacing_mm) == pytest.approx((0.16, 0.08))
    assert [frame.time_s for frame in clip.frames()] == pytest.approx([0, 0.04, 0.08, 0.12, 0.16])


@pytest.mark.parametrize(
    ("times", "seconds"),
    [([10, 50, 90, 170, 210], [0, 0.04, 0.08, 0.16, 0.2]), ([10, 50, 40, 90, 130], [0, 1, 2, 3, 4])],
)
def test_ome_times_of_planes(tmp_path: Path, times: list[float], seconds: list[float]) -> None:
    planes = {"DeltaT": times, "DeltaTUnit": ["ms"] * 5}
    tifffile.imwrite(tmp_path / "a.ome.tif", GREY, metadata={"axes": "TYX", "Plane": planes})
    clip = open_clip(tmp_path / "a.ome.tif")
    assert clip.info.timed == (seconds[1] != 1)
    assert [frame.time_s for frame in clip.frames()] == pytest.approx(seconds)


def test_ome_comes_before_resolution_tags_and_a_contradiction_is_told(tmp_path: Path) -> None:
    metadata = {"axes": "TYX", "PhysicalSizeX": 80.0, "PhysicalSizeY": 80.0}
    for density, told in ((125, 0), (50, 1)):
        tifffile.imwrite(
            tmp_path / "a.ome.tif", GREY, metadata=metadata, resolution=(density, density), resolutionunit="CENTIMETER"
        )
        info = open_clip(tmp_path / "a.ome.tif").info
        assert info.calibration is not None
        assert info.calibration.row_spacing_mm == pytest.approx(0.08)
        assert len(info.notes) == told


@pytest.mark.parametrize("dtype", ["uint16", "int16", "uint32", "uint64", "int64", "float32", "float64"])
def test_extreme_values_have_a_window(tmp_path: Path, dtype: str) -> None:
    top = np.finfo(dtype).max if dtype.startswith("f") else np.iinfo(dtype).max
    tifffile.imwrite(tmp_path / "a", np.tile(np.array([0, top], dtype), (16, 8)))
    assert only(tmp_path / "a")[0, :2].tolist() == [0, 255]
    tifffile.imwrite(tmp_path / "b", np.full((16, 16), top, dtype))
    assert len(np.unique(only(tmp_path / "b"))) == 1


def test_strip_that_is_cut_off_is_no_page(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a", np.tile(RGB, (4, 4, 1)), compression="jpeg", photometric="rgb", rowsperstrip=124)
    with tifffile.TiffFile(tmp_path / "a") as tif:
        end = tif.pages[0].dataoffsets[0] + tif.pages[0].databytecounts[0] // 2
    (tmp_path / "a").write_bytes((tmp_path / "a").read_bytes()[:end])
    with pytest.raises(ClipError):
        open_clip(tmp_path / "a")


@pytest.mark.parametrize(
    ("unit", "step_s"), [("usec", 4e-5), ("milliseconds", 0.04), ("min", 2400), ("fortnight", None)]
)
def test_units_of_imagej_frame_interval(tmp_path: Path, unit: str, step_s: float | None) -> None:
    tifffile.imwrite(tmp_path / "a", GREY, imagej=True, metadata={"axes": "TYX", "finterval": 40, "tunit": unit})
    info = open_clip(tmp_path / "a").info
    times = [frame.time_s for frame in open_clip(tmp_path / "a").frames()]
    assert info.timed == (step_s is not None)
    assert times[1] == pytest.approx(1 if step_s is None else step_s)
    assert bool(info.notes) == (step_s is None)


def test_broken_chain_and_loops_end(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a", GREY, compression="zlib")
    data = bytearray((tmp_path / "a").read_bytes())
    first = struct.unpack("<I", data[4:8])[0]
    link = first + 2 + 12 * struct.unpack("<H", data[first : first + 2])[0]
    data[link : link + 4] = struct.pack("<I", first)  # the second page is the first one again
    (tmp_path / "a").write_bytes(bytes(data))
    clip = open_clip(tmp_path / "a")
    assert len(list(clip.frames())) >= 1
    assert clip.truncation is not None


def test_three_deep_channels_are_refused_in_words(tmp_path: Path) -> None:
    deep = GREY[:3].astype(np.uint16)
    tifffile.imwrite(tmp_path / "a", deep, imagej=True, metadata={"axes": "CYX", "mode": "composite"})
    with pytest.raises(ClipError, match="three channels"):
        open_clip(tmp_path / "a")


def test_ome_pages_in_another_order_are_refused(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.ome.tif", GREY, metadata={"axes": "TYX"}, contiguous=False)
    data = (tmp_path / "a.ome.tif").read_bytes()
    start, end = data.index(b"<TiffData"), data.index(b"</Pixels>")
    places = b"".join(b'<TiffData IFD="%d" FirstT="%d" PlaneCount="1"/>' % (4 - t, t) for t in range(5))
    xml = data[data.index(b"<?xml") : start] + places + b"</Pixels></Image></OME>"
    with tifffile.TiffWriter(tmp_path / "b.tif") as writer:
        for number, frame in enumerate(GREY):
            writer.write(frame, description=xml.decode() if number == 0 else None, contiguous=False, metadata=None)
    assert end > start
    with pytest.raises(ClipError, match="another order"):
        open_clip(tmp_path / "b.tif")


def ome(path: Path, pages: Sequence[npt.NDArray[np.uint8]], *images: str, uuid: str = "") -> Path:
    """Write pages with a header each, and Pixels of images in OME-XML: their attributes and what is in them."""
    size = f'SizeX="{pages[0].shape[1]}" SizeY="{pages[0].shape[0]}" SizeZ="1" DimensionOrder="XYZCT" Type="uint8"'
    text = "".join(
        f'<Image ID="Image:{number}"><Pixels ID="Pixels:{number}" {size} {one}</Pixels></Image>'
        for number, one in enumerate(images)
    )
    schema, own = "http://www.openmicroscopy.org/Schemas/OME/2016-06", f' UUID="{uuid}"' if uuid else ""
    whole = f'<?xml version="1.0"?><OME xmlns="{schema}"{own}>{text}</OME>'
    with tifffile.TiffWriter(path) as writer:
        for number, page in enumerate(pages):
            description = whole.encode() if number == 0 else None
            kind = "rgb" if page.ndim == 3 else "minisblack"
            writer.write(page, description=description, contiguous=False, metadata=None, photometric=kind)
    return path


def in_um(spacing: int, count: int, data: str) -> str:
    return f'SizeC="1" SizeT="{count}" PhysicalSizeX="{spacing}" PhysicalSizeY="{spacing}">{data}'


def test_of_several_ome_images_the_first_is_read_with_its_own_pages_and_spacing(tmp_path: Path) -> None:
    small = GREY[:3, :20, :30]
    with tifffile.TiffWriter(tmp_path / "two.ome.tif", ome=True) as writer:
        for pictures, spacing in ((small, 80), (GREY, 20)):
            writer.write(pictures, metadata={"axes": "TYX", "PhysicalSizeX": spacing, "PhysicalSizeY": spacing})
    clip = open_clip(tmp_path / "two.ome.tif")
    assert [frame.image.tolist() for frame in clip.frames()] == small.tolist()
    assert clip.info.calibration is not None
    assert clip.info.calibration.row_spacing_mm == 0.08
    assert clip.info.notes == ("The file holds several images; the first is read.",)


def test_ome_says_at_which_page_its_image_begins(tmp_path: Path) -> None:
    later = ome(tmp_path / "a.tif", [*GREY], in_um(80, 3, '<TiffData IFD="2" PlaneCount="3"/>'))
    assert [frame.image.tolist() for frame in open_clip(later).frames()] == GREY[2:].tolist()
    first, second = (
        in_um(80, 2, '<TiffData IFD="3" PlaneCount="2"/>'),
        in_um(20, 3, '<TiffData IFD="0" PlaneCount="3"/>'),
    )
    clip = open_clip(ome(tmp_path / "b.tif", [*GREY], first, second))
    assert [frame.image.tolist() for frame in clip.frames()] == GREY[3:].tolist()


def test_one_file_of_an_ome_recording_in_several_has_its_own_frames_whatever_it_is_called(tmp_path: Path) -> None:
    place = '<TiffData FirstT="{t}" IFD="{ifd}"><UUID FileName="{file}.tif">urn:uuid:{file}</UUID></TiffData>'
    both = "".join(place.format(t=t, ifd=t % 5, file="ab"[t // 5]) for t in range(10))
    times = "".join(f'<Plane TheT="{t}" TheC="0" TheZ="0" DeltaT="{t}"/>' for t in range(10))
    for name, uuid in (("b.tif", ""), ("00000", "urn:uuid:b")):
        clip = open_clip(ome(tmp_path / name, [*GREY], in_um(80, 10, both + times), uuid=uuid))
        assert (clip.info.frame_count, [frame.image.tolist() for frame in clip.frames()]) == (5, GREY.tolist())
        assert not clip.info.timed, "the times are of the other file's frames, too"
        assert clip.info.notes == (
            "The file is one of several of its recording; the frames in the others are not read.",
        )
    alone = "".join(place.format(t=t, ifd=t, file="as-it-was-saved") for t in range(2))
    renamed = open_clip(ome(tmp_path / "c.tif", [*GREY], in_um(80, 2, alone)))
    assert len([*renamed.frames()]) == 2


def test_of_images_in_several_ome_files_the_one_in_this_file_is_read(tmp_path: Path) -> None:
    place = '<TiffData IFD="0" PlaneCount="{count}"><UUID FileName="{file}.tif">urn:uuid:{file}</UUID></TiffData>'
    first, second = in_um(80, 2, place.format(count=2, file="a")), in_um(20, 5, place.format(count=5, file="b"))
    clip = open_clip(ome(tmp_path / "upload", [*GREY], first, second, uuid="urn:uuid:b"))
    assert [frame.image.tolist() for frame in clip.frames()] == GREY.tolist()
    assert clip.info.calibration is not None
    assert clip.info.calibration.row_spacing_mm == 0.02


@pytest.mark.parametrize("data", ['<TiffData IFD="0"/>', '<TiffData IFD="0" PlaneCount="1"/>', "<TiffData/>", ""])
def test_an_ome_file_that_names_its_first_page_has_all_of_them(tmp_path: Path, data: str) -> None:
    clip = open_clip(ome(tmp_path / "a.tif", [*GREY], in_um(80, 5, data)))
    assert [frame.image.tolist() for frame in clip.frames()] == GREY.tolist()


@pytest.mark.parametrize("data", ['<TiffData IFD="0" PlaneCount="2000000000"/>', '<TiffData IFD="-3"/>'])
def test_absurd_pages_of_an_ome_file_take_neither_time_nor_memory(tmp_path: Path, data: str) -> None:
    clip = open_clip(ome(tmp_path / "a.tif", [*GREY], in_um(80, 5, data)))
    assert [frame.image.tolist() for frame in clip.frames()] == GREY.tolist()


def test_two_stacks_behind_a_header_each_are_not_mixed_up(tmp_path: Path) -> None:
    with tifffile.TiffWriter(tmp_path / "a.tif") as writer:
        for pictures in (GREY, GREY[::-1].copy()):
            writer.write(pictures, truncate=True, photometric="minisblack")
    assert [frame.image.tolist() for frame in open_clip(tmp_path / "a.tif").frames()] == GREY.tolist()


def test_ome_colours_of_a_page_are_no_frames(tmp_path: Path) -> None:
    clip = open_clip(ome(tmp_path / "a.tif", [RGB, RGB[::-1]], 'SizeC="3" SizeT="2"><TiffData/>'))
    assert (clip.info.frame_count, len([*clip.frames()])) == (2, 2)


@pytest.mark.parametrize(
    "note",
    ["ImageJ=1.53t\nimages=10\nframes=10\nfinterval=0.04\n", '{"shape": [10, 31, 45]}'],
)
def test_pages_fewer_than_announced_are_read_one_by_one(tmp_path: Path, note: str) -> None:
    with tifffile.TiffWriter(tmp_path / "a.tif") as writer:
        for number, page in enumerate(GREY):
            writer.write(page, description=None if number else note, contiguous=False, metadata=None)
    clip = open_clip(tmp_path / "a.tif")
    assert [frame.image.tolist() for frame in clip.frames()] == GREY.tolist()
    assert clip.truncation is not None


def test_metamorph_keeps_its_planes_behind_one_header(tmp_path: Path) -> None:
    planes = struct.pack("<30I", *(1, 1, 2_450_000, 0, 2_450_000, 0) * 5)
    stack = tags_of(
        tmp_path / "a.stk",
        (258, 3, 1, short(8)), (259, 3, 1, short(1)), (262, 3, 1, short(1)), (277, 3, 1, short(1)),
        (33628, 4, 5, bytes(20)), (33629, 5, 5, planes),
        pixels=GREY.tobytes(), width=45, height=31,
    )  # fmt: skip
    assert [frame.image.tolist() for frame in open_clip(stack).frames()] == GREY.tolist()


@pytest.mark.parametrize("coefficients", [(0.299, 0.587, 0.114), (0.2126, 0.7152, 0.0722)])
@pytest.mark.parametrize("footroom", [False, True])
def test_ycbcr_with_its_own_coefficients_and_levels(
    tmp_path: Path, coefficients: tuple[float, float, float], footroom: bool
) -> None:
    red, green, blue = coefficients
    rgb = RGB.astype(float)
    y = rgb @ np.array(coefficients)
    cb, cr = (rgb[..., 2] - y) / (2 - 2 * blue), (rgb[..., 0] - y) / (2 - 2 * red)
    levels = (16, 235, 128, 240, 128, 240) if footroom else (0, 255, 128, 255, 128, 255)
    low, high = np.array(levels[::2]), np.array(levels[1::2])
    stored = (
        np.rint(np.stack([y, cb, cr], axis=-1) / [255, 127, 127] * (high - low) + low).clip(0, 255).astype(np.uint8)
    )
    colour = (
        (258, 3, 3, short(8, 8, 8)), (259, 3, 1, short(1)), (262, 3, 1, short(6)), (277, 3, 1, short(3)),
        (529, 5, 3, struct.pack("<6I", *(part for c in coefficients for part in (round(c * 10000), 10000)))),
        (530, 3, 2, short(1, 1)), (532, 5, 6, struct.pack("<12I", *(part for one in levels for part in (one, 1)))),
    )  # fmt: skip
    path = tags_of(tmp_path / "a", *colour, pixels=stored.tobytes(), width=45, height=31)
    assert green > 0
    assert np.abs(only(path).astype(int) - RGB).max() <= 4


def test_channels_with_colours_or_ranges_of_their_own_are_refused(tmp_path: Path) -> None:
    planes, ramp = np.moveaxis(RGB, -1, 0), np.arange(256, dtype=np.uint8)
    plain = [np.stack([ramp * (row == channel) for row in range(3)]).astype(np.uint8) for channel in range(3)]
    told = {"axes": "CYX", "mode": "composite"}
    tifffile.imwrite(tmp_path / "a", planes, imagej=True, metadata=told | {"LUTs": plain})
    assert np.array_equal(only(tmp_path / "a"), RGB)
    for name, more in (("b", {"LUTs": plain[::-1]}), ("c", {"LUTs": plain, "Ranges": (0.0, 128.0) * 3})):
        tifffile.imwrite(tmp_path / name, planes, imagej=True, metadata=told | more)
        with pytest.raises(ClipError, match="of their own"):
            open_clip(tmp_path / name)


def test_a_stack_with_a_colour_table_of_its_own_is_read(tmp_path: Path) -> None:
    fire = np.zeros((3, 256), np.uint8)
    tifffile.imwrite(tmp_path / "a", GREY, imagej=True, metadata={"axes": "TYX", "LUTs": [fire]})
    assert len(list(open_clip(tmp_path / "a").frames())) == len(GREY)


def test_a_millimetre_a_pixel_is_no_calibration(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.ome.tif", GREY, metadata={"axes": "TYX", "PhysicalSizeX": 1, "PhysicalSizeY": 1})
    tifffile.imwrite(tmp_path / "b.tif", GREY, imagej=True, resolution=(1, 1), metadata={"unit": "mm", "axes": "TYX"})
    for name in ("a.ome.tif", "b.tif"):
        info = open_clip(tmp_path / name).info
        assert info.calibration is None
        assert "what programs write that know none" in " ".join(info.notes)


@pytest.mark.parametrize(("unit", "per_unit"), [("inch", 25.4 / 0.08), ("millimeters", 12.5), ("centimeters", 125.0)])
def test_imagej_units_in_full(tmp_path: Path, unit: str, per_unit: float) -> None:
    metadata = {"unit": unit, "axes": "TYX"}
    tifffile.imwrite(tmp_path / "a", GREY, imagej=True, resolution=(per_unit, per_unit), metadata=metadata)
    found = open_clip(tmp_path / "a").info.calibration
    assert found is not None
    assert found.row_spacing_mm == pytest.approx(0.08, rel=1e-4)


@pytest.mark.parametrize("dtype", [np.uint16, np.float32])
def test_imagej_s_range_is_of_what_is_stored_also_where_zero_is_white(tmp_path: Path, dtype: type) -> None:
    stack: np.ndarray[Any, Any] = np.linspace(20000, 40000, GREY.size).reshape(GREY.shape).astype(dtype)
    shown = np.clip((stack.astype(float) - 28000) / 10000, 0, 1) * 255
    tifffile.imwrite(
        tmp_path / "a", stack, photometric="miniswhite",
        description="ImageJ=1.54f\nimages=5\nframes=5\nmin=28000.0\nmax=38000.0\n",
    )  # fmt: skip
    for frame, expected in zip(open_clip(tmp_path / "a").frames(), 255 - shown, strict=True):
        np.testing.assert_allclose(frame.image, expected, atol=1)
