"""Training sets that are larger than what is kept in memory."""

from pathlib import Path

import numpy as np
import pytest

import nerveapp.io.pixel_spool
from nerveapp.errors import DataError
from nerveapp.io.labelled import read_labelled_folder
from nerveapp.io.pixel_spool import PixelSpool
from tests.io.test_labelled import make

PIXELS = [np.random.default_rng(seed).integers(0, 256, (40, 60), np.uint8) for seed in range(3)]


def is_mapped(pixels: np.ndarray) -> bool:
    return isinstance(pixels.base, np.memmap)


def test_what_is_beyond_the_limit_is_mapped_from_a_file_bit_for_bit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nerveapp.io.pixel_spool, "IN_MEMORY_BYTES", 3000)
    spool = PixelSpool(tmp_path)
    masks = [one > 128 for one in PIXELS]
    kept = [(spool.keep(one), spool.keep(mask)) for one, mask in zip(PIXELS, masks, strict=True)]
    assert [is_mapped(grey) for grey, _ in kept] == [False, True, True]
    for (grey, mask), pixels, truth in zip(kept, PIXELS, masks, strict=True):
        np.testing.assert_array_equal(grey, pixels)
        np.testing.assert_array_equal(mask, truth)
        assert mask.dtype == np.bool_
    assert list(tmp_path.iterdir()) == [], "a process that is killed leaves nothing behind"
    del spool
    np.testing.assert_array_equal(kept[2][0], PIXELS[2])


def test_a_full_disk_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nerveapp.io.pixel_spool, "IN_MEMORY_BYTES", 0)
    spool = PixelSpool(Path("/dev/full"))
    with pytest.raises(DataError, match="more room"):
        spool.keep(PIXELS[0])


def test_a_training_set_that_does_not_fit_is_read_as_one_that_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make(tmp_path / "set")
    in_memory = read_labelled_folder(folder)
    monkeypatch.setattr(nerveapp.io.pixel_spool, "IN_MEMORY_BYTES", 0)
    mapped = read_labelled_folder(folder, spool_in=tmp_path)
    assert [one.name for one in mapped] == [one.name for one in in_memory]
    for one, other in zip(mapped, in_memory, strict=True):
        assert is_mapped(one.grey)
        np.testing.assert_array_equal(one.grey, other.grey)
        np.testing.assert_array_equal(one.nerve, other.nerve)
