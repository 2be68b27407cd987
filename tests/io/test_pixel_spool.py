"""Training sets that are larger than what is kept in memory."""

from pathlib import Path

import cv2
import numpy as np
import pytest

import nerveapp.io.pixel_spool
from nerveapp.domain.clip import Image
from nerveapp.errors import DataError
from nerveapp.io.labelled import read_labelled_folder
from nerveapp.io.pixel_spool import PixelSpool
from tests.io.test_labelled import make

PIXELS = [np.random.default_rng(seed).integers(0, 256, (40, 60), np.uint8) for seed in range(12)]


def in_memory(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr(nerveapp.io.pixel_spool, "IN_MEMORY_BYTES", size)
    monkeypatch.setattr(nerveapp.io.pixel_spool, "CHUNK_BYTES", 10_000)


def open_files() -> int:
    folder = Path("/proc/self/fd")
    if not folder.exists():
        pytest.skip("the system does not tell which files are open")
    return len(list(folder.iterdir()))


def test_what_is_beyond_the_limit_is_mapped_from_few_files_bit_for_bit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_memory(monkeypatch, 4800)
    spool, masks, before = PixelSpool(tmp_path), [one > 128 for one in PIXELS], open_files()
    kept = [(spool.keep(one), spool.keep(mask)) for one, mask in zip(PIXELS, masks, strict=True)]
    assert [grey.flags.owndata for grey, _ in kept] == [True, *[False] * 11]
    assert open_files() - before == 6, "four arrays of 2,400 bytes in each"
    assert list(tmp_path.iterdir()) == [], "a process that is killed leaves nothing behind"
    del spool
    for (grey, mask), pixels, truth in zip(kept, PIXELS, masks, strict=True):
        np.testing.assert_array_equal(grey, pixels)
        np.testing.assert_array_equal(mask, truth)
        assert mask.dtype == np.bool_
    del kept, grey, mask
    assert open_files() == before


def test_an_image_that_is_larger_than_a_file_has_one_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_memory(monkeypatch, 0)
    large: Image = np.random.default_rng(1).integers(0, 256, (150, 100), np.uint8)
    spool = PixelSpool(tmp_path)
    kept = [spool.keep(one) for one in (PIXELS[0], large, PIXELS[1])]
    for one, pixels in zip(kept, (PIXELS[0], large, PIXELS[1]), strict=True):
        np.testing.assert_array_equal(one, pixels)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no disk that is always full")
def test_a_full_disk_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    in_memory(monkeypatch, 0)
    with Path("/dev/full").open("r+b", buffering=0) as full:
        monkeypatch.setattr("tempfile.TemporaryFile", lambda **_: full)
        with pytest.raises(DataError, match="No space left on device"):
            PixelSpool().keep(PIXELS[0])


def test_a_training_set_that_does_not_fit_is_read_as_one_that_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make(tmp_path / "set")
    fitting = read_labelled_folder(folder)
    in_memory(monkeypatch, 0)
    mapped = read_labelled_folder(folder, spool_in=tmp_path)
    assert [one.name for one in mapped] == [one.name for one in fitting]
    for one, other in zip(mapped, fitting, strict=True):
        assert not one.grey.flags.writeable
        np.testing.assert_array_equal(one.grey, other.grey)
        np.testing.assert_array_equal(one.nerve, other.nerve)


def test_a_training_set_of_many_images_keeps_no_file_open_for_each(tmp_path: Path) -> None:
    for part in ("images", "masks"):
        (tmp_path / part).mkdir()
    for number in range(40):
        cv2.imwrite(str(tmp_path / "images" / f"{number:02}.png"), PIXELS[number % len(PIXELS)])
        cv2.imwrite(str(tmp_path / "masks" / f"{number:02}.png"), np.eye(40, 60, dtype=np.uint8) * 255)
    before = open_files()
    images = read_labelled_folder(tmp_path)
    assert len(images) == 40
    assert open_files() - before < 20, "what decoders keep open, and nothing an image"
