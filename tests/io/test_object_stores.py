"""Files in a folder, in memory and on a real server of S3: the same for whoever uses them."""

import errno
import hashlib
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import boto3
import pytest
from moto.server import ThreadedMotoServer

from nerveapp.bootstrap.application import Application
from nerveapp.bootstrap.settings import Settings
from nerveapp.errors import StoreError
from nerveapp.io.folder_objects import FolderObjects
from nerveapp.io.fsspec_objects import FsspecObjects
from nerveapp.io.read_cache import ReadCache
from nerveapp.ports import ObjectStore

KEY = "clips/abc/00000/Doe Jane é.mp4"
DATA = bytes(range(256)) * 100
HASH = hashlib.sha256(DATA).hexdigest()


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """Address of a server of our own."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (("ACCESS_KEY_ID", "test"), ("SECRET_ACCESS_KEY", "test"), ("DEFAULT_REGION", "us-east-1")):
            patch.setenv(f"AWS_{name}", value)
        boto3.client("s3", endpoint_url=f"http://{host}:{port}").create_bucket(Bucket="clinic")
        yield f"http://{host}:{port}"
        server.stop()


def copies(tmp_path: Path, limit_bytes: int = 1 << 30) -> ReadCache:
    return ReadCache(tmp_path / "cache", limit_bytes)


@pytest.fixture(params=["folder", "memory", "s3"])
def objects(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    if request.param == "folder":
        return FolderObjects(tmp_path / "data")
    if request.param == "memory":
        return FsspecObjects(f"memory://{uuid4().hex}/data", copies(tmp_path))
    address = request.getfixturevalue("s3")
    return FsspecObjects(f"s3://clinic/{uuid4().hex}", copies(tmp_path), endpoint_url=address)


@pytest.fixture
def brought(tmp_path: Path) -> Path:
    path = tmp_path / "upload"
    path.write_bytes(DATA)
    return path


def test_what_is_kept_is_read_again(objects: ObjectStore, brought: Path) -> None:
    assert not objects.has(KEY)
    kept = objects.put(KEY, brought)
    assert (kept.name, kept.key, kept.sha256, kept.size) == ("Doe Jane é.mp4", KEY, HASH, len(DATA))
    assert objects.has(KEY)
    assert objects.read(KEY) == DATA
    local = objects.local(KEY, sha256=HASH)
    assert (local.name, local.read_bytes()) == ("Doe Jane é.mp4", DATA)
    assert brought.read_bytes() == DATA


def test_the_newest_bytes_stand(objects: ObjectStore) -> None:
    objects.put_bytes(KEY, b"old")
    assert objects.local(KEY).read_bytes() == b"old"
    kept = objects.put_bytes(KEY, b"newer")
    assert (kept.sha256, kept.size) == (hashlib.sha256(b"newer").hexdigest(), 5)
    assert objects.local(KEY).read_bytes() == b"newer"
    assert objects.local(KEY, sha256=kept.sha256).read_bytes() == b"newer"
    assert objects.read(KEY) == b"newer"


def test_damage_is_told_and_never_read(objects: ObjectStore) -> None:
    objects.put_bytes(KEY, b"other bytes")
    with pytest.raises(StoreError, match="damaged"):
        objects.local(KEY, sha256=HASH)
    with pytest.raises(StoreError, match="gone"):
        objects.local("clips/none/00000/a")
    with pytest.raises(StoreError, match="gone"):
        objects.read("clips/none/00000/a")


def test_what_lies_below_a_prefix_is_listed_counted_and_removed(objects: ObjectStore, brought: Path) -> None:
    objects.put(KEY, brought)
    objects.put_bytes("clips/abcd/00000/b", b"12345")
    objects.put_bytes("analyses/1/masks", b"1")
    listed = {one.key: one for one in objects.listed("clips")}
    assert {key: one.size for key, one in listed.items()} == {KEY: len(DATA), "clips/abcd/00000/b": 5}
    assert abs(listed[KEY].written_at - datetime.now(UTC)) < timedelta(minutes=1)
    assert {one.key for one in objects.listed()} == {*listed, "analyses/1/masks"}
    objects.remove("clips/abc")
    objects.remove("clips/abc")
    assert not objects.has(KEY)
    assert objects.has("clips/abcd/00000/b"), "of another clip, whose name begins alike"
    objects.remove("analyses/1/masks")
    assert [one.key for one in objects.listed()] == ["clips/abcd/00000/b"]
    assert list(objects.listed("none")) == []


@pytest.mark.parametrize("key", ["", "/etc/passwd", "../x", "a/../../x"])
def test_no_key_leads_out(objects: ObjectStore, key: str) -> None:
    for use in (objects.has, objects.read, objects.remove, lambda key: objects.put_bytes(key, b"")):
        with pytest.raises(ValueError, match="expected a key"):
            use(key)


def test_a_full_disk_is_told_and_what_was_there_stays(
    tmp_path: Path, brought: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    objects = FolderObjects(tmp_path / "data")
    objects.put_bytes(KEY, b"before")

    def full(_source: Path, target: Path) -> None:
        target.write_bytes(DATA[:100])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(shutil, "copyfile", full)
    with pytest.raises(StoreError, match="No space left on device"):
        objects.put(KEY, brought)
    assert objects.read(KEY) == b"before"
    assert [one.key for one in objects.listed()] == [KEY]


def test_a_removed_clip_leaves_no_empty_folders(tmp_path: Path) -> None:
    objects = FolderObjects(tmp_path / "data")
    objects.put_bytes(KEY, b"a")
    objects.remove("clips/abc")
    assert list((tmp_path / "data").iterdir()) == []


def test_a_server_that_is_away_is_told_in_words(tmp_path: Path, brought: Path, s3: str) -> None:
    objects = FsspecObjects("s3://no-such-bucket/x", copies(tmp_path), endpoint_url=s3)
    with pytest.raises(StoreError, match="object storage cannot be used"):
        objects.put(KEY, brought)
    with pytest.raises(StoreError, match="object storage cannot be used"):
        once = {"retries": {"max_attempts": 1}, "connect_timeout": 1}
        FsspecObjects("s3://clinic/x", copies(tmp_path), endpoint_url="http://127.0.0.1:9", config_kwargs=once).read(
            KEY
        )


def test_the_environment_says_where_a_server_is(tmp_path: Path, s3: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3)
    objects = FsspecObjects("s3://clinic/department", copies(tmp_path))
    objects.put_bytes(KEY, DATA)
    assert objects.local(KEY, sha256=HASH).read_bytes() == DATA


def test_a_url_that_nobody_knows_is_told_in_words(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="nosuch"):
        FsspecObjects("nosuch://bucket/x", copies(tmp_path))


def test_settings_choose_between_a_folder_and_a_url(tmp_path: Path) -> None:
    assert isinstance(Application(Settings(data=str(tmp_path))).objects, FolderObjects)
    assert isinstance(Application(Settings(data="memory://x")).objects, FsspecObjects)
