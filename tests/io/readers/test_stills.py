from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image

from nerveapp.errors import ClipError
from nerveapp.io.readers.in_process import open_in_process as open_clip
from nerveapp.io.readers.limits import ReadLimits

RNG = np.random.default_rng(7)
GREY = RNG.integers(0, 255, (31, 45), dtype=np.uint8)


def png(pixels: Any = GREY, **options: Any) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, options.pop("format", "PNG"), **options)
    return buffer.getvalue()


def tiff(pixels: Any = GREY, **options: Any) -> bytes:
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, pixels, **options)
    return buffer.getvalue()


def pack(path: Path, members: Sequence[tuple[str | zipfile.ZipInfo, bytes]]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return path


def level(value: int) -> bytes:
    return png(np.full((31, 45), value, np.uint8))


def test_single_stills(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    for kind in ("PNG", "BMP", "JPEG"):
        path.write_bytes(png(format=kind))
        clip = open_clip(path)
        frames = list(clip.frames())
        assert (clip.info.format, clip.info.frame_count, clip.info.timed) == (f"{kind} still", 1, False)
        assert frames[0].image.shape == (31, 45)
        assert kind == "JPEG" or np.array_equal(frames[0].image, GREY)


def test_orientation_transparency_palette_and_depth(tmp_path: Path) -> None:
    path = tmp_path / "a"
    exif = Image.Exif()
    exif[0x0112] = 6
    rgb = np.dstack([GREY] * 3)
    path.write_bytes(png(rgb, exif=exif))
    clip = open_clip(path)
    assert (clip.info.width, clip.info.height) == (31, 45)
    assert np.array_equal(next(clip.frames()).image, np.rot90(rgb, -1))
    path.write_bytes(png(np.dstack([GREY] * 4)))
    assert np.array_equal(next(open_clip(path).frames()).image, rgb)
    Image.fromarray(GREY).convert("P").save(path, "PNG")
    assert np.array_equal(next(open_clip(path).frames()).image, rgb)
    path.write_bytes(png(np.array([[100, 200], [300, 600]], np.uint16)))
    assert next(open_clip(path).frames()).image.tolist() == [[0, 51], [102, 255]]


def test_selection_is_put_into_natural_order(tmp_path: Path) -> None:
    paths = []
    for number in (10, 2, 1):
        paths.append(tmp_path / f"img{number}.png")
        paths[-1].write_bytes(level(number))
    clip = open_clip(paths)
    assert [int(f.image[0, 0]) for f in clip.frames()] == [1, 2, 10]
    assert [f.time_s for f in clip.frames()] == [0, 1, 2]


def test_odd_ones_in_a_selection_are_named(tmp_path: Path) -> None:
    for name, content in (("a.png", png()), ("odd.png", png(GREY[:9])), ("text.png", b"text" * 99)):
        (tmp_path / name).write_bytes(content)
    for odd in ("odd.png", "text.png"):
        with pytest.raises(ClipError, match=odd):
            open_clip([tmp_path / "a.png", tmp_path / odd])


def test_zip_in_natural_order_without_litter(tmp_path: Path) -> None:
    members: list[tuple[str | zipfile.ZipInfo, bytes]] = [
        ("s/img10.png", level(10)), ("s/img2.png", level(2)), ("__MACOSX/s/._img2.png", b"x"), ("s/Thumbs.db", b"x"),
        ("s/.hidden.png", level(9)), ("readme.txt", b"hello"),
    ]  # fmt: skip
    clip = open_clip(pack(tmp_path / "a", members))
    assert [int(f.image[0, 0]) for f in clip.frames()] == [2, 10]
    assert clip.info.format == "ZIP of 2 PNG stills"
    assert clip.info.notes == ("Files in the ZIP that are no pictures: 1; they were left out.",)
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


def link() -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("link.png")
    info.external_attr = 0o120777 << 16
    return info


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ([("../a.png", png())], "outside"),
        ([("/a.png", png())], "outside"),
        ([("C:\\a.png", png())], "outside"),
        ([("b\\..\\..\\a.png", png())], "outside"),
        ([(link(), b"target")], "symbolic link"),
        ([("bomb.png", png() + bytes(30_000_000))], "200 times"),
        ([("a.txt", b"hello")], "no pictures"),
        ([], "no files"),
        ([("a.mp4", b"\0\0\0\x18ftypmp42" * 9)], "holds a clip"),
        ([("readme.txt", b"notes"), ("a.mp4", b"\0\0\0\x18ftypmp42" * 9)], "holds a clip"),
        ([("a", bytes(128) + b"DICM" + b"1" * 90), ("b", bytes(128) + b"DICM")], "DICOM"),
        ([("a.png", png()), ("odd.png", png(GREY[:9]))], "odd.png"),
    ],
)
def test_zips_that_are_refused(tmp_path: Path, members: Any, words: str) -> None:
    with pytest.raises(ClipError, match=words) as caught:
        open_clip(pack(tmp_path / "a.zip", members))
    assert caught.value.hint


def test_encrypted_zip(tmp_path: Path) -> None:
    path = pack(tmp_path / "a.zip", [("a.png", png())])
    data = bytearray(path.read_bytes())
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    with pytest.raises(ClipError, match="encrypted"):
        open_clip(path)


def test_zip_limits(tmp_path: Path) -> None:
    path = pack(tmp_path / "a.zip", [("a.png", png()), ("b.png", png())])
    for limits in (ReadLimits(max_archive_members=1), ReadLimits(max_unpacked_bytes=2000)):
        with pytest.raises(ClipError, match="limit"):
            open_clip(path, limits=limits)


def test_damaged_pictures(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(png()[:600])
    with pytest.raises(ClipError, match="damaged"):
        open_clip(path)
    packed = pack(tmp_path / "a.zip", [("a.png", png())])
    data = bytearray(packed.read_bytes())
    data[200] ^= 255
    packed.write_bytes(data)
    with pytest.raises(ClipError):
        open_clip(packed)


def shown(path: Path) -> list[int]:
    return [int(frame.image[0, 0]) for frame in open_clip(path).frames()]


@pytest.mark.parametrize("masks", ["masks", "Labels", "labelsTr", "SegmentationClass"])
def test_images_beside_masks_are_a_data_set(tmp_path: Path, masks: str) -> None:
    members = [(f"set/images/{n}.png", level(n)) for n in (1, 2)] + [
        (f"set/{masks}/{n}.png", level(255)) for n in (1, 2)
    ]
    clip = open_clip(pack(tmp_path / "a", [*members]))
    assert shown(tmp_path / "a") == [1, 2]
    assert clip.info.names == ("set/images/1.png", "set/images/2.png")
    assert "data set" in clip.info.notes[0]
    assert "import" in clip.info.notes[0]


@pytest.mark.parametrize(
    ("image", "name"),
    [
        ("{}.png", "{}_mask.png"), ("{}.png", "mask_{}.png"), ("{}.png", "{}-label.png"), ("{}.png", "{}.seg.png"),
        ("image{}.png", "mask{}.png"), ("img_{}.png", "msk_{}.png"), ("orig_{}.png", "gt_{}.png"),
        ("us_img_{}.png", "us_mask_{}.png"), ("{}_training.png", "{}_manual1.png"), ("{}.png", "{}_Segmentation.png"),
        ("ISIC_{}.png", "ISIC_{}_segmentation.png"), ("benign ({}).png", "benign ({})_mask_1.png"),
    ],
)  # fmt: skip
def test_masks_beside_their_images_are_no_frames(tmp_path: Path, image: str, name: str) -> None:
    members = [(image.format(n), level(n)) for n in (1, 2)] + [(name.format(n), level(255)) for n in (1, 2)]
    assert shown(pack(tmp_path / "a", [*members])) == [1, 2]
    for member, content in members:
        (tmp_path / member).write_bytes(content)
    chosen = open_clip([tmp_path / member for member, _ in members])
    assert chosen.info.names == (image.format(1), image.format(2))


def test_masks_alone_are_shown(tmp_path: Path) -> None:
    path = pack(tmp_path / "a", [("masks/1.png", level(4)), ("masks/2.png", level(5))])
    assert shown(path) == [4, 5]
    assert "masks and no images" in open_clip(path).info.notes[0]


def test_pictures_of_different_depth_have_no_one_scale(tmp_path: Path) -> None:
    deep = png(np.full((31, 45), 40_000, np.uint16))
    with pytest.raises(ClipError, match="8 bits"):
        open_clip(pack(tmp_path / "a", [("1.png", level(4)), ("2.png", deep)]))


def test_shape_in_the_transparency_alone_is_seen(tmp_path: Path) -> None:
    seen = np.full((31, 45, 4), 255, np.uint8)
    seen[..., 3] = GREY
    (tmp_path / "a").write_bytes(png(seen))
    image = next(open_clip(tmp_path / "a").frames()).image
    assert np.abs(image[..., 0].astype(int) - GREY).max() <= 1


def test_two_folders_are_two_clips(tmp_path: Path) -> None:
    members: list[Any] = [(f"{folder}/{n}.png", level(n)) for folder in ("left", "right") for n in (1, 2)]
    with pytest.raises(ClipError, match=r"2 folders.*left \(2\), right \(2\)"):
        open_clip(pack(tmp_path / "a", members))


def test_of_two_members_with_one_name_the_newer_counts(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        path = pack(tmp_path / "a", [("1.png", level(1)), ("2.png", level(2)), ("2.png", level(9))])
    assert shown(path) == [1, 9]
    assert "twice" in open_clip(path).info.notes[0]


def test_names_with_decimals_and_resource_forks(tmp_path: Path) -> None:
    members: list[Any] = [(f"t{t}.png", level(n)) for n, t in enumerate(("0.25", "0.5", "1.125"))]
    forks: list[Any] = [(f"__MACOSX/._{name}", b"fork") for name, _ in members]
    path = pack(tmp_path / "a", [*members[::-1], *forks])
    assert shown(path) == [0, 1, 2]
    assert open_clip(path).info.notes == ()


def test_damaged_lzma_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "a"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("1.png", png())
    data = bytearray(path.read_bytes())
    data[40:60] = bytes(20)
    path.write_bytes(bytes(data))
    with pytest.raises(ClipError):
        list(open_clip(path).frames())


@pytest.mark.parametrize(("width", "height"), [(1, 2000), (2000, 1), (40_000, 700)])
def test_sides_that_no_picture_has_are_refused(width: int, height: int) -> None:
    with pytest.raises(ClipError, match="no picture has such sides"):
        ReadLimits().check_frame(width, height)


@pytest.mark.parametrize("channels", [2, 3, 4])
def test_deep_colours_and_transparency_keep_their_depth(tmp_path: Path, channels: int) -> None:
    samples = np.stack([GREY.astype(np.uint16) * 16] * channels, axis=-1)
    if channels != 3:
        samples[..., -1] = 65535
    (tmp_path / "a.png").write_bytes(imagecodecs.png_encode(samples))
    clip = open_clip(tmp_path / "a.png")
    image = next(iter(clip.frames())).image
    scaled = np.rint((GREY.astype(float) - GREY.min()) * 255 / (int(GREY.max()) - int(GREY.min())))
    shown = image if channels == 2 else image[..., 0]
    assert shown.shape == GREY.shape
    assert np.abs(shown - scaled).max() <= 1
    assert "Stored grey values" in clip.info.notes[0]


@pytest.mark.parametrize(
    ("suffix", "options", "name"),
    [
        ("webp", {"lossless": True}, "WebP still"),
        ("jp2", {}, "JPEG 2000 still"),
        ("pgm", {}, "PNM still"),
        ("bmp", {}, "BMP still"),
    ],
)
def test_further_kinds_of_pictures(tmp_path: Path, suffix: str, options: dict[str, Any], name: str) -> None:
    grey = np.arange(60, dtype=np.uint8).reshape(6, 10)
    path = tmp_path / f"a.{suffix}"
    Image.fromarray(grey).save(path, **options)
    clip = open_clip(path)
    image = next(clip.frames()).image
    assert clip.info.format == name
    np.testing.assert_array_equal(image if image.ndim == 2 else image[..., 0], grey)


@pytest.mark.parametrize(("suffix", "kind"), [("webp", "Animated WebP"), ("png", "Animated PNG")])
def test_a_picture_that_moves_is_a_clip(tmp_path: Path, suffix: str, kind: str) -> None:
    pictures = [Image.new("RGB", (40, 30), (10 * number, 0, 0)) for number in range(1, 5)]
    path = tmp_path / f"a.{suffix}"
    pictures[0].save(path, save_all=True, append_images=pictures[1:], duration=[40, 80, 40, 0], lossless=True)
    clip = open_clip(path)
    frames = list(clip.frames())
    assert (clip.info.format, clip.info.frame_count, clip.info.timed) == (kind, 4, True)
    assert [frame.time_s for frame in frames] == pytest.approx([0, 0.04, 0.12, 0.16])
    assert [int(frame.image[0, 0, 0]) for frame in frames] == [10, 20, 30, 40]


def test_the_picture_for_programs_that_show_no_animation_is_no_frame(tmp_path: Path) -> None:
    pictures = [Image.new("L", (40, 30), 10 * number) for number in range(1, 4)]
    path = tmp_path / "a.png"
    Image.new("L", (40, 30), 200).save(
        path, save_all=True, append_images=pictures, duration=0, default_image=True, format="PNG"
    )
    frames = list(open_clip(path).frames())
    assert [int(frame.image[0, 0]) for frame in frames] == [10, 20, 30]
    assert [frame.time_s for frame in frames] == pytest.approx([0, 0.1, 0.2])


def test_of_an_animated_picture_among_stills_the_first_is_used_and_said_so(tmp_path: Path) -> None:
    pictures = [Image.new("L", (40, 30), 10 * number) for number in range(1, 4)]
    pictures[0].save(tmp_path / "a1.png", save_all=True, append_images=pictures[1:], duration=40)
    pictures[2].save(tmp_path / "a2.png")
    clip = open_clip([tmp_path / "a1.png", tmp_path / "a2.png"])
    assert [int(frame.image[0, 0]) for frame in clip.frames()] == [10, 30]
    assert "a1.png is animated" in clip.info.notes[0]


def test_a_cut_off_picture_that_moves_says_so(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    pictures = [Image.fromarray(rng.integers(0, 255, (60, 80), np.uint8)).convert("RGB") for _ in range(4)]
    for suffix in ("png", "webp"):
        path = tmp_path / f"a.{suffix}"
        pictures[0].save(path, save_all=True, append_images=pictures[1:], duration=40, lossless=True)
        path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    clip = open_clip(tmp_path / "a.png")
    assert 0 < len(list(clip.frames())) < 4
    assert clip.truncation is not None
    with pytest.raises(ClipError, match="damaged or cut off"):
        open_clip(tmp_path / "a.webp")


IN_MM: dict[str, Any] = {"imagej": True, "resolution": (10.0, 10.0), "metadata": {"unit": "mm"}}


@pytest.mark.parametrize("zipped", [True, False])
def test_an_image_sequence_of_tiffs_is_a_clip_with_their_spacing(tmp_path: Path, *, zipped: bool) -> None:
    """As Fiji's "Save As > Image Sequence" writes it."""
    deep = [RNG.integers(0, 4000, (31, 45), dtype=np.uint16) for _ in range(3)]
    written = [(f"clip{number:04}.tif", tiff(page, **IN_MM)) for number, page in enumerate(deep)]
    for name, data in written:
        (tmp_path / name).write_bytes(data)
    chosen = [pack(tmp_path / "a.zip", written)] if zipped else [tmp_path / name for name, _ in written]
    clip = open_clip(chosen)
    low, high = min(page.min() for page in deep), max(page.max() for page in deep)
    frames = [frame.image for frame in clip.frames()]
    for image, page in zip(frames, deep, strict=True):
        assert np.abs(image - (page - float(low)) / (high - low) * 255).max() <= 1, "one scale of greys for all"
    assert clip.info.names == tuple(name for name, _ in written)
    assert clip.info.calibration is not None
    assert clip.info.calibration.row_spacing_mm == pytest.approx(0.1)
    assert "3 TIFF stills" in clip.info.format


def test_tiffs_go_with_other_stills_and_a_stack_does_not(tmp_path: Path) -> None:
    clip = open_clip(pack(tmp_path / "a.zip", [("a.png", png()), ("b.tif", tiff(GREY // 2, compression="lzw"))]))
    assert [frame.image.max() for frame in clip.frames()] == [GREY.max(), GREY.max() // 2]
    assert clip.info.calibration is None
    stack = tiff(np.stack([GREY, GREY]))
    (tmp_path / "a.png").write_bytes(png())
    (tmp_path / "b.tif").write_bytes(stack)
    with pytest.raises(ClipError, match=r"b\.tif holds 2 frames: it is a clip and no still"):
        open_clip([tmp_path / "a.png", tmp_path / "b.tif"])
    with pytest.raises(ClipError, match=r"b\.tif: The TIFF"):
        open_clip(pack(tmp_path / "c.zip", [("a.tif", tiff()), ("b.tif", tiff()[:200])]))


@pytest.mark.parametrize("other", [tiff(np.stack([GREY, GREY])), tiff(GREY[::2, ::2]), tiff()[:200]])
def test_a_tiff_that_lies_beside_stills_and_is_no_frame_is_left_out(tmp_path: Path, other: bytes) -> None:
    clip = open_clip(pack(tmp_path / "a.zip", [("a.png", png()), ("b.png", level(3)), ("stack.tif", other)]))
    assert clip.info.names == ("a.png", "b.png")
    assert any("no frames: 1" in note for note in clip.info.notes)


def test_tiffs_are_shown_with_the_greys_that_their_program_shows(tmp_path: Path) -> None:
    pages = [np.full((31, 45), value, np.uint16) for value in (100, 200, 900)]
    shown: dict[str, Any] = {"imagej": True, "metadata": {"min": 0.0, "max": 1000.0}}
    written = [(f"{number}.tif", tiff(page, **shown)) for number, page in enumerate(pages)]
    clip = open_clip(pack(tmp_path / "a.zip", written))
    assert [int(frame.image[0, 0]) for frame in clip.frames()] == [26, 51, 230]


def test_tiffs_of_different_spacings_have_none(tmp_path: Path) -> None:
    other = IN_MM | {"resolution": (20.0, 20.0)}
    clip = open_clip(pack(tmp_path / "a.zip", [("a.tif", tiff(**IN_MM)), ("b.tif", tiff(**other))]))
    assert clip.info.calibration is None
    assert any("the same size of a pixel" in note for note in clip.info.notes)


def test_copies_and_pictures_chosen_twice_are_used_once(tmp_path: Path) -> None:
    one, two = level(1), level(2)
    members = [("001.png", one), ("001 (1).png", one), ("001 - Copy.png", one), ("002.png", two), ("002 (1).png", one)]
    clip = open_clip(pack(tmp_path / "a.zip", members))
    assert shown(tmp_path / "a.zip") == [1, 2, 1], "a browser calls another picture so, too"
    assert any("Copies of pictures beside them were left out: 2" in note for note in clip.info.notes)
    for name, content in members:
        (tmp_path / name).write_bytes(content)
    paths = [tmp_path / name for name in ("001.png", "002.png", "001.png", "001 (1).png")]
    clip = open_clip(paths)
    assert clip.info.frame_count == 2
    assert "chosen twice: 1" in " ".join(clip.info.notes)


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["001.jpg", "001.png", "002.jpg", "002.png"], "have one name"),
        (["001.png", "001_crop.png", "002.png", "002_crop.png"], 'twice, once with "crop"'),
        (["1.png", "1_unet_out.png", "2.png", "2_unet_out.png"], 'twice, once with "unet out"'),
        (["1.png", "1_sharp.png", "1_smooth.png", "2.png", "2_sharp.png", "2_smooth.png"], "several times"),
    ],
)
def test_what_is_there_twice_is_refused(tmp_path: Path, names: list[str], said: str) -> None:
    with pytest.raises(ClipError, match=said):
        open_clip(pack(tmp_path / "a.zip", [(name, level(at)) for at, name in enumerate(names)]))


def test_predictions_beside_their_images_are_no_frames(tmp_path: Path) -> None:
    names = ["001.png", "001_pred.png", "002.png", "002_pred.png"]
    assert shown(pack(tmp_path / "a.zip", [(name, level(at)) for at, name in enumerate(names)])) == [0, 2]


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["left_1", "left_2", "right_1", "right_2"], "several series: left_# (2), right_# (2)"),
        (["us_1", "us_2", "us_3", "us_4", "screenshot"], "named otherwise than the others: 1, such as screenshot.png"),
        (["us_1", "us_2", "us_3"], ""),
        (["wrist", "elbow"], ""),
        (["us_1", "us_2", "us_left_1", "us_left_2"], "several series: us_# (2), us_left_# (2)"),
        (["1", "1a", "2", "2a"], "several series: # (2), #a (2)"),
        ([f"vlcsnap-2026-01-05-10h11m{at}s100" for at in (12, 13, 14)], ""),
        ([f"US_20260105_10111{at // 2}_000{at % 2}" for at in range(4)], ""),
    ],
)
def test_names_of_several_series_are_told(tmp_path: Path, names: list[str], said: str) -> None:
    clip = open_clip(pack(tmp_path / "a.zip", [(f"{name}.png", level(at)) for at, name in enumerate(names)]))
    assert clip.info.frame_count == len(names)
    assert said in " ".join(clip.info.notes) if said else clip.info.notes == ()


def test_accents_do_not_part_a_series(tmp_path: Path) -> None:
    apart, whole = "Mu\u0308ller", "M\u00fcller"
    members = [(f"{apart}_1.png", level(1)), (f"{apart}_10.png", level(10)), (f"{whole}_2.png", level(2))]
    assert shown(pack(tmp_path / "a.zip", members)) == [1, 2, 10]


def test_a_moving_png_may_be_fast(tmp_path: Path) -> None:
    pictures = [Image.new("L", (40, 30), 10 * number) for number in range(1, 4)]
    pictures[0].save(tmp_path / "a.png", save_all=True, append_images=pictures[1:], duration=10)
    assert [frame.time_s for frame in open_clip(tmp_path / "a.png").frames()] == pytest.approx([0, 0.01, 0.02])


def test_pictures_without_a_suffix_have_names_of_their_own(tmp_path: Path) -> None:
    names = [f"IM.{at:04}" for at in range(3)]
    assert shown(pack(tmp_path / "a.zip", [(name, level(at)) for at, name in enumerate(names)])) == [0, 1, 2]


@pytest.mark.parametrize("mask", ["{}_máscara.png", "{}_掩膜.png", "{}_Maske.png", "masks_machine/{}.png"])
def test_masks_of_other_languages_and_programs_are_no_frames(tmp_path: Path, mask: str) -> None:
    images = [(f"us_{at}.png", level(at)) for at in range(2)]
    folder = "images/" if "/" in mask else ""
    masks = [(mask.format(f"us_{at}"), level(9)) for at in range(2)]
    assert shown(pack(tmp_path / "a.zip", [*((folder + name, data) for name, data in images), *masks])) == [0, 1]
