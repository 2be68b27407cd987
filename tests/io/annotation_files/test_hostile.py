"""Files from strangers: an error with a remedy, never a traceback, never more memory than the clip's own size asks."""

import contextlib
import gzip
import io
import json
import struct
import tracemalloc
import zipfile
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nerveapp.domain.outline_files import Format, Preview
from nerveapp.errors import AnnotationError
from nerveapp.io.annotation_files import export, preview
from nerveapp.io.annotation_files.zip_files import pack
from tests.io.annotation_files.samples import CLIP, EMPTY, VERSIONS, blob, chosen

FORMATS = [Format.PNG, Format.COCO, Format.NIFTI, Format.IMAGEJ]
KEYS = (
    "images", "annotations", "categories", "id", "image_id", "category_id", "segmentation", "counts", "size", "frame",
    "file_name", "shapes", "label", "points", "shape_type", "width", "name",
)  # fmt: skip
FOUND = {0: blob(1), 3: EMPTY, 5: blob(2, rough=3)}
GOOD = {fmt: export(fmt, chosen(FOUND), VERSIONS)[0] for fmt in FORMATS}


def refused(data: bytes, name: str = "x") -> AnnotationError:
    with pytest.raises(AnnotationError) as caught:
        preview(data, name=name, clip=CLIP)
    assert caught.value.message
    assert caught.value.hint
    return caught.value


def harmless(data: bytes) -> Preview | None:
    with contextlib.suppress(AnnotationError):
        return preview(data, name="x", clip=CLIP)
    return None


def inner(fmt: Format, suffix: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(GOOD[fmt])) as archive:
        return archive.read(next(name for name in archive.namelist() if name.endswith(suffix)))


PIECES = [
    GOOD[Format.COCO],
    inner(Format.IMAGEJ, ".roi"),
    inner(Format.PNG, ".png"),
    gzip.decompress(inner(Format.NIFTI, ".gz")),
    *GOOD.values(),
]


@pytest.mark.parametrize("data", [b"", b"\0" * 600, b"hello", b"\x1f\x8bjunk", b"PK\x03\x04junk", b"II*\0", b"[1, 2]"])
def test_what_is_no_file_of_outlines_is_refused(data: bytes) -> None:
    refused(data)


@pytest.mark.parametrize("piece", range(len(PIECES)))
@given(data=st.data())
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_damage_never_ends_in_a_traceback(piece: int, data: st.DataObject) -> None:
    content = bytearray(PIECES[piece])
    for _ in range(data.draw(st.integers(0, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    harmless(bytes(content[: data.draw(st.integers(0, len(content)))]))


@pytest.mark.parametrize("name", ["../evil.png", "/etc/evil.png", "C:\\evil.png", "a/../../b.png"])
def test_names_that_leave_the_zip_are_refused(name: str) -> None:
    assert "outside" in refused(pack([(name, inner(Format.PNG, ".png"))])).message


def test_zip_bombs_are_refused() -> None:
    assert "unpacks to far more" in refused(pack([("frame_0.png", bytes(2**26))])).message
    many = [(f"{n}", b"") for n in range(20_001)]
    assert "20001 files" in refused(pack(many)).message


def test_encrypted_zips_are_refused() -> None:
    data = bytearray(pack([("frame_0.png", b"x" * 100)]))
    data[data.index(b"PK\x01\x02") + 8] |= 1
    assert "encrypted" in refused(bytes(data)).message


def peak_mib(data: bytes) -> float:
    harmless(data[:100])  # imports are not counted
    tracemalloc.start()
    harmless(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 2**20


def nifti(shape: tuple[int, ...], offset: float = 352, extension: int = 0, size: int = 2**27) -> bytes:
    header = bytearray(gzip.decompress(inner(Format.NIFTI, ".gz"))[:352])
    struct.pack_into(f"<{len(shape) + 1}h", header, 40, len(shape), *shape)
    struct.pack_into("<f", header, 108, offset)
    header[348] = extension > 0
    return gzip.compress(bytes(header) + struct.pack("<ii", extension, 6) + bytes(size), 9, mtime=0)


def png_of(width: int, height: int) -> bytes:
    data = bytearray(inner(Format.PNG, ".png"))
    struct.pack_into(">II", data, 16, width, height)
    return bytes(data)


@pytest.mark.parametrize(
    "data",
    [  # made by the test that wants them: they take seconds, and every process collects all tests
        lambda: nifti((32_000, 32_000, 1000)),
        lambda: nifti((34, 21, 32_000)),
        lambda: nifti((34, 21, 6), offset=2**26, extension=2**26),
        lambda: nifti((34, 21, 6), offset=-1e30),
        lambda: nifti((34, 21, 6), offset=float("nan")),
        lambda: png_of(2**31 - 1, 2**31 - 1),
        lambda: png_of(0, 0),
        lambda: json.dumps({"images": [{"id": 1, "frame": 0}], "annotations": [
            {"image_id": 1, "category_id": 1, "segmentation": {"size": [21, 34], "counts": [2**62] * 4}}
        ], "categories": [{"id": 1, "name": "nerve"}]}).encode(),
        lambda: b'{"a":' * 100_000,
        lambda: b'{"images": [' + b"9" * 10_000 + b'], "annotations": []}',
        lambda: b'{"images": [{"frame": 1e999, "width": NaN}], "annotations": []}',
    ],
    ids=range(11),
)  # fmt: skip
def test_declared_sizes_cost_no_memory(data: Callable[[], bytes]) -> None:
    assert peak_mib(data()) < 30


@pytest.mark.parametrize(
    "content",
    [
        {"images": 3, "annotations": []},
        {"images": [1], "annotations": []},
        {"images": [], "annotations": {}},
        {"images": [], "annotations": [], "categories": "nerve"},
        {"shapes": 3},
        {"shapes": [None]},
        {"shape": []},
    ],
)
def test_json_of_another_shape_is_refused(content: object) -> None:
    refused(json.dumps(content).encode(), "frame_2.json")


@given(
    content=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inside: (
            st.lists(inside, max_size=3)
            | st.dictionaries(
                st.sampled_from(KEYS),
                inside,
                max_size=5,
            )
        ),
        max_leaves=25,
    )
)
@settings(max_examples=300, deadline=None)
def test_any_json_is_harmless(content: object) -> None:
    harmless(json.dumps(content).encode())


@given(
    segmentation=st.one_of(
        st.lists(st.lists(st.floats() | st.integers(-99, 99), max_size=8), max_size=3),
        st.fixed_dictionaries({"size": st.just([21, 34]), "counts": st.text() | st.lists(st.integers(), max_size=6)}),
    ),
    points=st.lists(st.lists(st.floats() | st.integers(-99, 99), min_size=1, max_size=3), max_size=5),
    kind=st.sampled_from(["polygon", "circle", "rectangle", "line"]),
)
@settings(max_examples=200, deadline=None)
def test_any_shape_is_harmless(segmentation: object, points: object, kind: str) -> None:
    coco = {
        "images": [{"id": 1, "frame": 0}],
        "annotations": [{"image_id": 1, "category_id": 1, "segmentation": segmentation}],
        "categories": [{"id": 1, "name": "nerve"}],
    }
    labelme = {"shapes": [{"label": "nerve", "points": points, "shape_type": kind}]}
    for content in (coco, labelme):
        text = json.dumps(content)
        found = harmless(text.encode())
        assert found is None or found.problems or found.outlines[0].mask.size == (21, 34)


def test_a_deep_zip_of_many_large_members_is_read_one_at_a_time() -> None:
    noise = np.random.default_rng(0).bytes(2**20)
    members = [(f"{n}/frame_{n % 6}.png", inner(Format.PNG, ".png")[:40] + noise) for n in range(60)]
    assert peak_mib(pack(members)) < 10


def test_masks_that_do_not_fit_in_memory_are_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    noise = {frame: np.random.default_rng(frame).random(EMPTY.shape) > 0.5 for frame in range(6)}
    data, _ = export(Format.PNG, chosen(noise), VERSIONS)
    assert len(preview(data, name="masks.zip", clip=CLIP).outlines) == 6
    monkeypatch.setattr("nerveapp.io.annotation_files.gathering.MAX_PACKED_BYTES", 400)
    with pytest.raises(AnnotationError, match="Import it in several parts"):
        preview(data, name="masks.zip", clip=CLIP)
