"""Copies of what is read from an object storage take no more room than a host allows."""

from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest

from nerveapp.io.fsspec_objects import FsspecObjects
from nerveapp.io.read_cache import IN_USE_S, ReadCache

DAY_S = 24 * 3600.0


@dataclass
class Clock:
    at: float = 1e9

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


def store(folder: Path, clock: Clock, *, limit_bytes: int) -> FsspecObjects:
    return FsspecObjects(f"memory://{uuid4().hex}/data", ReadCache(folder, limit_bytes, clock=clock))


def test_what_was_asked_for_longest_ago_goes_first(tmp_path: Path, clock: Clock) -> None:
    objects = store(tmp_path, clock, limit_bytes=250)
    hashes = {name: objects.put_bytes(name, name.encode() * 100).sha256 for name in "abcd"}
    paths = {}
    for name in "ab":
        paths[name] = objects.local(name, sha256=hashes[name])
        clock.at += DAY_S
    objects.local("a", sha256=hashes["a"])
    clock.at += DAY_S
    for name in "cd":
        paths[name] = objects.local(name, sha256=hashes[name])
        clock.at += DAY_S
    assert {name for name, path in paths.items() if path.exists()} == {"c", "d"}, "a went after b, for which c came"
    assert objects.local("b", sha256=hashes["b"]).read_bytes() == b"b" * 100, "it is fetched anew"


def test_a_clip_in_use_stays_whole_though_it_is_larger_than_the_limit(tmp_path: Path, clock: Clock) -> None:
    objects = store(tmp_path, clock, limit_bytes=250)
    paths = []
    for number in range(10):
        kept = objects.put_bytes(f"clips/1/{number}", bytes(100))
        paths.append(objects.local(kept.key, sha256=kept.sha256))
        clock.at += IN_USE_S / 20
    assert all(path.exists() for path in paths)
    clock.at += DAY_S
    kept = objects.put_bytes("clips/2/0", bytes(100))
    objects.local(kept.key, sha256=kept.sha256)
    assert sum(path.exists() for path in paths) == 1


def test_copies_of_an_earlier_server_count(tmp_path: Path, clock: Clock) -> None:
    before = store(tmp_path, clock, limit_bytes=250)
    old = [before.local(before.put_bytes(f"old/{number}", bytes(100)).key) for number in range(2)]
    clock.at += DAY_S
    objects = store(tmp_path, clock, limit_bytes=250)
    objects.put_bytes("new", bytes(100))
    assert objects.local("new").exists()
    assert [path.exists() for path in old] == [False, True]


def test_a_copy_that_was_altered_is_fetched_anew(tmp_path: Path, clock: Clock) -> None:
    objects = store(tmp_path, clock, limit_bytes=250)
    kept = objects.put_bytes("a", b"whole")
    objects.local("a", sha256=kept.sha256).write_bytes(b"half")
    assert objects.local("a", sha256=kept.sha256).read_bytes() == b"whole"
